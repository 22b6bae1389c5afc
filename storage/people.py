"""People: consent, the word for them, who is an admin, who blocked the bot."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.sqlite import insert

from storage.connection import Connection
from storage.tables import people as t


@dataclass(frozen=True, slots=True)
class Person:
    user_id: int
    first_name: str
    language: str
    person: str
    consented_at: float | None
    is_admin: bool

    @property
    def consented(self) -> bool:
        return self.consented_at is not None

    def agreed(self, now: float) -> "Person":
        return self if self.consented else replace(self, consented_at=now)


# Made once: to put a question together costs more than to ask it.
_NEW: Final = insert(t)
_MEET: Final = _NEW.on_conflict_do_update(
    index_elements=[t.c.user_id],
    set_={
        name: _NEW.excluded[name] for name in ("first_name", "language", "seen_at", "blocked_at")
    },
).returning(t.c.person, t.c.consented_at, t.c.is_admin)
_BY_ID: Final = select(
    t.c.user_id, t.c.first_name, t.c.language, t.c.person, t.c.consented_at, t.c.is_admin
).where(t.c.user_id == bindparam("of_user"))


async def meet(
    connection: Connection, user_id: int, first_name: str, language: str, now: float
) -> Person:
    """The person's row, made or brought up to date; whoever writes has not blocked the bot."""
    fresh = {"first_name": first_name, "language": language, "seen_at": now, "blocked_at": None}
    row = (await connection.execute(_MEET, {"user_id": user_id} | fresh)).one()
    return Person(user_id, first_name, language, row[0], row[1], bool(row[2]))


async def consent(connection: Connection, user_id: int, now: float) -> None:
    """Asked once, kept with its time."""
    await connection.execute(
        update(t).where(t.c.user_id == user_id, t.c.consented_at.is_(None)).values(consented_at=now)
    )


async def remember_word(connection: Connection, user_id: int, word: str) -> None:
    await connection.execute(update(t).where(t.c.user_id == user_id).values(person=word))


async def block(connection: Connection, user_id: int, now: float) -> None:
    await connection.execute(update(t).where(t.c.user_id == user_id).values(blocked_at=now))


async def make_admin(connection: Connection, user_id: int) -> None:
    await connection.execute(update(t).where(t.c.user_id == user_id).values(is_admin=1))


async def admins(connection: Connection) -> list[int]:
    found = await connection.execute(select(t.c.user_id).where(t.c.is_admin == 1))
    return list(found.scalars())


async def find(connection: Connection, user_id: int) -> Person | None:
    row = (await connection.execute(_BY_ID, {"of_user": user_id})).first()
    return Person(*row[:5], is_admin=bool(row[5])) if row else None
