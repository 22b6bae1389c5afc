"""Groups: who brought the bot there, what operator and admins allow, and that it left."""

from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import Allowance, Chat, ChatSettings, NoteKind
from storage import facts, notes
from storage.connection import Connection
from storage.tables import chats as t
from storage.tables import notes as n

_SETTINGS: Final = TypeAdapter(ChatSettings)
_COLUMNS: Final = tuple(t.c[name] for name in Chat.__dataclass_fields__)
# Made once: to put a question together costs more than to ask it.
_BY_CHAT: Final = select(*_COLUMNS).where(t.c.chat_id == bindparam("of_chat"))
_BY_ID: Final = select(*_COLUMNS).where(t.c.id == bindparam("row_id"))


async def find(connection: Connection, chat_id: int) -> Chat | None:
    """By Telegram's id."""
    row = (await connection.execute(_BY_CHAT, {"of_chat": chat_id})).first()
    return _chat(row) if row else None


async def load(connection: Connection, row_id: int) -> Chat | None:
    """By our own id, which stays when the group becomes a supergroup."""
    row = (await connection.execute(_BY_ID, {"row_id": row_id})).first()
    return _chat(row) if row else None


async def untold(connection: Connection) -> list[Chat]:
    """Those that the bot was added to and is in, and that no admin of the bot was told of."""
    where = t.c.told_at.is_(None) & t.c.left_at.is_(None) & (t.c.added_by != 0)
    return [_chat(row) for row in await connection.execute(select(*_COLUMNS).where(where))]


async def meet(connection: Connection, chat_id: int, title: str, *, is_forum: bool) -> Chat:
    """The group's row, made or brought up to date."""
    about = {"title": title, "is_forum": int(is_forum)}
    made = insert(t).values(chat_id=chat_id, **about)
    found = await connection.execute(
        made.on_conflict_do_update(index_elements=[t.c.chat_id], set_=about).returning(*_COLUMNS)
    )
    return _chat(found.one())


async def change(connection: Connection, row_id: int, **values: object) -> None:
    await connection.execute(update(t).where(t.c.id == row_id).values(**values))


async def decide(connection: Connection, row_id: int, allowance: Allowance) -> None:
    """What the operator says; every operator's card shows it, and the admins' its caps."""
    await change(connection, row_id, allowance=allowance)
    await notes.outdate(connection, row_id, NoteKind.OPERATOR)
    await notes.outdate(connection, row_id, NoteKind.SETTINGS)


async def choose(connection: Connection, row_id: int, settings: ChatSettings) -> None:
    """What the group's admins set; their card shows it."""
    await change(connection, row_id, settings=_dump(settings))
    await notes.outdate(connection, row_id, NoteKind.SETTINGS)


async def left(connection: Connection, chat_id: int, now: float) -> Chat | None:
    """The bot isn't there any more: should it come back, it starts anew; the operator's word
    stays. Returns the group as it is now.
    """
    chat = await find(connection, chat_id)
    await facts.forget_all(connection, f"{facts.CAPPED}{chat_id}:")
    await facts.forget(connection, f"{facts.CAPPED}{chat_id}")
    if chat is not None:
        await change(connection, chat.id, left_at=now, settings="{}")
        await notes.park(connection, chat_id)
        await here_or_not(connection, chat)
    return await find(connection, chat_id)


async def here_or_not(connection: Connection, chat: Chat) -> None:
    """The bot came or went: a question to the operator shows that, and an answer stands."""
    if not chat.allowance.decided:
        await notes.outdate(connection, chat.id, NoteKind.OPERATOR)


async def move(connection: Connection, old: int, new: int) -> None:
    """The group lives on under another id; messages of the old chat can't be changed any more."""
    chat, there = await find(connection, old), await find(connection, new)
    if chat is None:
        return
    if there is not None:
        # Telegram told of the supergroup as of one that the bot was just added to.
        await connection.execute(delete(n).where(n.c.about == there.id))
        await connection.execute(delete(t).where(t.c.id == there.id))
    await change(connection, chat.id, chat_id=new, left_at=None)
    await connection.execute(delete(n).where(n.c.place_id == old, n.c.message_id.is_not(None)))
    await connection.execute(
        update(n).where(n.c.place_id == old).values(place_id=new, reply_to=None)
    )


def _dump(settings: ChatSettings) -> str:
    return _SETTINGS.dump_json(settings, exclude_defaults=True).decode()


def _chat(row: Row[Any]) -> Chat:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values |= {
        "is_forum": bool(values["is_forum"]),
        "allowance": Allowance(values["allowance"]),
        "settings": _SETTINGS.validate_json(values["settings"]),
    }
    return Chat(**values)
