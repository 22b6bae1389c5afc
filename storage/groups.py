"""A group becomes a supergroup: everything goes on there; how an order stops, what is said."""

from dataclasses import dataclass, replace

from sqlalchemy import case, select, update

from bot.domain.chat import NoteKind
from bot.domain.draft import DraftRow
from bot.domain.order import Failure, Order, OrderState
from storage import chats, drafts, notes, orders, rounds
from storage.connection import Connection
from storage.tables import UNFINISHED_ROWS
from storage.tables import drafts as d
from storage.tables import orders as o
from storage.tables import pictures as p


@dataclass(frozen=True, slots=True)
class Moved:
    """Whose cards are to be shown anew, in the new chat."""

    drafts: list[int]
    orders: list[int]
    rounds: list[int]


async def move(connection: Connection, old: int, new: int) -> Moved:
    """Everything of a chat goes on under its new id.

    The old chat's messages are not the new one's: what is under way gets a new card, and nothing
    points at a message any more that may be somebody else's there.
    """
    await chats.move(connection, old, new)
    begun = await drafts.in_chat(connection, old)
    shown = [row.id for row in begun if await _move_draft(connection, row, new)]
    of_chat = select(o.c.id).where(o.c.chat_id == old)
    await connection.execute(
        update(p).where(p.c.order_id.in_(of_chat)).values(reply_message_id=None)
    )
    under_way = list((await connection.execute(of_chat.where(UNFINISHED_ROWS))).scalars())
    version = o.c.version + 1
    await connection.execute(
        update(o)
        .where(o.c.chat_id == old)
        .values(
            chat_id=new,
            card_message_id=None,
            reply_to=None,
            version=version,
            rendered_version=case((o.c.id.in_(under_way), o.c.rendered_version), else_=version),
            render_at=0,
        )
    )
    return Moved(shown, under_way, await rounds.move(connection, old, new))


async def say(
    connection: Connection,
    sentence: str,
    now: float,
    *,
    chat_id: int,
    thread_id: int,
    user_id: int,
    reply_to: int | None = None,
    title: str = "",
    is_forum: bool = False,
) -> None:
    """A sentence for somebody, in its place; the group is made known if it isn't yet."""
    about = await chats.find(connection, chat_id)
    if about is None:
        about = await chats.meet(connection, chat_id, title, is_forum=is_forum)
    await notes.add(
        connection,
        NoteKind.SAID,
        about=about.id,
        place_id=chat_id,
        thread_id=thread_id,
        user_id=user_id,
        reply_to=reply_to,
        text=sentence,
        now=now,
    )


async def stop(
    connection: Connection, order: Order, now: float, failure: Failure | None = None
) -> bool:
    """In line it is over at once; else whoever drives it is asked to stop.

    False where it is too late for that, or was asked before. `failure`: why, if nobody asked.
    """
    if order.state is OrderState.QUEUED:
        await orders.advance(connection, order, OrderState.CANCELLED, ended_at=now, failure=failure)
        return True
    return await orders.request_cancel(connection, order.id, failure)


async def _move_draft(connection: Connection, row: DraftRow, new: int) -> bool:
    """True if its card is to be shown anew; what was begun in the new chat already stays."""
    there = await drafts.find(connection, replace(row.key, chat_id=new))
    if there is not None:
        await connection.execute(d.delete().where(d.c.id == row.id))
        return False
    ask = row.draft.ask
    draft = replace(row.draft, ask=replace(ask, command=0) if ask else None)
    await connection.execute(
        update(d)
        .where(d.c.id == row.id)
        .values(
            chat_id=new,
            body=drafts.dump(draft),
            card_message_id=None,
            stale_cards="[]",
            newest_message=0,
            version=row.version + 1,
            rendered_version=row.rendered_version if ask else row.version + 1,
            render_at=0,
        )
    )
    return ask is not None
