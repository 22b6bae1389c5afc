"""Bringing a database to today's tables, and copying it while it is used."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, create_engine, exc, text

from bot.errors import DatabaseUnusable
from storage.database import unusable
from storage.tables import METADATA

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(path: Path) -> None:
    """Creates the database, or brings it to the newest revision.

    Raises:
        DatabaseUnusable: damaged, read-only, full, or written by a newer version of the bot.
    """
    with _connection(path) as connection:
        # Two processes that start at once must not both create the tables.
        connection.execute(text("BEGIN IMMEDIATE"))
        config = _config(connection)
        if MigrationContext.configure(connection).get_current_revision() != head():
            command.upgrade(config, "head")
        connection.execute(text("COMMIT"))


def head() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def drift(path: Path) -> list[object]:
    """What the migrations left different from the tables; empty where they agree."""
    with _connection(path) as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def backup(source: Path, target: Path) -> int:
    """Copies a database that may be in use; returns the copy's size in bytes.

    Raises:
        DatabaseUnusable: the source isn't there, or the target can't be written.
    """
    if not source.exists():
        raise DatabaseUnusable(f"There is no database at {source} yet.")
    if target.exists():
        raise DatabaseUnusable(f"{target} exists already; name another file.")
    partial = target.with_name(target.name + ".part")
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(partial)) as copy,
        ):
            original.backup(copy)
        partial.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnusable(f"The backup to {target} failed: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def make_folder(folder: Path) -> None:
    """Where the database goes. Raises DatabaseUnusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None


def unwritable(folder: Path, error: OSError) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"The folder {folder} can't be written ({error.strerror}). Make it writable, or set "
        "DATA_DIR to another one."
    )


@contextmanager
def _connection(path: Path) -> Iterator[Connection]:
    engine = create_engine(URL.create("sqlite", database=str(path)), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    except exc.DBAPIError as error:
        raise unusable(path, error) from error
    except CommandError as error:
        raise DatabaseUnusable(
            f"The database {path} was written by another version of the bot: {error}"
        ) from error
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
