"""Virtual time beside real threads: while a thread works, no time passes."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")


class _Jump(selectors.DefaultSelector):
    loop: "PatientLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.loop.at_work:
            return super().select(None if timeout is None else min(timeout, 0.05))
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nothing will ever happen"
            self.loop.now += timeout
        return ready


class PatientLoop(asyncio.SelectorEventLoop):
    """Sleeps cost nothing; the database's threads are waited for."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.at_work = 0
        selector = _Jump()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, function: Callable[..., T], *arguments: Any
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, function, *arguments)
        self.at_work += 1
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, _future: asyncio.Future[Any]) -> None:
        self.at_work -= 1


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in virtual time."""
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        return runner.run(main)


def now() -> float:
    return asyncio.get_running_loop().time()
