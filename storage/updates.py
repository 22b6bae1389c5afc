"""The inbox: an update is a row until it is handled, in order within its conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StaleState
from storage.tables import updates as t

MOST_CLAIMED = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it came; `body` is its JSON."""

    update_id: int
    conversation: str
    body: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update that this process has to handle, before its lease ends."""

    update_id: int
    conversation: str
    body: str
    attempts: int
    lease: str


async def add(connection: AsyncConnection, arrivals: Sequence[Arrival], now: float) -> None:
    """Stores what isn't stored yet; an update that came before changes nothing."""
    rows = [
        {
            "update_id": arrival.update_id,
            "conversation": arrival.conversation,
            "body": arrival.body,
            "due_at": now,
            "received_at": now,
        }
        for arrival in arrivals
    ]
    if rows:
        await connection.execute(insert(t).on_conflict_do_nothing(), rows)


async def set_aside(
    connection: AsyncConnection, update_id: int, body: str, error: str, now: float
) -> None:
    """Keeps an update that can't be decoded, for whoever looks into it."""
    row = {
        "update_id": update_id,
        "conversation": "",
        "body": body,
        "state": "failed",
        "error": error,
        "due_at": now,
        "received_at": now,
    }
    await connection.execute(insert(t).on_conflict_do_nothing(), row)


async def claim(connection: AsyncConnection, lease: str, now: float, until: float) -> list[Claimed]:
    """Takes the waiting updates of every conversation that nobody is busy with, oldest first."""
    other = t.alias("other")
    busy = exists().where(
        and_(
            other.c.state == "waiting",
            other.c.conversation == t.c.conversation,
            # Busy: somebody works on it, or its oldest update waits for its next try.
            (other.c.leased_until > now) | ((other.c.attempts > 0) & (other.c.due_at > now)),
        )
    )
    chosen = (
        select(t.c.update_id)
        .where(t.c.state == "waiting", ~busy)
        .order_by(t.c.update_id)
        .limit(MOST_CLAIMED)
    )
    taken = await connection.execute(
        update(t)
        .where(t.c.update_id.in_(chosen))
        .values(lease=lease, leased_until=until)
        .returning(t.c.update_id, t.c.conversation, t.c.body, t.c.attempts)
    )
    return sorted(
        (Claimed(row[0], row[1], row[2], row[3], lease) for row in taken),
        key=lambda claimed: claimed.update_id,
    )


async def handled(connection: AsyncConnection, update_id: int, lease: str) -> None:
    """Raises StaleState where the lease is lost, so that the whole step is undone."""
    await _leave(connection, update_id, lease, state="handled", body=None)


async def fail(connection: AsyncConnection, update_id: int, lease: str, error: str) -> None:
    """Kept with its body, for whoever looks into it."""
    await _leave(connection, update_id, lease, state="failed", error=error)


async def postpone(connection: AsyncConnection, update_id: int, lease: str, due_at: float) -> None:
    await _leave(connection, update_id, lease, due_at=due_at, attempts=t.c.attempts + 1)


async def release(connection: AsyncConnection, conversation: str, lease: str) -> None:
    """Gives back what was claimed and will not be handled now."""
    await connection.execute(
        update(t)
        .where(t.c.conversation == conversation, t.c.lease == lease, t.c.state == "waiting")
        .values(lease=None, leased_until=0)
    )


async def release_all(connection: AsyncConnection) -> None:
    """At the start of the only process: what a killed one had claimed is free."""
    await connection.execute(
        update(t).where(t.c.state == "waiting", t.c.leased_until > 0).values(leased_until=0)
    )


async def next_due(connection: AsyncConnection) -> float | None:
    """When the next postponed update wants its turn."""
    found = await connection.execute(
        select(func.min(t.c.due_at)).where(t.c.state == "waiting", t.c.attempts > 0)
    )
    value: float | None = found.scalar()
    return value


async def purge(connection: AsyncConnection, before: float) -> None:
    """Forgets what is over, once Telegram can't send it again (Bot API: 24 hours)."""
    await connection.execute(delete(t).where(t.c.state != "waiting", t.c.received_at < before))


async def _leave(connection: AsyncConnection, update_id: int, lease: str, **values: object) -> None:
    changed = await connection.execute(
        update(t)
        .where(t.c.update_id == update_id, t.c.lease == lease, t.c.state == "waiting")
        .values(lease=None, leased_until=0, **values)
    )
    if changed.rowcount != 1:
        raise StaleState(f"update {update_id} is somebody else's now")
