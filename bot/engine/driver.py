"""One order, from queued to delivered, read from top to bottom.

The row is the truth. Each step reads it, does one thing, and commits before and after whatever
can't be undone; so a driver that starts anew, after a kill or for another process, goes on from
the same place. `submitting` is written before the POST that may cost money: whoever finds an order
in it looks for its prediction before asking for another one.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bot.domain.access import USD_PER_SECOND
from bot.domain.order import Failure, Hold, Order, OrderState
from bot.domain.pace import deadline
from bot.eachlabs.wire import Prediction, State
from bot.engine.budget import Need
from bot.engine.steps import Steps, Tools
from bot.engine.submission import Submission
from bot.engine.ticks import ticks
from bot.errors import (
    DatabaseBusy,
    NotThere,
    PhotoRefused,
    ProviderFault,
    StaleState,
    TelegramFault,
)
from storage import claims, orders
from storage.pictures import add_pictures

log = logging.getLogger(__name__)
T = TypeVar("T")

# A prediction that is unknown so often in a row is lost.
TIMES_UNKNOWN = 3
LONGEST_NAP = 60.0


class Driver:
    """Drives one order; `nudge` makes it look at its row at once.

    Args:
        owner: who has to have claimed the order, while others might.
    """

    def __init__(self, tools: Tools, order_id: int, owner: str | None = None) -> None:
        self._tools = tools
        self._order_id = order_id
        self._nudged = asyncio.Event()
        self._steps = Steps(tools)
        self._owner = owner
        # A moment that was waited for, as the row and as `ticks` call it.
        self._nap_until = 0.0, 0.0
        self._submission = Submission(tools, self._nudged, owner)

    def nudge(self) -> None:
        self._nudged.set()

    async def drive(self) -> None:
        """Until the order is over, or somebody else's, or there is none."""
        try:
            await self._drive()
        finally:
            self._tools.watch.forget(self._order_id)

    async def _drive(self) -> None:
        while True:
            try:
                order = await self._load()
                if order is None or order.state.over:
                    return
                if order.state is not OrderState.PROCESSING:
                    self._tools.watch.forget(order.id)
                if not await self._napped(order):
                    await self._step(order)
            except StaleState as stale:
                log.info("order %s: %s", self._order_id, stale)
            except DatabaseBusy as busy:
                log.warning("order %s waits for the database: %s", self._order_id, busy)
                await asyncio.sleep(self._tools.pace.look)

    async def _step(self, order: Order) -> None:
        try:
            match order.state:
                case OrderState.QUEUED if order.cancel_requested:
                    # It was under way when that was asked, and came back into the line.
                    await self._steps.cancelled(order)
                case OrderState.QUEUED:
                    await self._submission.submit(order)
                case OrderState.SUBMITTING:
                    await self._submission.find(order)
                case OrderState.PROCESSING:
                    await self._wait(order)
                case OrderState.DRAWN:
                    await self._deliver(order)
                case OrderState.DELIVERED | OrderState.FAILED | OrderState.CANCELLED:
                    pass
        except (PhotoRefused, TelegramFault, ProviderFault) as error:
            if order.state is OrderState.PROCESSING and self._steps.is_last_try(order, error):
                # It may go on there, and cost, though nobody hears of it.
                await self._ask_to_stop(order)
            await self._steps.trouble(order, error)

    # Processing: hear from `Watch` how it ends.

    async def _wait(self, order: Order) -> None:
        left = deadline(self._tools.estimates.expected(order), self._tools.pace.deadline)
        left -= self._age(order)
        if order.cancel_requested:
            await self._cancel(order)
        elif left <= 0:
            await self._give_up(order)
        else:
            await self._hear(order, left)

    async def _hear(self, order: Order, seconds: float) -> None:
        """Takes in what comes within so many seconds, unless the row has to be read again first."""
        try:
            news = await self._unless_nudged(self._tools.watch.news(order), seconds)
        except NotThere:
            if (age := self._age(order)) <= self._tools.pace.unknown:
                # Too new to be known everywhere: the next question is no use at once.
                pause = max(self._tools.pace.first_pause, age / 4)
                await self._steps.retry(order, pause, counts=False)
            elif order.attempts + 1 >= TIMES_UNKNOWN:
                await self._steps.fail(order, Failure.LOST_TRACK)
            else:
                await self._steps.retry(order, self._steps.pause(order))
            return
        if news is not None:
            await self._take_in(order, news.prediction, seconds=news.seconds)

    async def _unless_nudged(
        self, work: Coroutine[Any, Any, T], seconds: float | None = None
    ) -> T | None:
        """What comes of it within so many seconds; None if the row has to be read again first."""
        task = asyncio.ensure_future(work)
        nudge = asyncio.ensure_future(self._nudged.wait())
        try:
            await asyncio.wait({task, nudge}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            self._nudged.clear()
            return None
        finally:
            task.cancel()
            nudge.cancel()

    async def _asked(self, order: Order, need: Need) -> Prediction:
        """How the prediction stands."""
        assert order.prediction_id is not None
        async with self._tools.budget.request(need):
            return await self._tools.client.get(order.prediction_id)

    async def _take_in(
        self, order: Order, prediction: Prediction, *, seconds: float | None = None
    ) -> bool:
        """Commits what the provider says of the prediction; false while it goes on."""
        spent = _spent(prediction, order) | {"seconds": seconds}
        match prediction.state:
            case State.RUNNING:
                await self._goes_on(order)
                return False
            case State.SUCCEEDED if prediction.outputs:
                await self._drawn(order, prediction.outputs[: order.recipe.outputs], spent)
            case State.SUCCEEDED:
                await self._steps.fail(order, Failure.FLAGGED, **spent)
            case State.FAILED if not order.cancel_requested:
                log.warning("order %s: the provider says %s", order.id, prediction.error)
                await self._steps.fail(order, Failure.PROVIDER, **spent)
            case State.CANCELLED | State.FAILED:
                await self._steps.cancelled(order, **spent)
        return True

    async def _goes_on(self, order: Order) -> None:
        """It answers again: what was said about its silence is over."""
        if order.hold is not Hold.NONE or order.attempts:
            await self._steps.show(order, hold=Hold.NONE, attempts=0)

    async def _drawn(self, order: Order, urls: tuple[str, ...], spent: dict[str, Any]) -> None:
        values = {"drawn_at": self._tools.now(), "attempts": 0, "not_before": 0} | spent
        async with self._tools.database.writing() as connection:
            # First the guard: whoever comes second finds another state, not pictures of this one.
            await orders.advance(connection, order, OrderState.DRAWN, hold=Hold.NONE, **values)
            await add_pictures(connection, order.id, urls)
        self._steps.left(order)

    async def _give_up(self, order: Order) -> None:
        """Past the deadline. It is asked for once more: it is the bot that may have been away."""
        try:
            # While the provider wants silence that may be long in coming.
            prediction = await self._unless_nudged(self._asked(order, Need.NEWS))
        except NotThere:
            await self._steps.fail(order, Failure.LOST_TRACK)
            return
        if prediction is not None and not await self._take_in(order, prediction):
            await self._ask_to_stop(order)
            await self._steps.fail(order, Failure.TOO_LONG)

    async def _cancel(self, order: Order) -> None:
        """Asks the provider to stop, and takes whatever came first: the stop or the picture."""
        end = None
        with suppress(TimeoutError):
            async with asyncio.timeout(self._tools.pace.cancelling):
                await self._ask_to_stop(order)
                end = await self._end_of(order)
        if end is None:
            await self._steps.cancelled(order)
        else:
            await self._take_in(order, end)

    async def _end_of(self, order: Order) -> Prediction:
        asked = 0
        while True:
            try:
                prediction = await self._asked(order, Need.CANCEL)
                if prediction.state is not State.RUNNING:
                    return prediction
            except ProviderFault as error:
                log.info("order %s: no word after the cancel: %s", order.id, error)
            await asyncio.sleep(self._tools.pace.pause(asked))
            asked += 1

    async def _ask_to_stop(self, order: Order) -> None:
        assert order.prediction_id is not None
        try:
            # For a request, too, nobody waits for longer.
            async with (
                asyncio.timeout(self._tools.pace.cancelling),
                self._tools.budget.request(Need.CANCEL),
            ):
                await self._tools.client.cancel(order.prediction_id)
        except (ProviderFault, TimeoutError) as error:
            # Best effort (the provider's words); the next question tells what came of it.
            log.info("order %s: the cancel was not taken: %s", order.id, error)

    # Drawn: bring it over.

    async def _deliver(self, order: Order) -> None:
        await self._tools.delivery.deliver(order)
        await self._steps.advance(
            order, OrderState.DELIVERED, shown=True, ended_at=self._tools.now()
        )

    # Reading and waiting

    async def _load(self) -> Order | None:
        async with self._tools.database.reading() as connection:
            if not await claims.is_of(connection, self._order_id, self._owner):
                return None
            return await orders.load(connection, self._order_id)

    def _age(self, order: Order) -> float:
        """Once it is watched, whatever the clock is set to."""
        watched = self._tools.watch.age(order)
        if watched is not None:
            return watched
        assert order.submitted_at is not None
        return self._tools.now() - order.submitted_at

    async def _napped(self, order: Order) -> bool:
        """Waits while the row says that it is too early; true if it has to be read again."""
        pause = order.not_before - self._tools.now()
        if order.not_before != self._nap_until[0]:
            self._nap_until = order.not_before, ticks() + pause
        # A clock that is set back makes nobody wait for longer.
        pause = min(pause, self._nap_until[1] - ticks())
        # Only there can a cancel be carried out at once.
        cancels = order.state in {OrderState.QUEUED, OrderState.PROCESSING}
        if pause <= 0 or (order.cancel_requested and cancels):
            return False
        await self._nap(min(pause, LONGEST_NAP))
        return True

    async def _nap(self, seconds: float) -> bool:
        """True if a nudge ended it early."""
        try:
            async with asyncio.timeout(seconds):
                await self._nudged.wait()
        except TimeoutError:
            return False
        self._nudged.clear()
        return True


def _spent(prediction: Prediction, order: Order) -> dict[str, Any]:
    """What a prediction cost and took, as far as it says."""
    seconds = prediction.predict_time
    cost = prediction.cost
    if cost is None and seconds is not None:
        cost = seconds * USD_PER_SECOND
    return {"predict_seconds": seconds, "usd": order.usd if cost is None else cost}
