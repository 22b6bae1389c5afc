"""What the tests of orders share: ordering in one line, and what an order came to."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from tests.faults.conftest import ADMIN
from tests.faults.moments import from_bot, rows
from tests.world import PATIENCE, Json, Person, World


async def ordered(world: World, name: str = "Anna", look: str = "Comic") -> Person:
    """Somebody who has just tapped a look."""
    person = await world.person(name)
    await person.sends("/start")
    await person.taps("use my profile photo")
    await person.taps(look)
    return person


async def crowd(names: Sequence[str], order: Callable[[str], Awaitable[Person]]) -> list[Person]:
    """All of them order, three at a time: more phones than that keep a small machine busy."""
    places = asyncio.Semaphore(3)

    async def one(name: str) -> Person:
        async with places:
            return await order(name)

    return await asyncio.gather(*(one(name) for name in names))


async def seen(condition: Callable[[], Json], what: str = "") -> Json:
    """What the condition finds in the rows, or on the provider's books, as soon as it does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"never: {what}")


async def ended(world: World, person: Person, count: int = 1) -> list[Json]:
    """(state, failure, credits, usd) of the person's orders, once so many of them are over."""
    sql = (
        "SELECT state, failure, credits, usd FROM orders WHERE ended_at IS NOT NULL "
        f"AND user_id = {person.id} ORDER BY id"
    )
    return list(await seen(lambda: len(found := rows(world, sql)) >= count and found, "the end"))


async def state(world: World, person: Person, *wanted: str) -> str:
    """The state of the person's newest order, once it is one of these."""
    sql = f"SELECT state FROM orders WHERE user_id = {person.id} ORDER BY id DESC LIMIT 1"
    return str(
        await seen(lambda: (row := rows(world, sql)) and row[0][0] in wanted and row[0][0], sql)
    )


class Counter:
    """How often the provider was asked for something, from now on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = dict(world.counts)

    def __getitem__(self, name: str) -> int:
        return int(self._world.counts[name] - self._before[name])


def statuses(predictions: Iterable[Json]) -> list[str]:
    return [prediction["status"] for prediction in predictions]


async def admin_of(world: World) -> Person:
    admin = await world.person("Olga", id=ADMIN)
    await admin.sends("/start")
    await admin.hears("Hi Olga")
    return admin


async def told(admin: Person, words: str) -> int:
    """How often the admin has read this."""
    return times_said(words, await admin.sees())


def times_said(words: str, sees: list[Json]) -> int:
    return sum(words in (m.get("text") or "") for m in from_bot(sees))


async def is_told(admin: Person, words: str, times: int) -> None:
    """Until the admin has read this so many times; in a world of many tests there is a before."""
    await admin.until(lambda sees: times_said(words, sees) >= times, words)
    assert await told(admin, words) == times
