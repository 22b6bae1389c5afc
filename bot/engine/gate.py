"""The provider's bad days: after 401 or 402 orders are kept, and one of them probes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from bot.errors import BalanceEmpty, ProviderFault

log = logging.getLogger(__name__)

PROBE_SECONDS = 60.0


class Gate:
    """Open, until a create is refused for the key or the balance; then a probe a minute passes.

    Args:
        tell: tells the admins, once when it closes (with the fault) and once when it is over
            (with None).
    """

    def __init__(
        self,
        tell: Callable[[ProviderFault | None], Awaitable[None]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._now = now
        self._opened = asyncio.Event()
        self._opened.set()
        self._next_probe = 0.0

    @property
    def closed(self) -> bool:
        return not self._opened.is_set()

    async def pass_(self) -> None:
        """Returns at once while it is open; else when it opens, or as the next probe."""
        while self.closed:
            pause = self._next_probe - self._now()
            if pause <= 0:
                self._next_probe = self._now() + PROBE_SECONDS
                return
            try:
                async with asyncio.timeout(pause):
                    await self._opened.wait()
            except TimeoutError:
                continue

    async def close(self, reason: ProviderFault) -> None:
        """A create, or an upload, was refused for the key or the balance."""
        self._next_probe = self._now() + PROBE_SECONDS
        if self.closed:
            return
        self._opened.clear()
        kind = "balance is empty" if isinstance(reason, BalanceEmpty) else "key is refused"
        log.error("the provider's %s: orders are kept (%s)", kind, reason.detail)
        await self._tell(reason)

    async def open(self) -> None:
        """A create was taken."""
        if self.closed:
            self._opened.set()
            log.warning("the provider takes orders again")
            await self._tell(None)
