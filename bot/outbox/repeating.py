"""Which failed calls are made again, and how soon."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from telegram.error import TelegramError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    wait_exponential,
    wait_random,
)

from bot.errors import NotSent, OutcomeUnknown, RetryLater, TelegramFault

from .faults import translated
from .lane import Refused

T = TypeVar("T")

LONGEST_WAIT: Final = 30.0  # seconds of 429 that a call sits out; a longer one is for a database
# Seconds since the first failure after which none is repeated: with the longest pause before
# the last attempt, a call without a connection gives up within 20.
LAST_REPEAT: Final = 12.0
_backoff = wait_exponential(multiplier=0.5, max=8) + wait_random(0, 0.5)


async def spoken(call: Callable[[], Awaitable[T]]) -> T:
    """What a call to Telegram returns.

    Raises:
        TelegramFault: in place of every error of PTB and of the transport.
    """
    try:
        return await call()
    except TelegramError as error:
        raise translated(error) from None
    except (AttributeError, KeyError, TypeError) as error:
        # An answer without the fields that PTB builds its objects from.
        raise OutcomeUnknown("an answer that makes no sense") from error


async def pause(seconds: float, closing: asyncio.Event) -> None:
    """Sleep, but no longer than the process wants to live."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await closing.wait()


class Repeating:
    """The repeats of one call.

    Args:
        harmless: doing it twice is as good as once, so an unknown outcome may be repeated.
        closing: set when the process wants to end; nothing is repeated then.
    """

    def __init__(self, *, harmless: bool, closing: asyncio.Event) -> None:
        self._harmless = harmless
        self._closing = closing
        self._failing_since: float | None = None
        self._sat_out = 0.0
        self._failed: TelegramFault = NotSent("nothing was tried yet")

    async def __call__(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of the first attempt that has one; else the last one's fault."""
        try:
            return await attempt()
        except TelegramFault as fault:
            failed = fault
        return await self._repeated(attempt, failed)

    async def _repeated(self, attempt: Callable[[], Awaitable[T]], failed: TelegramFault) -> T:
        """Goes on from the first attempt's fault."""
        first: list[TelegramFault] = [failed]
        self._failed = failed
        attempts = AsyncRetrying(
            retry=retry_if_exception(self._again),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )

        async def once() -> T:  # tenacity awaits only what it sees to be a coroutine function
            if first:
                raise first.pop()
            if self._closing.is_set():
                # The pause was cut short, and not for another try.
                raise self._failed
            return await attempt()

        return await attempts(once)

    def _again(self, error: BaseException) -> bool:
        if self._closing.is_set() or isinstance(error, Refused):
            return False
        if isinstance(error, TelegramFault):
            self._failed = error
        if isinstance(error, RetryLater):
            self._sat_out += error.seconds
            return self._sat_out <= LONGEST_WAIT
        if isinstance(error, NotSent) or (self._harmless and isinstance(error, OutcomeUnknown)):
            now = asyncio.get_running_loop().time()
            self._failing_since = now if self._failing_since is None else self._failing_since
            return now - self._failing_since <= LAST_REPEAT
        return False

    async def _sleep(self, seconds: float) -> None:
        await pause(seconds, self._closing)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return error.seconds if isinstance(error, RetryLater) else _backoff(state)
