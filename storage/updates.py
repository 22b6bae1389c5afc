"""The inbox: an update is a row until it is handled, in order within its conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from bot.errors import StaleState
from storage.connection import Connection
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


# Told as a word, since a partial index is used only where a question holds its condition.
_WAITING: Final[ColumnElement[str]] = literal_column("'waiting'")
_other = t.alias("other")
_busy: Final = exists().where(
    and_(
        _other.c.state == _WAITING,
        _other.c.conversation == t.c.conversation,
        # Busy: somebody works on it, or its oldest update waits for its next try.
        (_other.c.leased_until > bindparam("at"))
        | ((_other.c.attempts > 0) & (_other.c.due_at > bindparam("at"))),
    )
)
_CLAIM: Final = (
    update(t)
    .where(
        t.c.update_id.in_(
            select(t.c.update_id)
            .where(t.c.state == _WAITING, ~_busy)
            .order_by(t.c.update_id)
            .limit(MOST_CLAIMED)
        )
    )
    .returning(t.c.update_id, t.c.conversation, t.c.body, t.c.attempts)
)
_WAITS: Final = select(
    exists().where(t.c.state == _WAITING, t.c.conversation == bindparam("of_conversation"))
)
# What it sets are the other values given with it.
_LEAVE: Final = update(t).where(
    t.c.update_id == bindparam("of_update"),
    t.c.lease == bindparam("of_lease"),
    t.c.state == _WAITING,
)


async def add(connection: Connection, arrivals: Sequence[Arrival], now: float) -> None:
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


async def claim(connection: Connection, lease: str, now: float, until: float) -> list[Claimed]:
    """Takes the waiting updates of every conversation that nobody is busy with, oldest first."""
    values = {"at": now, "lease": lease, "leased_until": until}
    taken = await connection.execute(_CLAIM, values)
    return sorted(
        (Claimed(row[0], row[1], row[2], row[3], lease) for row in taken),
        key=lambda claimed: claimed.update_id,
    )


async def handled(connection: Connection, update_id: int, lease: str) -> None:
    """Raises StaleState where the lease is lost, so that the whole step is undone."""
    await _leave(connection, update_id, lease, state="handled", body=None)


async def fail(connection: Connection, update_id: int, lease: str, error: str) -> None:
    """Kept with its body, for whoever looks into it."""
    await _leave(connection, update_id, lease, state="failed", error=error)


async def postpone(connection: Connection, update_id: int, lease: str, due_at: float) -> None:
    once_more = _LEAVE.values(attempts=t.c.attempts + 1)
    await _leave(connection, update_id, lease, once_more, due_at=due_at)


async def release(connection: Connection, conversation: str, lease: str) -> None:
    """Gives back what was claimed and will not be handled now."""
    await connection.execute(
        update(t)
        .where(t.c.conversation == conversation, t.c.lease == lease, t.c.state == _WAITING)
        .values(lease=None, leased_until=0)
    )


async def release_all(connection: Connection) -> None:
    """At the start of the only process: what a killed one had claimed is free."""
    await connection.execute(
        update(t).where(t.c.state == _WAITING, t.c.leased_until > 0).values(leased_until=0)
    )


async def waits(connection: Connection, conversation: str) -> bool:
    """Whether there is anything left to handle in a conversation."""
    return bool((await connection.execute(_WAITS, {"of_conversation": conversation})).scalar())


async def next_due(connection: Connection) -> float | None:
    """When the next update that was postponed, or claimed by somebody, wants its turn."""
    at = case((t.c.leased_until > t.c.due_at, t.c.leased_until), else_=t.c.due_at)
    found = await connection.execute(
        select(func.min(at)).where(
            t.c.state == _WAITING, (t.c.attempts > 0) | (t.c.leased_until > 0)
        )
    )
    value: float | None = found.scalar()
    return value


async def later_askers(connection: Connection, chat_id: int, update_id: int) -> frozenset[int]:
    """Who did something in a chat by updates that are younger than this one, and handled already.

    Whatever the clocks say: Telegram numbers updates in their order (Bot API, Update).
    """
    found = await connection.execute(
        select(t.c.conversation).where(
            t.c.update_id > update_id,
            t.c.state == "handled",
            t.c.conversation.startswith(f"{chat_id}:", autoescape=True),
        )
    )
    return frozenset(int(name.rpartition(":")[2]) for name in found.scalars())


async def purge(connection: Connection, before: float) -> None:
    """Forgets what is over, once Telegram can't send it again (Bot API: 24 hours)."""
    await connection.execute(delete(t).where(t.c.state != "waiting", t.c.received_at < before))


async def _leave(
    connection: Connection,
    update_id: int,
    lease: str,
    how: Update = _LEAVE,
    **values: object,
) -> None:
    freed = {"of_update": update_id, "of_lease": lease, "lease": None, "leased_until": 0}
    changed = await connection.execute(how, freed | values)
    if changed.rowcount != 1:
        raise StaleState(f"update {update_id} is somebody else's now")
