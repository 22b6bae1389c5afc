"""The way to a prediction: photos in, then a slot, then the one POST that may cost money."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any

from bot.domain.order import Failure, Hold, Order, OrderState
from bot.domain.trouble import uses_up_a_try
from bot.engine.budget import Need
from bot.engine.lost import Trace
from bot.engine.references import GOOD_FOR_SECONDS
from bot.engine.steps import Steps, Tools
from bot.engine.ticks import ticks
from bot.errors import InputRefused, ProviderFault, ProviderUnknown, RateLimited, StaleState
from storage import claims, orders
from storage.surely import surely

log = logging.getLogger(__name__)

# Photos that were hosted this long ago might expire before the model has read them.
STALE_SECONDS = GOOD_FOR_SECONDS / 2
# When the process stops, a POST that is under way is waited for, but not for as long as supervisors
# leave before they kill.
PARTING_SECONDS = 8.0
# An unknown outcome costs a look and a wait before the next try, so it counts for more.
TRIES_OF_UNKNOWN = 2
# What the gate may have said of an order.
KEPT_BACK = frozenset({Hold.RESTING, Hold.PROVIDER_DOWN})


class Submission:
    """Brings a queued order to the provider, once."""

    def __init__(self, tools: Tools, nudged: asyncio.Event, owner: str | None = None) -> None:
        self._tools = tools
        self._steps = Steps(tools)
        self._nudged = nudged
        self._owner = owner

    async def submit(self, order: Order) -> None:
        """Queued: waits its turn and asks; whatever happens stands in the row afterwards."""
        gate = self._tools.gate
        if gate.closed and order.hold is not gate.hold:
            await self._steps.show(order, hold=gate.hold)
        may_go = await self._passed()
        if may_go is None:
            return
        if may_go and order.hold in KEPT_BACK:
            await self._steps.show(order, hold=Hold.NONE)
        async with self._tools.turns.next_in_line(order):
            hosted_at = ticks()
            urls = await self._tools.references.host(await self._still_queued(order))
            await self._tools.turns.take(order)
        self._tools.listener.order_changed(order.id)

        def is_late() -> bool:
            """The gate has closed since, or its photos are stale."""
            return (may_go and gate.closed) or ticks() - hosted_at > STALE_SECONDS

        await self._create(await self._loaded(order), urls, is_late)

    async def find(self, order: Order) -> None:
        """Submitting, and nobody is at it: looks before anything is asked again."""
        assert order.submitted_at is not None
        trace = await self._tools.lost.look_for(order)
        age = self._tools.lost.age(order.id, order.submitted_at)
        pace = self._tools.pace
        match trace:
            case Trace(prediction_id=str(prediction_id)):
                await self._created(order, prediction_id)
            case Trace(surely_none=True):
                await self._none_made(order)
            case _ if age > pace.lost:
                await self._steps.fail(order, Failure.LOST_TRACK)
            case _:
                pause = min(pace.longest_pause, max(pace.first_pause, age / 4))
                await self._steps.retry(order, pause, hold=Hold.LOOKING, counts=False)

    async def _still_queued(self, order: Order) -> Order:
        """Nothing is hosted for somebody who left the line."""
        fresh = await self._loaded(order)
        if fresh.state is not OrderState.QUEUED or fresh.cancel_requested:
            raise StaleState(f"order {order.id} left the line")
        return fresh

    async def _loaded(self, order: Order) -> Order:
        async with self._tools.database.reading() as connection:
            fresh = await orders.load(connection, order.id)
        if fresh is None:
            raise StaleState(f"order {order.id} is gone")
        return fresh

    async def _passed(self) -> bool | None:
        """What the gate says; None if the row has to be read again first."""
        if not self._tools.gate.closed:
            return True
        passing = asyncio.ensure_future(self._tools.gate.pass_())
        nudge = asyncio.ensure_future(self._nudged.wait())
        try:
            await asyncio.wait({passing, nudge}, return_when=asyncio.FIRST_COMPLETED)
            self._nudged.clear()
            return passing.result() if passing.done() else None
        finally:
            passing.cancel()
            nudge.cancel()

    async def _create(
        self, order: Order, urls: tuple[str, ...], is_late: Callable[[], bool]
    ) -> None:
        async with AsyncExitStack() as request:
            given = request.enter_async_context(self._tools.budget.request(Need.CREATE))
            if await self._is_stopped_before(given, order, is_late):
                return  # whoever looks for its prediction finds that none was asked for
            asking = await self._about_to_ask(order, urls)
            if asking is not None:
                await _to_its_end(self._ask(asking, urls))

    async def _is_stopped_before(
        self, given: Coroutine[Any, Any, None], order: Order, is_late: Callable[[], bool]
    ) -> bool:
        """While the provider wants silence, that may be long in coming."""
        waiting = asyncio.create_task(given)
        nudge = asyncio.create_task(self._nudged.wait())
        try:
            while True:
                either = {waiting, nudge}
                look = self._tools.pace.look
                await asyncio.wait(either, timeout=look, return_when=asyncio.FIRST_COMPLETED)
                if is_late():
                    return True
                if waiting.done():
                    waiting.result()
                    return False
                if not nudge.done():
                    continue
                self._nudged.clear()
                if (await self._loaded(order)).cancel_requested:
                    return True
                nudge = asyncio.create_task(self._nudged.wait())
        finally:
            waiting.cancel()
            nudge.cancel()

    async def _ask(self, asking: Order, urls: tuple[str, ...]) -> None:
        self._tools.lost.sent(asking)
        try:
            prediction_id = await self._tools.client.create(
                asking.recipe.model_input(urls), **self._webhook(asking)
            )
        except ProviderUnknown as unknown:
            log.warning("order %s: what came of the create is unknown: %s", asking.id, unknown)
            self._tools.gate.failed(unknown)
            tries = asking.attempts + TRIES_OF_UNKNOWN
            await self._steps.show(asking, hold=Hold.LOOKING, attempts=tries)
            await self._tools.gate.tell()
        except ProviderFault as error:
            log.warning("order %s was not taken: %r", asking.id, error)
            await self._not_created(asking, error)
        else:
            await self._created(asking, prediction_id)

    def _webhook(self, order: Order) -> dict[str, str]:
        """Where the provider tells that it is done."""
        links = self._tools.links
        if links is None:
            return {}
        return {
            "webhook_url": links.webhook(order.id),
            "webhook_secret": links.webhook_secret(order.id),
        }

    async def _about_to_ask(self, order: Order, urls: tuple[str, ...]) -> Order | None:
        """Commits that the POST follows now; None where it must not follow any more."""
        now = self._tools.now()
        async with self._tools.database.writing() as connection:
            fresh = await orders.load(connection, order.id)
            mine = await claims.is_of(connection, order.id, self._owner)
            if fresh is None or fresh.state is not OrderState.SUBMITTING or not mine:
                return None
            if not fresh.cancel_requested:
                await orders.note(
                    connection, order.id, photo_urls=orders.dump_urls(urls), submitted_at=now
                )
                return await orders.load(connection, order.id)
        await self._steps.cancelled(fresh, usd=0.0, submitted_at=None)
        return None

    async def _created(self, order: Order, prediction_id: str) -> None:
        values: dict[str, Any] = {"prediction_id": prediction_id, "attempts": 0, "not_before": 0}
        # It is paid for: its id is worth waiting for the database.
        await surely(
            self._tools.database,
            lambda c: orders.advance(c, order, OrderState.PROCESSING, hold=Hold.NONE, **values),
        )
        self._steps.left(order)
        self._tools.turns.taken(order.id)
        await self._tools.gate.open()

    async def _not_created(self, order: Order, error: ProviderFault) -> None:
        """The provider surely made nothing: the order keeps its place in line."""
        if isinstance(error, InputRefused):
            await self._steps.fail(order, Failure.REFUSED, usd=0.0)
            return
        if self._steps.is_last_try(order, error):
            await self._steps.fail(order, Failure.PROVIDER, usd=0.0)
            return
        hold, pause = order.hold, 0.0
        if isinstance(error, RateLimited):
            await self._no_room(error)
            hold = self._steps.rationed(order, error)
        else:
            hold, pause = self._steps.put_off(order, error)
        # While the gate is closed it is the gate that holds an order back.
        not_before = 0.0 if self._tools.gate.closed else self._tools.now() + pause
        attempts = order.attempts + uses_up_a_try(error)
        await self._back(order, hold=hold, not_before=not_before, attempts=attempts)
        # Only now: the order holds its slot no longer.
        await self._tools.gate.tell()

    async def _back(self, order: Order, **values: Any) -> None:
        """Into the line: nothing of it has begun at the provider."""
        await self._steps.advance(order, OrderState.QUEUED, submitted_at=None, **values)

    async def _no_room(self, error: RateLimited) -> None:
        """Too many predictions in flight, or requests: `Turns` and `Budget` know when to go on.

        For predictions asking goes on: it is what frees slots.
        """
        async with self._tools.database.reading() as connection:
            in_flight = await orders.in_flight(connection)
        self._tools.turns.refused(in_flight - 1, error.retry_after)
        if error.retry_after and not error.of_slots:
            self._tools.budget.hold(error.retry_after)

    async def _none_made(self, order: Order) -> None:
        """There is no prediction: asks again, unless that was tried often enough."""
        if order.cancel_requested:
            await self._steps.cancelled(order, usd=0.0, submitted_at=None)
        elif order.photo_urls and self._steps.is_last_try(order, ProviderUnknown("none was made")):
            await self._steps.fail(order, Failure.PROVIDER, usd=0.0)
        else:
            pause = self._steps.pause(order) if order.attempts else 0.0
            await self._back(order, hold=Hold.NONE, not_before=self._tools.now() + pause)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Not cut in half when it is cancelled: what it does may be paid for."""
    task = asyncio.create_task(work, name="create")
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTING_SECONDS):
                await asyncio.gather(task, return_exceptions=True)
        raise
