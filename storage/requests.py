"""The requests of the last minute, a row each, so that all processes share one budget."""

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import requests as t

WINDOW = 60.0


async def take(connection: AsyncConnection, now: float, limit: int) -> bool:
    """Takes one of the minute's requests, if one is left."""
    # A row of the future was written before the clock was set back: it would never age.
    await connection.execute(delete(t).where((t.c.at <= now - WINDOW) | (t.c.at > now + 1)))
    used = select(func.count()).select_from(t).scalar_subquery()
    made = await connection.execute(
        insert(t).from_select(["at"], select(literal(now)).where(used < limit))
    )
    return made.rowcount == 1


async def next_free(connection: AsyncConnection, now: float, limit: int) -> float:
    """Seconds until a request is free; 0 where one is."""
    recent = select(t.c.at).where(t.c.at > now - WINDOW).order_by(t.c.at.desc())
    found = (await connection.execute(recent.offset(limit - 1).limit(1))).scalar()
    return 0.0 if found is None else max(0.0, float(found) + WINDOW - now)
