"""Migrations make exactly the tables, and a database in use can be copied."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from bot.domain.order import UNFINISHED
from bot.errors import DatabaseUnusable
from storage import facts, schema
from storage.database import Database
from storage.tables import METADATA, UNFINISHED_ROWS


def objects(path: Path) -> dict[str, str]:
    """Tables and indexes by name; of an index its whole definition."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).fetchall()
    return {name: sql if kind == "index" else kind for name, kind, sql in rows}


def change(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.commit()


def alembic(path: Path, step: Callable[..., None], revision: str) -> None:
    with schema._connection(path) as connection:
        step(schema._config(connection), revision)


def test_migrations_make_exactly_the_tables(path: Path, tmp_path: Path) -> None:
    assert schema.drift(path) == []

    plain = tmp_path / "plain.db"
    engine = create_engine(f"sqlite:///{plain}")
    METADATA.create_all(engine)
    engine.dispose()
    migrated = objects(path)
    assert migrated.pop("alembic_version") == "table"
    assert migrated == objects(plain)


def test_a_drift_is_seen(path: Path) -> None:
    change(path, "ALTER TABLE people ADD COLUMN shoe_size INTEGER")
    assert "shoe_size" in str(schema.drift(path))


def test_unfinished_rows_are_the_domains_unfinished_states() -> None:
    states = str(UNFINISHED_ROWS).partition(" IN ")[2]
    assert {word.strip("(') ") for word in states.split(",")} == set(UNFINISHED)


def test_down_and_up_again(path: Path) -> None:
    whole = objects(path)
    alembic(path, command.downgrade, "base")
    assert set(objects(path)) == {"alembic_version"}
    schema.migrate(path)
    assert objects(path) == whole


def test_migrating_again_keeps_what_is_there(path: Path) -> None:
    change(path, "INSERT INTO facts VALUES ('a', 'b')")
    schema.migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM facts").fetchall() == [("a", "b")]


def test_several_processes_at_once_make_the_tables_once(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(schema.migrate, [path] * 4))
    assert schema.drift(path) == []


def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match="another version of the bot"):
        schema.migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("9999",)]


def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_bytes(b"nothing like a database" * 1000)
    with pytest.raises(DatabaseUnusable, match=r"not a database.*backup"):
        schema.migrate(path)
    assert path.read_bytes() == b"nothing like a database" * 1000


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="DATA_DIR"):
        schema.migrate(tmp_path / "nowhere" / "bot.db")


async def test_backup_of_a_database_in_use(tmp_path: Path) -> None:
    folder = tmp_path / "odd #1 ? %20"
    folder.mkdir()
    source, target = folder / "bot.db", folder / "copy.db"
    schema.migrate(source)
    database = Database(source)
    await database.open()
    async with database.writing() as connection:
        await facts.put(connection, "kept", "yes")
    async with database.writing() as connection:
        await facts.put(connection, "uncommitted", "yes")
        size = await asyncio.to_thread(schema.backup, source, target)
    async with database.writing() as connection:
        await facts.put(connection, "later", "yes")
    await database.close()

    assert size == target.stat().st_size > 0
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("SELECT name FROM facts").fetchall() == [("kept",)]
    assert schema.drift(target) == []
    assert not list(folder.glob("*.part"))


def test_a_backup_overwrites_nothing_and_leaves_nothing_half(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(DatabaseUnusable, match="exists already"):
        schema.backup(path, target)
    assert target.read_text() == "precious"
    with pytest.raises(DatabaseUnusable, match="no database"):
        schema.backup(tmp_path / "nothing.db", tmp_path / "other.db")
    with pytest.raises(DatabaseUnusable, match="failed"):
        schema.backup(path, tmp_path / "nowhere" / "copy.db")


def test_a_backup_of_a_damaged_file_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "bot.db"
    source.write_bytes(b"nothing like a database" * 1000)
    with pytest.raises(DatabaseUnusable, match="failed"):
        schema.backup(source, tmp_path / "copy.db")
    assert [file.name for file in tmp_path.iterdir()] == ["bot.db"]
