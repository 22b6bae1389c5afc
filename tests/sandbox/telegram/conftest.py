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
