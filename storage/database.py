"""The embedded database: one writer with grouped commits, readers beside it.

SQLite takes one writer at a time, and each commit costs a flush. So everybody's units of work go
through one connection: each in a savepoint of its own, several in one transaction; what is asked
for while a transaction runs goes into the next. A unit that fails is rolled back alone, and each
caller goes on after the commit that holds its unit.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from bot.errors import DatabaseBusy, DatabaseUnusable

BUSY_SECONDS: Final = 5.0
MOST_IN_GROUP: Final = 64
READERS: Final = 4


@dataclass(eq=False, slots=True)
class _Unit:
    """One caller's unit of work on its way through the writer."""

    granted: asyncio.Future[AsyncConnection] = field(default_factory=asyncio.Future)
    finished: asyncio.Future[bool] = field(default_factory=asyncio.Future)
    committed: asyncio.Future[None] = field(default_factory=asyncio.Future)


class Database:
    """Opened by `open()`, closed by `close()`; both once.

    Args:
        path: of the database file; its folder exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = _engine(path, writer=True)
        self._readers = _engine(path, writer=False)
        self._units: asyncio.Queue[_Unit] = asyncio.Queue()
        self._loop: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Checks the file and starts the writer.

        Raises:
            DatabaseUnusable: damaged, not a database, read-only, or the disk is full.
        """
        try:
            async with self._readers.connect() as connection:
                found = (await connection.exec_driver_sql("PRAGMA quick_check(1)")).scalar()
        except exc.DBAPIError as error:
            raise unusable(self.path, error) from error
        if found != "ok":
            raise DatabaseUnusable(
                f"The database {self.path} is damaged ({found}). Put a backup in its place, "
                "or move it away to begin anew."
            )
        self._loop = asyncio.create_task(self._write(), name="database-writer")

    async def close(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        await self._writer.dispose()
        await self._readers.dispose()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees what is committed and writes nothing.

        Raises:
            DatabaseBusy: locked or away.
        """
        try:
            async with self._readers.connect() as connection:
                yield connection
        except exc.OperationalError as error:
            raise DatabaseBusy(str(error.orig)) from error

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A unit of work: all of it is committed when the block is left, or nothing of it.

        Nothing but the database may be awaited inside: everybody else's writing waits.

        Raises:
            DatabaseBusy: locked, full or away; nothing was written.
        """
        unit = _Unit()
        self._units.put_nowait(unit)
        try:
            yield await unit.granted
        except exc.OperationalError as error:
            raise DatabaseBusy(str(error.orig)) from error
        else:
            unit.finished.set_result(True)
            await unit.committed
        finally:
            # Cancelled or failed, granted or not: the writer must not wait for this unit.
            if not unit.finished.done():
                unit.finished.set_result(False)
            unit.committed.cancel()

    async def _write(self) -> None:
        while True:
            first = await self._units.get()
            group: list[_Unit] = []
            try:
                async with self._writer.begin() as connection:
                    await self._run_group(connection, first, group)
            except exc.SQLAlchemyError as error:
                for unit in (first, *group):
                    _refuse(unit, DatabaseBusy(str(getattr(error, "orig", error))))
            for unit in group:
                if not unit.committed.done():
                    unit.committed.set_result(None)

    async def _run_group(
        self, connection: AsyncConnection, first: _Unit, group: list[_Unit]
    ) -> None:
        unit: _Unit | None = first
        while unit is not None:
            if not unit.finished.done() and not unit.granted.cancelled():
                await self._run_unit(connection, unit, group)
            full = len(group) >= MOST_IN_GROUP or self._units.empty()
            unit = None if full else self._units.get_nowait()

    async def _run_unit(self, connection: AsyncConnection, unit: _Unit, group: list[_Unit]) -> None:
        savepoint = await connection.begin_nested()
        unit.granted.set_result(connection)
        if await unit.finished:
            group.append(unit)
            await savepoint.commit()
        elif savepoint.is_active:
            await savepoint.rollback()


def _refuse(unit: _Unit, error: DatabaseBusy) -> None:
    for future in (unit.granted, unit.committed):
        if not future.done():
            future.set_exception(error)
            future.exception()  # a caller that was cancelled will not ask for it


def _engine(path: Path, *, writer: bool) -> AsyncEngine:
    url = f"sqlite+aiosqlite:///{path}"
    arguments = {"timeout": BUSY_SECONDS, "isolation_level": None}
    if writer:
        engine = create_async_engine(url, connect_args=arguments, poolclass=StaticPool)
    else:
        engine = create_async_engine(
            url, connect_args=arguments, pool_size=READERS, max_overflow=READERS
        )
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def unusable(path: Path, error: exc.DBAPIError) -> DatabaseUnusable:
    """The database's own words, as a sentence that says what to do."""
    words = str(error.orig)
    advice = {
        "disk": "Make room on the disk.",
        "readonly": "Make the folder writable for the bot.",
        "unable to open": "Make the folder writable for the bot, or set DATA_DIR.",
        "malformed": "Put a backup in its place, or move it away to begin anew.",
        "not a database": "Put a backup in its place, or move it away to begin anew.",
        "locked": "Another program holds it: close that one.",
    }
    hint = next((text for sign, text in advice.items() if sign in words), "")
    return DatabaseUnusable(f"The database {path} can't be used: {words}. {hint}".strip())
