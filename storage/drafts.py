"""Drafts: one conversation's state a row, and which of its versions the card shows."""

import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.draft import Draft, DraftKey, DraftRow
from bot.errors import StaleState
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


async def begin(connection: AsyncConnection, key: DraftKey, draft: Draft, now: float) -> DraftRow:
    """The conversation's row; made with `draft` where there is none."""
    found = await connection.execute(_select_key(key))
    row = found.first()
    if row is None:
        values = {
            "chat_id": key.chat_id,
            "thread_id": key.thread_id,
            "user_id": key.user_id,
            "body": _dump(draft),
            "version": 0,
            "updated_at": now,
        }
        made = await connection.execute(insert(t).values(**values).returning(*_COLUMNS))
        row = made.one()
    return _row(row)


async def load(connection: AsyncConnection, draft_id: int) -> DraftRow | None:
    row = (await connection.execute(select(*_COLUMNS).where(t.c.id == draft_id))).first()
    return _row(row) if row else None


async def find(connection: AsyncConnection, key: DraftKey) -> DraftRow | None:
    row = (await connection.execute(_select_key(key))).first()
    return _row(row) if row else None


async def save(
    connection: AsyncConnection,
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
    changed = await connection.execute(
        update(t)
        .where(t.c.id == row.id, t.c.version == row.version)
        .values(
            body=_dump(row.draft),
            version=version,
            rendered_version=version if silent else t.c.rendered_version,
            render_at=render_at,
            unchecked=len(row.draft.unchecked),
            card_message_id=row.card_message_id,
            stale_cards=json.dumps(row.stale_cards),
            newest_message=row.newest_message,
            updated_at=now,
        )
    )
    if changed.rowcount != 1:
        raise StaleState(f"draft {row.id} changed meanwhile")


async def shown(connection: AsyncConnection, row: DraftRow, card_message_id: int) -> None:
    """The card shows the version that was read.

    Where a newer version came meanwhile, a card sent for this one is still the draft's card, as
    long as it lies below the person's newest message; else it is one to sweep away.
    """
    changed = await connection.execute(
        update(t)
        .where(t.c.id == row.id, t.c.version == row.version)
        .values(rendered_version=row.version, card_message_id=card_message_id)
    )
    if changed.rowcount == 1 or row.card_message_id is not None:
        return
    adopted = await connection.execute(
        update(t)
        .where(
            t.c.id == row.id,
            t.c.card_message_id.is_(None),
            t.c.newest_message < card_message_id,
        )
        .values(card_message_id=card_message_id)
    )
    if adopted.rowcount != 1:
        await _add_stale(connection, row.id, card_message_id)


async def card_lost(connection: AsyncConnection, row: DraftRow) -> None:
    """The person deleted the card: the next rendering sends a new one."""
    await connection.execute(
        update(t)
        .where(t.c.id == row.id, t.c.card_message_id == row.card_message_id)
        .values(card_message_id=None)
    )


async def swept(connection: AsyncConnection, draft_id: int, gone: Sequence[int]) -> None:
    """These stale cards are deleted."""
    row = (await connection.execute(select(t.c.stale_cards).where(t.c.id == draft_id))).first()
    if row:
        left = [message_id for message_id in json.loads(row[0]) if message_id not in gone]
        await connection.execute(
            update(t).where(t.c.id == draft_id).values(stale_cards=json.dumps(left))
        )


async def postpone(connection: AsyncConnection, draft_id: int, render_at: float) -> None:
    await connection.execute(update(t).where(t.c.id == draft_id).values(render_at=render_at))


async def give_up(connection: AsyncConnection, row: DraftRow) -> None:
    """Nothing can be shown in this chat: the version counts as rendered."""
    await connection.execute(
        update(t)
        .where(t.c.id == row.id, t.c.version == row.version)
        .values(rendered_version=row.version)
    )


async def behind(connection: AsyncConnection) -> list[tuple[int, float]]:
    """(id, when to show it) of every draft whose card is behind."""
    found = await connection.execute(
        select(t.c.id, t.c.render_at).where(t.c.version > t.c.rendered_version)
    )
    return [(row[0], row[1]) for row in found]


async def unchecked(connection: AsyncConnection) -> list[int]:
    found = await connection.execute(select(t.c.id).where(t.c.unchecked > 0))
    return list(found.scalars())


def _select_key(key: DraftKey) -> Select[Any]:
    return select(*_COLUMNS).where(
        t.c.chat_id == key.chat_id, t.c.thread_id == key.thread_id, t.c.user_id == key.user_id
    )


async def _add_stale(connection: AsyncConnection, draft_id: int, message_id: int) -> None:
    row = (await connection.execute(select(t.c.stale_cards).where(t.c.id == draft_id))).first()
    if row:
        stale = [*json.loads(row[0]), message_id]
        await connection.execute(
            update(t).where(t.c.id == draft_id).values(stale_cards=json.dumps(stale))
        )


def _dump(draft: Draft) -> str:
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
