"""Orders and their pictures. Every change of state is guarded in the UPDATE that makes it."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Row, bindparam, case, func, insert, select, update

from bot.domain.durations import work
from bot.domain.order import (
    HOLDS_SLOT,
    KEEPS_CREDITS,
    Failure,
    Hold,
    Order,
    OrderPhoto,
    OrderRequest,
    OrderState,
    Told,
    may_follow,
)
from bot.domain.photomaker import Recipe
from bot.errors import StaleState
from storage.connection import Connection
from storage.tables import UNFINISHED_ROWS
from storage.tables import orders as t
from storage.tables import pictures as p

_PHOTOS: Final = TypeAdapter(tuple[OrderPhoto, ...])
_RECIPE: Final = TypeAdapter(Recipe)
# The newest predictions say best how long the next one takes.
MOST_DURATIONS: Final = 100
# The version of a card that is never to be rendered.
NEVER_BEHIND: Final = 2**31 - 1

_COLUMNS: Final = tuple(t.c[name] for name in Order.__dataclass_fields__)
# Made once: to put a question together costs more than to ask it.
_BY_ID: Final = select(*_COLUMNS).where(t.c.id == bindparam("order_id"))
_IN_FLIGHT: Final = select(t.c.user_id).where(UNFINISHED_ROWS, t.c.state.in_(HOLDS_SLOT))
_CROWD: Final = select(t.c.state).where(UNFINISHED_ROWS)
_DURATIONS: Final = (
    select(t.c.seconds, t.c.work, t.c.drawn_at - t.c.submitted_at - t.c.seconds)
    .where(t.c.drawn_at.is_not(None), t.c.seconds.is_not(None))
    .order_by(t.c.drawn_at.desc())
    .limit(MOST_DURATIONS)
)
_SINCE: Final = select(func.count()).select_from(t).where(t.c.created_at > bindparam("since"))
_FIRST: Final = select(func.min(t.c.created_at))
_LATEST: Final = (
    select(*_COLUMNS)
    .where(t.c.user_id == bindparam("of_user"), t.c.chat_id == bindparam("of_chat"))
    .order_by(t.c.created_at.desc(), t.c.id.desc())
    .limit(1)
)
_CREATE: Final = insert(t).returning(*_COLUMNS)
# What they set are the other values given with them.
_CHANGE: Final = update(t).where(t.c.id == bindparam("order_id"))
_NEXT: Final = t.c.version + 1
_SHOW: Final = _CHANGE.values(version=_NEXT, render_at=0)
_ADVANCE: Final = _SHOW.where(t.c.state == bindparam("of_state"))
_ADVANCE_SHOWN: Final = _ADVANCE.values(
    rendered_version=case(
        (t.c.version == bindparam("of_version"), _NEXT), else_=t.c.rendered_version
    )
)
# After a group became a supergroup a message's number may be somebody else's there.
_THERE: Final = _CHANGE.where(t.c.chat_id == bindparam("of_chat"))
_SHOWN: Final = _THERE.where(t.c.rendered_version < bindparam("of_version"))


class Taken(NamedTuple):
    """Seconds that a prediction took, how much work it was (`domain.durations.work`), and how many
    seconds later that was noticed.
    """

    seconds: float
    work: float
    late: float = 0.0


class Standing(NamedTuple):
    """An order, and how far it has come; the fields are those of `Order`."""

    id: int
    state: OrderState
    user_id: int
    created_at: float
    submitted_at: float | None = None
    work: float = 1.0
    round_id: int | None = None


_STANDING: Final = (
    select(*(t.c[name] for name in Standing._fields)).where(UNFINISHED_ROWS).order_by(t.c.id)
)


async def create(connection: Connection, request: OrderRequest, usd: float, now: float) -> Order:
    """Accepts an order; `usd` is what it will probably cost."""
    values = {
        "chat_id": request.chat_id,
        "thread_id": request.thread_id or 0,
        "user_id": request.user_id,
        "photos": _PHOTOS.dump_json(request.photos).decode(),
        "recipe": _RECIPE.dump_json(request.recipe).decode(),
        "seed": request.recipe.seed,
        "credits": request.recipe.credits,
        "usd": usd,
        "work": work(request.recipe),
        "created_at": now,
        "card_message_id": request.card_message_id,
        "reply_to": request.reply_to,
        "round_id": request.round_id,
        "messages_left": request.messages_left,
    }
    if request.round_id is not None:
        values["rendered_version"] = NEVER_BEHIND  # its round shows it
    return _order((await connection.execute(_CREATE, values)).one())


async def load(connection: Connection, order_id: int) -> Order | None:
    row = (await connection.execute(_BY_ID, {"order_id": order_id})).first()
    return _order(row) if row else None


async def advance(
    connection: Connection,
    order: Order,
    state: OrderState,
    *,
    shown: bool = False,
    **values: Any,
) -> None:
    """To the next state, if the order is still in the one that was read.

    With `shown`, the card shows the new state already, unless something else changed meanwhile.

    Raises:
        StaleState: it isn't.
        ValueError: no order may go from the one to the other.
    """
    if not may_follow(order.state, state):
        raise ValueError(f"an order can't go from {order.state} to {state}")
    changes: dict[str, object] = {"state": state}
    if state in KEEPS_CREDITS:
        changes["credits"] = 0
        if order.state is OrderState.QUEUED:
            changes["usd"] = 0.0  # nothing was asked of the provider
    which: dict[str, object] = {"order_id": order.id, "of_state": order.state}
    if shown:
        which["of_version"] = order.version
    how = _ADVANCE_SHOWN if shown else _ADVANCE
    changed = await connection.execute(how, which | changes | values)
    if changed.rowcount != 1:
        raise StaleState(f"order {order.id} is no longer {order.state}")


async def start_submitting(
    connection: Connection, order: Order, now: float, concurrency: int
) -> bool:
    """Takes a slot and says that a POST may follow; false where no slot is free.

    Raises:
        StaleState: the order isn't queued any more, or was cancelled meanwhile.
    """
    free = True
    if concurrency:
        free = await in_flight(connection) < concurrency
    if free:
        fresh = await load(connection, order.id)
        if fresh is None or fresh.cancel_requested:
            raise StaleState(f"order {order.id} was cancelled")
        # Without URLs nothing was asked: whoever finds the order so need not look for anything.
        await advance(connection, order, OrderState.SUBMITTING, submitted_at=now, photo_urls=None)
    return free


async def note(connection: Connection, order_id: int, **values: object) -> None:
    """Keeps something about an order that changes no state and needs no new card."""
    await connection.execute(_CHANGE, {"order_id": order_id} | values)


async def note_there(connection: Connection, order: Order, **values: object) -> bool:
    """Keeps which messages are the order's; false if the order has moved to another chat since."""
    which = {"order_id": order.id, "of_chat": order.chat_id}
    return (await connection.execute(_THERE, which | values)).rowcount == 1


async def show(connection: Connection, order_id: int, **values: object) -> None:
    """Keeps something about an order that its card shows."""
    await connection.execute(_SHOW, {"order_id": order_id} | values)


async def request_cancel(
    connection: Connection, order_id: int, failure: Failure | None = None
) -> bool:
    """True for the first who asks while there is something to cancel; `failure` says why."""
    changed = await connection.execute(
        update(t)
        .where(
            t.c.id == order_id,
            t.c.cancel_requested == 0,
            t.c.state.in_({OrderState.QUEUED, *HOLDS_SLOT}),
        )
        .values(cancel_requested=1, failure=failure, version=t.c.version + 1, render_at=0)
    )
    return changed.rowcount == 1


async def standing(connection: Connection) -> list[Standing]:
    """Every order that somebody still has to drive, oldest first."""
    found = await connection.execute(_STANDING)
    return [Standing(row[0], OrderState(row[1]), *row[2:]) for row in found]


async def unfinished(connection: Connection) -> list[Order]:
    """All about what is `standing`."""
    found = await connection.execute(select(*_COLUMNS).where(UNFINISHED_ROWS).order_by(t.c.id))
    return [_order(row) for row in found]


async def unfinished_of(connection: Connection, user_id: int, chat_id: int) -> list[Order]:
    """The person's orders in this chat that are still under way."""
    found = await connection.execute(
        select(*_COLUMNS).where(UNFINISHED_ROWS, t.c.user_id == user_id, t.c.chat_id == chat_id)
    )
    return [_order(row) for row in found]


async def behind(connection: Connection) -> list[tuple[int, float]]:
    """(id, when to show it) of every order whose card is behind."""
    found = await connection.execute(
        select(t.c.id, t.c.render_at).where(t.c.version > t.c.rendered_version)
    )
    return [(row[0], row[1]) for row in found]


async def shown(
    connection: Connection,
    order: Order,
    card_message_id: int | None,
    told: Told = Told.NOTHING,
) -> None:
    """The card shows the version that was read, and says so much at least."""
    which = {"order_id": order.id, "of_chat": order.chat_id, "of_version": order.version}
    values = {
        "rendered_version": order.version,
        "card_message_id": card_message_id,
        "told": max(order.told, told),
    }
    await connection.execute(_SHOWN, which | values)


async def latest_of(connection: Connection, user_id: int, chat_id: int) -> Order | None:
    """The person's newest order in this chat."""
    whose = {"of_user": user_id, "of_chat": chat_id}
    row = (await connection.execute(_LATEST, whose)).first()
    return _order(row) if row else None


async def by_message(connection: Connection, chat_id: int, message_id: int) -> Order | None:
    """The order whose card or file this message is."""
    of_card = select(t.c.id).where(t.c.chat_id == chat_id, t.c.card_message_id == message_id)
    # Another chat may have a message of the same number.
    of_file = (
        select(p.c.order_id)
        .join(t, t.c.id == p.c.order_id)
        .where(p.c.reply_message_id == message_id, t.c.chat_id == chat_id)
    )
    row = (
        await connection.execute(
            select(*_COLUMNS)
            .where(t.c.id.in_(of_card.union(of_file)))
            .order_by(t.c.id.desc())
            .limit(1)
        )
    ).first()
    return _order(row) if row else None


async def unclaimed_predictions(connection: Connection, prediction_ids: Sequence[str]) -> list[str]:
    """Those that belong to no order."""
    asked = select(t.c.prediction_id).where(t.c.prediction_id.in_(prediction_ids))
    known = set((await connection.execute(asked)).scalars())
    return [prediction_id for prediction_id in prediction_ids if prediction_id not in known]


async def durations(connection: Connection) -> list[Taken]:
    """Of the newest predictions, newest first."""
    return [Taken(*row) for row in await connection.execute(_DURATIONS)]


async def created_since(connection: Connection, since: float) -> int:
    """How many orders came."""
    return int((await connection.execute(_SINCE, {"since": since})).scalar_one())


async def first_created(connection: Connection) -> float | None:
    """When the very first order came."""
    first: float | None = (await connection.execute(_FIRST)).scalar()
    return first


async def crowd(connection: Connection) -> tuple[int, int]:
    """How many orders are in line, and how many hold a slot."""
    states = Counter((await connection.execute(_CROWD)).scalars())
    return states[OrderState.QUEUED], sum(states[state] for state in HOLDS_SLOT)


async def in_flight(connection: Connection) -> int:
    return len((await connection.execute(_IN_FLIGHT)).all())


async def in_flight_by_person(connection: Connection) -> dict[int, int]:
    found = await connection.execute(_IN_FLIGHT)
    return Counter(found.scalars())


def _order(row: Row[Any]) -> Order:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    urls = values["photo_urls"]
    values |= {
        "photos": _PHOTOS.validate_json(values["photos"]),
        "recipe": _RECIPE.validate_json(values["recipe"]),
        "state": OrderState(values["state"]),
        "hold": Hold(values["hold"]),
        "told": Told(values["told"]),
        "failure": Failure(values["failure"]) if values["failure"] else None,
        "photo_urls": tuple(json.loads(urls)) if urls else None,
        "cancel_requested": bool(values["cancel_requested"]),
    }
    return Order(**values)


def dump_urls(urls: Sequence[str]) -> str:
    """For the column `photo_urls`."""
    return json.dumps(list(urls))


async def predict_seconds(connection: Connection, order_id: int) -> float | None:
    """What the provider says that its prediction took."""
    found = await connection.execute(select(t.c.predict_seconds).where(t.c.id == order_id))
    seconds: float | None = found.scalar()
    return seconds
