"""The one writer: whatever happens to one caller, the others' work is kept."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, exc, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import DatabaseBusy, DatabaseUnusable
from storage import database as module
from storage import facts
from storage.database import Database, unusable

ADD = text("INSERT INTO facts (name, value) VALUES (:name, :value)")


async def add(database: Database, *names: str) -> None:
    """One unit: all these facts, or none."""
    async with database.writing() as connection:
        for name in names:
            await facts.put(connection, name, "x")


async def known(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(text("SELECT name FROM facts"))).scalars())


class Commits:
    """How many transactions the writer made."""

    def __init__(self, database: Database) -> None:
        self.made = 0
        event.listen(database._writer.sync_engine, "commit", self._count)

    def _count(self, _connection: object) -> None:
        self.made += 1


@contextlib.asynccontextmanager
async def one_group(database: Database) -> Any:
    """Whatever is asked for meanwhile goes into one transaction, behind a unit that waits."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.writing() as connection:
            await facts.put(connection, "first", "x")
            entered.set()
            await go_on.wait()

    task = asyncio.create_task(first())
    await entered.wait()
    yield
    await asyncio.sleep(0)  # those asked for join the queue
    go_on.set()
    await task


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


class CancelledAt:
    """Work that is cancelled while it waits for the n-th time."""

    def __init__(self, work: Coroutine[Any, Any, None], n: int) -> None:
        self._work = work
        self._n = n
        self.reached = False

    def __await__(self) -> Generator[Any, None, None]:
        task = asyncio.current_task()
        assert task is not None
        inner = self._work.__await__()
        step: Callable[[], Any] = partial(inner.send, None)
        for number in range(10**6):
            try:
                awaited = step()
            except StopIteration:
                return
            if number == self._n:
                self.reached = True
                asyncio.get_running_loop().call_soon(task.cancel)
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - handed on as it came
                step = partial(inner.throw, error)
            else:
                step = partial(inner.send, None)


async def _awaited(work: Awaitable[None]) -> None:
    await work


@pytest.mark.parametrize("alone", [True, False])
async def test_a_caller_may_be_cancelled_at_every_await(database: Database, alone: bool) -> None:
    for n in range(100):
        cancelled = CancelledAt(add(database, f"{n}a", f"{n}b"), n)
        neighbours = [] if alone else [f"{n}before", f"{n}after"]
        group = contextlib.nullcontext() if alone else one_group(database)
        async with group:
            tasks = [
                asyncio.create_task(work)
                for work in (
                    *(add(database, name) for name in neighbours[:1]),
                    _awaited(cancelled),
                    *(add(database, name) for name in neighbours[1:]),
                )
            ]
        async with asyncio.timeout(10):
            results = await asyncio.gather(*tasks, return_exceptions=True)

        names = await known(database)
        assert set(neighbours) <= names, f"lost, when another was cancelled at await {n}"
        assert len(names & {f"{n}a", f"{n}b"}) in {0, 2}, f"half a unit at await {n}"
        if not cancelled.reached:
            break
        assert any(isinstance(result, asyncio.CancelledError) for result in results)
    assert 0 < n < 99


async def test_a_caller_may_be_cancelled_at_the_moment_it_is_let_in(database: Database) -> None:
    async def cancels_the_second() -> None:
        async with database.writing() as connection:
            tasks[1].cancel()
            await facts.put(connection, "first", "x")

    units = [cancels_the_second(), add(database, "second"), add(database, "third")]
    tasks = [asyncio.create_task(unit) for unit in units]
    async with asyncio.timeout(10):
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(results[1], asyncio.CancelledError)
    assert await known(database) == {"first", "third"}


async def _later(rounds: int, call: Callable[[], object]) -> None:
    """Calls after so many rounds of the event loop."""
    for _ in range(rounds):
        await asyncio.sleep(0)
    call()


@pytest.mark.parametrize("rounds", range(8))
async def test_a_caller_may_be_cancelled_about_the_moment_its_turn_comes(
    database: Database, rounds: int
) -> None:
    async with one_group(database):
        tasks = [asyncio.create_task(add(database, name)) for name in ("second", "third")]
        await asyncio.sleep(0)
        cancelling = asyncio.create_task(_later(rounds, tasks[0].cancel))
    async with asyncio.timeout(10):
        await asyncio.gather(cancelling, *tasks, return_exceptions=True)

    assert {"first", "third"} <= await known(database)
    assert tasks[0].cancelled() or "second" in await known(database)


async def test_a_reader_may_be_cancelled_at_every_await(database: Database) -> None:
    await add(database, "x")

    async def read() -> None:
        assert await known(database) == {"x"}

    for n in range(100):
        cancelled = CancelledAt(read(), n)
        task = asyncio.create_task(_awaited(cancelled))
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if not cancelled.reached:
            break
    assert 0 < n < 99
    assert await known(database) == {"x"}


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
    monkeypatch.setattr(database._readers.sync_engine.pool, "_timeout", 0.05)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(module.READERS):
            await stack.enter_async_context(database.reading())
        with pytest.raises(DatabaseBusy):
            await known(database)
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

    async def never_ends(connection: AsyncConnection) -> None:
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


async def test_a_database_that_was_never_opened_takes_nothing(path: Path) -> None:
    database = Database(path)
    with pytest.raises(DatabaseBusy):
        await add(database, "x")
    await database.close()


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
