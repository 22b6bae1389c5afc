"""Fixtures for every level."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage import schema
from storage.database import Database
from tests.decoders import Decoders
from tests.world import World, a_world


@pytest.fixture(scope="session", autouse=True)
def lasting_decoders() -> Iterator[None]:
    """Ends those that all bots of this process shared."""
    yield
    Decoders.end()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Stand-ins, and the bot running on them in this process."""
    async with a_world(tmp_path) as world:
        await world.start()
        yield world


@pytest.fixture
async def stand_ins_only(tmp_path: Path) -> AsyncIterator[World]:
    """Stand-ins, and no bot yet: for tests that start and kill it themselves."""
    async with a_world(tmp_path) as world:
        yield world


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with today's tables: to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "bot.db"
    schema.migrate(path)
    return path


@pytest.fixture
def database_file(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "bot.db"))


@pytest.fixture
async def database(database_file: Path) -> AsyncIterator[Database]:
    database = Database(database_file)
    await database.open()
    yield database
    await database.close()
