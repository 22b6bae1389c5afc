"""A group's card that can't be shown where it should: the next best place, or a sentence."""

import logging
import time
from collections.abc import Callable
from typing import Protocol

from bot.domain.draft import DraftRow
from bot.domain.order import Order, OrderState
from bot.errors import ChatMoved, MediaForbidden, TelegramFault
from bot.outbox import Outbox
from bot.texts import texts
from storage import groups, orders, people
from storage.database import Database

log = logging.getLogger(__name__)


class Shows(Protocol):
    """Whoever shows cards."""

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None: ...

    def order_changed(self, order_id: int) -> None: ...


def nobody_hears(_order_id: int) -> None:
    """Before somebody drives orders."""


class Places:
    """Is told what failed, after it was given up.

    Attributes:
        stopped: hears of each order that has to stop. Whoever drives orders is built after the
            cards, and is put here then.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        cards: Shows,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._cards = cards
        self._now = now
        self.stopped: Callable[[int], None] = nobody_hears

    async def draft_failed(self, row: DraftRow, fault: TelegramFault) -> None:
        ask, key = row.draft.ask, row.key
        if isinstance(fault, ChatMoved):
            await self.move(key.chat_id, fault.new_chat_id)
        elif isinstance(fault, MediaForbidden) and ask is not None:
            await self._say_no_photos(row.owner, key.chat_id, key.thread_id, ask.command)

    async def order_failed(self, order: Order, fault: TelegramFault) -> None:
        if isinstance(fault, ChatMoved):
            await self.move(order.chat_id, fault.new_chat_id)
        elif isinstance(fault, MediaForbidden) and await self._stop(order):
            # Its card is behind again, and can be shown as little as before.
            self._cards.order_changed(order.id)
            self.stopped(order.id)
            command = order.reply_to
            await self._say_no_photos(order.user_id, order.chat_id, order.thread_id, command)

    async def move(self, old: int, new: int) -> None:
        """The group is a supergroup by now: what is under way follows."""
        async with self._database.writing() as connection:
            moved = await groups.move(connection, old, new)
        for draft_id in moved.drafts:
            self._cards.draft_changed(draft_id)
        for order_id in moved.orders:
            self._cards.order_changed(order_id)

    async def _stop(self, order: Order) -> bool:
        """No picture could be shown: none is paid for. False where it is too late, or over."""
        async with self._database.writing() as connection:
            current = await orders.load(connection, order.id)
            if current is None or current.state.over:
                return False
            if current.state is not OrderState.QUEUED:
                return await orders.request_cancel(connection, order.id)
            await orders.advance(connection, current, OrderState.CANCELLED, ended_at=self._now())
            return True

    async def _say_no_photos(
        self, user_id: int, chat_id: int, thread_id: int, command: int | None
    ) -> None:
        async with self._database.reading() as connection:
            person = await people.find(connection, user_id)
        sentence = texts(person.language if person else "en").group_no_photos()
        try:
            await self._outbox.send_text(
                chat_id, sentence, thread_id=thread_id or None, reply_to=command, anyway=True
            )
        except TelegramFault as fault:
            log.info("nothing can be said in this group: %s", fault)
