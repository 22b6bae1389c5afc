"""From the tap on a look to the picture: waiting, cancelling, and what comes in the end."""

import asyncio
from dataclasses import replace
from itertools import pairwise

from tests.conversations.conftest import OpenWorld
from tests.conversations.people import (
    data_of,
    labels,
    picture_of,
    soon,
    who_agreed,
    with_a_photo,
    with_a_picture,
)
from tests.world import FACE, QUICK, Person, World

NOTHING_DRAWN = "Stopped before anything was drawn. No credit was taken."
HALF_WAY = "Stopped half-way: no picture was made. No credit was taken."
NO_PICTURE = ["🔁 Try again", "🎨 Other look"]


def stuck(world: World) -> None:
    """From now on the provider takes orders and never comes to draw them."""
    world.stand_ins.eachlabs.set(stuck=True)


async def waits_for_a_picture(world: World) -> Person:
    """Somebody whose order the provider has taken, and will not finish."""
    stuck(world)
    anna = await with_a_photo(world)
    before = len(world.predictions)
    await anna.taps("Comic")
    await anna.card("🎨 Drawing… about 5 s\n\nComic")
    await soon(lambda: len(world.predictions) > before)
    return anna


async def test_the_picture_takes_the_place_of_the_sheet_and_its_file_is_a_reply(
    world: World,
) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a knight")
    sheet = await anna.card("✏️ as a knight")
    await anna.taps("Comic")

    png = await anna.gets_a_png()
    picture = await anna.until(picture_of)

    assert picture["message_id"] == sheet["message_id"]
    assert picture["photo"]["url"] != sheet["photo"]["url"]
    assert picture["caption"] == "Comic · as a knight"
    assert labels(picture) == [
        *["👤 More like me", "🔁 Again", "🎨 Other look", "✏️ Words", "📤 Share", "⋯"]
    ]
    reply = (await anna.sees())[-1]
    assert reply["reply_to"] == picture["message_id"]
    assert reply["caption"] == "Ready! Full-quality PNG."
    assert reply["document"]["file_name"] == "avatar-comic-1.png"
    assert reply["document"]["mime_type"] == "image/png"
    # The notification comes with the file, and the file is what the provider drew, to the byte.
    sent = world.stand_ins.telegram.calls.made("sendMessage")[-1]
    assert not sent.params.get("disable_notification")
    assert png == await world.drawn()


async def test_while_it_is_drawn_the_chat_says_so(world: World) -> None:
    anna = await waits_for_a_picture(world)
    card = await anna.card("🎨 Drawing… about 5 s\n\nComic")
    assert labels(card) == ["✖️ Cancel"]
    actions = world.stand_ins.telegram.calls
    await soon(lambda: actions.made("sendChatAction"))
    assert actions.made("sendChatAction")[0].params == {
        "chat_id": anna.id,
        "action": "upload_photo",
    }


async def test_a_card_is_edited_only_when_it_says_something_new(world: World) -> None:
    await with_a_picture(world)
    calls = world.stand_ins.telegram.calls.made()
    shown = [call.params.get("caption") for call in calls if call.method == "editMessageCaption"]
    assert all(one != following for one, following in pairwise(shown))


async def test_cancelled_in_line(open_world: OpenWorld) -> None:
    world = await open_world(eachlabs_concurrency=1)
    await waits_for_a_picture(world)
    ben = await with_a_photo(world, "Ben")
    await ben.taps("Comic")
    card = await ben.card("⏳ In line: 1 before you, about 5 s\n\nComic")
    assert labels(card) == ["✖️ Cancel"]
    eva = await with_a_photo(world, "Eva")
    await eva.taps("Neon")
    await eva.card("⏳ In line: 2 before you, about 5 s\n\nNeon")

    await ben.taps("Cancel")

    card = await ben.card(f"{NOTHING_DRAWN}\n\nComic")
    assert labels(card) == NO_PICTURE
    await eva.card("⏳ In line: 1 before you")
    assert world.counts["creates"] == 1
    assert world.counts["cancels"] == 0


async def test_the_line_moves_on(open_world: OpenWorld) -> None:
    world = await open_world(eachlabs_concurrency=1)
    await waits_for_a_picture(world)
    ben = await with_a_photo(world, "Ben")
    await ben.taps("Comic")
    await ben.card("⏳ In line: 1 before you")
    world.stand_ins.eachlabs.set(stuck=False)
    eachlabs = world.stand_ins.eachlabs
    eachlabs.predictions.cancel(eachlabs.predictions.in_flight[0])
    await ben.gets_a_png()


async def test_cancelled_while_it_is_drawn(world: World) -> None:
    anna = await waits_for_a_picture(world)
    before = world.counts["cancels"]
    assert await anna.taps("Cancel") == "I'm stopping it."
    card = await anna.card(f"{HALF_WAY}\n\nComic")
    assert labels(card) == NO_PICTURE
    assert world.counts["cancels"] == before + 1
    assert [prediction["status"] for prediction in world.predictions] == ["cancelled"]


async def test_cancelled_when_it_is_too_late(open_world: OpenWorld) -> None:
    """The provider finishes all the same: then the picture comes."""
    world = await open_world(start=False)
    world.pace = replace(QUICK, cancelling=30.0)
    await world.start()
    world.stand_ins.eachlabs.set(cancel_ignored=True, speed=20.0)
    anna = await with_a_photo(world)
    await anna.taps("Comic")
    await soon(lambda: world.predictions)
    await anna.taps("Cancel")
    await anna.gets_a_png()
    picture = await anna.until(picture_of)
    popup = await anna.invents(picture["message_id"], data_of(picture, "Again")[:-1] + "c")
    assert popup == "Too late: your picture is made already, and here or on its way."
    assert [prediction["status"] for prediction in world.predictions] == ["success"]


async def test_a_second_tap_on_cancel_changes_nothing(world: World) -> None:
    anna = await waits_for_a_picture(world)
    card = await anna.card("Drawing")
    cancel = data_of(card, "Cancel")
    popups = await asyncio.gather(*(anna.invents(card["message_id"], cancel) for _ in range(3)))
    assert max(popups) == "I'm stopping it."
    await anna.card(HALF_WAY)
    assert await anna.invents(card["message_id"], cancel) == ""
    assert labels(await anna.card(HALF_WAY)) == NO_PICTURE


async def test_after_a_cancel_it_can_be_tried_again(world: World) -> None:
    anna = await waits_for_a_picture(world)
    await anna.taps("Cancel")
    await anna.card(HALF_WAY)
    world.stand_ins.eachlabs.set(stuck=False)
    await anna.taps("🔁 Try again")
    await anna.gets_a_png()
    first, second = (prediction["input"] for prediction in world.predictions)
    assert first["seed"] != second["seed"]
    assert first["prompt"] == second["prompt"]


async def test_the_command_cancels_what_is_drawn_and_leaves_the_next_draft(world: World) -> None:
    anna = await waits_for_a_picture(world)
    await anna.sends_photo(FACE, caption="as a king")
    before = await anna.card("✏️ as a king\n\nLovely")
    await anna.sends("/cancel")
    await anna.hears(HALF_WAY)
    card = await anna.card("✏️ as a king\n\nLovely")
    assert card["message_id"] != before["message_id"]
    await anna.taps("✏️ Words", on=card)
    await anna.card("Write what you want to see")


async def test_the_command_with_only_an_order(world: World) -> None:
    anna = await waits_for_a_picture(world)
    await anna.sends("/cancel")
    await anna.hears(HALF_WAY)
    assert (await anna.sees())[-1]["outgoing"]


async def test_the_command_clears_what_was_begun(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("/cancel")
    await anna.card("All cleared. A fresh start!\n\nSend me a photo of one face")


async def test_the_command_with_nothing_to_cancel(world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends("/cancel")
    await anna.card("There's nothing to cancel.\n\nSend me a photo")


async def test_two_orders_at_once_and_the_third_is_told(world: World) -> None:
    anna = await waits_for_a_picture(world)
    await anna.sends_photo(FACE)
    await anna.card("Lovely")
    await anna.taps("Neon")
    await anna.card("🎨 Drawing… about 5 s\n\nNeon")
    await anna.sends_photo(FACE)
    card = await anna.card("Lovely")

    popup = await anna.taps("Fantasy", on=card)

    assert popup == "Two of yours are being drawn already. Ask again when one is done."
    assert (await anna.card("Lovely"))["message_id"] == card["message_id"]
    await soon(lambda: len(world.predictions) == 2)
    first = await anna.hears("Drawing… about 5 s\n\nComic")
    await anna.taps("Cancel", on=first)
    await anna.hears(HALF_WAY)
    world.stand_ins.eachlabs.set(stuck=False)
    await anna.taps("Fantasy", on=card)
    await anna.gets_a_png()


async def test_words_to_a_waiting_order_begin_another_one(world: World) -> None:
    anna = await waits_for_a_picture(world)
    await anna.sends("as a king")
    await anna.card("✏️ as a king\n\nSend me a photo of one face")
    await anna.hears("Drawing")


async def test_when_every_picture_is_held_back(world: World) -> None:
    world.stand_ins.eachlabs.set(flagged="all")
    anna = await with_a_photo(world)
    await anna.taps("Comic")
    card = await anna.card(
        "The drawing service's safety filter held the picture back. Other words or another photo "
        "may pass. No credit was taken."
    )
    assert labels(card) == NO_PICTURE


async def test_a_photo_that_fails_only_when_it_is_drawn_is_named(world: World) -> None:
    """Tapped before anybody has looked at it."""
    anna = await who_agreed(world)
    world.stand_ins.telegram.set_options(download_latency=0.3)
    await anna.sends_photo(("me.jpg", b"%PDF-1.7"), kind="document")
    await anna.card("Got it! Tap a look and I'll draw.")
    await anna.taps("Comic")
    card = await anna.card("That file is not a picture that I can read. No credit was taken.")
    assert labels(card) == NO_PICTURE
    assert world.predictions == []
    world.stand_ins.telegram.set_options(download_latency=0.0)
