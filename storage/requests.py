"""The requests of the last minute, a row each, so that all processes share one budget."""

from typing import Final

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from storage.connection import Connection
from storage.tables import requests as t

_SINCE: Final = select(t.c.at).where(t.c.at > bindparam("since")).order_by(t.c.at)


async def take(connection: Connection, now: float, limit: int, window: float) -> int | None:
    """Takes one of the requests of a `window` (seconds), and returns its row, if one is left."""
    await connection.execute(delete(t).where(t.c.at <= now - window))
    used = select(func.count()).select_from(t).scalar_subquery()
    made = await connection.execute(
        insert(t).from_select(["at"], select(literal(now)).where(used < limit)).returning(t.c.id)
    )
    row: int | None = made.scalar()
    return row


async def used(connection: Connection, since: float) -> list[float]:
    """When each request since then was sent, oldest first."""
    return [float(at) for at in (await connection.execute(_SINCE, {"since": since})).scalars()]


async def set_back(connection: Connection, now: float) -> None:
    """The clock was set back. What was sent before may be of the last minute: it counts anew."""
    await connection.execute(update(t).where(t.c.at > now).values(at=now))


async def shift(connection: Connection, by: float, until: float, window: float) -> None:
    """The clock was set forward `by` so many seconds, at `until` as it was before.

    Only what was sent in the `window` before is moved. A second process that sees the same jump may
    move some of it again: then it counts for longer, and what would lie ahead is `set_back`.
    """
    recent = t.c.at.between(until - window, until + 1)
    await connection.execute(update(t).where(recent).values(at=t.c.at + by))


async def arrived(connection: Connection, row: int, at: float) -> None:
    """The request was answered only now: it may have arrived as late as this."""
    await connection.execute(update(t).where(t.c.id == row).values(at=at))
