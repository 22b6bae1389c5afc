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

from bot.domain.pace import PACE, Pace
from bot.engine.draft_cards import DraftCards
from bot.engine.order_cards import OrderCards
from bot.errors import DatabaseBusy
from storage import drafts, orders
from storage.database import Database

log = logging.getLogger(__name__)

# When no wake-up came: the rows are looked through now and then all the same.
LOOK_SECONDS = 30.0


class Kind(StrEnum):
    DRAFT = "draft"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Card:
    """One row's card."""

    kind: Kind
    id: int


class Cards:
    """Has what is behind rendered: one task a card, so that nobody waits for somebody else's."""

    def __init__(
        self,
        database: Database,
        draft_cards: DraftCards,
        order_cards: OrderCards,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database = database
        self._drafts = draft_cards
        self._orders = order_cards
        self._now = now
        self._pace = pace
        self._rendering: dict[Card, asyncio.Task[None]] = {}
        self._again: set[Card] = set()

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
        tasks = {*self._rendering.values(), *self._drafts.sweeping}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in (*self._rendering.values(), *self._drafts.sweeping):
            task.cancel()

    async def settles(self, order_id: int) -> None:
        """Returns once no rendering of the order's card is under way."""
        task = self._rendering.get(Card(Kind.ORDER, order_id))
        if task is not None:
            await asyncio.wait({task})

    def _wake(self, card: Card, at: float = 0.0) -> None:
        pause = at - self._now()
        if pause > 0:
            self._later(card, pause)
        elif card in self._rendering:
            self._again.add(card)
        else:
            task = asyncio.create_task(self._render(card), name=f"card-{card.kind}-{card.id}")
            self._rendering[card] = task

    def _later(self, card: Card, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._wake, card)

    async def _render(self, card: Card) -> None:
        renderer = self._drafts if card.kind is Kind.DRAFT else self._orders
        try:
            again: float | None = 0.0
            while again == 0 or card in self._again:
                self._again.discard(card)
                again = await renderer.render(card.id)
        except DatabaseBusy as busy:
            log.warning("a card waits for the database: %s", busy)
            again = self._pace.card
        finally:
            del self._rendering[card]
        if again is not None:
            self._later(card, again)
