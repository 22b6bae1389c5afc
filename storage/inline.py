"""SQLite without a thread for each statement.

aiosqlite hands every call to a thread: four times to and fro for a SELECT, and each time the thread
waits until the busy event loop lets go of the interpreter. In WAL mode a statement takes some ten
microseconds and waits for nobody; what may wait is taking the writer's lock and committing, which
may flush to the disk. So these two go to a thread, and statements run where they are called.

To SQLAlchemy's dialect `sqlite+aiosqlite` these classes are aiosqlite's.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

_MAY_WAIT: Final = ("BEGIN IMMEDIATE", "PRAGMA")


class InlineConnection:
    """Awaited once, it is open.

    Args:
        path: of the database file.
        timeout: seconds that a statement in the thread waits for somebody else's lock.
        more: as `sqlite3.connect` takes it.
    """

    def __init__(self, path: str, *, timeout: float, **more: Any) -> None:
        self._busy_ms = int(timeout * 1000)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        # It is never used by two threads at once: whoever hands it to the thread waits for it.
        self._open = partial(sqlite3.connect, path, **(more | {"check_same_thread": False}))
        self._conn: sqlite3.Connection | None = None

    def __await__(self) -> Generator[Any, None, Self]:
        return self._connected().__await__()

    @property
    def _connection(self) -> sqlite3.Connection | None:
        """By this name SQLAlchemy looks whether it is open."""
        return self._conn

    @property
    def in_transaction(self) -> bool:
        return self._conn is not None and self._conn.in_transaction

    def run(self, statement: str) -> None:
        """A statement that waits for nothing and answers nothing."""
        self._opened.execute(statement)

    def cursor(self) -> "InlineCursor":
        return InlineCursor(self, self._opened.cursor())

    async def create_function(self, *arguments: Any, **more: Any) -> None:
        self._opened.create_function(*arguments, **more)

    async def commit(self) -> None:
        if self._opened.in_transaction:
            await self.in_thread(self._opened.commit)

    async def rollback(self) -> None:
        self._opened.rollback()

    async def close(self) -> None:
        if self._conn is not None:
            # The last connection to be closed folds the log into the file.
            await asyncio.get_running_loop().run_in_executor(self._thread, self._conn.close)
            self.stop()

    def stop(self) -> None:
        """Without waiting for anything."""
        self._conn = None
        self._thread.shutdown(wait=False)

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Does something that may wait; even a cancelled caller leaves only after it is over."""
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._patiently, call)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    def _patiently(self, call: Callable[[], T]) -> T:
        connection = self._opened
        connection.execute(f"PRAGMA busy_timeout = {self._busy_ms}")
        try:
            return call()
        finally:
            connection.execute("PRAGMA busy_timeout = 0")

    async def _connected(self) -> Self:
        loop = asyncio.get_running_loop()
        self._conn = await loop.run_in_executor(self._thread, partial(self._open, timeout=0))
        return self

    @property
    def _opened(self) -> sqlite3.Connection:
        if self._conn is None:
            raise ValueError("no active connection")  # as aiosqlite says it
        return self._conn


class InlineCursor:
    """A cursor as SQLAlchemy awaits it."""

    def __init__(self, connection: InlineConnection, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        call = partial(self._cursor.execute, operation, parameters)
        if operation.startswith(_MAY_WAIT):
            await self._connection.in_thread(call)
            return
        await self._run(call)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        await self._run(partial(self._cursor.executemany, operation, parameters))

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()

    async def _run(self, call: Callable[[], object]) -> None:
        try:
            call()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            # Rare in WAL mode, where only somebody who recovers or converts the file locks it.
            await self._connection.in_thread(call)
