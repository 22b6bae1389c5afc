"""Small facts of which there is one each: whose database this is, the claim, what admins know."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from storage.connection import Connection
from storage.tables import facts as t

BOT_ID = "bot_id"
CLAIM = "claim"
LOOKS_FILE = "looks_file"
TOLD = "told:"
CAPPED = "capped:"
ANSWERS = "answers:"


async def get(connection: Connection, name: str) -> str | None:
    return (await connection.execute(select(t.c.value).where(t.c.name == name))).scalar()


async def put(connection: Connection, name: str, value: str) -> None:
    await connection.execute(
        insert(t)
        .values(name=name, value=value)
        .on_conflict_do_update(index_elements=[t.c.name], set_={"value": value})
    )


async def put_first(connection: Connection, name: str, value: str) -> bool:
    """True for the one who put it; whoever comes later changes nothing."""
    made = await connection.execute(
        insert(t).values(name=name, value=value).on_conflict_do_nothing()
    )
    return made.rowcount == 1


async def take(connection: Connection, name: str, value: str) -> bool:
    """Removes the fact if it has this value; true for the one who removed it."""
    gone = await connection.execute(delete(t).where(t.c.name == name, t.c.value == value))
    return gone.rowcount == 1


async def forget(connection: Connection, name: str) -> bool:
    gone = await connection.execute(delete(t).where(t.c.name == name))
    return gone.rowcount == 1


async def forget_all(connection: Connection, beginning: str) -> None:
    """Every fact whose name begins so."""
    await connection.execute(delete(t).where(t.c.name.startswith(beginning, autoescape=True)))
