"""The bot has to leave a group, and may come back: what ends, what is left behind, what is settled.

While it is away nothing can be shown there. The cards of orders wait, parked, for its coming back;
other messages that nobody can go on with become notes that are to be deleted then.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from sqlalchemy import or_, select, union_all, update

from bot.domain.chat import Chat, Note
from bot.domain.draft import DraftKey, DraftRow
from bot.domain.group import ANONYMOUS
from bot.domain.order import Failure, Order, OrderState
from storage import chats, drafts, groups, notes, orders, rounds
from storage.connection import Connection
from storage.orders import NEVER_BEHIND
from storage.pictures import forget_shown, pictures_of
from storage.tables import UNFINISHED_ROWS
from storage.tables import orders as o
from storage.tables import rounds as r


@dataclass(frozen=True, slots=True)
class Back:
    """Whose cards are to be settled."""

    orders: list[int]
    rounds: list[int]


async def leave(
    connection: Connection, chat_id: int, now: float, spared: AbstractSet[int] = frozenset()
) -> list[int]:
    """Ends all that is under way in a chat; returns the orders that have to stop.

    Args: spared: who asked there after the bot had come back, which it is told of later.
    """
    chat = await chats.left(connection, chat_id, now)
    for row in await drafts.in_chat(connection, chat_id):
        if (ANONYMOUS if row.key.is_anonymous else row.key.user_id) not in spared:
            await _end_draft(connection, chat, row, now)
    owners = {0 if user_id == ANONYMOUS else user_id for user_id in spared}
    await rounds.leave(connection, chat_id, owners)
    stopping = [
        order
        for order in await orders.unfinished(connection)
        if order.chat_id == chat_id and order.user_id not in spared
    ]
    await _park(connection, chat_id, spared)
    for order in stopping:
        await _end_order(connection, order, now)
    return [order.id for order in stopping]


async def come_back(connection: Connection, chat: Chat, now: float) -> Back:
    """What was left behind is settled: cards of orders say why they were stopped, others go."""
    await notes.sweep(connection, chat.chat_id, now)
    unparked = await _unpark(connection, chat.chat_id)
    return Back(unparked, await rounds.come_back(connection, chat.chat_id))


async def park(connection: Connection, order: Order) -> None:
    """An order's card could not be shown, for the bot isn't there: it waits for its return."""
    await orders.note(connection, order.id, rendered_version=NEVER_BEHIND)


async def bring_home(connection: Connection, order: Order, now: float) -> bool:
    """A drawn order whose group can't have it goes to the person, who knows the bot in private.

    False where they don't. Its card in the group has to go, now or once the bot comes back.
    """
    known = await _is_known(connection, order.user_id)
    if not known or order.round_id is not None or not order.in_group:
        return False
    shown = any(picture.photo_file_id for picture in await pictures_of(connection, order.id))
    chat = await chats.find(connection, order.chat_id)
    if chat is not None and order.card_message_id is not None and not shown:
        await notes.leave_behind(connection, chat, order.card_message_id, order.user_id, now)
    await forget_shown(connection, order.id)
    await connection.execute(
        update(o)
        .where(o.c.id == order.id)
        .values(
            chat_id=order.user_id,
            thread_id=0,
            card_message_id=None,
            reply_to=None,
            failure=Failure.TAKEN_OUT,
            attempts=0,
            not_before=0,
            rendered_version=o.c.version,
        )
    )
    return True


async def bring_home_or_fail(connection: Connection, order: Order, now: float) -> None:
    """A picture that was made before the stop: nobody else may have it."""
    if not await bring_home(connection, order, now):
        await orders.advance(
            connection, order, OrderState.FAILED, failure=Failure.TAKEN_OUT, ended_at=now
        )


async def say_at_home(connection: Connection, note: Note, sentence: str) -> bool:
    """What a group refuses is said to the person instead; false where they don't know the bot in
    private.
    """
    known = await _is_known(connection, note.user_id)
    if known:
        await notes.send_home(connection, note, sentence)
    return known


async def is_card(connection: Connection, chat_id: int, message_id: int) -> bool:
    """Whether a message of a group shows an order or a round."""
    cards = (
        select(table.c.id).where(table.c.chat_id == chat_id, table.c.card_message_id == message_id)
        for table in (o, r)
    )
    return (await connection.execute(union_all(*cards))).first() is not None


async def _is_known(connection: Connection, user_id: int) -> bool:
    """Whether there is a private chat with somebody."""
    return await drafts.find(connection, DraftKey(user_id, 0, user_id)) is not None


async def _park(connection: Connection, chat_id: int, spared: AbstractSet[int]) -> None:
    """The cards that are behind, or will be; those of rounds' faces never are."""
    await connection.execute(
        update(o)
        .where(
            o.c.chat_id == chat_id,
            o.c.round_id.is_(None),
            o.c.user_id.not_in(spared),
            or_(UNFINISHED_ROWS, o.c.version > o.c.rendered_version),
        )
        .values(rendered_version=NEVER_BEHIND)
    )


async def _unpark(connection: Connection, chat_id: int) -> list[int]:
    """The cards that have waited, and are behind now."""
    unparked = await connection.execute(
        update(o)
        .where(
            o.c.chat_id == chat_id,
            o.c.round_id.is_(None),
            o.c.rendered_version == NEVER_BEHIND,
            o.c.card_message_id.is_not(None),
        )
        .values(rendered_version=o.c.version - 1, render_at=0)
        .returning(o.c.id)
    )
    return list(unparked.scalars())


async def _end_draft(connection: Connection, chat: Chat | None, row: DraftRow, now: float) -> None:
    cards = (*row.stale_cards, row.card_message_id)
    for message_id in cards:
        if chat is not None and message_id is not None:
            await notes.leave_behind(connection, chat, message_id, row.owner, now)
    draft = replace(row.draft, ask=None, photos=())
    gone = replace(row, draft=draft, card_message_id=None, stale_cards=())
    await drafts.save(connection, gone, now, silent=True)


async def _end_order(connection: Connection, order: Order, now: float) -> None:
    if order.round_id is not None:
        await groups.stop(connection, order, now)
    elif order.state is OrderState.DRAWN:
        await bring_home_or_fail(connection, order, now)
    else:
        await groups.stop(connection, order, now, failure=Failure.TAKEN_OUT)
