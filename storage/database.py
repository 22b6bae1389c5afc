"""The embedded database: one writer with grouped commits, readers beside it.

SQLite takes one writer at a time, and each commit costs a flush. So everybody's units of work go
through one connection: each in a savepoint of its own, several in one transaction; what is asked
for while a transaction runs goes into the next. A unit that fails, or whose caller is cancelled,
is rolled back alone, and each caller goes on after the commit that holds its unit.
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import exc

from bot.errors import DatabaseBusy, DatabaseUnusable
from storage.connection import CLOSED, UNDONE, Connection, Connector, Readers

CLOSE_SECONDS: Final = 10.0
MOST_IN_GROUP: Final = 64


class _Group:
    """Units of work in one transaction: they run one after the other, and end together."""

    def __init__(self) -> None:
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection: Connection | None = None
        self._seats = MOST_IN_GROUP
        self._members = 0
        self._empty = asyncio.Event()
        self._running = False
        self._turns: deque[asyncio.Future[None]] = deque()

    def open(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def unopened(self) -> bool:
        return self._connection is None

    @property
    def full(self) -> bool:
        return self._seats <= 0

    def enter(self) -> None:
        """Every `enter` is followed by a `leave`."""
        self._seats -= 1
        self._members += 1
        self._empty.clear()

    def leave(self) -> None:
        self._members -= 1
        if not self._members:
            self._empty.set()

    async def emptied(self) -> None:
        while self._members:
            await self._empty.wait()
        self._check()

    def fail(self, reason: str) -> None:
        for future in (self.committed, *self._turns):
            _refuse(future, reason)

    @contextlib.asynccontextmanager
    async def unit(self) -> AsyncIterator[Connection]:
        """The group's connection to one caller alone; what failed or was cancelled is undone."""
        assert self._connection is not None
        await self._turn()
        try:
            self._check()
            driver = self._connection.driver
            driver.inline.execute("SAVEPOINT unit")
            try:
                yield self._connection
            except BaseException:
                if driver.in_transaction:
                    driver.inline.execute("ROLLBACK TO unit")
                    driver.inline.execute("RELEASE unit")
                raise
            self._check()
            driver.inline.execute("RELEASE unit")
        finally:
            self._next_turn()

    def _check(self) -> None:
        # For some errors, like a full disk, SQLite rolls back the transaction by itself.
        if self._connection is None or not self._connection.driver.in_transaction:
            raise DatabaseBusy(UNDONE)

    async def _turn(self) -> None:
        # Statements wait for nothing, so most units find nobody else half-way through.
        if self._running:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._turns.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled() and turn.exception() is None:
                    self._next_turn()
                raise
        self._running = True

    def _next_turn(self) -> None:
        self._running = False
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                self._running = True
                turn.set_result(None)
                return


class Database:
    """Opened by `open()`, closed by `close()`; both once.

    Args:
        path: of the database file; its folder exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connector = Connector(path)
        self._readers = Readers(self._connector)
        self._writer: Connection | None = None
        self._group: _Group | None = None
        self._waiting: deque[asyncio.Future[_Group]] = deque()
        self._asked = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._closing = False

    async def open(self) -> None:
        """Checks the file and starts the writer.

        Raises:
            DatabaseUnusable: damaged, not a database, read-only, or the disk is full.
        """
        try:
            self._writer = await self._connector.connect()
            found = await self._writer.driver.patiently(partial(_checked, self._writer))
        except (exc.DBAPIError, sqlite3.Error) as error:
            raise unusable(self.path, error) from error
        if found != "ok":
            raise DatabaseUnusable(
                f"The database {self.path} is damaged ({found}). Put a backup in its place, "
                "or move it away to begin anew."
            )
        self._loop = asyncio.create_task(self._write(self._writer), name="database-writer")

    async def close(self) -> None:
        """What was asked for before is committed first."""
        self._closing = True
        if self._loop is not None:
            self._asked.set()
            await asyncio.wait({self._loop}, timeout=CLOSE_SECONDS)
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        await self._readers.close()
        if self._writer is not None:
            await self._writer.close()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection that sees what is committed and writes nothing.

        Raises:
            DatabaseBusy: locked or away.
        """
        try:
            connection = await self._readers.take()
            try:
                yield connection
            finally:
                await self._readers.give(connection)
        except (exc.OperationalError, sqlite3.OperationalError) as error:
            raise DatabaseBusy(_words(error)) from error

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A unit of work: all of it is committed when the block is left, or nothing of it.

        Nothing but the database may be awaited inside: everybody else's writing waits.

        Raises:
            DatabaseBusy: locked, full, away or closed; nothing was written.
        """
        if self._loop is None or self._closing:
            raise DatabaseBusy(CLOSED)
        group = await self._enter()
        try:
            try:
                async with group.unit() as connection:
                    yield connection
            finally:
                group.leave()
        except Exception as error:
            # What it found may not be committed yet: trying again at once would find it again.
            await asyncio.sleep(0)
            if isinstance(error, exc.OperationalError | sqlite3.OperationalError):
                raise DatabaseBusy(_words(error)) from error
            raise
        await asyncio.shield(group.committed)

    async def _enter(self) -> _Group:
        """The transaction that is open, or the next one."""
        group = self._group
        if group is not None and not group.full and not self._waiting:
            group.enter()
            return group
        place: asyncio.Future[_Group] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self._asked.set()
        try:
            return await place
        except asyncio.CancelledError:
            if not place.cancelled() and place.exception() is None:
                place.result().leave()
            raise

    async def _write(self, writer: Connection) -> None:
        while not self._closing or self._waiting:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                await self._commit_group(writer, _Group(), len(self._waiting))

    async def _commit_group(self, writer: Connection, group: _Group, asked: int) -> None:
        """Args: asked: how many wait already; they are told if there can be no transaction."""
        try:
            async with _transaction(writer):
                group.open(writer)
                self._admit(group)
                await group.emptied()
                self._group = None
        except asyncio.CancelledError:
            self._fail(group, len(self._waiting), CLOSED)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody may wait for ever
            self._fail(group, asked if group.unopened else 0, _words(error))
        else:
            group.committed.set_result(None)

    def _admit(self, group: _Group) -> None:
        self._group = group
        while self._waiting and not group.full:
            place = self._waiting.popleft()
            if not place.done():  # else its caller was cancelled meanwhile
                group.enter()
                place.set_result(group)

    def _fail(self, group: _Group, waiting: int, reason: str) -> None:
        self._group = None
        group.fail(reason)
        for _ in range(waiting):
            _refuse(self._waiting.popleft(), reason)


def _refuse(future: "asyncio.Future[Any]", reason: str) -> None:
    if not future.done():
        future.set_exception(DatabaseBusy(reason))
        future.exception()  # a caller that was cancelled will not ask for it


@contextlib.asynccontextmanager
async def _transaction(writer: Connection) -> AsyncIterator[None]:
    """The one that may write; left by an error it is undone, and so it is if it can't be kept."""
    driver = writer.driver
    await driver.waiting(partial(driver.inline.execute, "BEGIN IMMEDIATE"))
    try:
        yield
        # Now and then it carries everything over into the file and waits for the disk; where SQLite
        # can't have a WAL, for readers.
        await driver.patiently(driver.inline.commit)
    except BaseException:
        if driver.in_transaction:
            driver.inline.execute("ROLLBACK")
        raise


def _checked(connection: Connection) -> str:
    """What is wrong with the file, or "ok"; of a big one it takes seconds."""
    (found,) = connection.driver.inline.execute("PRAGMA quick_check(1)").fetchone()
    return str(found)


def _words(error: Exception) -> str:
    """The database's own, without the statement and its values."""
    return str(error.orig) if isinstance(error, exc.DBAPIError) else str(error)


def unusable(path: Path, error: exc.DBAPIError | sqlite3.Error) -> DatabaseUnusable:
    """The database's own words, as a sentence that says what to do."""
    words = _words(error)
    advice = {
        "malformed": "Put a backup in its place, or move it away to begin anew.",
        "disk": "Make room on the disk.",
        "readonly": "Make the folder writable for the bot.",
        "unable to open": "Make the folder writable for the bot, or set DATA_DIR.",
        "not a database": "Put a backup in its place, or move it away to begin anew.",
        "locked": "Another program holds it: close that one.",
    }
    hint = next((text for sign, text in advice.items() if sign in words), "")
    return DatabaseUnusable(f"The database {path} can't be used: {words}. {hint}".strip())
