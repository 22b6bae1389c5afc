"""Faults between the tap on a look and the prediction: one order, at most one bill."""

import asyncio

import pytest

from tests.faults.moments import rows
from tests.faults.orders import (
    Counter,
    admin_of,
    crowd,
    ended,
    is_told,
    ordered,
    seen,
    state,
    statuses,
    told,
)
from tests.world import Person, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("kind", ["cut_after", "no_id", "garbage", "empty"])
async def test_taken_but_not_told_then_found_again_one_prediction_one_bill(
    bot: World, kind: str
) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="create", kind=kind, effect=True)
    anna = await ordered(bot)

    assert await anna.gets_a_png() == await bot.drawn()

    assert (asked["creates"], len(bot.predictions)) == (1, 1)
    assert [row[0] for row in await ended(bot, anna)] == ["delivered"]


async def test_taken_and_listed_only_later_then_still_one_bill(bot: World) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.set(executions_lag=0.3)
    bot.stand_ins.eachlabs.fault(on="create", kind="cut_after")
    anna = await ordered(bot)

    await anna.gets_a_png()

    assert (asked["creates"], len(bot.predictions)) == (1, 1)


@pytest.mark.parametrize("kind", ["cut_before", "no_id", "garbage", "empty"])
async def test_not_taken_and_not_told_then_asked_again_one_bill(bot: World, kind: str) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="create", kind=kind, effect=False)
    anna = await ordered(bot)

    await anna.gets_a_png()

    assert (asked["creates"], len(bot.predictions)) == (2, 1)


async def test_two_lost_at_once_each_finds_its_own(bot: World) -> None:
    bot.stand_ins.eachlabs.fault(on="create", kind="cut_after", times=2)
    anna, ben = await asyncio.gather(ordered(bot, "Anna"), ordered(bot, "Ben", "Neon"))

    pngs = [await anna.gets_a_png(), await ben.gets_a_png()]

    drawn = {it["input"]["style_name"]: n for n, it in enumerate(bot.predictions)}
    assert len(bot.predictions) == 2
    assert pngs == [await bot.drawn(drawn["Comic book"]), await bot.drawn(drawn["Neonpunk"])]


async def test_400_then_told_in_plain_words_and_nothing_is_billed(bot: World) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(
        on="create", kind="status", status=400, body={"error": "Input validation failed: seed"}
    )
    anna = await ordered(bot)

    card = await anna.card("didn't take these words or photos. No credit was taken.")

    assert "validation" not in str(card)
    assert "Try again" in str(card["keyboard"])
    assert (asked["creates"], bot.predictions) == (1, [])
    assert await ended(bot, anna) == [("failed", "refused", 0, 0.0)]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_5xx_twice_then_one_prediction(bot: World, status: int) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="create", kind="status", status=status, times=2)
    anna = await ordered(bot)

    await anna.gets_a_png()

    assert (asked["creates"], len(bot.predictions)) == (3, 1)


@pytest.mark.parametrize("place", ["create", "presign", "put"])
async def test_5xx_for_ever_then_kept_with_few_requests_told_and_drawn_when_it_is_over(
    bot: World, place: str
) -> None:
    admin = await admin_of(bot)
    before = await told(admin, "draws again")
    downs = await told(admin, "doesn't work right now")
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on=place, kind="status", status=503, times=None)
    anna = await ordered(bot)

    await anna.card("Your order is kept; it takes longer.")
    # The card says so from the first failure on, the admins hear of it with the fifth.
    await is_told(admin, "doesn't work right now", downs + 1)
    tried = asked[f"{place}s"]
    await asyncio.sleep(4 * bot.pace.probe)
    # One probe after each pause; without the circuit, tries would follow each other.
    assert asked[f"{place}s"] - tried <= 5

    bot.stand_ins.eachlabs.clear_faults()
    await anna.gets_a_png()
    await is_told(admin, "draws again", before + 1)
    assert await told(admin, "doesn't work right now") == downs + 1
    assert len(bot.predictions) == 1


@pytest.mark.parametrize(
    ("place", "status"),
    # A presign that is answered 403 is the key's refusal, which has a test of its own.
    [("presign", 500), ("presign", 503), ("put", 403), ("put", 500), ("put", 503)],
)
async def test_an_upload_refused_then_presigned_anew(bot: World, place: str, status: int) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on=place, kind="status", status=status, times=2)
    anna = await ordered(bot)

    await anna.gets_a_png()

    assert (asked["presigns"], len(bot.predictions)) == (3, 1)


async def test_an_upload_without_the_required_headers_is_refused(bot: World) -> None:
    """What makes every other test here prove that the headers go along."""
    anna = await ordered(bot)
    await anna.gets_a_png()
    url = bot.predictions[0]["input"]["input_image"]

    link = url.replace("/files/", "/storage/")
    async with bot.http.put(link, data=b"x", headers={"Content-Type": "image/jpeg"}) as answer:
        assert answer.status == 403


async def test_a_copy_that_is_gone_at_the_provider_then_uploaded_anew(bot: World) -> None:
    anna = await ordered(bot)
    await anna.gets_a_png()
    url = bot.predictions[0]["input"]["input_image"]
    [(upload,)] = rows(bot, f"SELECT upload_id FROM hosted WHERE public_url = '{url}'")
    link = f"{bot.settings.eachlabs_api_url}/v1/files/{upload}"
    async with bot.http.delete(link, headers={"X-API-Key": bot.settings.api_key()}) as answer:
        assert answer.status == 204
    await anna.taps("Again")
    await anna.card("couldn't make this one. No credit was taken.")

    await anna.taps("Try again")

    await anna.gets_a_png(2)


async def test_slots_used_by_somebody_else_then_it_adapts(bot: World) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.set(slots_taken=6, speed=10.0)
    names = ("Anna", "Ben", "Cleo", "Dora", "Emil", "Finn", "Gul", "Hugo")
    people = await crowd(names, lambda name: ordered(bot, name))

    for person in people:
        await person.gets_a_png()

    assert statuses(bot.predictions) == ["success"] * 8
    # Every burst is refused at most once an order; without learning it would be by the hundred.
    assert asked["429"] <= 24


async def test_cancelled_while_the_create_is_under_way_then_stopped_there(bot: World) -> None:
    bot.stand_ins.eachlabs.set(speed=1.0)
    bot.stand_ins.eachlabs.fault(on="create", kind="delay", seconds=0.5)
    anna = await ordered(bot)
    await state(bot, anna, "submitting")

    assert await anna.taps("Cancel") == "I'm stopping it."

    await anna.card("Stopped half-way")
    assert statuses(bot.predictions) == ["cancelled"]


async def test_cancelled_while_a_lost_create_is_looked_for_then_no_other_is_made(
    bot: World,
) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="create", kind="cut_before")
    bot.stand_ins.eachlabs.fault(on="executions", kind="delay", seconds=0.3)
    anna = await ordered(bot)
    await anna.card("checking what became of your picture")

    await anna.taps("Cancel")

    await anna.card("Stopped")
    assert (asked["creates"], bot.predictions) == (1, [])
    assert asked["executions"] <= 8


async def test_cancelled_while_it_is_refused_then_stopped(bot: World) -> None:
    """Back in line with the wish to stop: it must neither be asked for again nor be forgotten."""
    asked = Counter(bot)
    bot.stand_ins.eachlabs.fault(on="create", kind="delay", seconds=0.4, effect=False)
    bot.stand_ins.eachlabs.set(slots_taken=10)
    anna = await ordered(bot)
    await state(bot, anna, "submitting")
    await anna.taps("Cancel")

    await anna.card("Stopped")

    assert (asked["creates"], bot.predictions) == (1, [])


async def two_of(world: World, name: str) -> Person:
    person = await ordered(world, name)
    await person.sends("/start")
    await person.taps("Same photo")
    await person.taps("Neon")
    return person


async def test_ten_slots_are_filled_and_no_more(bot: World) -> None:
    asked = Counter(bot)
    predictions = bot.stand_ins.eachlabs.predictions
    bot.stand_ins.eachlabs.set(stuck=True)
    people = await crowd("ABCDEF", lambda name: two_of(bot, name))

    await seen(lambda: len(predictions.in_flight) == 10)
    await asyncio.sleep(0.3)
    assert len(predictions.in_flight) == 10

    bot.stand_ins.eachlabs.set(stuck=False)
    for prediction in predictions.in_flight:
        predictions.cancel(prediction)
    for person in people:
        await ended(bot, person, 2)
    assert (len(bot.predictions), asked["429"]) == (12, 0)


async def test_forty_orders_at_once_then_all_are_drawn_and_nothing_is_overrun(bot: World) -> None:
    asked = Counter(bot)
    bot.stand_ins.eachlabs.set(speed=10.0)  # so that more are in line than there are slots
    people = await crowd("ABCDEFGHIJKLMNOPQRST", lambda name: two_of(bot, name))
    for person in people:
        await person.gets_a_png(2)

    assert statuses(bot.predictions) == ["success"] * 40
    assert (asked["creates"], asked["429"]) == (40, 0)
    assert bot.counts["max_in_flight"] <= 10
