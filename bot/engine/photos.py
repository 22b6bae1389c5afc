"""Photos as the provider reads them: downloaded and prepared once, and kept for a moment."""

import asyncio
import time
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from cachetools import TTLCache

from bot.domain.photo import Prepared
from bot.engine.ports import PhotoSource
from bot.imaging import Imaging

# More than any provider's limits can use; so that a crowd's orders leave room for its answers.
PHOTOS_AT_A_TIME: Final = 16
# From the moment that an order's photos are looked at until the model has read them, if there is
# no line to wait in. What is asked for later is downloaded again.
KEEP_SECONDS: Final = 600.0
# Bytes: a hundred photos of the size that they are prepared to.
ROOM: Final = 32 * 1024 * 1024


class Photos:
    """Prepared photos by Telegram's ids. Nothing of them is written to a disk.

    Args:
        room: bytes that are kept at most; whatever was asked for longest ago goes first.
        keep: seconds for which they are kept at most.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        source: PhotoSource,
        imaging: Imaging,
        *,
        room: int = ROOM,
        keep: float = KEEP_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._imaging = imaging
        self._kept: TTLCache[str, Prepared] = TTLCache(room, keep, clock, getsizeof=_size)
        self._room = room
        self._keep = keep
        self._places = asyncio.Semaphore(PHOTOS_AT_A_TIME)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def prepared(self, file_id: str, unique_id: str) -> Prepared:
        """The photo, upright and without metadata; asked for twice at a time it is one download.

        Raises:
            PhotoRefused: it can't be read.
            FileGone: Telegram doesn't hand it out any more.
            TelegramFault: it can't be had from Telegram for the moment.
        """
        # A lock and not a shared task: whoever is cancelled leaves the work to the next.
        lock = self._locks.setdefault(unique_id, asyncio.Lock())
        async with lock:
            known = self._kept.get(unique_id)
            if known is not None:
                return known
            async with self._places:
                prepared = await self._imaging.prepare(await self._source.photo(file_id))
            self._remember(unique_id, prepared)
            return prepared

    def _remember(self, unique_id: str, prepared: Prepared) -> None:
        if _size(prepared) <= self._room:
            self._kept[unique_id] = prepared
            # The cache itself looks at the time only when it is asked for something.
            asyncio.get_running_loop().call_later(self._keep + 1, self._kept.expire)


def _size(prepared: Prepared) -> int:
    return len(prepared.data)
