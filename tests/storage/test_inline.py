"""Statements run where they are called; whatever may wait, waits in a thread."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
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
    connection = InlineConnection(str(path), patience=patience)
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


def names(connection: InlineConnection) -> list[str]:
    cursor = connection.inline.cursor().execute("SELECT name FROM things")
    return [row[0] for row in cursor.fetchall()]


async def test_a_statement_is_over_without_a_turn_of_the_loop(path: Path) -> None:
    async with opened(path, 1.0) as connection:
        with pytest.raises(StopIteration) as over:
            connection.waiting(partial(names, connection)).send(None)
        assert over.value.value == ["one", "two"]


async def test_a_statement_that_finds_a_lock_waits_and_the_loop_goes_on(path: Path) -> None:
    async with opened(path, 10.0) as connection:
        with locked(path) as other:
            waiting = asyncio.create_task(connection.waiting(partial(names, connection)))
            for _ in range(5):
                await asyncio.sleep(0.01)  # which it could not, if the statement waited here
            assert not waiting.done()
            other.execute("COMMIT")
            assert await waiting == ["one", "two"]


async def test_a_lock_that_stays_is_told(path: Path) -> None:
    async with opened(path, 0.05) as connection:
        begin = partial(connection.inline.execute, "BEGIN IMMEDIATE")
        with locked(path), pytest.raises(sqlite3.OperationalError, match="locked"):
            await connection.waiting(begin)
        await connection.waiting(begin)
        assert connection.in_transaction
        connection.inline.rollback()
        assert not connection.in_transaction


async def test_another_error_is_not_waited_for(path: Path) -> None:
    async with opened(path, 10.0) as connection:
        wrong = partial(connection.inline.execute, "SELECT name FROM nowhere")
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            connection.waiting(wrong).send(None)


async def test_rows_that_nobody_fetched_stand_in_nobodys_way(path: Path) -> None:
    """SQLite refuses to commit while a statement that changes something isn't over."""
    async with opened(path, 1.0) as connection:
        connection.inline.execute("BEGIN IMMEDIATE")
        changed = connection.inline.cursor()
        changed.execute("UPDATE things SET name = name || '!' RETURNING name")
        assert changed.fetchone() == ("one!",)
        await connection.in_thread(connection.inline.commit)
        assert changed.fetchmany(5) == [("two!",)]
        assert changed.fetchall() == []
        assert changed.fetchone() is None
        assert names(connection) == ["one!", "two!"]


async def test_whoever_is_cancelled_leaves_when_it_is_over(path: Path) -> None:
    """Else the next one would find the connection in the middle of something."""
    async with opened(path, 10.0) as connection:
        go_on, seen = threading.Event(), list[str]()

        def work() -> None:
            go_on.wait(10)
            seen.append("over")

        task = asyncio.create_task(connection.in_thread(work))
        await asyncio.sleep(0.01)
        for _ in range(2):  # the one by whoever gave up, and the one at the end of the program
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
        _ = connection.inline
    assert not connection.in_transaction
    await connection.close()


async def test_a_connection_that_is_being_closed_is_in_no_transaction(path: Path) -> None:
    async with opened(path, 1.0) as connection:
        await connection.in_thread(connection.inline.close)
        assert not connection.in_transaction
