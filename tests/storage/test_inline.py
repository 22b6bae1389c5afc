"""Statements run where they are called; whatever may wait, waits in a thread."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.inline import InlineConnection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Not in WAL mode: there somebody else's lock stops readers, too."""
    path = tmp_path / "plain.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
        connection.execute("INSERT INTO things VALUES ('one'), ('two')")
        connection.commit()
    return path


@contextlib.asynccontextmanager
async def opened(path: Path, patience: float) -> AsyncIterator[InlineConnection]:
    connection = InlineConnection(str(path), timeout=patience, isolation_level=None)
    await connection
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(
        sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


async def test_a_statement_is_over_without_a_turn_of_the_loop(path: Path) -> None:
    async with opened(path, 1.0) as connection:
        cursor = await connection.cursor()
        with pytest.raises(StopIteration):
            cursor.execute("SELECT name FROM things").send(None)
        with pytest.raises(StopIteration) as over:
            cursor.fetchall().send(None)
        assert over.value.value == [("one",), ("two",)]


async def test_a_statement_that_finds_a_lock_waits_and_the_loop_goes_on(path: Path) -> None:
    async with opened(path, 10.0) as connection:
        with locked(path) as other:
            cursor = await connection.cursor()
            waiting = asyncio.create_task(cursor.execute("SELECT name FROM things"))
            for _ in range(5):
                await asyncio.sleep(0.01)  # which it could not, if the statement waited here
            assert not waiting.done()
            other.execute("COMMIT")
            await waiting
        assert list(await cursor.fetchall()) == [("one",), ("two",)]


async def test_a_lock_that_stays_is_told(path: Path) -> None:
    async with opened(path, 0.05) as connection:
        with locked(path), pytest.raises(sqlite3.OperationalError, match="locked"):
            await connection.execute("BEGIN IMMEDIATE")
        await connection.execute("BEGIN IMMEDIATE")
        assert connection.in_transaction
        await connection.rollback()
        assert not connection.in_transaction


async def test_whoever_is_cancelled_leaves_when_it_is_over(path: Path) -> None:
    """Else the next one would find the connection in the middle of something."""
    async with opened(path, 10.0) as connection:
        go_on, seen = threading.Event(), list[str]()

        def work() -> None:
            go_on.wait(10)
            seen.append("over")

        task = asyncio.create_task(connection.in_thread(work))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.01)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["over"]


async def test_a_closed_connection_says_so(path: Path) -> None:
    async with opened(path, 1.0) as connection:
        pass
    with pytest.raises(ValueError, match="no active connection"):
        await connection.cursor()
    assert not connection.in_transaction
    await connection.close()
