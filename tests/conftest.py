"""Fixtures for every level."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, a_world


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
