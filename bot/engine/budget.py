"""The provider's requests of a minute, shared by everything that asks it something."""

import asyncio
import heapq
import itertools
import logging
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import Final, Protocol

from bot.domain.pace import PACE, Pace
from bot.domain.scene import MARGIN, WINDOW, Limits, Running, Scene
from bot.domain.schedule import Action, Decision, decide
from bot.engine.estimates import Estimates
from bot.engine.ticks import ticks
from bot.engine.turns import NEXT_IN_LINE
from bot.errors import DatabaseBusy
from storage import orders, requests
from storage.database import Database

log = logging.getLogger(__name__)

# So many of the newest requests say how many uploads come with a create.
REMEMBERED: Final = 300
# Rows this far in the future were written before the clock was set back.
CLOCK_SECONDS: Final = 1.0
# For each prediction in flight; a look at 500 takes some hundredths of a second.
LOOK_SECONDS: Final = 0.001


class Need(IntEnum):
    """Who goes first when requests are short; who asks for news in passing is `Watch`.

    A cancel saves money only now; what has surely ended frees a slot and makes somebody happy; a
    create fills a slot that would stand empty; a look-up frees a slot that is held by nobody knows
    what; uploads prepare what comes later.
    """

    CANCEL = 0
    NEWS = 1
    CREATE = 2
    LOOK_UP = 3
    UPLOAD = 4


# What a decision gives a request to.
_GIVEN_BY: Final = {
    Action.CREATE: Need.CREATE,
    Action.UPLOAD: Need.UPLOAD,
}


class Asker(Protocol):
    """Knows what is in flight, and asks for it."""

    @property
    def watching(self) -> bool:
        """Whether somebody waits for news, be it time to ask or not."""
        ...

    @property
    def running(self) -> Sequence[Running]:
        """What may be asked for."""
        ...

    @property
    def listing(self) -> bool: ...

    def ask(self, decision: Decision, request: "Request") -> None:
        """Sends the request, in the background."""


class Request:
    """A request that was taken from the minute; used as a context for the call.

    The provider counts arrivals. A call that took long may have arrived late, so it is then
    counted from its answer; so is one that left late, because the database was slow.

    Args:
        taken: the moment that stands in its row.
    """

    def __init__(
        self, budget: "Budget", row: int | None, taken: float, now: Callable[[], float]
    ) -> None:
        self._budget = budget
        self._row = row
        self._taken = taken
        self._now = now

    async def __aenter__(self) -> None:
        """Nothing to do: it was taken before."""

    async def __aexit__(self, *_: object) -> None:
        answered = self._now()
        if self._row is not None and not 0 <= answered - self._taken <= MARGIN:
            await self._budget.answered(self._row, answered)


class Budget:
    """Hands out requests, at most so many in any minute, over all processes together."""

    def __init__(
        self,
        database: Database,
        limits: Limits,
        estimates: Estimates,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database = database
        self._limits = limits
        self._estimates = estimates
        self._now = now
        self._pace = pace
        self._asker: Asker | None = None
        self._waiting: dict[Need, list[tuple[int, asyncio.Future[Request]]]] = {
            need: [] for need in Need
        }
        self._numbers = itertools.count()
        self._given: deque[Need] = deque(maxlen=REMEMBERED)
        self._pump: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._held_until = 0.0
        self._refusals = 0
        # Unix time less the time that nobody can set; a change is a jump of the clock.
        self._epoch: float | None = None

    def serves(self, asker: Asker) -> None:
        self._asker = asker

    @asynccontextmanager
    async def request(self, need: Need) -> AsyncIterator[None]:
        """Waits for a request of the minute; inside goes exactly one call."""
        if not self._limits.per_minute and self._held_until <= ticks():
            yield
            return
        place: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting[need], (next(self._numbers), place))
        self.changed()
        try:
            request = await place
        except BaseException:
            place.cancel()
            self.changed()
            raise
        async with request:
            yield

    @property
    def creates(self) -> int:
        """How many wait for a request that creates a prediction."""
        return self._count(Need.CREATE)

    def changed(self) -> None:
        """Something happened that a decision is made from."""
        self._changed.set()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._hand_out(), name="budget")

    def hold(self, seconds: float | None) -> None:
        """The provider wants no request for so long (Retry-After), or doesn't say for how long."""
        now = ticks()
        if now > self._held_until + self._pace.longest_pause:
            self._refusals = 0
        pause = seconds or self._pace.pause(self._refusals)
        # What was on its way when it began to be held is refused too, and says nothing new.
        if seconds or now >= self._held_until:
            self._refusals += 1
            self._held_until = max(self._held_until, now + pause)
            self._estimates.held_until = self._held_until

    async def answered(self, row: int, at: float) -> None:
        try:
            async with self._database.writing() as connection:
                await requests.arrived(connection, row, at)
        except DatabaseBusy as busy:
            log.warning("a late request is counted as if it had been quick: %s", busy)

    async def _hand_out(self) -> None:
        while self._is_wanted():
            self._changed.clear()
            try:
                pause = await self._next()
            except DatabaseBusy as busy:
                log.warning("requests wait for the database: %s", busy)
                pause = self._pace.look
            if pause > 0:
                # Somebody more urgent may come while this waits: who goes is decided after.
                await self._sleep(pause)
                await self._gather()
            else:
                # The next decision is made when whoever got this one has begun with it.
                await asyncio.sleep(0)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _gather(self) -> None:
        """Of a crowd that comes at once not each is a reason to look at all of them."""
        if self._asker and not any(self._count(need) for need in Need):
            await asyncio.sleep(LOOK_SECONDS * len(self._asker.running))

    def _is_wanted(self) -> bool:
        return any(self._count(need) for need in Need) or bool(self._asker and self._asker.watching)

    async def _next(self) -> float:
        """Gives a request to whoever needs it most and returns 0, or says how long to wait."""
        now = self._now()
        await self._follow_clock(now)
        held = self._held_until - ticks()
        if held > 0:
            return held
        scene = await self._scene(now)
        decision = self._decision(scene)
        if isinstance(decision, Decision) and decision.action is Action.WAIT:
            return decision.seconds
        row = await self._taken(now)
        if row is None and self._limits.per_minute:
            return 0.0  # another process was quicker: what is left is seen at the next look
        self._give(decision, Request(self, row, now, self._now))
        return 0.0

    async def _follow_clock(self, now: float) -> None:
        """When the clock was set forward, the minute's requests are moved along with it.

        Set back, they look newer than they are, or lie ahead and are then clamped to now. Moving
        them as well would let each process that sees the jump move them once more.
        """
        epoch = now - ticks()
        before, self._epoch = self._epoch, epoch
        if before is None or abs(epoch - before) <= CLOCK_SECONDS:
            return
        jump = epoch - before
        log.warning("the clock was set by %+.0f s", jump)
        if jump > 0:
            async with self._database.writing() as connection:
                await requests.shift(connection, jump, now - jump, WINDOW + MARGIN)

    def _decision(self, scene: Scene) -> Decision | Need:
        """What is urgent goes before anything that waits for a good moment."""
        pause = scene.free_in()
        if pause > 0:
            return Decision(Action.WAIT, seconds=pause)
        for need in (Need.CANCEL, Need.NEWS):
            if self._count(need):
                return need
        decision = decide(scene)
        if decision.action is not Action.CREATE and self._count(Need.LOOK_UP):
            return Need.LOOK_UP
        return decision

    async def _taken(self, now: float) -> int | None:
        if not self._limits.per_minute:
            return None
        async with self._database.writing() as connection:
            return await requests.take(connection, now, self._limits.per_minute, WINDOW + MARGIN)

    def _give(self, decision: Decision | Need, request: Request) -> None:
        if isinstance(decision, Decision) and decision.action not in _GIVEN_BY:
            assert self._asker is not None
            self._asker.ask(decision, request)
            return
        need = decision if isinstance(decision, Need) else _GIVEN_BY[decision.action]
        self._given.append(need)
        while self._waiting[need]:
            _, place = heapq.heappop(self._waiting[need])
            if not place.done():
                place.set_result(request)
                return

    async def _scene(self, now: float) -> Scene:
        async with self._database.reading() as connection:
            used = await requests.used(connection, now - WINDOW - MARGIN)
            queued, in_flight = await orders.crowd(connection)
        if used and used[-1] > now + CLOCK_SECONDS:
            async with self._database.writing() as connection:
                await requests.set_back(connection, now)
            used = [min(at, now) for at in used]
        running = tuple(self._asker.running) if self._asker else ()
        ready = self._count(Need.CREATE)
        elsewhere = max(0, in_flight - len(running) - ready)
        uploads, unhosted = self._uploads_of_an_order(queued), self._count(Need.UPLOAD)
        line = self._estimates.line(
            waiting=queued + ready,
            ready=ready,
            unhosted=unhosted,
            cost=1 + uploads,
            # Whose photos aren't being hosted yet needs all of its requests.
            wanted=ready + queued + unhosted + uploads * max(0, queued - NEXT_IN_LINE),
            free=self._limits.per_minute - len(used) if self._limits.per_minute else math.inf,
        )
        return Scene(
            now=now,
            limits=self._limits,
            durations=self._estimates.durations,
            used=used,
            running=running,
            line=line,
            elsewhere=elsewhere,
            listing=self._asker is None or self._asker.listing,
        )

    def _uploads_of_an_order(self, queued: int) -> float:
        """Uploads run ahead of their creates; once enough is remembered that makes no odds."""
        ahead = min(queued, NEXT_IN_LINE) if len(self._given) < REMEMBERED else 0
        return self._given.count(Need.UPLOAD) / max(1, self._given.count(Need.CREATE) + ahead)

    def _count(self, need: Need) -> int:
        return sum(not place.done() for _, place in self._waiting[need])
