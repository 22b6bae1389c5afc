"""Notes: the bot's own messages that are no order's card, and which of them are to be shown."""

from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update

from bot.domain.chat import Chat, Note, NoteKind
from storage.connection import Connection
from storage.tables import notes as t

_COLUMNS: Final = tuple(t.c[name] for name in Note.__dataclass_fields__)
_BY_ID: Final = select(*_COLUMNS).where(t.c.id == bindparam("note_id"))
_SAY_PARKED: Final = (
    update(t)
    .where(t.c.place_id == bindparam("place"), t.c.message_id.is_(None))
    .where(t.c.kind == NoteKind.OPERATOR)
    .values(version=t.c.rendered_version + 1, render_at=0)
)


async def add(
    connection: Connection,
    kind: NoteKind,
    *,
    about: int,
    place_id: int,
    user_id: int,
    now: float,
    thread_id: int = 0,
    reply_to: int | None = None,
    text: str = "",
) -> None:
    """A note that is to be sent."""
    await connection.execute(
        insert(t).values(
            kind=kind,
            about=about,
            place_id=place_id,
            thread_id=thread_id,
            user_id=user_id,
            reply_to=reply_to,
            text=text,
            created_at=now,
        )
    )


async def leave_behind(
    connection: Connection, chat: Chat, message_id: int, user_id: int, now: float
) -> None:
    """A card that nobody can go on with; while the bot is away it waits for `sweep`."""
    await connection.execute(
        insert(t).values(
            kind=NoteKind.LEFT_BEHIND,
            about=chat.id,
            place_id=chat.chat_id,
            user_id=user_id,
            message_id=message_id,
            rendered_version=1,
            delete_at=now if chat.left_at is None else None,
            created_at=now,
        )
    )


async def to_general(connection: Connection, note: Note) -> None:
    """Its topic takes nothing; an answer to a message there would be in it, too."""
    values = {"thread_id": 0, "reply_to": None, "attempted": 0}
    await connection.execute(update(t).where(t.c.id == note.id).values(values))


async def send_home(connection: Connection, note: Note, sentence: str) -> None:
    """It is to be said in the person's private chat, in other words."""
    await connection.execute(
        update(t)
        .where(t.c.id == note.id)
        .values(
            kind=NoteKind.TOLD,
            about=0,
            place_id=note.user_id,
            thread_id=0,
            reply_to=None,
            text=sentence,
            render_at=0,
            attempted=0,
        )
    )


async def park(connection: Connection, place_id: int) -> None:
    """Nothing can be shown or deleted there: what was to go later waits for `sweep`, and so do
    messages that have no meaning any more; other notes are forgotten, their messages stay.
    """
    there = (t.c.place_id == place_id) & (t.c.kind != NoteKind.LEAVING)
    dated = t.c.kind.in_((NoteKind.SETTINGS, NoteKind.LEFT_BEHIND)) | t.c.delete_at.is_not(None)
    kept = t.c.message_id.is_not(None) & dated
    await connection.execute(delete(t).where(there, ~kept))
    await connection.execute(
        update(t).where(there).values(rendered_version=t.c.version, render_at=0, delete_at=None)
    )


async def park_one(connection: Connection, note: Note) -> None:
    values = {"delete_at": None, "rendered_version": note.version, "attempted": 0}
    await connection.execute(update(t).where(t.c.id == note.id).values(values))


async def say_parked(connection: Connection, place_id: int) -> bool:
    """Whether something waited for this private chat to be begun; now it is to be said there."""
    return (await connection.execute(_SAY_PARKED, {"place": place_id})).rowcount > 0


async def sweep(connection: Connection, place_id: int, now: float) -> None:
    """What was parked goes."""
    await connection.execute(
        update(t).where(t.c.place_id == place_id, t.c.message_id.is_not(None)).values(delete_at=now)
    )


async def load(connection: Connection, note_id: int) -> Note | None:
    row = (await connection.execute(_BY_ID, {"note_id": note_id})).first()
    return _note(row) if row else None


async def by_message(connection: Connection, place_id: int, message_id: int) -> Note | None:
    found = await connection.execute(
        select(*_COLUMNS).where(t.c.place_id == place_id, t.c.message_id == message_id)
    )
    row = found.first()
    return _note(row) if row else None


async def being_sent(connection: Connection, about: int, kind: NoteKind) -> bool:
    """Whether there is one whose message isn't known yet."""
    found = await connection.execute(
        select(t.c.id).where(t.c.about == about, t.c.kind == kind, t.c.message_id.is_(None))
    )
    return found.first() is not None


async def waits(connection: Connection, place_id: int, kind: NoteKind) -> bool:
    """Whether something of this kind is still to be said in a private chat."""
    found = await connection.execute(
        select(t.c.id).where(t.c.place_id == place_id, t.c.kind == kind)
    )
    return found.first() is not None


async def unsay(connection: Connection, place_id: int, kind: NoteKind) -> None:
    """What of this kind is still to be said in a private chat, isn't any more."""
    await connection.execute(delete(t).where(t.c.place_id == place_id, t.c.kind == kind))


async def outdate(connection: Connection, about: int, kind: NoteKind) -> None:
    """What these notes say has changed."""
    await connection.execute(
        update(t)
        .where(t.c.about == about, t.c.kind == kind)
        .values(version=t.c.version + 1, render_at=0)
    )


async def drop(connection: Connection, about: int, kind: NoteKind) -> None:
    """Forgets them; the messages stay as they are."""
    await connection.execute(delete(t).where(t.c.about == about, t.c.kind == kind))


async def remove(connection: Connection, about: int, kind: NoteKind, now: float) -> None:
    """Takes them out of the chat."""
    await connection.execute(
        update(t).where(t.c.about == about, t.c.kind == kind).values(delete_at=now)
    )


async def tidy(connection: Connection, about: int, at: float | None) -> None:
    """The helper messages that are there go at this time, or stay; what is yet to be said comes."""
    helpers = [kind for kind in NoteKind if kind.helps]
    there = t.c.message_id.is_not(None)
    await connection.execute(
        update(t).where(t.c.about == about, t.c.kind.in_(helpers), there).values(delete_at=at)
    )


async def attempt(connection: Connection, note_id: int) -> None:
    """From now on it may have been sent."""
    await connection.execute(update(t).where(t.c.id == note_id).values(attempted=1))


async def shown(
    connection: Connection, note: Note, message_id: int, delete_at: float | None
) -> None:
    """The message says what the version that was read said, unless the group has moved since."""
    due = {} if delete_at is None else {"delete_at": delete_at}
    await connection.execute(
        update(t)
        .where(t.c.id == note.id, t.c.place_id == note.place_id)
        .values(rendered_version=note.version, message_id=message_id, **due)
    )


async def postpone(connection: Connection, note: Note, until: float, *, unsent: bool) -> None:
    """To be tried again; `unsent`: it surely wasn't sent."""
    attempted = 0 if unsent and note.message_id is None else int(note.attempted)
    values: dict[str, Any] = {"render_at": until, "attempted": attempted}
    if note.delete_at is not None and note.delete_at < until:
        values["delete_at"] = until
    await connection.execute(update(t).where(t.c.id == note.id).values(**values))


async def forget(connection: Connection, note_id: int) -> None:
    await connection.execute(delete(t).where(t.c.id == note_id))


async def due(connection: Connection) -> list[tuple[int, float]]:
    """(id, when) of every note that is to be shown, or deleted."""
    behind = select(t.c.id, t.c.render_at).where(t.c.version > t.c.rendered_version)
    going = select(t.c.id, t.c.delete_at).where(t.c.delete_at.is_not(None))
    found = [*(await connection.execute(behind)), *(await connection.execute(going))]
    return [(row[0], row[1]) for row in found]


def _note(row: Row[Any]) -> Note:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values |= {"kind": NoteKind(values["kind"]), "attempted": bool(values["attempted"])}
    return Note(**values)
