"""The provider's requests of a minute, shared by everything that asks it something."""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from enum import IntEnum

from bot.domain.schedule import PACE, Pace
from bot.errors import DatabaseBusy
from storage import requests
from storage.database import Database

log = logging.getLogger(__name__)

# The provider counts when requests arrive, and one can be on its way for longer than another.
WINDOW = requests.WINDOW + 1.0


class Need(IntEnum):
    """Who goes first when requests are short.

    A create fills a slot that would stand empty; a cancel saves money only now; a look-up frees a
    slot that is held by nobody knows what; polls find what is done; uploads prepare what comes
    later; housekeeping takes what is left.
    """

    CREATE = 0
    CANCEL = 1
    LOOK_UP = 2
    POLL = 3
    UPLOAD = 4
    HOUSEKEEPING = 5


class Budget:
    """Hands out requests, at most `per_minute` in any minute, over all processes together.

    Args:
        per_minute: 0 stands for no limit.
    """

    def __init__(
        self,
        database: Database,
        per_minute: int,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database = database
        self._per_minute = per_minute
        self._now = now
        self._pace = pace
        self._waiting: list[tuple[Need, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._pump: asyncio.Task[None] | None = None
        self._held_until = 0.0
        self._refusals = 0

    async def take(self, need: Need) -> None:
        """Waits for a request of the minute; whoever needs it most gets it first."""
        if not self._per_minute and self._held_until <= self._now():
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (need, next(self._numbers), place))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._hand_out(), name="budget")
        try:
            await place
        except BaseException:
            place.cancel()
            raise

    def hold(self, seconds: float | None) -> None:
        """The provider wants no request for so long (Retry-After), or doesn't say for how long."""
        now = self._now()
        if now > self._held_until + self._pace.longest_pause:
            self._refusals = 0
        pause = seconds or self._pace.pause(self._refusals)
        # What was on its way when it began to be held is refused too, and says nothing new.
        if seconds or now >= self._held_until:
            self._refusals += 1
            self._held_until = max(self._held_until, now + pause)

    async def _hand_out(self) -> None:
        while self._waiting:
            try:
                wait = await self._seconds_to_next()
            except DatabaseBusy as busy:
                log.warning("requests wait for the database: %s", busy)
                wait = self._pace.look
            if wait > 0:
                # Somebody more urgent may come while this waits: who goes is decided after.
                await asyncio.sleep(wait)
                continue
            while self._waiting:
                _, _, place = heapq.heappop(self._waiting)
                if not place.done():
                    place.set_result(None)
                    break

    async def _seconds_to_next(self) -> float:
        """Takes a request and returns 0, or says how long there is none."""
        now = self._now()
        if self._held_until > now:
            return self._held_until - now
        if not self._per_minute or not any(not place.done() for _, _, place in self._waiting):
            return 0.0
        async with self._database.writing() as connection:
            if await requests.take(connection, now, self._per_minute, WINDOW):
                return 0.0
            wait = await requests.next_free(connection, now, self._per_minute, WINDOW)
            return max(0.01, wait)
