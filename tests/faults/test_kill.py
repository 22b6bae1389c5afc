"""SIGKILL at every step: nothing is asked twice, the picture comes, one prediction is paid."""

import asyncio
from collections.abc import Callable

import pytest

from tests.faults.moments import (
    anna_with_a_photo,
    files,
    from_bot,
    hangs,
    heal,
    pictures,
    provider_hangs,
    rows,
    soon,
    states,
    taps_and_waits_not,
)
from tests.world import FACE, PHOTOS, Json, Person, World

pytestmark = pytest.mark.timeout(300)  # seconds, on a crowded machine: each life takes its time


async def test_killed_while_handling_then_after_restart_handled_once(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    anna = await world.person("Anna")
    card_is_sent = hangs(world, "sendPhoto")
    await world.start_process()
    await anna.sends("/start")
    await _kill_when(world, card_is_sent)  # the step is committed, its card isn't there

    photo_is_asked_for = hangs(world, "getUserProfilePhotos")
    await world.start_process()
    await anna.card("One photo → you")
    await taps_and_waits_not(anna, "use my profile photo")
    await _kill_when(world, photo_is_asked_for)  # the update is stored, its step isn't made

    await world.start_process()
    await anna.card("Lovely, clear face")
    assert len(from_bot(await anna.sees())) == 1
    assert _updates(world) == [("handled", 2)]
    assert rows(world, "SELECT count(*) FROM people WHERE consented_at > 0") == [(1,)]


async def test_sigterm_then_sigkill_in_the_middle_of_draining_then_nothing_is_lost(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    anna = await world.person("Anna")
    await world.start_process()
    await anna.sends("/start")
    await anna.card("One photo → you")
    photo_is_asked_for = hangs(world, "getUserProfilePhotos")
    await taps_and_waits_not(anna, "use my profile photo")
    await soon(photo_is_asked_for)

    await world.terminate()
    await anna.sends("as a knight")
    await asyncio.sleep(0.3)
    await world.kill()
    heal(world)

    await world.start_process()
    await anna.card("✏️ as a knight")
    await anna.card("Lovely, clear face")
    assert len(from_bot(await anna.sees())) == 1
    assert _updates(world) == [("handled", 3)]


async def test_killed_in_the_middle_of_an_album_then_it_resumes(stand_ins_only: World) -> None:
    world = stand_ins_only
    anna = await world.person("Anna")
    await world.start_process()
    await anna.sends("/start")
    await anna.taps("send a photo")
    await anna.card("Send me a photo")
    await world.kill()

    photos = [FACE, PHOTOS / "astronaut.png", PHOTOS / "astronaut-mirrored.webp"]
    await anna.sends_photo(*photos, kind="album")
    first, *others = await _updates_taken_back(world)
    world.stand_ins.telegram.put_update(first)
    card_is_sent = hangs(world, "sendPhoto")
    await world.start_process()
    await _kill_when(world, card_is_sent)
    for update in others:
        world.stand_ins.telegram.put_update(update)

    await world.start_process()
    await anna.card("3 photos")
    assert len(from_bot(await anna.sees())) == 1
    await anna.taps("Comic")
    await anna.gets_a_png()
    assert len([name for name in world.predictions[0]["input"] if "image" in name]) == 3


async def test_killed_between_the_post_and_its_commit_then_one_prediction_one_bill(
    stand_ins_only: World,
) -> None:
    """And while the photo is hosted before, and while the provider draws after."""
    world = stand_ins_only
    await world.start_process()
    anna = await anna_with_a_photo(world)
    place_is_asked_for = provider_hangs(world, "presign", "presigns")
    await anna.taps("Comic")
    await _kill_when(world, place_is_asked_for)

    photo_is_uploaded = provider_hangs(world, "put", "puts")
    await world.start_process()
    await _kill_when(world, photo_is_uploaded)

    provider_hangs(world, "create", "creates")
    await world.start_process()
    await _kill_when(world, lambda: bool(world.predictions))  # made, and not answered
    assert states(world) == ["submitting"]

    world.stand_ins.eachlabs.fault(on="get", kind="state", state="processing", times=None)
    await world.start_process()
    await _kill_when(world, lambda: states(world) == ["processing"])

    await world.start_process()
    await _one_picture_and_its_file(world, anna)


async def test_killed_at_each_await_between_done_and_delivered_then_each_picture_once(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    await world.start_process()
    anna = await anna_with_a_photo(world)
    picture_is_fetched = provider_hangs(world, "output", "outputs")
    await anna.taps("Comic")
    await _kill_when(world, picture_is_fetched)

    async def life(method: str, kind: str, sign: Callable[[list[Json]], Json] | None) -> None:
        """Ends when the bot has made this call; with a sign, when that shows in the chat."""
        has_come = hangs(world, method, kind)
        await world.start_process()
        await soon(has_come, f"{kind} {method}")
        if sign is not None:
            await anna.until(sign, f"what {method} does")
        await _kill_when(world, has_come)

    await life("editMessageMedia", "delay", None)
    await life("editMessageMedia", "late", pictures)
    await life("sendMessage", "delay", None)
    await life("sendMessage", "late", lambda sees: "Ready!" in sees[-1].get("text", ""))
    await life("editMessageMedia", "delay", None)
    await life("editMessageMedia", "late", files)
    assert states(world) == ["drawn"]

    await world.start_process()
    await _one_picture_and_its_file(world, anna)


async def test_killed_after_everything_then_nothing_comes_again_and_the_conversation_goes_on(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    await world.start_process()
    anna = await anna_with_a_photo(world)
    await anna.taps("Comic")
    await _one_picture_and_its_file(world, anna)
    await world.kill()
    seen = await anna.sees()

    await world.start_process()
    await anna.sends("as a knight", reply_to=files(seen)[0]["message_id"])
    await anna.taps("Neon", on=await anna.card("✏️ as a knight"))
    await anna.gets_a_png(2)

    sees = await anna.sees()
    assert [m["message_id"] for m in sees[: len(seen)]] == [m["message_id"] for m in seen]
    assert (len(pictures(sees)), len(files(sees))) == (2, 2)
    assert world.counts["creates"] == len(world.predictions) == 2


async def _kill_when(world: World, moment: Callable[[], bool]) -> None:
    await soon(moment)
    await world.kill()
    heal(world)


async def _one_picture_and_its_file(world: World, anna: Person) -> None:
    assert await anna.gets_a_png() == await world.drawn()
    await soon(lambda: states(world) == ["delivered"])
    sees = await anna.sees()
    assert (len(pictures(sees)), len(files(sees))) == (1, 1)
    assert world.counts["creates"] == len(world.predictions) == 1


def _updates(world: World) -> list[tuple[Json, ...]]:
    return rows(world, "SELECT state, count(*) FROM updates GROUP BY state")


async def _updates_taken_back(world: World) -> list[Json]:
    """What waits for the bot, so that a test can hand it out one by one."""
    url = f"{world.stand_ins.telegram_url}/bot{world.settings.token()}/getUpdates"
    async with world.http.get(url) as response:
        updates: list[Json] = (await response.json())["result"]
    offset = str(updates[-1]["update_id"] + 1)
    async with world.http.get(url, params={"offset": offset}) as response:
        assert (await response.json())["result"] == []
    return updates
