"""Faults between the create and the picture, and cancelling: whatever comes, the person is told."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.conftest import ADMIN
from tests.faults.moments import from_bot
from tests.faults.orders import Counter, crowd, ended, ordered, seen, state, statuses
from tests.world import QUICK, Person, World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


# How a prediction stands


async def test_the_references_words_for_the_states(bot: World) -> None:
    bot.stand_ins.eachlabs.set(dialect="reference", speed=20.0)
    anna = await ordered(bot)

    await anna.gets_a_png()

    assert bot.predictions[0]["gets"] >= 1


async def test_a_word_that_nobody_knows_goes_on(bot: World) -> None:
    bot.stand_ins.eachlabs.fault(on="get", kind="state", state="pondering", times=3)
    anna = await ordered(bot)

    await anna.gets_a_png()

    assert bot.predictions[0]["gets"] >= 4


@pytest.mark.parametrize("dialect", ["page", "reference"])
async def test_an_error_is_told_without_the_models_words(bot: World, dialect: str) -> None:
    bot.stand_ins.eachlabs.set(dialect=dialect)
    bot.stand_ins.eachlabs.fault(on="create", kind="fail", body="CUDA out of memory")
    anna = await ordered(bot)

    card = await anna.card("couldn't make this one. No credit was taken.")

    assert "CUDA" not in str(card)
    assert await ended(bot, anna) == [("failed", "provider", 0, 0.0)]


async def test_cancelled_by_somebody_at_the_provider_then_told(bot: World) -> None:
    bot.stand_ins.eachlabs.set(speed=1.0)
    anna = await ordered(bot)
    await state(bot, anna, "processing")
    predictions = bot.stand_ins.eachlabs.predictions
    predictions.cancel(predictions.in_flight[0])

    await anna.card("Stopped")

    assert [row[0] for row in await ended(bot, anna)] == ["cancelled"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429},
        {"kind": "cut_before"},
        {"kind": "garbage"},
        {"kind": "empty"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
async def test_two_odd_answers_then_the_picture(bot: World, fault: dict[str, object]) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="get", times=2, **fault)
    anna = await ordered(bot)

    assert await anna.gets_a_png() == await bot.drawn()

    assert asked["creates"] == 1


async def test_an_answer_that_is_held_until_there_is_news_is_asked_for_once(bot: World) -> None:
    bot.stand_ins.eachlabs.set(long_poll=20.0, speed=5.0)
    asked = Counter(bot)
    anna = await ordered(bot)
    await anna.gets_a_png()
    assert asked["gets"] == 1


async def test_404_for_ever_then_lost_and_told(bot: World) -> None:
    bot.stand_ins.eachlabs.fault(on="get", kind="status", status=404, times=None)
    anna = await ordered(bot)

    await anna.card("I lost track of this picture")

    assert [row[:3] for row in await ended(bot, anna)] == [("failed", "lost_track", 0)]


async def test_silence_is_told_and_taken_back(bot: World) -> None:
    bot.stand_ins.eachlabs.set(speed=10.0)
    bot.stand_ins.eachlabs.fault(on="get", kind="status", status=503, times=None)
    anna = await ordered(bot)
    await anna.card("The drawing service is slow just now")

    bot.stand_ins.eachlabs.clear_faults()

    await anna.card("Drawing…")

    await anna.gets_a_png()


async def test_401_on_polls_then_kept_and_the_admins_told_once(bot: World) -> None:
    admin = await bot.person("Olga", id=ADMIN)
    await admin.sends("/start")
    await admin.hears("Hi Olga")
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="get", kind="status", status=401, times=None)
    anna = await ordered(bot)
    await anna.card("I'm resting for now")
    first, began = asked["gets"], asyncio.get_running_loop().time()
    await seen(lambda: asked["gets"] >= first + 2)
    seconds = asyncio.get_running_loop().time() - began
    assert asked["gets"] <= first + 3 + seconds / bot.pace.probe

    bot.stand_ins.eachlabs.clear_faults()

    await anna.gets_a_png()
    assert len(bot.predictions) == 1
    sentences = [m.get("text") or "" for m in from_bot(await admin.sees())]
    assert sum("doesn't accept the API key" in text for text in sentences) == 1
    ben = await ordered(bot, "Ben")  # a create that is taken opens the gate
    await ben.gets_a_png()
    await admin.hears("draws again")


async def test_stuck_for_ever_then_stopped_and_told(tmp_path: Path) -> None:
    async with a_world(tmp_path, eachlabs_typical_seconds=0.05) as world:
        world.pace = replace(QUICK, deadline=0.8)
        world.stand_ins.eachlabs.set(stuck=True)
        await world.start()
        anna = await ordered(world)

        await anna.card("took far too long, so I stopped it. No credit was taken.")

        assert statuses(world.predictions) == ["cancelled"]
        assert [row[:3] for row in await ended(world, anna)] == [("failed", "too_long", 0)]
        world.stand_ins.eachlabs.set(stuck=False)
        await anna.taps("Try again")
        await anna.gets_a_png()  # its slot is free again


async def test_away_for_longer_than_the_deadline_then_the_picture_all_the_same(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, eachlabs_typical_seconds=0.05) as world:
        world.pace = replace(QUICK, deadline=0.8)
        world.stand_ins.eachlabs.fault(on="get", kind="delay_before", seconds=30.0, times=None)
        await world.start()
        anna = await ordered(world)
        await state(world, anna, "processing")
        await world.end()
        world.stand_ins.eachlabs.clear_faults()
        await asyncio.sleep(0.9)

        await world.start()

        assert await anna.gets_a_png() == await world.drawn()
        assert statuses(world.predictions) == ["success"]


# Cancelling


async def test_cancel_then_stopped_at_the_provider_too(bot: World) -> None:
    bot.stand_ins.eachlabs.set(speed=1.0)
    asked = Counter(bot)
    anna = await ordered(bot)
    await state(bot, anna, "processing")

    assert await anna.taps("Cancel") == "I'm stopping it."

    await anna.card("Stopped half-way")
    assert statuses(bot.predictions) == ["cancelled"]
    assert asked["cancels"] == 1
    [(end, _failure, credits_, usd)] = await ended(bot, anna)
    assert (end, credits_) == ("cancelled", 0)
    assert usd == pytest.approx(bot.predictions[0]["cost"])


async def test_cancel_and_the_provider_goes_on_then_the_picture_comes(bot: World) -> None:
    bot.stand_ins.eachlabs.set(speed=30.0, cancel_ignored=True)
    anna = await ordered(bot)
    await state(bot, anna, "processing")
    await anna.taps("Cancel")

    await anna.gets_a_png()

    assert [row[0] for row in await ended(bot, anna)] == ["delivered"]


async def test_cancel_and_no_answer_then_stopped_all_the_same(bot: World) -> None:
    bot.stand_ins.eachlabs.set(stuck=True)
    asked = Counter(bot)
    anna = await ordered(bot)
    await state(bot, anna, "processing")
    for place in ("cancel", "get"):
        bot.stand_ins.eachlabs.fault(on=place, kind="status", status=500, times=None)
    gets = asked["gets"]
    await anna.taps("Cancel")

    await anna.card("Stopped half-way")

    # Five pauses that double, then one as long as they get, for as long as a cancel is followed.
    assert asked["gets"] - gets <= 6 + bot.pace.cancelling / (0.75 * bot.pace.longest_pause)
    stuck = bot.stand_ins.eachlabs.predictions
    for prediction in stuck.in_flight:
        stuck.cancel(prediction)


async def test_cancel_races_the_picture_then_one_outcome(bot: World) -> None:
    moments = random.Random(7)
    ends: dict[int, str] = {}

    async def one(name: str) -> Person:
        person = await ordered(bot, name)
        await asyncio.sleep(moments.uniform(0, 0.5))
        [message] = [m for m in from_bot(await person.sees()) if "keyboard" in m][-1:]
        if "Cancel" in str(message["keyboard"]):
            data = message["keyboard"][-1][-1]["data"]
            await person.forges(message["message_id"], data)
        [(ends[person.id], *_)] = await ended(bot, person)
        return person

    for person in await crowd("ABCDEF", one):
        end = ends[person.id]
        if end == "delivered":
            await person.gets_a_png()
        else:
            await person.card("Stopped")
        sees = str(await person.sees())
        assert ("Stopped" in sees) is (end == "cancelled")
        assert ("avatar-" in sees) is (end == "delivered")
    assert len(bot.predictions) <= 6
