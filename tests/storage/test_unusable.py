"""A database that can't be used: locked, full, damaged, not there."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from bot.app import own_database
from bot.errors import DatabaseBusy, DatabaseUnusable
from bot.settings import Settings
from storage import connection as module
from storage.database import Database, unusable
from tests.storage.units import ADD, add, known, one_group


@pytest.fixture
def deferred(path: Path) -> None:
    """A table that makes a commit fail, which no table of ours can."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE strays (id INTEGER PRIMARY KEY, "
            "parent INTEGER REFERENCES strays (id) DEFERRABLE INITIALLY DEFERRED)"
        )
        connection.commit()


async def test_a_commit_that_fails_is_told_to_every_caller(
    deferred: None, database: Database
) -> None:
    async def stray() -> None:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO strays VALUES (1, 99)"))

    tasks: list[asyncio.Task[None]] = []
    with contextlib.suppress(DatabaseBusy):
        async with one_group(database):
            tasks = [asyncio.create_task(add(database, str(n))) for n in range(5)]
            tasks.insert(2, asyncio.create_task(stray()))
    async with asyncio.timeout(10):
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results] == [DatabaseBusy] * 6
    assert await known(database) == set()
    await add(database, "afterwards")
    assert await known(database) == {"afterwards"}


async def test_a_full_disk_undoes_the_transaction_and_nobody_waits_for_ever(
    database: Database,
) -> None:
    async def huge() -> None:
        async with database.writing() as connection:
            await connection.execute(ADD, {"name": "huge", "value": "x" * 5_000_000})

    async with database.writing() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count={pages + 20}"))
    tasks: list[asyncio.Task[None]] = []
    with contextlib.suppress(DatabaseBusy):
        async with one_group(database):
            work = (add(database, "before"), huge(), add(database, "after"), huge())
            tasks = [asyncio.create_task(unit) for unit in work]
    async with asyncio.timeout(10):
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(results[1], DatabaseBusy)
    kept = {
        name
        for name, result in zip(("before", "", "after", ""), results, strict=True)
        if result is None
    }
    assert await known(database) - {"first"} == kept
    await add(database, "afterwards")
    assert "afterwards" in await known(database)


async def test_a_unit_that_passes_over_a_full_disk_keeps_nothing(database: Database) -> None:
    """SQLite has ended the transaction by then, and would commit each statement on its own."""

    async def passes_over() -> None:
        async with database.writing() as connection:
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            await connection.execute(text(f"PRAGMA max_page_count={pages + 20}"))
            with contextlib.suppress(exc.OperationalError):
                await connection.execute(ADD, {"name": "huge", "value": "x" * 5_000_000})
            await connection.execute(ADD, {"name": "late", "value": "x"})

    with pytest.raises(DatabaseBusy):
        await passes_over()
    assert await known(database) == set()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that writes and doesn't come to an end."""
    with contextlib.closing(
        sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        if connection.in_transaction:
            connection.execute("ROLLBACK")


async def test_a_lock_that_ends_in_time_is_waited_for(path: Path, database: Database) -> None:
    with locked(path) as other:
        timer = threading.Timer(0.2, other.execute, ["ROLLBACK"])
        timer.start()
        await add(database, "waited")
        timer.join()
    assert await known(database) == {"waited"}


async def test_a_lock_that_stays_is_told_and_reading_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)
    database = Database(path)
    await database.open()
    with locked(path):
        with pytest.raises(DatabaseBusy, match="locked"):
            await add(database, "refused")
        assert await known(database) == set()
    await add(database, "afterwards")
    assert await known(database) == {"afterwards"}
    await database.close()


async def test_without_a_wal_a_commit_waits_for_readers(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network's disk, where SQLite keeps its older journal."""
    monkeypatch.setattr(module, "_set_up", lambda _: None)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    database = Database(path)
    await database.open()
    async with database.reading() as connection:
        await connection.execute(text("SELECT * FROM facts"))
        adding = asyncio.create_task(add(database, "waited"))
        await asyncio.sleep(0.1)
        assert not adding.done()
    await adding
    assert await known(database) == {"waited"}
    await database.close()


async def test_a_statement_that_finds_no_table_is_told_as_busy(database: Database) -> None:
    """An operational error of the database's, whichever: the caller may try again."""
    with pytest.raises(DatabaseBusy, match="no such table"):
        async with database.writing() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))
    with pytest.raises(DatabaseBusy, match="no such table"):
        async with database.reading() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))


async def test_the_errors_of_the_database_name_no_values(database: Database) -> None:
    with pytest.raises(DatabaseBusy) as refused:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:v)"), {"v": "secret"})
    assert "secret" not in str(refused.value)


async def test_too_many_readers_for_too_long_are_told_as_busy(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_SECONDS", 0.05)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(module.READERS):
            await stack.enter_async_context(database.reading())
        with pytest.raises(DatabaseBusy):
            await known(database)
    assert await known(database) == set()


@pytest.mark.parametrize("name", ["bot.db", "odd #1 ? %20 ü.db"])
async def test_opening_a_good_file(tmp_path: Path, name: str) -> None:
    database = Database(tmp_path / name)
    await database.open()
    await database.close()
    assert (tmp_path / name).exists()


def damage(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO facts VALUES ('a', ?)", ["x" * 100_000])
        connection.commit()
    data = bytearray(path.read_bytes())
    data[20_000:60_000] = b"\xa5" * 40_000
    path.write_bytes(data)


async def test_a_damaged_file_is_named_with_what_to_do(path: Path) -> None:
    damage(path)
    database = Database(path)
    with pytest.raises(DatabaseUnusable, match="backup"):
        await database.open()
    await database.close()


def connections() -> list[str]:
    """The threads of those that are open."""
    return [it.name for it in threading.enumerate() if "_connection_worker" in it.name]


async def test_a_damaged_file_is_let_go(path: Path) -> None:
    damage(path)
    before = connections()
    with pytest.raises(DatabaseUnusable, match="damaged"):
        async with own_database(Settings(data_dir=path.parent)):
            pass
    assert connections() == before


async def test_something_else_than_a_database(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_text("These are not the bytes of a database. " * 100)
    database = Database(path)
    with pytest.raises(DatabaseUnusable, match=r"not a database.*backup"):
        await database.open()
    await database.close()


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    database = Database(tmp_path / "nowhere" / "bot.db")
    with pytest.raises(DatabaseUnusable, match="DATA_DIR"):
        await database.open()
    await database.close()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("database or disk is full", "Make room"),
        ("attempt to write a readonly database", "writable"),
        ("unable to open database file", "DATA_DIR"),
        ("database disk image is malformed", "backup"),
        ("file is not a database", "backup"),
        ("database is locked", "Another program"),
        ("something new", "something new"),
    ],
)
def test_what_the_operator_reads(words: str, hint: str) -> None:
    error = exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError(words))
    sentence = str(unusable(Path("/data/bot.db"), error))
    assert sentence.startswith("The database /data/bot.db can't be used")
    assert hint in sentence
