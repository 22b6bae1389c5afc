"""Asking how predictions stand: all of them with one request where that works, else one by one.

`GET /v1/executions` shows how all of the organisation's predictions stand; that spares most of the
requests. What it tells is believed as far as it is borne out: a prediction that it calls
unfinished for too long is asked for by itself, and if only that finds the end again and again, the
list isn't used for a while.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.domain.durations import observed
from bot.domain.order import Hold, Order
from bot.domain.scene import Running
from bot.domain.schedule import Action, Decision
from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import Execution, Prediction, State
from bot.engine.budget import Budget, Need, Request
from bot.engine.estimates import Estimates
from bot.engine.ticks import ticks
from bot.errors import BadAnswer, InputRefused, NotThere, ProviderFault

log = logging.getLogger(__name__)

# The provider's clock and ours may differ by this much.
CLOCK_SECONDS: Final = 60.0
PAGE: Final = 100
# Where the list says "not yet" to a prediction that is done at this age so likely, it is doubted;
# and again when it is older by this factor.
DOUBTED: Final = 0.95
DOUBTED_AGAIN: Final = 1.5
# After so many ends in a row that the list didn't show it isn't used for so many seconds.
MISSED: Final = 3
DISTRUST_SECONDS: Final = 3600.0
# With webhooks that come, a prediction is asked for only when one seems to be lost.
OVERDUE: Final = 0.99
MOST_EARLY: Final = 100


@dataclass(frozen=True, slots=True)
class News:
    """How a prediction stands, and the seconds that it took if it has ended."""

    prediction: Prediction
    seconds: float


@dataclass(eq=False)
class _Watched:
    """A prediction in flight; moments are ticks."""

    order: Order
    sent: float
    asked: float
    work: float
    news: "asyncio.Future[News]"
    quiet_until: float = 0.0
    doubted: float = 0.0
    told: bool = False
    asking: bool = False
    webhook_came: bool = False

    @property
    def prediction_id(self) -> str:
        assert self.order.prediction_id is not None
        return self.order.prediction_id

    @property
    def wants_any(self) -> bool:
        """Its person was told of a silence, and wants to hear that it is over."""
        return self.order.hold is not Hold.NONE or bool(self.order.attempts)


class Watch:
    """An `Asker` for all predictions of this process."""

    def __init__(
        self,
        client: EachlabsClient,
        budget: Budget,
        estimates: Estimates,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._budget = budget
        self._estimates = estimates
        self._now = now
        self._watched: dict[int, _Watched] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._missed = 0
        self._doubting = False
        self._distrusted_until = 0.0
        self._webhooks = False
        # Webhooks that overtook the answer to their create.
        self._early: deque[int] = deque(maxlen=MOST_EARLY)
        budget.serves(self)

    async def news(self, order: Order) -> News:
        """Returns when the order's prediction has ended, or answers again after a silence.

        Raises:
            ProviderFault: it was asked for, and this came of it.
        """
        assert order.submitted_at is not None
        known = self._watched.get(order.id)
        if known is None or known.prediction_id != order.prediction_id:
            sent = ticks() - max(0.0, self._now() - order.submitted_at)
            known = _Watched(
                order,
                sent=sent,
                asked=sent,
                work=self._estimates.work(order.recipe),
                news=asyncio.get_running_loop().create_future(),
            )
            self._watched[order.id] = known
            if order.id in self._early:
                self.told(order.id)
        elif known.news.done():
            known.news = asyncio.get_running_loop().create_future()
        known.order = order
        self._budget.changed()
        return await known.news

    def age(self, order: Order) -> float | None:
        """Seconds since the order's prediction was sent; None if nobody waits for it."""
        known = self._watched.get(order.id)
        if known is None or known.prediction_id != order.prediction_id:
            return None
        return ticks() - known.sent

    def forget(self, order_id: int) -> None:
        """It is not in flight any more."""
        self._watched.pop(order_id, None)

    def told(self, order_id: int) -> None:
        """A webhook says that the order's prediction has ended: its own answer says how."""
        self._webhooks = True
        watched = self._watched.get(order_id)
        if watched is None:
            self._early.append(order_id)
            return
        watched.webhook_came = True
        if not watched.told:
            watched.told = True
            self._spawn(self._ask_now(watched))

    # What `Budget` sees.

    @property
    def watching(self) -> bool:
        return any(not one.news.done() for one in self._watched.values())

    @property
    def running(self) -> Sequence[Running]:
        unix = self._now() - ticks()
        return [
            Running(order_id, one.sent + unix, one.asked + unix, one.work)
            for order_id, one in self._watched.items()
            if not (one.news.done() or one.asking or one.quiet_until > ticks())
            and self._needs_asking(one)
        ]

    @property
    def listing(self) -> bool:
        return self._distrusted_until <= ticks()

    def ask(self, decision: Decision, request: Request) -> None:
        if decision.action is Action.ASK_ALL:
            self._spawn(self._ask_all(request))
        elif decision.prediction in self._watched:
            self._spawn(self._ask_one(self._watched[decision.prediction], request))

    def _needs_asking(self, one: _Watched) -> bool:
        """Not while a webhook is going to tell; one that came is not sent again."""
        if not self._webhooks or one.webhook_came:
            return True
        return self._estimates.durations.done(ticks() - one.sent, one.work) > OVERDUE

    # Asking

    async def _ask_now(self, watched: _Watched) -> None:
        """Out of turn: it has ended, as far as anybody knows."""
        async with self._budget.request(Need.NEWS):
            await self._ask(watched)

    async def _ask_in_doubt(self, watched: _Watched) -> None:
        """The list has just said that it goes on; if it has ended, the list is no good."""
        try:
            await self._ask_now(watched)
        finally:
            self._doubting = False
        news = watched.news
        if news.done() and not news.cancelled() and not news.exception():
            self._missed += news.result().prediction.state is not State.RUNNING
        if self._missed >= MISSED:
            self._distrust("the list does not show what has ended")

    async def _ask_one(self, watched: _Watched, request: Request) -> None:
        async with request:
            await self._ask(watched)

    async def _ask(self, watched: _Watched) -> None:
        before, watched.asked = watched.asked, ticks()
        # The provider may hold its answer until there is news: one such question is enough.
        watched.asking = True
        try:
            prediction = await self._client.get(watched.prediction_id)
        except ProviderFault as fault:
            watched.asked = before
            self._failed(watched, fault)
            return
        finally:
            watched.told = watched.asking = False
            self._budget.changed()
        if prediction.state is State.RUNNING:
            self._goes_on(watched, prediction)
        else:
            self._ended(watched, prediction, before)

    async def _ask_all(self, request: Request) -> None:
        before = {one: one.asked for one in self._watched.values() if not one.news.done()}
        for one in before:
            one.asked = ticks()
        # The machine's own clock may be wrong.
        clock = self._client.clock or self._now()
        since = clock - max((ticks() - one.sent for one in before), default=0.0) - CLOCK_SECONDS
        try:
            async with request:
                page = await self._client.executions(datetime.fromtimestamp(since, UTC), limit=PAGE)
        except ProviderFault as fault:
            for one, asked in before.items():
                one.asked = asked
            self._list_failed(list(before), fault)
            return
        rows = {row.id: row for row in page.executions}
        whole = len(page.executions) < PAGE
        for one, asked in before.items():
            self._read(one, rows.get(one.prediction_id), asked, whole=whole)
        self._budget.changed()

    def _read(
        self, watched: _Watched, row: Execution | None, before: float, *, whole: bool
    ) -> None:
        """What the list says of one prediction; if not at all, it may still go on.

        Where it isn't `whole`, what is missing may just be on another page.
        """
        if row is None or row.state is State.RUNNING:
            if row is not None:
                self._goes_on(watched, row.prediction())
            self._doubt(watched, counts=whole or row is not None)
            return
        self._missed = 0
        if row.state is State.SUCCEEDED and row.output and watched.order.recipe.outputs == 1:
            self._ended(watched, row.prediction(), before)
        else:
            # The list has one output of several, and no reasons.
            self._spawn(self._ask_now(watched))

    def _doubt(self, watched: _Watched, *, counts: bool) -> None:
        age = ticks() - watched.sent
        likely = self._estimates.durations.done(age, watched.work) > DOUBTED
        if not likely or age <= DOUBTED_AGAIN * watched.doubted or (counts and self._doubting):
            return
        watched.doubted = age
        if counts:
            # One at a time: many that began at once would use up the requests of a minute.
            self._doubting = True
            self._spawn(self._ask_in_doubt(watched))
        else:
            self._spawn(self._ask_now(watched))

    def _list_failed(self, watched: Sequence[_Watched], fault: ProviderFault) -> None:
        if isinstance(fault, NotThere | InputRefused | BadAnswer):
            self._distrust(str(fault))
            return
        for one in watched:
            self._failed(one, fault)

    def _distrust(self, reason: str) -> None:
        log.warning("predictions are asked for one by one for an hour: %s", reason)
        self._missed = 0
        self._distrusted_until = ticks() + DISTRUST_SECONDS
        self._budget.changed()

    # What comes of it

    def _goes_on(self, watched: _Watched, prediction: Prediction) -> None:
        if prediction.retry_after:
            watched.quiet_until = ticks() + prediction.retry_after
        if watched.wants_any and not watched.news.done():
            watched.news.set_result(News(prediction, 0.0))

    def _ended(self, watched: _Watched, prediction: Prediction, before: float) -> None:
        if watched.news.done():
            return
        age = ticks() - watched.sent
        if self._webhooks and not watched.webhook_came and self._needs_asking(watched):
            log.warning("order %s: its webhook did not come", watched.order.id)
            self._webhooks = False
        seconds = observed(before - watched.sent, age, prediction.predict_time)
        watched.news.set_result(News(prediction, seconds))

    def _failed(self, watched: _Watched, fault: ProviderFault) -> None:
        if not watched.news.done():
            watched.news.set_exception(fault)
            watched.news.exception()  # a driver that was cancelled will not ask for it

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="watch")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
