"""Drafts: one conversation's state a row, and which of its versions the card shows."""

import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.domain.draft import Draft, DraftKey, DraftRow
from bot.errors import StaleState
from storage import orders
from storage.connection import Connection
from storage.tables import drafts as t

_BODY: Final = TypeAdapter(Draft)
_COLUMNS: Final = (
    t.c.id,
    t.c.chat_id,
    t.c.thread_id,
    t.c.user_id,
    t.c.body,
    t.c.version,
    t.c.rendered_version,
    t.c.render_at,
    t.c.card_message_id,
    t.c.stale_cards,
    t.c.newest_message,
)
# Made once: to put a question together costs more than to ask it.
_BY_ID: Final = select(*_COLUMNS).where(t.c.id == bindparam("draft_id"))
_BY_KEY: Final = select(*_COLUMNS).where(
    t.c.chat_id == bindparam("of_chat"),
    t.c.thread_id == bindparam("of_thread"),
    t.c.user_id == bindparam("of_user"),
)
_STALE_CARDS: Final = select(t.c.stale_cards).where(t.c.id == bindparam("draft_id"))
_BEGIN: Final = insert(t).returning(*_COLUMNS)
# What they set are the other values given with them.
_CHANGE: Final = update(t).where(t.c.id == bindparam("draft_id"))
_CHANGE_VERSION: Final = _CHANGE.where(t.c.version == bindparam("of_version"))


async def begin(connection: Connection, key: DraftKey, draft: Draft, now: float) -> DraftRow:
    """The conversation's row; made with `draft` where there is none."""
    known = await find(connection, key)
    if known is not None:
        return known
    values = {
        "chat_id": key.chat_id,
        "thread_id": key.thread_id,
        "user_id": key.user_id,
        "body": dump(draft),
        "version": 0,
        "updated_at": now,
    }
    return _row((await connection.execute(_BEGIN, values)).one())


async def find(connection: Connection, key: DraftKey) -> DraftRow | None:
    whose = {"of_chat": key.chat_id, "of_thread": key.thread_id, "of_user": key.user_id}
    row = (await connection.execute(_BY_KEY, whose)).first()
    return _row(row) if row else None


async def load(connection: Connection, draft_id: int) -> DraftRow | None:
    row = (await connection.execute(_BY_ID, {"draft_id": draft_id})).first()
    return _row(row) if row else None


async def by_card(connection: Connection, chat_id: int, card_message_id: int) -> DraftRow | None:
    """What is being put together on this card."""
    found = await connection.execute(
        select(*_COLUMNS).where(t.c.chat_id == chat_id, t.c.card_message_id == card_message_id)
    )
    row = found.first()
    return _row(row) if row else None


async def in_chat(
    connection: Connection, chat_id: int, *, on_cards: bool = False
) -> list[DraftRow]:
    """What is being put together in a chat; with `on_cards` only what has a card, or gets one."""
    asked = select(*_COLUMNS).where(t.c.chat_id == chat_id)
    if on_cards:
        behind = t.c.version > t.c.rendered_version
        asked = asked.where(t.c.card_message_id.is_not(None) | behind)
    return [_row(row) for row in await connection.execute(asked)]


async def forget(connection: Connection, row: DraftRow) -> None:
    """Nobody will go on from it."""
    await connection.execute(delete(t).where(t.c.id == row.id))


async def save(
    connection: Connection,
    row: DraftRow,
    now: float,
    *,
    render_at: float = 0.0,
    silent: bool = False,
) -> None:
    """Writes the draft as the next version, to be shown at `render_at`.

    A silent change needs no card: what is shown stays as it is.

    Raises:
        StaleState: somebody else changed the draft meanwhile.
    """
    version = row.version + 1
    values = {
        "body": dump(row.draft),
        "version": version,
        "render_at": render_at,
        "unchecked": len(row.draft.unchecked),
        "card_message_id": row.card_message_id,
        "stale_cards": json.dumps(row.stale_cards),
        "newest_message": row.newest_message,
        "updated_at": now,
    }
    if silent:
        values["rendered_version"] = version
    if not await _change(connection, row, values):
        raise StaleState(f"draft {row.id} changed meanwhile")


async def keep(connection: Connection, row: DraftRow) -> None:
    """Writes what no card shows: the version stays, and so does whatever is being rendered."""
    await _change(connection, row, {"body": dump(row.draft), "unchecked": len(row.draft.unchecked)})


async def shown(connection: Connection, row: DraftRow, card_message_id: int) -> None:
    """The card shows the version that was read.

    Where a newer version came meanwhile, a card sent for this one is still the draft's card, as
    long as it lies below the person's newest message; else it is one to sweep away, and so is one
    for what was asked in a group and is over. An order that took it by a tap keeps it.
    """
    values = {"rendered_version": row.version, "card_message_id": card_message_id}
    if await _change(connection, row, values) or row.card_message_id is not None:
        return
    current = await load(connection, row.id)
    if current is None or current.key.chat_id != row.key.chat_id:
        return  # in another chat this number may be somebody else's
    if await orders.by_message(connection, row.key.chat_id, card_message_id) is not None:
        return
    if row.draft.ask is not None and current.draft.ask is None:
        await _add_stale(connection, row.id, card_message_id)
        return
    adopted = await connection.execute(
        update(t)
        .where(
            t.c.id == row.id,
            # Empty, or taken from a tap that came before Telegram's answer.
            t.c.card_message_id.is_(None) | (t.c.card_message_id == card_message_id),
            t.c.newest_message < card_message_id,
        )
        .values(card_message_id=card_message_id)
    )
    if adopted.rowcount != 1:
        await _add_stale(connection, row.id, card_message_id)


async def card_lost(connection: Connection, row: DraftRow) -> None:
    """The person deleted the card: the next rendering sends a new one."""
    await connection.execute(
        update(t)
        .where(t.c.id == row.id, t.c.card_message_id == row.card_message_id)
        .values(card_message_id=None)
    )


async def swept(connection: Connection, draft_id: int, gone: Sequence[int]) -> None:
    """These stale cards are deleted."""
    row = (await connection.execute(_STALE_CARDS, {"draft_id": draft_id})).first()
    if row:
        left = [message_id for message_id in json.loads(row[0]) if message_id not in gone]
        values = {"draft_id": draft_id, "stale_cards": json.dumps(left)}
        await connection.execute(_CHANGE, values)


async def postpone(connection: Connection, draft_id: int, render_at: float) -> None:
    await connection.execute(update(t).where(t.c.id == draft_id).values(render_at=render_at))


async def give_up(connection: Connection, row: DraftRow) -> None:
    """Nothing can be shown in this chat: the version counts as rendered."""
    await _change(connection, row, {"rendered_version": row.version})


async def behind(connection: Connection) -> list[tuple[int, float]]:
    """(id, when to show it) of every draft whose card is behind."""
    found = await connection.execute(
        select(t.c.id, t.c.render_at).where(t.c.version > t.c.rendered_version)
    )
    return [(row[0], row[1]) for row in found]


async def unchecked(connection: Connection) -> list[int]:
    found = await connection.execute(select(t.c.id).where(t.c.unchecked > 0))
    return list(found.scalars())


async def _change(connection: Connection, row: DraftRow, values: dict[str, Any]) -> bool:
    """False where the draft is at another version by now."""
    which = {"draft_id": row.id, "of_version": row.version}
    return (await connection.execute(_CHANGE_VERSION, which | values)).rowcount == 1


async def _add_stale(connection: Connection, draft_id: int, message_id: int) -> None:
    row = (await connection.execute(_STALE_CARDS, {"draft_id": draft_id})).first()
    if row:
        stale = [*json.loads(row[0]), message_id]
        values = {"draft_id": draft_id, "stale_cards": json.dumps(stale)}
        await connection.execute(_CHANGE, values)


def dump(draft: Draft) -> str:
    """For the column `body`."""
    return _BODY.dump_json(draft, exclude_defaults=True).decode()


def _row(row: Row[*tuple[Any, ...]]) -> DraftRow:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return DraftRow(
        id=values["id"],
        key=DraftKey(values["chat_id"], values["thread_id"], values["user_id"]),
        draft=_BODY.validate_json(values["body"]),
        version=values["version"],
        rendered_version=values["rendered_version"],
        render_at=values["render_at"],
        card_message_id=values["card_message_id"],
        stale_cards=tuple(json.loads(values["stale_cards"])),
        newest_message=values["newest_message"],
    )
