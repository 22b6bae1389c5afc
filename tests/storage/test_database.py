"""The one writer: whatever happens to one caller, the others' work is kept."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from bot.errors import DatabaseBusy, StaleState
from storage import database as module
from storage import facts
from storage.connection import Connection
from storage.database import Database
from tests.storage.units import ADD, add, known, one_group


class Commits:
    """How many transactions the writer made."""

    def __init__(self, database: Database) -> None:
        self.made = 0
        assert database._writer is not None
        database._writer.driver.inline.set_trace_callback(self._count)

    def _count(self, statement: str) -> None:
        self.made += statement == "COMMIT"


async def test_what_is_asked_for_while_one_runs_is_committed_together(database: Database) -> None:
    commits = Commits(database)
    async with one_group(database):
        tasks = [asyncio.create_task(add(database, str(n))) for n in range(20)]
    await asyncio.gather(*tasks)

    assert await known(database) == {"first", *map(str, range(20))}
    assert commits.made == 1


async def test_a_failing_unit_takes_no_other_with_it(database: Database) -> None:
    async def fails(error: Exception | None) -> None:
        async with database.writing() as connection:
            await connection.execute(ADD, {"name": "half", "value": "x"})
            if error is not None:
                raise error
            await connection.execute(ADD, {"name": "half", "value": "x"})

    async with one_group(database):
        tasks = [
            asyncio.create_task(add(database, "before")),
            asyncio.create_task(fails(ValueError("a bug"))),
            asyncio.create_task(fails(None)),
            asyncio.create_task(add(database, "after")),
        ]
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results] == [
        type(None),
        ValueError,
        exc.IntegrityError,
        type(None),
    ]
    assert await known(database) == {"first", "before", "after"}


async def test_a_statement_without_its_values_takes_no_other_unit_with_it(path: Path) -> None:
    """Even the very first of the writer, where SQLAlchemy knows of no transaction yet."""
    database = Database(path)
    await database.open()

    async def plain() -> None:
        async with database.writing() as connection:
            connection.driver.inline.execute("INSERT INTO facts VALUES ('kept', 'x')")

    async def without_values() -> None:
        async with database.writing() as connection:
            await connection.execute(ADD, {"name": "half"})

    results = await asyncio.gather(plain(), without_values(), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), exc.StatementError]
    assert await known(database) == {"kept"}
    await database.close()


async def test_whoever_fails_and_tries_again_does_not_keep_the_commit_waiting(
    database: Database,
) -> None:
    """What a unit finds may not be committed yet: another look shows it only after that."""
    tries = 0

    async def until_it_is_known() -> None:
        nonlocal tries
        while "other" not in await known(database):
            with contextlib.suppress(StaleState):
                async with database.writing():
                    tries += 1
                    raise StaleState("somebody was first")

    await known(database)
    async with one_group(database):
        tasks = [asyncio.create_task(add(database, "other"))]
        tasks.append(asyncio.create_task(until_it_is_known()))
    await asyncio.gather(*tasks)
    assert tries <= 3


async def test_thousands_of_units_keep_their_order_and_none_is_lost(database: Database) -> None:
    numbers = [f"{n:04}" for n in range(2000)]
    commits = Commits(database)
    await asyncio.gather(*(add(database, number) for number in numbers))

    async with database.reading() as connection:
        stored = await connection.execute(text("SELECT name FROM facts ORDER BY rowid"))
        assert list(stored.scalars()) == numbers
    assert commits.made <= len(numbers) / 20


async def test_a_caller_goes_on_after_its_commit(database: Database) -> None:
    async def adds_and_looks(name: str) -> bool:
        await add(database, name)
        return name in await known(database)

    assert all(await asyncio.gather(*(adds_and_looks(str(n)) for n in range(50))))


async def test_readers_see_only_commits(database: Database) -> None:
    async with database.writing() as connection:
        await facts.put(connection, "new", "x")
        assert await facts.get(connection, "new") == "x"
        assert await known(database) == set()
    assert await known(database) == {"new"}


async def test_a_reader_keeps_the_moment_at_which_it_began(database: Database) -> None:
    await add(database, "old")
    async with database.reading() as connection:
        assert await facts.get(connection, "old") == "x"
        await add(database, "new")
        assert await facts.get(connection, "new") is None
    assert await known(database) == {"old", "new"}


async def test_what_a_reader_changes_is_never_kept(database: Database) -> None:
    async with database.reading() as connection:
        await connection.execute(ADD, {"name": "sneaked in", "value": "x"})
    assert await known(database) == set()


async def test_closing_commits_what_was_asked_for(path: Path) -> None:
    database = Database(path)
    await database.open()
    tasks = [asyncio.create_task(add(database, str(n))) for n in range(100)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*tasks)

    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM facts").fetchone() == (100,)
    with pytest.raises(DatabaseBusy, match="closed"):
        await add(database, "too late")


async def test_closing_does_not_wait_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.05)
    database = Database(path)
    await database.open()
    entered = asyncio.Event()

    async def never_ends(connection: Connection) -> None:
        await facts.put(connection, "unfinished", "x")
        entered.set()
        await asyncio.Event().wait()

    async def unit() -> None:
        async with database.writing() as connection:
            await never_ends(connection)

    stuck = asyncio.create_task(unit())
    behind = asyncio.create_task(add(database, "behind"))
    await entered.wait()
    await database.close()
    with pytest.raises(DatabaseBusy, match="closed"):
        await behind
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck


async def test_what_a_unit_does_after_its_transaction_was_given_up_is_never_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.05)
    database = Database(path)
    await database.open()
    await known(database)
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database.writing() as connection:
            entered.set()
            await go_on.wait()
            await connection.execute(ADD, {"name": "late", "value": "x"})

    task = asyncio.create_task(slow())
    await entered.wait()
    assert database._loop is not None
    database._loop.add_done_callback(lambda _: go_on.set())
    await database.close()
    with pytest.raises(DatabaseBusy):
        await task

    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM facts").fetchall() == []


async def test_a_database_that_was_never_opened_takes_nothing(path: Path) -> None:
    database = Database(path)
    with pytest.raises(DatabaseBusy):
        await add(database, "x")
    await database.close()
