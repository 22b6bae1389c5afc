"""What drivers share: their tools, and the changes that they make to an order's row."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain.order import Failure, Hold, Order, OrderState
from bot.domain.pace import PACE, Pace
from bot.domain.trouble import ends, gives_up, is_kept, uses_up_a_try
from bot.eachlabs.client import EachlabsClient
from bot.engine.budget import Budget
from bot.engine.estimates import Estimates
from bot.engine.gate import Gate
from bot.engine.lost import Lost
from bot.engine.ports import Delivery, Listener
from bot.engine.references import References
from bot.engine.turns import Turns
from bot.engine.watch import Watch
from bot.errors import (
    BalanceEmpty,
    ChatMoved,
    KeyRefused,
    PhotoRefused,
    ProviderFault,
    RateLimited,
    RetryLater,
)
from bot.links import Links
from bot.settings import Settings
from storage import groups, hosted, orders
from storage.database import Database

log = logging.getLogger(__name__)

# Where an order hasn't a prediction yet.
INTAKE = frozenset({OrderState.QUEUED, OrderState.SUBMITTING})
# The copies of its photos may be gone at the provider: another try is not to name them again.
MAY_BE_ITS_PHOTOS = frozenset({Failure.PROVIDER, Failure.REFUSED})


@dataclass(frozen=True, slots=True)
class Tools:
    """What drivers share."""

    settings: Settings
    database: Database
    client: EachlabsClient
    budget: Budget
    watch: Watch
    turns: Turns
    gate: Gate
    references: References
    lost: Lost
    delivery: Delivery
    estimates: Estimates
    listener: Listener
    links: Links | None = None
    now: Callable[[], float] = time.time
    pace: Pace = PACE


class Steps:
    """Changes of order rows: each is committed when it returns, and its card hears of it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def advance(
        self, order: Order, state: OrderState, *, shown: bool = False, **values: Any
    ) -> None:
        """Raises StaleState: the order is in another state by now."""
        async with self._tools.database.writing() as connection:
            await orders.advance(connection, order, state, shown=shown, **values)
        self.left(order)

    async def fail(self, order: Order, failure: Failure, **values: Any) -> None:
        values |= {"failure": failure, "ended_at": self._tools.now()}
        async with self._tools.database.writing() as connection:
            await orders.advance(connection, order, OrderState.FAILED, **values)
            if failure in MAY_BE_ITS_PHOTOS:
                await hosted.forget(connection, order.photo_urls or ())
        self.left(order)

    async def cancelled(self, order: Order, **values: Any) -> None:
        await self.advance(order, OrderState.CANCELLED, ended_at=self._tools.now(), **values)

    def left(self, order: Order) -> None:
        """The order is in another state now: its slot may be free, its card is behind."""
        self._tools.turns.check()
        self._tools.listener.order_changed(order.id)

    async def show(self, order: Order, **values: Any) -> None:
        async with self._tools.database.writing() as connection:
            await orders.show(connection, order.id, **values)
        self._tools.listener.order_changed(order.id)

    async def retry(
        self, order: Order, pause: float, *, hold: Hold | None = None, counts: bool = True
    ) -> None:
        """Comes to the same step again, in so many seconds."""
        values = {
            "not_before": self._tools.now() + pause,
            "attempts": order.attempts + counts,
        }
        if hold is not None and hold is not order.hold:
            await self.show(order, hold=hold, **values)
            return
        async with self._tools.database.writing() as connection:
            await orders.note(connection, order.id, **values)

    # What goes wrong, and what it means for the order.

    async def trouble(self, order: Order, error: Exception) -> None:
        log.warning("order %s while %s: %r", order.id, order.state, error)
        failure = ends(order.state, error)
        if failure is not None:
            await self.fail(order, failure, **_detail(error))
        elif isinstance(error, ChatMoved):
            # The group became a supergroup: its orders go there, with new cards.
            async with self._tools.database.writing() as connection:
                moved = await groups.move(connection, order.chat_id, error.new_chat_id)
            for order_id in {order.id, *moved.orders}:
                self._tools.listener.order_changed(order_id)
        elif isinstance(error, RetryLater):
            await self.retry(order, error.seconds, counts=False)
        elif self.is_last_try(order, error):
            await self.fail(order, gives_up(order.state, error), **_detail(error))
        elif isinstance(error, ProviderFault):
            hold, pause = self.put_off(order, error)
            await self.retry(order, pause, hold=hold, counts=uses_up_a_try(error))
            await self._tools.gate.tell()
        else:
            await self.retry(order, self.pause(order))

    def is_last_try(self, order: Order, error: Exception) -> bool:
        if is_kept(order.state, error) or not uses_up_a_try(error):
            return False
        if self._tools.gate.closed:
            # It is the provider that is unwell, and not this order.
            return self._tools.now() - order.created_at > self._tools.pace.kept
        return order.attempts + 1 >= self._tools.pace.tries

    def put_off(self, order: Order, error: ProviderFault) -> tuple[Hold, float]:
        """What the person is told, and for how many seconds nothing is tried."""
        if isinstance(error, BalanceEmpty | KeyRefused):
            self._tools.gate.close(error)
            # In line it is the gate that holds an order back.
            in_line = order.state is OrderState.QUEUED
            return Hold.RESTING, 0.0 if in_line else self._tools.pace.probe
        if isinstance(error, RateLimited):
            self._tools.budget.hold(error.retry_after)
            return self.rationed(order, error), error.retry_after or self.pause(order)
        if order.state in INTAKE:
            self._tools.gate.failed(error)
        return Hold.PROVIDER_DOWN, error.retry_after or self.pause(order)

    def rationed(self, order: Order, error: RateLimited) -> Hold:
        """What is told of a 429: one that lasts is as good as a provider that is down."""
        if (error.retry_after or 0.0) <= self._tools.pace.longest_pause:
            return order.hold
        self._tools.gate.close(error)
        return Hold.PROVIDER_DOWN

    def pause(self, order: Order) -> float:
        jitter = random.random()  # noqa: S311 - spreads tries, hides nothing
        return self._tools.pace.pause(order.attempts, jitter)


def _detail(error: Exception) -> dict[str, str]:
    return {"detail": error.problem} if isinstance(error, PhotoRefused) else {}
