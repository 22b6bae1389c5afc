"""SQLAlchemy's statements on connections that don't wait, and how many there are of them."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVarTuple, overload

import sqlalchemy
from sqlalchemy import CursorResult, Executable, NullPool, create_engine
from sqlalchemy.sql.selectable import TypedReturnsRows

from bot.errors import DatabaseBusy
from storage.inline import InlineConnection

BUSY_SECONDS: Final = 5.0
READERS: Final = 8
QUEUE_SECONDS: Final = 30.0
CLOSED: Final = "the database is closed"
UNDONE: Final = "the transaction was rolled back"

Columns = TypeVarTuple("Columns")
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Connection:
    """Executes SQLAlchemy's statements, awaited as with its `AsyncConnection`.

    That one takes a greenlet and several switches for a statement, which is some times the work of
    the statement itself. Here nothing waits, so nothing of it is needed.
    """

    def __init__(self, driver: InlineConnection, statements: sqlalchemy.Connection) -> None:
        self.driver = driver
        self._statements = statements

    @overload
    async def execute(
        self, statement: TypedReturnsRows[*Columns], values: Values | None = None
    ) -> CursorResult[*Columns]: ...

    @overload
    async def execute(
        self, statement: Executable, values: Values | None = None
    ) -> CursorResult[*tuple[Any, ...]]: ...

    async def execute(self, statement: Executable, values: Values | None = None) -> Any:
        """The result holds all rows.

        Raises:
            DatabaseBusy: its transaction is over.
            sqlalchemy.exc.DBAPIError
        """
        if not self.driver.in_transaction:
            # SQLite would keep what it does, whatever its caller is told.
            raise DatabaseBusy(UNDONE)
        return await self.driver.waiting(partial(self._statements.execute, statement, values))

    async def close(self) -> None:
        # The last one to leave writes everything into the file, which may take a while.
        await self.driver.in_thread(self._statements.close)
        await self.driver.close()


class Connector:
    """Opens connections to one file that share what SQLAlchemy has compiled.

    Args:
        path: of the database file; its folder exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: sqlite3.Connection | None = None
        # A pool would want to open connections, too, and can't wait.
        self.engine = create_engine("sqlite://", creator=self._hand_over, poolclass=NullPool)

    async def connect(self) -> Connection:
        """Raises `sqlite3.Error`, or SQLAlchemy's `DBAPIError`."""
        driver = InlineConnection(str(self._path), patience=BUSY_SECONDS)
        await driver
        try:
            await driver.patiently(partial(_set_up, driver.inline))
            self._opened = driver.inline
            # Whoever has the connection begins and ends the transactions.
            statements = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # SQLAlchemy's own begin does nothing here, but outside of it an error rolls back.
            statements.begin()
            return Connection(driver, statements)
        except BaseException:
            await driver.close()
            raise

    def _hand_over(self) -> Any:
        opened, self._opened = self._opened, None
        return opened


class Readers:
    """A few connections, opened when they are needed, each for one caller at a time."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._places = asyncio.Semaphore(READERS)
        self._idle: list[Connection] = []
        self._closed = False

    async def take(self) -> Connection:
        """In a transaction that sees what is committed by its first statement; `give` it back.

        Raises:
            DatabaseBusy: all are in use for too long, or it is closed.
            sqlite3.Error, sqlalchemy.exc.DBAPIError: it can't be opened.
        """
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise DatabaseBusy("too many read at once") from None
        try:
            connection = await self._one()
            connection.driver.inline.execute("BEGIN")
        except BaseException:
            self._places.release()
            raise
        return connection

    async def give(self, connection: Connection) -> None:
        """Undoes what was done on it."""
        try:
            if connection.driver.in_transaction:
                connection.driver.inline.execute("ROLLBACK")
            if self._closed:
                await connection.close()
            else:
                self._idle.append(connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Those in use are closed when they are given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()

    async def _one(self) -> Connection:
        if self._closed:
            raise DatabaseBusy(CLOSED)
        return self._idle.pop() if self._idle else await self._connector.connect()


def _set_up(connection: sqlite3.Connection) -> None:
    for what in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {what}")
