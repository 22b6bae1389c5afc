from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sandbox.telegram.phone import Bot, Clock, Person, World, world

SAMPLES = Path(__file__).resolve().parents[2] / "photos"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def here(clock: Clock) -> AsyncIterator[World]:
    async with world(clock=clock, samples=SAMPLES, webhook_pause=0.01) as everything:
        yield everything


@pytest.fixture
def bot(here: World) -> Bot:
    return here.bot


@pytest.fixture
async def ana(here: World) -> Person:
    return await here.met(first_name="Ana")


@pytest.fixture
async def bo(here: World) -> Person:
    return await here.met(first_name="Bo", username="bobo")


@pytest.fixture
async def group(ana: Person, bo: Person, bot: Bot) -> int:
    """Ana's supergroup with Bo and the bot, which has heard all about it."""
    number = await ana.makes("groups", title="Friends", members=[bo.id], with_bot=True)
    await bot.hears()
    return number
