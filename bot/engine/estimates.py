"""What is known of the orders under way: who is in line, and how long it will take."""

import time
from collections.abc import Callable, Iterable

from bot.domain.order import HOLDS_SLOT, Order, OrderState
from bot.domain.schedule import seconds_left, shown_seconds, typical_seconds, work
from bot.settings import Settings
from bot.views import Waiting
from storage.orders import Standing


class Estimates:
    """A picture of the line, refreshed from the rows, read by whoever tells people about it."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._line: list[int] = []
        self._under_way = 0
        self._typical = settings.eachlabs_typical_seconds

    def refresh(self, unfinished: Iterable[Standing], durations: list[float]) -> None:
        """Takes in the unfinished orders, oldest first, and the newest durations."""
        orders = list(unfinished)
        self._line = [order.id for order in orders if order.state is OrderState.QUEUED]
        self._under_way = sum(order.state in HOLDS_SLOT for order in orders)
        self._typical = typical_seconds(self._settings.eachlabs_typical_seconds, durations)

    def expected(self, order: Order) -> float:
        """Seconds that the prediction of this order takes."""
        return self._typical * work(order.recipe)

    def waiting(self, order: Order) -> Waiting:
        """What the person is told."""
        concurrency = self._settings.eachlabs_concurrency
        before = self._line.index(order.id) if order.id in self._line else len(self._line)
        # Whoever finds a free slot when it is their turn waits for nobody.
        ahead = max(0, self._under_way + before + 1 - concurrency) if concurrency else 0
        ahead = ahead if order.state is OrderState.QUEUED else 0
        age = None
        if order.state is not OrderState.QUEUED and order.submitted_at is not None:
            age = self._now() - order.submitted_at
        seconds = seconds_left(
            expected=self.expected(order),
            age=age,
            ahead=ahead,
            concurrency=concurrency,
            per_minute=self._settings.eachlabs_requests_per_minute,
        )
        return Waiting(ahead, shown_seconds(seconds))
