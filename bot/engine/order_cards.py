"""The cards of orders, from the line to the picture, and how long it still takes."""

import logging
import time
from collections.abc import Callable

from bot.domain.order import KEEPS_CREDITS, Failure, Order, OrderState, Told
from bot.domain.pace import PACE, Pace
from bot.engine.estimates import Estimates
from bot.engine.pictures import Pictures
from bot.engine.places import Places, report, try_again_in
from bot.engine.sheet import Sheet
from bot.errors import ChatGone, MessageGone, StaleState, TelegramFault
from bot.outbox import Outbox, Priority
from bot.texts import texts
from bot.views.cards import View
from storage import leaving, orders, people
from storage.database import Database
from storage.pictures import pictures_of
from storage.surely import surely

log = logging.getLogger(__name__)

# States in which the card says how long it still takes.
WAITING = frozenset({OrderState.QUEUED, OrderState.SUBMITTING, OrderState.PROCESSING})


def shown_later(order: Order) -> bool:
    """Whether somebody else shows it, or nothing is to be said before its end."""
    delivered = order.state is OrderState.DRAWN  # its delivery makes the card the picture
    return delivered or (order.failure is Failure.TAKEN_OUT and not order.state.over)


def was_left_behind(order: Order) -> bool:
    """Whether its card lies in a group that the bot was thrown out of."""
    return order.in_group and order.failure is Failure.TAKEN_OUT


class OrderCards:
    """Renders one order's card at a time."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        sheet: Sheet,
        pictures: Pictures,
        estimates: Estimates,
        places: Places,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database, self._outbox = database, outbox
        self._sheet = sheet
        self._pictures = pictures
        self._estimates = estimates
        self._places = places
        self._now = now
        self._pace = pace
        self._progress: dict[int, str] = {}

    async def refresh(self, order_id: int) -> bool:
        """Shows how long it still takes, if that changed; false where there was no room for it."""
        async with self._database.reading() as connection:
            order = await orders.load(connection, order_id)
            person = await people.find(connection, order.user_id) if order else None
        # It may have gone on since it was looked at: what it is now is shown by its own rendering.
        if order is None or order.state not in WAITING or order.version > order.rendered_version:
            return False
        if order.in_group:
            return True  # where twenty messages and edits a minute are all there are
        t = texts(person.language if person else "en")
        view = self._pictures.card(order, [], t, self._estimates.waiting(order))
        shown = self._progress.setdefault(order.id, view.caption)
        if order.card_message_id is None or shown == view.caption:
            return True
        try:
            sent = await self._outbox.edit_caption(
                order.chat_id,
                order.card_message_id,
                view.caption,
                keyboard=view.keyboard,
                priority=Priority.PROGRESS,
            )
        except TelegramFault as fault:
            log.debug("progress of order %s not shown: %s", order.id, fault)
            return False
        if sent and order.id in self._progress:
            self._progress[order.id] = view.caption
        return sent

    async def render(self, order_id: int) -> float | None:
        """Shows the order if its card is behind.

        Returns: seconds until it has to be rendered again, 0 for at once; None: it hasn't.
        """
        async with self._database.reading() as connection:
            order = await orders.load(connection, order_id)
            pictures = await pictures_of(connection, order_id)
            person = await people.find(connection, order.user_id) if order else None
        if order is None or order.state not in WAITING:
            self._progress.pop(order_id, None)
        if order is None or order.version <= order.rendered_version or shown_later(order):
            return None
        if order.render_at > self._now():
            return order.render_at - self._now()
        t = texts(person.language if person else "en")
        view = self._pictures.card(order, pictures, t, self._estimates.waiting(order))
        try:
            message_id = await self._show(order, view)
        except StaleState:
            return 0.0
        except MessageGone:
            return await self._card_lost(order)
        except TelegramFault as fault:
            return await self._failed(order, fault)
        # First this: once it is committed, `refresh` compares with it.
        if order.state in WAITING and not order.in_group:
            self._progress[order.id] = view.caption
        await self._shown(order, message_id)
        return None

    async def _show(self, order: Order, view: View) -> int:
        if order.card_message_id is None:
            return await self._sheet.send(
                order.chat_id,
                view.caption,
                thread_id=order.thread_id,
                keyboard=view.keyboard,
                reply_to=order.reply_to,
            )
        if self._says_it(order, view):
            return order.card_message_id
        if await self._pictures.send_asked(order):
            return order.card_message_id
        if view.picture is not None and await self._pictures.turn_to(order, view):
            return order.card_message_id
        await self._outbox.edit_caption(
            order.chat_id,
            order.card_message_id,
            view.caption,
            keyboard=view.keyboard,
            # After the bot's return there may be many of these; whoever asks anew goes first.
            priority=Priority.DELIVERY if was_left_behind(order) else Priority.ANSWER,
        )
        return order.card_message_id

    def _says_it(self, order: Order, view: View) -> bool:
        """Another state, the same words: nobody would see the edit, and a chat has few."""
        if order.state not in WAITING:
            return False
        if order.in_group:
            return not order.is_news
        return self._progress.get(order.id) == view.caption

    async def _card_lost(self, order: Order) -> float | None:
        """A card that the person deleted comes back only while something is to be waited for."""
        async with self._database.writing() as connection:
            await orders.note(connection, order.id, card_message_id=None)
        if order.state is not OrderState.DELIVERED and not was_left_behind(order):
            return 0.0
        await self._shown(order, None)
        return None

    async def _shown(self, order: Order, message_id: int | None) -> None:
        # A new card says it in any case.
        said = order.is_news or order.card_message_id is None
        told = order.tells if said and order.state in WAITING else Told.NOTHING
        await surely(self._database, lambda c: orders.shown(c, order, message_id, told))

    async def _failed(self, order: Order, fault: TelegramFault) -> float | None:
        later = try_again_in(fault, self._pace)
        async with self._database.writing() as connection:
            if later is not None:
                await orders.note(connection, order.id, render_at=self._now() + later)
            elif order.in_group and isinstance(fault, ChatGone) and order.state in KEEPS_CREDITS:
                # Should the bot come back, it says what became of it.
                await leaving.park(connection, order)
            else:
                await orders.shown(connection, order, order.card_message_id)
        report(f"order {order.id}", fault, later)
        if order.in_group:
            await self._places.order_failed(order, fault)
        return later
