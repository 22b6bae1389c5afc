"""The provider's bad days: orders are kept, and one of them probes now and then.

After 401 or 402 it closes at once, after several failures in a row as a circuit breaker does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from bot.domain.order import Hold
from bot.domain.pace import PACE, Pace
from bot.engine.ticks import ticks
from bot.errors import BalanceEmpty, KeyRefused, ProviderFault

log = logging.getLogger(__name__)

# So many failures in a row are no accident.
FAILURES: Final = 5


class Gate:
    """Open, until nothing is to be had from the provider; then a probe a minute passes.

    Args:
        tell: tells the admins, once when it closes (with the fault) and once when it is over
            (with None); false if they don't know yet.
    """

    def __init__(
        self,
        tell: Callable[[ProviderFault | None], Awaitable[bool]],
        pace: Pace = PACE,
    ) -> None:
        self._tell = tell
        self._pace = pace
        self._opened = asyncio.Event()
        self._opened.set()
        self._next_probe = 0.0
        self._failures = 0
        self.hold = Hold.NONE
        self._reason: ProviderFault | None = None
        # What the admins know. An earlier process may have told them that it is closed.
        self._told_open: bool | None = None

    @property
    def closed(self) -> bool:
        return not self._opened.is_set()

    async def pass_(self) -> bool:
        """True at once while it is open, or when it opens; false for the next probe."""
        while self.closed:
            pause = self._next_probe - ticks()
            if pause <= 0:
                self._next_probe = ticks() + self._pace.probe
                return False
            try:
                async with asyncio.timeout(pause):
                    await self._opened.wait()
            except TimeoutError:
                continue
        return True

    def failed(self, fault: ProviderFault) -> None:
        """An order could not be brought to the provider, for no reason of its own."""
        self._failures += 1
        if self._failures >= FAILURES:
            self.close(fault)

    def close(self, reason: ProviderFault) -> None:
        """The key or the balance was refused, or nothing works any more; `tell` comes later."""
        is_refused = isinstance(reason, BalanceEmpty | KeyRefused)
        self.hold = Hold.RESTING if is_refused else Hold.PROVIDER_DOWN
        if not self.closed:
            self._next_probe = ticks() + self._pace.probe
            self._opened.clear()
            log.error("the provider takes no orders, they are kept: %r %s", reason, reason.detail)
        if reason.retry_after:
            self._next_probe = max(self._next_probe, ticks() + reason.retry_after)
        self._reason = reason

    async def tell(self) -> None:
        """Tells the admins that it is closed, if it is; takes as long as Telegram does."""
        if self._reason is not None:
            await self._say(self._reason)

    async def open(self) -> None:
        """A create was taken."""
        self._failures = 0
        self.hold = Hold.NONE
        self._reason = None
        if self.closed:
            self._opened.set()
            log.warning("the provider takes orders again")
        await self._say(None)

    async def _say(self, reason: ProviderFault | None) -> None:
        is_open = reason is None
        if self._told_open is is_open:
            return
        before, self._told_open = self._told_open, is_open
        known = False
        try:
            known = await self._tell(reason)
        finally:
            if not known:
                # The next one to be refused, or taken, says it.
                self._told_open = before
