"""One bot that a module's tests share: what each changes is set right again before the next."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.world import QUICK, World, a_world

ADMIN = 900_000_001


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A bot with an admin; Telegram's limits are lifted, and steps are given up after six tries."""
    folder = tmp_path_factory.mktemp("house")
    lifted = {"telegram_messages_per_second": 0, "options": {"flood_limits": False}}
    async with a_world(folder, admin_ids=str(ADMIN), **lifted) as world:
        world.pace = replace(QUICK, tries=6, cancelling=3.0)
        await world.start()
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def bot(house: World) -> AsyncIterator[World]:
    """The shared bot, with both services well and nothing on their books."""
    house.forget()
    yield house
    house.stand_ins.telegram.clear_faults()
    provider = house.stand_ins.eachlabs
    provider.clear_faults()
    provider.options = type(provider.options)(speed=100.0, pictures="quick")
