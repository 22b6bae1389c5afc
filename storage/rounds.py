"""Rounds. Whoever changes what a card shows makes it the next version."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, bindparam, case, func, insert, or_, select, update

from bot.domain.order import Hold
from bot.domain.photomaker import Style
from bot.domain.round import OPEN_SECONDS, MemberState, Question, Round, RoundState, finished
from bot.errors import StaleState
from storage import round_members
from storage.connection import Connection
from storage.orders import NEVER_BEHIND
from storage.tables import MEMBERS_DRAWING, ROUNDS_UNDER_WAY
from storage.tables import round_members as m
from storage.tables import rounds as t

_COLUMNS: Final = tuple(t.c[name] for name in Round.__dataclass_fields__)
_BY_ID: Final = select(*_COLUMNS).where(t.c.id == bindparam("of_round"))
_UNDER_WAY: Final = select(*_COLUMNS).where(ROUNDS_UNDER_WAY, t.c.chat_id == bindparam("of_chat"))
_NEWEST_PICTURE: Final = (
    select(func.max(t.c.id))
    .where(t.c.chat_id == bindparam("of_chat"), t.c.state == RoundState.FINISHED)
    .where(t.c.composed != "")
)
_NEXT: Final = t.c.version + 1
_CHANGE: Final = update(t).where(t.c.id == bindparam("of_round"))


class Opening(NamedTuple):
    """What a command begins."""

    chat_id: int
    thread_id: int
    user_id: int
    name: str
    title: str
    words: str
    look: Style | None
    command: int | None


async def begin(connection: Connection, opening: Opening, now: float) -> Round:
    """A new round; with a look it is open at once.

    Raises:
        IntegrityError: one is under way in the chat.
    """
    values = opening._asdict() | {
        "look": opening.look.key if opening.look else None,
        "state": RoundState.OPEN if opening.look else RoundState.ASKING,
        "opened_at": now,
        "closes_at": now + OPEN_SECONDS,
    }
    return _round((await connection.execute(insert(t).values(values).returning(*_COLUMNS))).one())


async def load(connection: Connection, round_id: int) -> Round | None:
    row = (await connection.execute(_BY_ID, {"of_round": round_id})).first()
    return _round(row) if row else None


async def under_way(connection: Connection, chat_id: int) -> Round | None:
    """The chat's round that somebody can still join, or is to choose the look of."""
    row = (await connection.execute(_UNDER_WAY, {"of_chat": chat_id})).first()
    return _round(row) if row else None


async def being_made(connection: Connection, chat_id: int) -> list[Round]:
    """The chat's rounds whose pictures are still to change: the one under way, and finished ones
    for which somebody is being drawn.
    """
    drawn_for = select(m.c.round_id).where(MEMBERS_DRAWING)
    there = select(*_COLUMNS).where(t.c.chat_id == chat_id)
    found = await connection.execute(there.where(or_(ROUNDS_UNDER_WAY, t.c.id.in_(drawn_for))))
    return [_round(row) for row in found]


async def change(connection: Connection, round_: Round, **values: object) -> None:
    """Changes what the card shows, at once.

    Raises:
        StaleState: the round is in another state by now.
    """
    changed = await connection.execute(
        _CHANGE.where(t.c.state == round_.state).values(
            version=_NEXT, urgent_version=_NEXT, **_stored(values)
        ),
        {"of_round": round_.id},
    )
    if changed.rowcount != 1:
        raise StaleState(f"round {round_.id} is no longer {round_.state}")


async def grow(connection: Connection, round_id: int, **values: object) -> None:
    """Somebody came or left: the card shows it when it is time (`domain.round.due_at`)."""
    await connection.execute(_CHANGE.values(version=_NEXT, **values), {"of_round": round_id})


async def note(connection: Connection, round_id: int, **values: object) -> None:
    """Keeps something that needs no card."""
    await connection.execute(_CHANGE.values(_stored(values)), {"of_round": round_id})


async def card_sent(connection: Connection, round_: Round, message_id: int) -> bool:
    """The card; false where the group has become another chat since, or the round was dropped."""
    dropped = (t.c.state == RoundState.ENDED) & (t.c.version <= t.c.rendered_version)
    changed = await connection.execute(
        _CHANGE.where(t.c.chat_id == round_.chat_id, ~dropped).values(
            card_message_id=message_id, composed=""
        ),
        {"of_round": round_.id},
    )
    return changed.rowcount == 1


async def shown(connection: Connection, round_: Round, now: float, **values: object) -> None:
    """The card shows the version that was read."""
    values |= {"rendered_version": round_.version, "shown_at": now}
    await connection.execute(_CHANGE.values(values), {"of_round": round_.id})


async def card_lost(connection: Connection, round_: Round) -> None:
    """Somebody deleted the card: the next rendering, which follows at once, sends a new one."""
    await connection.execute(
        _CHANGE.where(t.c.card_message_id == round_.card_message_id).values(
            card_message_id=None, version=_NEXT, urgent_version=_NEXT
        ),
        {"of_round": round_.id},
    )


async def drop(connection: Connection, round_: Round) -> None:
    """Another one takes its place; its card has to go."""
    await note(
        connection,
        round_.id,
        state=RoundState.ENDED,
        card_message_id=None,
        rendered_version=round_.version,
    )


async def behind(connection: Connection) -> list[int]:
    """Every round whose card is behind."""
    found = await connection.execute(select(t.c.id).where(t.c.version > t.c.rendered_version))
    return list(found.scalars())


async def to_close(connection: Connection) -> list[tuple[int, float]]:
    """(id, when it closes) of every round under way."""
    found = await connection.execute(select(t.c.id, t.c.closes_at).where(ROUNDS_UNDER_WAY))
    return [(row[0], row[1]) for row in found]


async def move(connection: Connection, old: int, new: int) -> list[int]:
    """The chat has a new id: its round under way gets a new card there, and so does the newest
    finished one with a picture, of which there is still something to be had.
    """
    there = await under_way(connection, new)
    mine = await under_way(connection, old)
    if mine is not None and there is not None:
        await change(connection, mine, state=RoundState.ENDED)
    newest = (await connection.execute(_NEWEST_PICTURE, {"of_chat": old})).scalar()
    moved = _NEXT
    is_to_show = or_(ROUNDS_UNDER_WAY, t.c.version > t.c.rendered_version, t.c.id == newest)
    await connection.execute(
        update(t)
        .where(t.c.chat_id == old)
        .values(
            chat_id=new,
            card_message_id=None,
            command=None,
            version=moved,
            urgent_version=moved,
            rendered_version=case((is_to_show, t.c.rendered_version), else_=moved),
        )
    )
    follows = mine.id if mine is not None and there is None else None
    return [round_id for round_id in (newest, follows) if round_id is not None]


async def leave(connection: Connection, chat_id: int, spared: Collection[int] = ()) -> None:
    """The bot is no longer there: the round under way ends, with whoever is drawn.

    Its card waits for `come_back`. Args: spared: who began theirs after the bot had come back.
    """
    round_ = await under_way(connection, chat_id)
    if round_ is None or round_.user_id in spared:
        return
    there = await round_members.of_round(connection, round_.id)
    drawn = [member for member in there if member.state is MemberState.DRAWN]
    state = finished(round_, drawn)
    await note(connection, round_.id, state=state, rendered_version=NEVER_BEHIND)


async def come_back(connection: Connection, chat_id: int) -> list[int]:
    """The rounds whose cards have to show that they are over; of a finished one the card may say
    what was so when the bot had to leave.
    """
    newest = select(func.max(t.c.id)).where(t.c.chat_id == chat_id).scalar_subquery()
    found = await connection.execute(
        update(t)
        .where(
            t.c.chat_id == chat_id,
            or_(t.c.rendered_version == NEVER_BEHIND, t.c.id == newest),
            t.c.card_message_id.is_not(None),
        )
        .values(rendered_version=t.c.version - 1, urgent_version=t.c.version)
        .returning(t.c.id)
    )
    return list(found.scalars())


def _stored(values: dict[str, object]) -> dict[str, object]:
    return {
        name: value.key if isinstance(value, Style) else value for name, value in values.items()
    }


def _round(row: Row[Any]) -> Round:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values |= {
        "look": Style.from_key(values["look"] or ""),
        "state": RoundState(values["state"]),
        "question": Question(values["question"]),
        "hold": Hold(values["hold"]),
    }
    return Round(**values)
