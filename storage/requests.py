"""The requests of the last minute, a row each, so that all processes share one budget."""

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import requests as t

WINDOW = 60.0


async def take(connection: AsyncConnection, now: float, limit: int, window: float = WINDOW) -> bool:
    """Takes one of the requests of a `window` (seconds), if one is left."""
    await connection.execute(delete(t).where(t.c.at <= now - window))
    # A row of the future was written before the clock was set back. It may be of the last minute,
    # so it counts for another one.
    await connection.execute(update(t).where(t.c.at > now + 1).values(at=now))
    used = select(func.count()).select_from(t).scalar_subquery()
    made = await connection.execute(
        insert(t).from_select(["at"], select(literal(now)).where(used < limit))
    )
    return made.rowcount == 1


async def next_free(
    connection: AsyncConnection, now: float, limit: int, window: float = WINDOW
) -> float:
    """Seconds until a request is free; 0 where one is."""
    recent = select(t.c.at).where(t.c.at > now - window).order_by(t.c.at.desc())
    found = (await connection.execute(recent.offset(limit - 1).limit(1))).scalar()
    return 0.0 if found is None else max(0.0, float(found) + window - now)
