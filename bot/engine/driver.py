"""One order, from queued to delivered, read from top to bottom.

The row is the truth. Each step reads it, does one thing, and commits before and after whatever
can't be undone; so a driver that starts anew, after a kill or for another process, goes on from
the same place. `submitting` is written before the POST that may cost money: whoever finds an order
in it looks for its prediction before asking for another one.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain.access import USD_PER_SECOND
from bot.domain.order import Failure, Hold, Order, OrderState
from bot.domain.photomaker import MODEL
from bot.domain.schedule import backoff, deadline, next_poll
from bot.domain.trouble import ends, uses_up_a_try
from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import Prediction, State
from bot.engine.budget import Budget, Need
from bot.engine.estimates import Estimates
from bot.engine.gate import Gate
from bot.engine.lost import Lost, Trace
from bot.engine.ports import Delivery, Listener
from bot.engine.references import References
from bot.engine.turns import Turns
from bot.errors import (
    BalanceEmpty,
    ChatMoved,
    DatabaseBusy,
    InputRefused,
    KeyRefused,
    NotThere,
    PhotoRefused,
    ProviderFault,
    ProviderUnknown,
    RateLimited,
    RetryLater,
    StaleState,
    TelegramFault,
)
from bot.settings import Settings
from storage import orders
from storage.database import Database

log = logging.getLogger(__name__)

# About ten minutes of tries, with the longest pause at a minute.
MOST_ATTEMPTS = 14
# A prediction may not be known yet right after its create; for longer it is lost.
UNKNOWN_SECONDS = 60.0
# How long a cancelled prediction is asked for before it is left alone.
CANCEL_SECONDS = 30.0
LONGEST_NAP = 60.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What drivers share."""

    settings: Settings
    database: Database
    client: EachlabsClient
    budget: Budget
    turns: Turns
    gate: Gate
    references: References
    lost: Lost
    delivery: Delivery
    estimates: Estimates
    listener: Listener
    now: Callable[[], float] = time.time


class Driver:
    """Drives one order; `nudge` makes it look at its row at once."""

    def __init__(self, tools: Tools, order_id: int) -> None:
        self._tools = tools
        self._order_id = order_id
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        self._nudged.set()

    async def drive(self) -> None:
        """Until the order is over, or somebody else drives it."""
        while True:
            order = await self._load()
            if order is None or order.state.over:
                return
            try:
                if not await self._napped(order):
                    await self._step(order)
            except StaleState as stale:
                log.info("order %s: %s", order.id, stale)
            except DatabaseBusy as busy:
                log.warning("order %s waits for the database: %s", order.id, busy)
                await asyncio.sleep(1)

    async def _step(self, order: Order) -> None:
        try:
            match order.state:
                case OrderState.QUEUED:
                    await self._submit(order)
                case OrderState.SUBMITTING:
                    await self._find(order)
                case OrderState.PROCESSING:
                    await self._wait(order)
                case OrderState.DRAWN:
                    await self._deliver(order)
                case OrderState.DELIVERED | OrderState.FAILED | OrderState.CANCELLED:
                    pass
        except (PhotoRefused, TelegramFault, ProviderFault) as error:
            await self._trouble(order, error)

    # Queued: photos in, then a slot, then the one POST.

    async def _submit(self, order: Order) -> None:
        if self._tools.gate.closed and order.hold is not Hold.RESTING:
            await self._hold(order, Hold.RESTING)
        await self._tools.gate.pass_()
        urls = await self._tools.references.host(order)
        await self._tools.turns.take(order)
        self._tools.listener.order_changed(order.id)
        submitting = await self._load()
        assert submitting is not None
        await self._create(submitting, urls)

    async def _create(self, order: Order, urls: tuple[str, ...]) -> None:
        async with self._tools.database.writing() as connection:
            await orders.note(connection, order.id, photo_urls=orders.dump_urls(urls))
        try:
            await self._tools.budget.take(Need.CREATE)
            prediction_id = await self._tools.client.create(
                order.recipe.model_input(urls), model=MODEL
            )
        except ProviderUnknown as unknown:
            log.warning("order %s: what came of the create is unknown: %s", order.id, unknown)
            await self._hold(order, Hold.LOOKING)
            return
        except ProviderFault as error:
            await self._not_created(order, error)
            return
        await self._tools.gate.open()
        await self._created(order, prediction_id)

    async def _created(self, order: Order, prediction_id: str) -> None:
        await self._advance(
            order, OrderState.PROCESSING, prediction_id=prediction_id, hold=Hold.NONE, attempts=0
        )

    async def _not_created(self, order: Order, error: ProviderFault) -> None:
        """The provider surely made nothing: the order keeps its place in line."""
        if isinstance(error, InputRefused):
            log.warning("order %s was refused: %s", order.id, error.detail)
            await self._fail(order, Failure.REFUSED)
            return
        hold, not_before = await self._put_off(order, error)
        await self._advance(
            order,
            OrderState.QUEUED,
            hold=hold,
            not_before=not_before,
            attempts=order.attempts + uses_up_a_try(error),
        )

    # Submitting, and nobody is at it: look before asking again.

    async def _find(self, order: Order) -> None:
        trace = await self._tools.lost.look_for(order)
        match trace:
            case Trace(prediction_id=str(prediction_id)):
                await self._created(order, prediction_id)
            case Trace(surely_none=True):
                await self._advance(order, OrderState.QUEUED, hold=Hold.NONE, not_before=0)
            case _ if order.attempts >= MOST_ATTEMPTS:
                await self._fail(order, Failure.LOST_TRACK)
            case _:
                await self._retry(order, Hold.LOOKING, backoff(order.attempts, first=2))

    # Processing: ask, rarely and well placed.

    async def _wait(self, order: Order) -> None:
        assert order.submitted_at is not None
        assert order.prediction_id is not None
        expected = self._tools.estimates.expected(order)
        age = self._tools.now() - order.submitted_at
        if order.cancel_requested:
            await self._cancel(order)
            return
        if age > deadline(expected):
            await self._ask_to_stop(order)
            await self._fail(order, Failure.TOO_LONG)
            return
        settings = self._tools.settings
        async with self._tools.database.reading() as connection:
            in_flight = await orders.in_flight(connection)
        pause = next_poll(
            age,
            expected,
            in_flight=in_flight,
            per_minute=settings.eachlabs_requests_per_minute,
        )
        if await self._nap(pause):
            return
        await self._ask(order, age)

    async def _ask(self, order: Order, age: float) -> None:
        assert order.prediction_id is not None
        await self._tools.budget.take(Need.POLL)
        try:
            prediction = await self._tools.client.get(order.prediction_id)
        except NotThere:
            if age > UNKNOWN_SECONDS:
                await self._fail(order, Failure.LOST_TRACK)
            return
        await self._take_in(order, prediction)

    async def _take_in(self, order: Order, prediction: Prediction) -> bool:
        """Commits what a prediction says; false while it goes on."""
        spent = _spent(prediction, order)
        match prediction.state:
            case State.RUNNING:
                return False
            case State.SUCCEEDED if prediction.outputs:
                async with self._tools.database.writing() as connection:
                    await orders.add_pictures(connection, order.id, prediction.outputs)
                    await orders.advance(
                        connection,
                        order,
                        OrderState.DRAWN,
                        drawn_at=self._tools.now(),
                        attempts=0,
                        hold=Hold.NONE,
                        **spent,
                    )
                self._left(order)
            case State.SUCCEEDED:
                await self._fail(order, Failure.FLAGGED, **spent)
            case State.CANCELLED:
                await self._advance(
                    order, OrderState.CANCELLED, ended_at=self._tools.now(), **spent
                )
            case State.FAILED:
                log.warning("order %s: the provider says %s", order.id, prediction.error)
                await self._fail(order, Failure.PROVIDER, **spent)
        return True

    async def _cancel(self, order: Order) -> None:
        """Asks the provider to stop, and takes whatever came first: the stop or the picture."""
        assert order.prediction_id is not None
        await self._ask_to_stop(order)
        until = self._tools.now() + CANCEL_SECONDS
        while self._tools.now() < until:
            await self._tools.budget.take(Need.CANCEL)
            try:
                prediction = await self._tools.client.get(order.prediction_id)
            except ProviderFault as error:
                log.info("order %s: no word after the cancel: %s", order.id, error)
            else:
                if await self._take_in(order, prediction):
                    return
            await asyncio.sleep(2)
        await self._advance(order, OrderState.CANCELLED, ended_at=self._tools.now())

    async def _ask_to_stop(self, order: Order) -> None:
        assert order.prediction_id is not None
        await self._tools.budget.take(Need.CANCEL)
        try:
            await self._tools.client.cancel(order.prediction_id)
        except ProviderFault as error:
            # Best effort (the provider's words); the next question tells what came of it.
            log.info("order %s: the cancel was not taken: %s", order.id, error)

    # Drawn: bring it over.

    async def _deliver(self, order: Order) -> None:
        await self._tools.delivery.deliver(order)
        await self._advance(order, OrderState.DELIVERED, shown=True, ended_at=self._tools.now())

    # What goes wrong, and what it means for the order.

    async def _trouble(self, order: Order, error: Exception) -> None:
        log.warning("order %s while %s: %r", order.id, order.state, error)
        failure = ends(order.state, error)
        if failure is not None:
            detail = error.problem if isinstance(error, PhotoRefused) else None
            await self._fail(order, failure, detail=detail)
        elif isinstance(error, ChatMoved):
            await self._follow(order, error.new_chat_id)
        elif isinstance(error, RetryLater):
            await self._retry(order, order.hold, error.seconds, counts=False)
        elif isinstance(error, ProviderFault):
            hold, not_before = await self._put_off(order, error)
            pause = not_before - self._tools.now()
            await self._retry(order, hold, pause, counts=uses_up_a_try(error))
        else:
            await self._retry(order, order.hold, backoff(order.attempts, jitter=_jitter()))

    async def _follow(self, order: Order, new_chat_id: int) -> None:
        """The group became a supergroup: the order goes there, with a new card."""
        async with self._tools.database.writing() as connection:
            await orders.show(connection, order.id, chat_id=new_chat_id, card_message_id=None)

    async def _put_off(self, order: Order, error: ProviderFault) -> tuple[Hold, float]:
        """What the person is told, and when to try again (Unix seconds)."""
        now = self._tools.now()
        if isinstance(error, BalanceEmpty | KeyRefused):
            await self._tools.gate.close(error)
            return Hold.RESTING, now
        pause = error.retry_after or backoff(order.attempts, first=2, jitter=_jitter())
        if isinstance(error, RateLimited):
            if error.retry_after:
                self._tools.budget.hold(error.retry_after)
            return order.hold, now + pause
        return Hold.PROVIDER_DOWN, now + pause

    async def _retry(self, order: Order, hold: Hold, pause: float, *, counts: bool = True) -> None:
        if counts and order.attempts + 1 >= MOST_ATTEMPTS:
            given_up = {
                OrderState.DRAWN: Failure.UNDELIVERABLE,
                OrderState.SUBMITTING: Failure.LOST_TRACK,
            }
            await self._fail(order, given_up.get(order.state, Failure.PROVIDER))
            return
        values = {
            "not_before": self._tools.now() + pause,
            "attempts": order.attempts + counts,
        }
        async with self._tools.database.writing() as connection:
            if hold is order.hold:
                await orders.note(connection, order.id, **values)
            else:
                await orders.show(connection, order.id, hold=hold, **values)
        self._tools.listener.order_changed(order.id)

    async def _hold(self, order: Order, hold: Hold) -> None:
        async with self._tools.database.writing() as connection:
            await orders.show(connection, order.id, hold=hold)
        self._tools.listener.order_changed(order.id)

    async def _fail(self, order: Order, failure: Failure, **values: Any) -> None:
        await self._advance(
            order, OrderState.FAILED, failure=failure, ended_at=self._tools.now(), **values
        )

    async def _advance(
        self, order: Order, state: OrderState, *, shown: bool = False, **values: Any
    ) -> None:
        async with self._tools.database.writing() as connection:
            await orders.advance(connection, order, state, shown=shown, **values)
        self._left(order)

    def _left(self, order: Order) -> None:
        """The order is in another state now: its slot may be free, its card is behind."""
        self._tools.turns.check()
        self._tools.listener.order_changed(order.id)

    # Reading and waiting

    async def _load(self) -> Order | None:
        async with self._tools.database.reading() as connection:
            return await orders.load(connection, self._order_id)

    async def _napped(self, order: Order) -> bool:
        """Waits while the row says that it is too early; true if it has to be read again."""
        pause = order.not_before - self._tools.now()
        if pause <= 0 or order.cancel_requested:
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


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads tries, hides nothing
