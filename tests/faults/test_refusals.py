"""The key, the balance or a limit refuses: orders are kept, and people and admins are told."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.conftest import ADMIN
from tests.faults.orders import Counter, admin_of, ended, is_told, ordered, seen, state, told
from tests.world import World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
RESTING = "I'm resting for now"


async def test_401_then_orders_are_kept_and_the_admins_told_once(bot: World) -> None:
    admin = await admin_of(bot)
    bot.stand_ins.eachlabs.fault(on="*", kind="status", status=401, times=None)
    asked = Counter(bot)
    people = [await ordered(bot, name) for name in ("Anna", "Ben", "Cleo")]
    for person in people:
        await person.card(RESTING)
    await admin.hears("doesn't accept the API key")
    await seen(lambda: asked["presigns"] >= 3)  # the first, and two probes

    bot.stand_ins.eachlabs.clear_faults()
    for person in people:
        await person.gets_a_png()

    await admin.hears("draws again")
    assert await told(admin, "doesn't accept") == 1
    assert await told(admin, "draws again") == 1
    assert len(bot.predictions) == 3


async def test_402_then_resting_and_drawn_when_the_balance_is_back(bot: World) -> None:
    admin = await admin_of(bot)
    before = await told(admin, "draws again")
    # The first word about it is lost on the way.
    bot.stand_ins.telegram.add_fault(
        method="sendMessage", chat_id=admin.id, kind="status", status=502
    )
    bot.stand_ins.eachlabs.set(balance=0.0)
    asked = Counter(bot)
    people = [await ordered(bot, name) for name in ("Anna", "Ben", "Cleo", "Dora")]
    for person in people:
        await person.card(RESTING)
    await admin.hears("balance at Each Labs is empty")
    probes = asked["creates"]
    await seen(lambda: asked["creates"] >= probes + 2)
    assert bot.predictions == []

    bot.stand_ins.eachlabs.set(balance=None)
    for person in people:
        await person.gets_a_png()

    assert await told(admin, "is empty") == 1
    await seen(lambda: len(bot.predictions) == 4)
    await is_told(admin, "draws again", before + 1)


async def test_402_and_a_kept_order_can_be_cancelled(bot: World) -> None:
    bot.stand_ins.eachlabs.set(balance=0.0)
    anna = await ordered(bot)
    await anna.card(RESTING)

    await anna.taps("Cancel")

    await anna.card("Stopped before anything was drawn. No credit was taken.")
    bot.stand_ins.eachlabs.set(balance=None)
    ben = await ordered(bot, "Ben")
    await ben.gets_a_png()
    assert len(bot.predictions) == 1
    assert [row[:3] for row in await ended(bot, anna)] == [("cancelled", None, 0)]


async def test_402_then_a_new_process_tells_when_it_is_over(tmp_path: Path) -> None:
    async with a_world(tmp_path, admin_ids=str(ADMIN)) as world:
        await world.start()
        admin = await admin_of(world)
        world.stand_ins.eachlabs.set(balance=0.0)
        anna = await ordered(world)
        await admin.hears("is empty")
        await world.end()

        await world.start()
        await anna.card(RESTING)
        world.stand_ins.eachlabs.set(balance=None)

        await anna.gets_a_png()
        await admin.hears("draws again")
        assert await told(admin, "is empty") == 1


async def test_429_then_not_hammered(bot: World) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.set(slots_taken=10)
    people = [await ordered(bot, name) for name in ("Anna", "Ben", "Cleo", "Dora", "Emil")]
    for person in people:
        await state(bot, person, "queued")
    await seen(lambda: asked["creates"] >= 4)
    first, began = asked["creates"], asyncio.get_running_loop().time()
    await seen(lambda: asked["creates"] >= first + 3)
    seconds = asyncio.get_running_loop().time() - began

    # The pauses of one order at a time, however many wait: never less than half of 0.04 s,
    # and doubled each time.
    assert asked["creates"] <= first + 3 + seconds / 0.02
    assert asked["creates"] <= 14
    bot.stand_ins.eachlabs.set(slots_taken=0)
    for person in people:
        await person.gets_a_png()
    assert len(bot.predictions) == 5


async def test_429_with_retry_after_then_nothing_is_asked_before(bot: World) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(
        on="create", kind="status", status=429, headers={"Retry-After": "1"}
    )
    anna = await ordered(bot)
    await seen(lambda: asked["creates"] == 1)
    requests, began = asked["requests"], asyncio.get_running_loop().time()

    await seen(lambda: asked["requests"] > requests)

    assert asyncio.get_running_loop().time() - began >= 0.8
    await anna.gets_a_png()
    assert asked["creates"] == 2


async def test_429_on_everything_then_all_of_it_waits(bot: World) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="*", kind="status", status=429, times=4)
    anna = await ordered(bot)

    await anna.gets_a_png()

    assert len(bot.predictions) == 1
    assert asked["creates"] <= 4
