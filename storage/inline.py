"""aiosqlite without a thread's to and fro for each statement.

aiosqlite hands every call to its thread, and each time the thread waits until the busy event loop
lets go of the interpreter. In WAL mode a statement takes some ten microseconds and waits for
nobody, so it runs where it is asked for. What may wait (a lock that somebody holds, committing,
opening and closing) goes to aiosqlite's thread as ever.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar

import aiosqlite

T = TypeVar("T")

STOP_SECONDS: Final = 1.0


class _Cursor(sqlite3.Cursor):
    """Has all rows at once: a statement that is left half-way would stand in a COMMIT's way."""

    _rows: Iterator[Any] = iter(())

    def execute(self, *statement: Any) -> "_Cursor":
        super().execute(*statement)
        self._rows = iter(super().fetchall())
        return self

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class InlineConnection(aiosqlite.Connection):
    """Awaited once, it is open.

    Args:
        path: of the database file.
        patience: seconds that a call in the thread waits for somebody else's lock.
    """

    def __init__(self, path: str, *, patience: float) -> None:
        connect = partial(
            sqlite3.connect,
            path,
            timeout=0,
            isolation_level=None,
            # It is never used by two threads at once: whoever hands it to the thread waits for it.
            check_same_thread=False,
            factory=_Connection,
        )
        super().__init__(connect, iter_chunk_size=64)
        self._busy_ms = int(patience * 1000)
        self._thread.daemon = True

    def stop(self) -> asyncio.Future[Any] | None:
        """The thread is over when this returns: it must not call a loop that is closed by then."""
        stopped: asyncio.Future[Any] | None = super().stop()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        return stopped

    @property
    def inline(self) -> sqlite3.Connection:
        """For statements that wait for nobody. Raises `ValueError` where it is closed."""
        return self._conn

    @property
    def in_transaction(self) -> bool:
        """A closed connection is in none."""
        try:
            return self._connection is not None and self._connection.in_transaction
        except sqlite3.ProgrammingError:
            return False  # it is being closed

    async def waiting(self, call: Callable[[], T]) -> T:
        """Calls here, and in the thread where somebody else holds a lock.

        Raises:
            sqlite3.Error, or SQLAlchemy's in its place: the lock stays, or anything else.
        """
        try:
            return call()
        except Exception as error:
            if not _busy(error):
                raise
        # Rare in WAL mode, where but for the writer's lock there is only that of who recovers it.
        return await self.patiently(call)

    async def patiently(self, call: Callable[[], T]) -> T:
        """Calls in the thread, where it may wait for somebody's lock."""
        return await self.in_thread(partial(self._waiting, call))

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Even a cancelled caller leaves only after it is over."""
        work: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((work, call))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            while not work.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            raise

    def _waiting(self, call: Callable[[], T]) -> T:
        connection = self._conn
        connection.execute(f"PRAGMA busy_timeout = {self._busy_ms}")
        try:
            return call()
        finally:
            connection.execute("PRAGMA busy_timeout = 0")


def _busy(error: Exception) -> bool:
    """SQLite's word for a lock of somebody else's, whether SQLAlchemy passed it on or not."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY
