"""The provider's requests of a minute, shared by everything that asks it something."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from enum import IntEnum

from storage import requests
from storage.database import Database


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
        self, database: Database, per_minute: int, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._per_minute = per_minute
        self._now = now
        self._waiting: list[tuple[Need, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._pump: asyncio.Task[None] | None = None
        self._held_until = 0.0

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

    def hold(self, seconds: float) -> None:
        """The provider wants no request for so long (Retry-After)."""
        self._held_until = max(self._held_until, self._now() + seconds)

    async def _hand_out(self) -> None:
        while self._waiting:
            wait = await self._seconds_to_next()
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
            if await requests.take(connection, now, self._per_minute):
                return 0.0
            return max(0.01, await requests.next_free(connection, now, self._per_minute))
