"""A card that can't be shown where it should: later, the next best place, or a sentence."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from bot.domain.draft import DraftRow
from bot.domain.order import Order, OrderState
from bot.domain.pace import Pace
from bot.engine.ports import Wakeups
from bot.engine.saying import no_place, say
from bot.errors import (
    ChatGone,
    ChatMoved,
    MediaForbidden,
    NotSent,
    OutcomeUnknown,
    RetryLater,
    TelegramFault,
    TopicGone,
)
from bot.texts import Texts
from storage import groups, leaving, orders
from storage.database import Database

log = logging.getLogger(__name__)


class Places:
    """Is told what failed, after it was given up."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._wakeups = wakeups
        self._now = now

    async def draft_failed(self, row: DraftRow, fault: TelegramFault) -> None:
        ask, key = row.draft.ask, row.key
        if isinstance(fault, ChatMoved):
            await self.move(key.chat_id, fault.new_chat_id)
        elif (why := no_place(fault)) is not None and ask is not None:
            async with self._database.writing() as connection:
                whose = replace(key, user_id=row.owner)
                await say(connection, why, whose, self._now(), reply_to=ask.command)
            self._wakeups.notes_changed()

    async def order_failed(self, order: Order, fault: TelegramFault) -> None:
        if isinstance(fault, ChatMoved):
            await self.move(order.chat_id, fault.new_chat_id)
            return
        why = None if isinstance(fault, ChatGone) else no_place(fault)
        if why is not None and await self._stop(order.id, why):
            # Its card is behind again, and can be shown as little as before.
            self._wakeups.order_changed(order.id)
            self._wakeups.notes_changed()

    async def bring_home(self, order: Order, *, or_fail: bool) -> bool:
        """Whether a drawn order, which its group can't have, goes on elsewhere, or is over.

        Args: or_fail: where the person has no private chat with the bot, it is over.
        """
        async with self._database.writing() as connection:
            current = await orders.load(connection, order.id)
            if current is None or (current.chat_id, current.state) != (order.chat_id, order.state):
                return True  # somebody was first
            if or_fail:
                await leaving.bring_home_or_fail(connection, current, self._now())
            elif not await leaving.bring_home(connection, current, self._now()):
                return False
        self._wakeups.order_changed(order.id)
        self._wakeups.notes_changed()
        return True

    async def move(self, old: int, new: int) -> None:
        """The group is a supergroup by now: what is under way follows."""
        async with self._database.writing() as connection:
            moved = await groups.move(connection, old, new)
        for draft_id in moved.drafts:
            self._wakeups.draft_changed(draft_id)
        for order_id in moved.orders:
            self._wakeups.order_changed(order_id)
        for round_id in moved.rounds:
            self._wakeups.round_changed(round_id)
        self._wakeups.notes_changed()

    async def _stop(self, order_id: int, why: Callable[[Texts], str]) -> bool:
        """No picture could be shown: none is paid for. False where it is too late, or over, unless
        it failed, and nobody knows.
        """
        async with self._database.writing() as connection:
            order = await orders.load(connection, order_id)
            if order is None:
                return False
            failed = order.state is OrderState.FAILED and not order.cancel_requested
            if not failed and not await groups.stop(connection, order, self._now()):
                return False
            await say(connection, why, order, self._now(), reply_to=order.reply_to)
            return True


def try_again_in(fault: TelegramFault, pace: Pace) -> float | None:
    """Seconds until a card is tried once more; None where that would not help."""
    match fault:
        case RetryLater():
            return fault.seconds
        case NotSent() | OutcomeUnknown():
            return pace.card
        case _:
            return None


def report(whose: str, fault: TelegramFault, later: float | None) -> None:
    """For the log: what became of a card, and why."""
    if later is not None:
        log.info("the card of %s comes in %.0f s: %s", whose, later, fault)
    elif isinstance(fault, ChatGone | ChatMoved | MediaForbidden | TopicGone):
        log.info("the card of %s has no place there: %s", whose, fault)
    else:
        log.error("the card of %s can't be shown: %s", whose, fault)
