"""aiosqlite without a thread's to and fro for each statement.

aiosqlite hands every call to its thread: four times to and fro for a SELECT, and each time the
thread waits until the busy event loop lets go of the interpreter. In WAL mode a statement takes
some ten microseconds and waits for nobody, so it runs where it is awaited. What may wait (taking
the writer's lock, committing, opening and closing) goes to aiosqlite's thread as ever.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import aiosqlite

STOP_SECONDS: Final = 1.0
_MAY_WAIT: Final = ("BEGIN IMMEDIATE", "PRAGMA")


class InlineConnection(aiosqlite.Connection):
    """Awaited once, it is open.

    Args:
        path: of the database file.
        timeout: seconds that a statement in the thread waits for somebody else's lock.
        more: as `sqlite3.connect` takes it.
    """

    def __init__(self, path: str, *, timeout: float, **more: Any) -> None:
        # It is never used by two threads at once: whoever hands it to the thread waits for it.
        more |= {"check_same_thread": False, "timeout": 0}
        super().__init__(partial(sqlite3.connect, path, **more), iter_chunk_size=64)
        self._busy_ms = int(timeout * 1000)
        self._thread.daemon = True

    def stop(self) -> asyncio.Future[Any] | None:
        """The thread is over when this returns: it must not call a loop that is closed by then."""
        stopped: asyncio.Future[Any] | None = super().stop()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        return stopped

    @property
    def in_transaction(self) -> bool:
        """A closed connection is in none."""
        return self._connection is not None and self._connection.in_transaction

    def run(self, statement: str) -> None:
        """A statement that waits for nothing and answers nothing."""
        self._conn.execute(statement)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The one way of all of aiosqlite's calls to the connection.

        Raises:
            ValueError: it is closed.
        """
        call = partial(fn, *args, **kwargs)
        if self._connection is None or fn == self._conn.close:
            return await super()._execute(call)  # type: ignore[no-untyped-call]
        if self._may_wait(fn, args):
            return await self.in_thread(call)
        try:
            return call()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            # Rare in WAL mode, where only somebody who recovers or converts the file locks it.
            return await self.in_thread(call)

    def _may_wait(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        if fn == self._conn.commit:
            return self.in_transaction
        return bool(args) and isinstance(args[0], str) and args[0].startswith(_MAY_WAIT)

    async def in_thread(self, call: Callable[[], Any]) -> Any:
        """Even a cancelled caller leaves only after it is over."""
        work = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((work, partial(self._patiently, call)))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    def _patiently(self, call: Callable[[], Any]) -> Any:
        connection = self._conn
        connection.execute(f"PRAGMA busy_timeout = {self._busy_ms}")
        try:
            return call()
        finally:
            connection.execute("PRAGMA busy_timeout = 0")
