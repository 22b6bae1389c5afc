"""The one writer, when a caller is cancelled, at whatever moment."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any

import pytest

from storage import facts
from storage.database import Database
from tests.storage.units import add, known, one_group


class CancelledAt:
    """Work that is cancelled while it waits for the n-th time."""

    def __init__(self, work: Coroutine[Any, Any, None], n: int) -> None:
        self._work = work
        self._n = n
        self.reached = False

    def __await__(self) -> Generator[Any, None, None]:
        task = asyncio.current_task()
        assert task is not None
        inner = self._work.__await__()
        step: Callable[[], Any] = partial(inner.send, None)
        for number in range(10**6):
            try:
                awaited = step()
            except StopIteration:
                return
            if number == self._n:
                self.reached = True
                asyncio.get_running_loop().call_soon(task.cancel)
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - handed on as it came
                step = partial(inner.throw, error)
            else:
                step = partial(inner.send, None)


async def _awaited(work: Awaitable[None]) -> None:
    await work


@pytest.mark.parametrize("alone", [True, False])
async def test_a_caller_may_be_cancelled_at_every_await(database: Database, alone: bool) -> None:
    for n in range(100):
        cancelled = CancelledAt(add(database, f"{n}a", f"{n}b"), n)
        neighbours = [] if alone else [f"{n}before", f"{n}after"]
        group = contextlib.nullcontext() if alone else one_group(database)
        async with group:
            tasks = [
                asyncio.create_task(work)
                for work in (
                    *(add(database, name) for name in neighbours[:1]),
                    _awaited(cancelled),
                    *(add(database, name) for name in neighbours[1:]),
                )
            ]
        async with asyncio.timeout(10):
            results = await asyncio.gather(*tasks, return_exceptions=True)

        names = await known(database)
        assert set(neighbours) <= names, f"lost, when another was cancelled at await {n}"
        assert len(names & {f"{n}a", f"{n}b"}) in {0, 2}, f"half a unit at await {n}"
        if not cancelled.reached:
            break
        assert any(isinstance(result, asyncio.CancelledError) for result in results)
    assert 0 < n < 99


async def test_a_caller_may_be_cancelled_at_the_moment_it_is_let_in(database: Database) -> None:
    async def cancels_the_second() -> None:
        async with database.writing() as connection:
            tasks[1].cancel()
            await facts.put(connection, "first", "x")

    units = [cancels_the_second(), add(database, "second"), add(database, "third")]
    tasks = [asyncio.create_task(unit) for unit in units]
    async with asyncio.timeout(10):
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(results[1], asyncio.CancelledError)
    assert await known(database) == {"first", "third"}


async def _later(rounds: int, call: Callable[[], object]) -> None:
    """Calls after so many rounds of the event loop."""
    for _ in range(rounds):
        await asyncio.sleep(0)
    call()


@pytest.mark.parametrize("rounds", range(8))
async def test_a_caller_may_be_cancelled_about_the_moment_its_turn_comes(
    database: Database, rounds: int
) -> None:
    async with one_group(database):
        tasks = [asyncio.create_task(add(database, name)) for name in ("second", "third")]
        await asyncio.sleep(0)
        cancelling = asyncio.create_task(_later(rounds, tasks[0].cancel))
    async with asyncio.timeout(10):
        await asyncio.gather(cancelling, *tasks, return_exceptions=True)

    assert {"first", "third"} <= await known(database)
    assert tasks[0].cancelled() or "second" in await known(database)


async def test_a_reader_may_be_cancelled_at_every_await(database: Database) -> None:
    await add(database, "x")

    async def read() -> None:
        assert await known(database) == {"x"}

    for n in range(100):
        cancelled = CancelledAt(read(), n)
        task = asyncio.create_task(_awaited(cancelled))
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if not cancelled.reached:
            break
    assert 0 < n < 99
    assert await known(database) == {"x"}
