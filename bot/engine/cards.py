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
from bot.engine.runner import LOOK_SECONDS, Runner
from bot.errors import DatabaseBusy
from storage import drafts, orders
from storage.database import Database

log = logging.getLogger(__name__)


class Kind(StrEnum):
    DRAFT = "draft"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Card:
    """One row's card."""

    kind: Kind
    id: int

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


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
        self._runner = Runner("the card of", self._render, now, pace)

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None:
        self._runner.wake(Card(Kind.DRAFT, draft_id), render_at)

    def order_changed(self, order_id: int) -> None:
        self._runner.wake(Card(Kind.ORDER, order_id))

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
                    self._runner.wake(Card(Kind.DRAFT, draft_id), at)
                for order_id, at in behind_orders:
                    self._runner.wake(Card(Kind.ORDER, order_id), at)
            await asyncio.sleep(LOOK_SECONDS)

    async def drain(self, seconds: float) -> None:
        await asyncio.gather(self._runner.drain(seconds), self._drafts.drain(seconds))

    async def settles(self, order_id: int) -> None:
        """Returns once no rendering of the order's card is under way."""
        await self._runner.settles(Card(Kind.ORDER, order_id))

    async def _render(self, card: Card) -> float | None:
        renderer = self._drafts if card.kind is Kind.DRAFT else self._orders
        return await renderer.render(card.id)
