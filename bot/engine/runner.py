"""Work that follows from rows: one task a row, however often somebody says that it has changed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Set
from typing import Final, Generic, TypeVar

from bot.domain.pace import PACE, Pace
from bot.errors import DatabaseBusy

log = logging.getLogger(__name__)

# When no wake-up came: the rows are looked through now and then all the same.
LOOK_SECONDS: Final = 30.0

Key = TypeVar("Key", bound=Hashable)


class Runner(Generic[Key]):
    """Whatever happens for one key happens one after the other, and for others beside it.

    Args:
        what: it is, for the log.
        work: goes on from the key's row; returns the seconds after which it has to be looked at
            again, 0 for at once, or None. A wake-up that comes meanwhile is never lost.
    """

    def __init__(
        self,
        what: str,
        work: Callable[[Key], Awaitable[float | None]],
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._what = what
        self._work = work
        self._now = now
        self._pace = pace
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._again: set[Key] = set()

    @property
    def busy(self) -> Set[Key]:
        """Those that are worked on."""
        return self._tasks.keys()

    def wake(self, key: Key, at: float = 0.0) -> None:
        """There is something to do, at Unix time `at`."""
        pause = at - self._now()
        if pause > 0:
            self.later(key, pause)
        elif key in self._tasks:
            self._again.add(key)
        else:
            self._tasks[key] = asyncio.create_task(self._run(key), name=f"{self._what} {key}")

    def later(self, key: Key, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.wake, key)

    async def settles(self, key: Key) -> None:
        """Returns once nothing is under way for the key."""
        task = self._tasks.get(key)
        if task is not None:
            await asyncio.wait({task})

    async def drain(self, seconds: float) -> None:
        """Lets what is under way come to its end, for so long."""
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: Key) -> None:
        pause: float | None = 0.0
        try:
            while pause == 0 or key in self._again:
                self._again.discard(key)
                pause = await self._work(key)
        except DatabaseBusy as busy:
            log.warning("%s %s waits for the database: %s", self._what, key, busy)
            pause = self._pace.card
        except Exception:
            # A bug must neither stop the others nor try again without a rest.
            log.exception("%s %s could not be gone on with", self._what, key)
            pause = LOOK_SECONDS
        finally:
            self._again.discard(key)
            del self._tasks[key]
        if pause is not None:
            self.later(key, pause)
