"""Virtual time beside real threads: while a thread works, no time passes."""

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextvars import Context
from queue import SimpleQueue
from threading import get_ident
from typing import Any, TypeVar
from unittest.mock import patch

T = TypeVar("T")

# Real seconds until the loop looks whether a thread is back, should its call get lost.
GLANCE = 0.05


class _Jump(selectors.DefaultSelector):
    loop: "PatientLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self.loop.takes_back():
            return super().select(0)
        if self.loop.at_work:
            return super().select(GLANCE)
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nothing will ever happen"
            self.loop.now += timeout
        return ready


class PatientLoop(asyncio.SelectorEventLoop):
    """Sleeps cost nothing; threads, the database's too, are waited for.

    What a thread brings is taken in when everybody else waits, one thing at a time: so it does not
    matter how quick the thread was, and the same happens again in the next run.
    """

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.at_work = 0
        self._thread = get_ident()
        self._back: deque[asyncio.Handle] = deque()
        selector = _Jump()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, function: Callable[..., T], *arguments: Any
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, function, *arguments)
        self.waits_for(future)
        return future

    async def shutdown_default_executor(self, *arguments: Any) -> None:
        self.at_work += 1
        try:
            await super().shutdown_default_executor(*arguments)
        finally:
            self.at_work -= 1

    def waits_for(self, work: "asyncio.Future[Any]") -> None:
        """No time passes until a thread has done this."""
        self.at_work += 1
        work.add_done_callback(self._came_back)

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *arguments: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if get_ident() == self._thread:
            return super().call_soon_threadsafe(callback, *arguments, context=context)
        handle = asyncio.Handle(callback, arguments, self, context)
        self._back.append(handle)
        super().call_soon_threadsafe(_nothing)  # wakes the selector
        return handle

    def takes_back(self) -> bool:
        """Takes in what a thread has brought, if one has."""
        if not self._back:
            return False
        self.call_soon(self._back.popleft()._run)
        return True

    def _came_back(self, _work: "asyncio.Future[Any]") -> None:
        self.at_work -= 1


class _Watched(SimpleQueue[Any]):
    """What aiosqlite's thread has to do: futures, and functions to do them."""

    def put_nowait(self, item: Any) -> None:
        future = item[0]
        if future is not None and not future.done():
            loop = future.get_loop()
            assert isinstance(loop, PatientLoop)
            loop.waits_for(future)
        super().put_nowait(item)


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in virtual time."""
    with (
        patch("aiosqlite.core.SimpleQueue", _Watched),
        asyncio.Runner(loop_factory=PatientLoop) as runner,
    ):
        return runner.run(main)


def now() -> float:
    return asyncio.get_running_loop().time()


def _nothing() -> None:
    """Only wakes somebody."""
