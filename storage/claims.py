"""Whose an order is to drive: one process's at a time, for as long as it says that it lives."""

from typing import Final

from sqlalchemy import bindparam, select, update

from storage.connection import Connection
from storage.tables import UNFINISHED_ROWS
from storage.tables import orders as t

_CLAIM: Final = update(t).where(
    t.c.id == bindparam("order_id"),
    UNFINISHED_ROWS,
    (t.c.claim == bindparam("of_owner")) | (t.c.claimed_until < bindparam("at")),
)
_OWNER: Final = select(t.c.claim).where(t.c.id == bindparam("order_id"))


async def claim(
    connection: Connection, order_id: int, owner: str, now: float, until: float
) -> bool:
    """Makes `owner` the order's driver, unless another one's claim still holds."""
    which = {"order_id": order_id, "of_owner": owner, "at": now}
    changed = await connection.execute(_CLAIM, which | {"claim": owner, "claimed_until": until})
    return changed.rowcount == 1


async def keep(connection: Connection, owner: str, until: float) -> set[int]:
    """The owner lives, and goes on driving these."""
    kept = await connection.execute(
        update(t)
        .where(t.c.claim == owner, UNFINISHED_ROWS)
        .values(claimed_until=until)
        .returning(t.c.id)
    )
    return set(kept.scalars())


async def is_of(connection: Connection, order_id: int, owner: str | None) -> bool:
    """Whether nobody else has claimed the order since; without an owner there is nobody else."""
    if owner is None:
        return True
    return (await connection.execute(_OWNER, {"order_id": order_id})).scalar() == owner


async def release_all(connection: Connection) -> None:
    """At the start of the only process: a killed one drives nothing any more."""
    await connection.execute(update(t).where(UNFINISHED_ROWS).values(claim=None, claimed_until=0))
