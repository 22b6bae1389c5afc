"""SQLite in the event loop: what may wait goes to a thread, the rest runs where it is called."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.inline import InlineConnection


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Without a write-ahead log: whoever writes locks out those who read."""
    path = tmp_path / "plain.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.commit()
    return path


@pytest.fixture
async def connection(file: Path) -> AsyncIterator[InlineConnection]:
    connection = await InlineConnection(str(file), timeout=20, isolation_level=None)
    yield connection
    await connection.close()


@contextlib.contextmanager
def locked(file: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(
        sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


async def rows(connection: InlineConnection) -> list[tuple[int]]:
    cursor = connection.cursor()
    await cursor.execute("SELECT n FROM t ORDER BY n")
    found: list[tuple[int]] = await cursor.fetchall()
    await cursor.close()
    return found


async def test_statements_and_their_commit(connection: InlineConnection) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN IMMEDIATE")
    assert connection.in_transaction
    await cursor.execute("INSERT INTO t VALUES (?)", (1,))
    assert (cursor.rowcount, cursor.lastrowid) == (1, 1)
    await cursor.executemany("INSERT INTO t VALUES (?)", [(2,), (3,)])
    await connection.commit()
    assert not connection.in_transaction
    await connection.commit()  # nothing to do
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute("DELETE FROM t")
    await connection.rollback()
    assert await rows(connection) == [(1,), (2,), (3,)]


async def test_a_statement_that_meets_a_lock_waits_in_the_thread(
    file: Path, connection: InlineConnection
) -> None:
    beats: list[int] = []

    async def beat() -> None:
        while True:
            beats.append(1)
            await asyncio.sleep(0.005)

    with locked(file) as other:
        timer = threading.Timer(0.15, other.execute, ["ROLLBACK"])
        timer.start()
        beating = asyncio.create_task(beat())
        assert await rows(connection) == []
        beating.cancel()
        timer.join()
    assert len(beats) > 2, "the event loop stood still"


async def test_other_errors_come_at_once(connection: InlineConnection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await connection.cursor().execute("SELECT * FROM nowhere")


async def test_whoever_is_cancelled_leaves_only_when_the_thread_is_done(
    file: Path, connection: InlineConnection
) -> None:
    with locked(file) as other:
        task = asyncio.create_task(connection.cursor().execute("BEGIN IMMEDIATE"))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        other.execute("ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await task
    await connection.rollback()
    assert await rows(connection) == []


async def test_closed_is_closed(file: Path) -> None:
    connection = await InlineConnection(str(file), timeout=1)
    await connection.close()
    await connection.close()
    assert not connection.in_transaction
    with pytest.raises(ValueError, match="no active connection"):
        connection.cursor()
