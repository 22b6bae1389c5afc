"""Finding a prediction whose create had no answer.

There is no idempotency key, and a create that is sent twice is billed twice. So before asking
again, the executions since the create are paged through, those that no order owns are fetched,
and their input is compared: the order's own seed and its photos' URLs are together like a name.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.order import Order
from bot.domain.pace import PACE, Pace
from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import number
from bot.engine.budget import Budget, Need
from bot.engine.ticks import ticks
from bot.errors import NotThere
from storage import orders
from storage.database import Database

log = logging.getLogger(__name__)

PAGE = 50
# The provider's clock and ours may differ by this much.
CLOCK_SECONDS = 120.0
# "Finer" and "more style" keep seed and photos, so these have to be the same as well.
NUMBERS = ("num_steps", "num_outputs", "style_strength_ratio", "guidance_scale")
MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class Trace:
    """What looking found: the prediction, or that there surely is none, or neither."""

    prediction_id: str | None = None
    surely_none: bool = False


class Lost:
    """Looks for predictions that may exist."""

    def __init__(
        self,
        database: Database,
        client: EachlabsClient,
        budget: Budget,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database = database
        self._client = client
        self._budget = budget
        self._now = now
        self._pace = pace
        # Inputs never change: what was seen once need not be asked for at the next look.
        self._known: dict[str, Mapping[str, object]] = {}
        # When this process sent, or first looked for, the create of an order at a moment.
        self._first: dict[tuple[int, float], float] = {}
        # Those of them that it sent.
        self._sent: set[tuple[int, float]] = set()

    def sent(self, order: Order) -> None:
        """Its create leaves now."""
        assert order.submitted_at is not None
        self._since(order.id, order.submitted_at)
        self._sent.add((order.id, order.submitted_at))

    async def look_for(self, order: Order) -> Trace:
        """One look through the executions since the order's create.

        Raises:
            ProviderFault: it can't be told now.
        """
        if order.photo_urls is None:
            # The URLs are committed before the POST: without them there was none.
            return Trace(surely_none=True)
        assert order.submitted_at is not None
        doubtful = False
        for prediction_id in await self._candidates(order.id, order.submitted_at):
            verdict = await self._is_of(prediction_id, order)
            if verdict:
                log.warning("order %s: its prediction is found again", order.id)
                return Trace(prediction_id)
            doubtful = doubtful or verdict is None
        return Trace(surely_none=self._settled(order.id, order.submitted_at) and not doubtful)

    def age(self, order_id: int, submitted_at: float) -> float:
        """Seconds since its create; where this process sent it, whatever the clock is set to."""
        if (order_id, submitted_at) in self._sent:
            return ticks() - self._since(order_id, submitted_at)
        return self._now() - submitted_at

    def _settled(self, order_id: int, submitted_at: float) -> bool:
        """Whether it would be in the list by now; a clock that was set meanwhile proves nothing."""
        aged = self._now() - submitted_at, ticks() - self._since(order_id, submitted_at)
        return min(aged) >= self._pace.settle

    def _since(self, order_id: int, submitted_at: float) -> float:
        if len(self._first) >= MOST_KNOWN:
            self._first.clear()
            self._sent.clear()
        return self._first.setdefault((order_id, submitted_at), ticks())

    def _moments(self, order_id: int, submitted_at: float) -> tuple[float, float]:
        """The first and the last at which it may have been sent, by the provider's clock.

        One's own may be wrong, and may have been set since: what is overlooked is paid for twice.
        """
        clock = self._client.clock
        if clock is None:
            return submitted_at, submitted_at
        age = self.age(order_id, submitted_at)
        return min(submitted_at, clock - age), max(submitted_at, clock - age)

    async def _candidates(self, order_id: int, submitted_at: float) -> list[str]:
        """Whatever nobody owns and was made when the create was under way, or says no moment."""
        first, last = self._moments(order_id, submitted_at)
        since = first - CLOCK_SECONDS
        until = datetime.fromtimestamp(last + self._pace.settle + CLOCK_SECONDS, UTC)
        found: list[str] = []
        listed = 0
        while True:
            async with self._budget.request(Need.LOOK_UP):
                page = await self._client.executions(
                    datetime.fromtimestamp(since, UTC), offset=listed, limit=PAGE
                )
            listed += len(page.executions)
            found += [
                one.id
                for one in page.executions
                if one.created_at is None or one.created_at <= until
            ]
            if len(page.executions) < PAGE:
                break
        async with self._database.reading() as connection:
            return await orders.unclaimed_predictions(connection, found)

    async def _is_of(self, prediction_id: str, order: Order) -> bool | None:
        """Whether it is this order's; None where its input can't be seen."""
        if prediction_id not in self._known:
            try:
                async with self._budget.request(Need.LOOK_UP):
                    prediction = await self._client.get(prediction_id)
            except NotThere:
                return None
            if not prediction.input:
                return None
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[prediction_id] = prediction.input
        return same_input(self._known[prediction_id], order)


def same_input(echo: Mapping[str, object], order: Order) -> bool:
    """Whether an echoed input holds the order's seed and photos, and no other numbers than its."""
    assert order.photo_urls is not None
    wanted = order.recipe.model_input(order.photo_urls)
    photos = [name for name in wanted if name.startswith("input_image")]
    return (
        number(echo.get("seed")) == number(wanted["seed"])
        and all(echo.get(name) == wanted[name] for name in photos)
        and all(number(echo[name]) == number(wanted[name]) for name in NUMBERS if name in echo)
    )
