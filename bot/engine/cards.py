"""The living cards: each shows its row, and is rendered again whenever the row is ahead of it.

A step only commits; what is to be shown follows from the row. So a kill between the commit and the
sending loses no answer: whoever starts next finds the card behind and renders it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cachetools import LRUCache

from bot.domain.draft import DraftRow
from bot.domain.order import Order, OrderState
from bot.domain.pace import PACE, Pace
from bot.engine.estimates import Estimates
from bot.engine.pictures import Pictures
from bot.engine.places import Places
from bot.engine.sheet import Sheet
from bot.errors import (
    ChatGone,
    ChatMoved,
    DatabaseBusy,
    MediaForbidden,
    MessageGone,
    NotSent,
    OutcomeUnknown,
    RetryLater,
    TelegramFault,
)
from bot.outbox import Outbox, Priority
from bot.settings import Settings
from bot.texts import texts
from bot.views import Reader, View
from bot.views_group import draft_card, told
from storage import drafts, orders, people
from storage.database import Database
from storage.pictures import pictures_of
from storage.surely import surely

log = logging.getLogger(__name__)

# When no wake-up came: the rows are looked through now and then all the same.
LOOK_SECONDS = 30.0
REMEMBERED = 1000
# States in which the card says how long it still takes.
WAITING = frozenset({OrderState.QUEUED, OrderState.SUBMITTING, OrderState.PROCESSING})


class Kind(StrEnum):
    DRAFT = "draft"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Card:
    """One row's card."""

    kind: Kind
    id: int


class Cards:
    """Renders what is behind: one task a card, so that nobody waits for somebody else's."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        outbox: Outbox,
        sheet: Sheet,
        pictures: Pictures,
        estimates: Estimates,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._settings = settings
        self._database, self._outbox = database, outbox
        self._sheet = sheet
        self._pictures = pictures
        pictures.card_settles = self._settles
        self._estimates = estimates
        self._now = now
        self._pace = pace
        self.places = Places(database, outbox, self, now)
        self._rendering: dict[Card, asyncio.Task[None]] = {}
        self._again: set[Card] = set()
        self._sweeping: set[asyncio.Task[None]] = set()
        self._progress: dict[int, str] = {}
        # In groups an edit that nobody would see is one too many.
        self._asked: LRUCache[int, tuple[int, View]] = LRUCache(REMEMBERED)

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None:
        self._wake(Card(Kind.DRAFT, draft_id), render_at)

    def order_changed(self, order_id: int) -> None:
        self._wake(Card(Kind.ORDER, order_id))

    async def run(self) -> None:
        """Looks for cards that are behind, at the start and now and then, until cancelled."""
        while True:
            try:
                async with self._database.reading() as connection:
                    behind_drafts = await drafts.behind(connection)
                    behind_orders = await orders.behind(connection)
            except DatabaseBusy as busy:
                log.warning("cards wait for the database: %s", busy)
            else:
                for draft_id, at in behind_drafts:
                    self._wake(Card(Kind.DRAFT, draft_id), at)
                for order_id, at in behind_orders:
                    self._wake(Card(Kind.ORDER, order_id), at)
            await asyncio.sleep(LOOK_SECONDS)

    async def drain(self, seconds: float) -> None:
        tasks = {*self._rendering.values(), *self._sweeping}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in (*self._rendering.values(), *self._sweeping):
            task.cancel()

    async def refresh(self, order_id: int) -> None:
        """Shows how long it still takes, if that changed; dropped when there is no room."""
        async with self._database.reading() as connection:
            order = await orders.load(connection, order_id)
            person = await people.find(connection, order.user_id) if order else None
        # It may have gone on since it was looked at: what it is now is shown by its own rendering.
        if order is None or order.state not in WAITING or order.version > order.rendered_version:
            return
        if order.in_group:
            return  # where twenty messages and edits a minute are all there are
        t = texts(person.language if person else "en")
        view = self._pictures.card(order, [], t, self._estimates.waiting(order))
        shown = self._progress.setdefault(order.id, view.caption)
        if order.card_message_id is None or shown == view.caption:
            return
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
        else:
            if sent and order.id in self._progress:
                self._progress[order.id] = view.caption

    async def _settles(self, order_id: int) -> None:
        """Returns once no rendering of the order's card is under way."""
        task = self._rendering.get(Card(Kind.ORDER, order_id))
        if task is not None:
            await asyncio.wait({task})

    def _wake(self, card: Card, at: float = 0.0) -> None:
        pause = at - self._now()
        if pause > 0:
            asyncio.get_running_loop().call_later(pause, self._wake, card)
        elif card in self._rendering:
            self._again.add(card)
        else:
            task = asyncio.create_task(self._render(card), name=f"card-{card.kind}-{card.id}")
            self._rendering[card] = task

    async def _render(self, card: Card) -> None:
        try:
            while True:
                self._again.discard(card)
                if card.kind is Kind.DRAFT:
                    await self._draft(card)
                else:
                    await self._order(card)
                if card not in self._again:
                    return
        except DatabaseBusy as busy:
            log.warning("a card waits for the database: %s", busy)
            asyncio.get_running_loop().call_later(self._pace.card, self._wake, card)
        finally:
            del self._rendering[card]

    # Drafts

    async def _draft(self, card: Card) -> None:
        async with self._database.reading() as connection:
            row = await drafts.load(connection, card.id)
            if row is None or row.version <= row.rendered_version:
                return
            person = await people.find(connection, row.owner)
            earlier = None
            if not row.draft.usable_photos:
                earlier = await orders.latest_of(connection, row.key.user_id, row.key.chat_id)
        if row.render_at > self._now():
            self._wake(card, row.render_at)
            return
        reader = Reader(
            texts=texts(person.language if person else "en"),
            first_name=person.first_name if person else "",
            consented=person is not None and person.consented,
            credits_a_day=self._settings.caps.credits_per_person,
            has_earlier_photo=earlier is not None,
            closed=self._settings.caps.closed_to(row.key.chat_id),
            contact=self._settings.operator_contact,
            bot_name=self._pictures.bot_name,
        )
        view = draft_card(row, reader)
        try:
            message_id = await self._show_draft(row, view)
        except MessageGone:
            async with self._database.writing() as connection:
                await drafts.card_lost(connection, row)
            self._again.add(card)
        except TelegramFault as fault:
            await self._draft_failed(card, row, fault)
        else:
            self._asked[row.id] = message_id, view
            await surely(self._database, lambda c: drafts.shown(c, row, message_id))
            self._sweep_aside(row)

    async def _show_draft(self, row: DraftRow, view: View) -> int:
        chat_id = row.key.chat_id
        if row.card_message_id is None:
            return await self._sheet.send(
                chat_id,
                view.caption,
                thread_id=row.key.thread_id,
                keyboard=view.keyboard,
                reply_to=row.draft.ask.command if row.draft.ask else None,
            )
        if row.draft.ask is None or self._asked.get(row.id) != (row.card_message_id, view):
            await self._outbox.edit_caption(
                chat_id, row.card_message_id, view.caption, keyboard=view.keyboard
            )
        return row.card_message_id

    async def _draft_failed(self, card: Card, row: DraftRow, fault: TelegramFault) -> None:
        later = _try_again_in(fault, self._pace)
        async with self._database.writing() as connection:
            if later is not None:
                await drafts.postpone(connection, row.id, self._now() + later)
            else:
                await drafts.give_up(connection, row)
            if isinstance(fault, ChatGone) and row.draft.ask is None:
                await people.block(connection, row.key.user_id, self._now())
        self._report(card, fault, later)
        if row.draft.ask is not None:
            await self.places.draft_failed(row, fault)

    def _sweep_aside(self, row: DraftRow) -> None:
        """Beside the next rendering, which somebody waits for."""
        if row.stale_cards:
            task = asyncio.create_task(self._sweep(row), name=f"sweep-{row.id}")
            self._sweeping.add(task)
            task.add_done_callback(self._sweeping.discard)

    async def _sweep(self, row: DraftRow) -> None:
        """Cards above the newest one go; what can't be deleted any more stays and says so."""
        for message_id in row.stale_cards:
            try:
                await self._outbox.delete(row.key.chat_id, message_id)
            except TelegramFault as fault:
                log.info("an old card stays: %s", fault)
        await surely(self._database, lambda c: drafts.swept(c, row.id, row.stale_cards))

    # Orders

    async def _order(self, card: Card) -> None:
        async with self._database.reading() as connection:
            order = await orders.load(connection, card.id)
            pictures = await pictures_of(connection, card.id)
            person = await people.find(connection, order.user_id) if order else None
        if order is None or order.state not in WAITING:
            self._progress.pop(card.id, None)
        if order is None or order.version <= order.rendered_version:
            return
        if order.render_at > self._now():
            self._wake(card, order.render_at)
            return
        if order.state is OrderState.DRAWN:
            return  # its delivery makes the card the picture, and says so
        t = texts(person.language if person else "en")
        view = self._pictures.card(order, pictures, t, self._estimates.waiting(order))
        try:
            message_id = await self._show_order(order, view)
        except MessageGone:
            async with self._database.writing() as connection:
                await orders.note(connection, order.id, card_message_id=None)
            # A card that the person deleted comes back only while something is to be waited for.
            if order.state is not OrderState.DELIVERED:
                self._again.add(card)
            else:
                await self._order_shown(order, None)
        except TelegramFault as fault:
            await self._order_failed(card, order, fault)
        else:
            # First this: once it is committed, `refresh` compares with it.
            if order.state in WAITING:
                self._progress[order.id] = told(order, view)
            await self._order_shown(order, message_id)

    async def _show_order(self, order: Order, view: View) -> int:
        if order.card_message_id is None:
            return await self._sheet.send(
                order.chat_id,
                view.caption,
                thread_id=order.thread_id,
                keyboard=view.keyboard,
                reply_to=order.reply_to,
            )
        if order.state in WAITING and self._progress.get(order.id) == told(order, view):
            # Another state, the same words: nobody would see the edit, and the chat has few.
            return order.card_message_id
        await self._pictures.send_asked(order)
        if view.picture is not None and await self._pictures.turn_to(order, view):
            return order.card_message_id
        await self._outbox.edit_caption(
            order.chat_id, order.card_message_id, view.caption, keyboard=view.keyboard
        )
        return order.card_message_id

    async def _order_shown(self, order: Order, message_id: int | None) -> None:
        await surely(self._database, lambda c: orders.shown(c, order, message_id))

    async def _order_failed(self, card: Card, order: Order, fault: TelegramFault) -> None:
        later = _try_again_in(fault, self._pace)
        async with self._database.writing() as connection:
            if later is not None:
                await orders.note(connection, order.id, render_at=self._now() + later)
            else:
                await orders.shown(connection, order, order.card_message_id)
        self._report(card, fault, later)
        if order.in_group:
            await self.places.order_failed(order, fault)

    def _report(self, card: Card, fault: TelegramFault, later: float | None) -> None:
        if later is not None:
            log.info("the card of %s %s comes in %.0f s: %s", card.kind, card.id, later, fault)
            asyncio.get_running_loop().call_later(later, self._wake, card)
        elif isinstance(fault, ChatGone | ChatMoved | MediaForbidden):
            log.info("the card of %s %s has no place there: %s", card.kind, card.id, fault)
        else:
            log.error("the card of %s %s can't be shown: %s", card.kind, card.id, fault)


def _try_again_in(fault: TelegramFault, pace: Pace) -> float | None:
    """Seconds; None where trying again would not help."""
    match fault:
        case RetryLater():
            return fault.seconds
        case NotSent() | OutcomeUnknown():
            return pace.card
        case _:
            return None
