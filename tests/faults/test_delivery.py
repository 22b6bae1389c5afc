"""Delivery: each picture once, in the right place or not at all, and never in a loop."""

import asyncio

import pytest

from tests.faults.delivering import FILE, PICTURE, beats, calls_to, fault, one_picture_and_its_file
from tests.faults.moments import (
    anna_with_a_photo,
    calls,
    cards_behind,
    data_of,
    files,
    from_bot,
    labels,
    pictures,
    rows,
    soon,
)
from tests.faults.orders import ended, state
from tests.world import Json, Person, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BLOCKED = {"status": 403, "description": "Forbidden: bot was blocked by the user"}
NO_PHOTOS = {
    "status": 400,
    "description": "Bad Request: not enough rights to send photos to the chat",
}
NO_FILES = {
    "status": 400,
    "description": "Bad Request: not enough rights to send documents to the chat",
}
NOT_MODIFIED = {
    "status": 400,
    "description": "Bad Request: message is not modified: specified new message content and "
    "reply markup are exactly the same as a current content and reply markup of the message",
}
GONE = "Bad Request: message to {} not found"


@pytest.mark.parametrize("kind", ["cut_after", "garbage", "empty"])
async def test_timeout_though_telegram_delivered_then_one_picture_visible(
    kind: str, bot: World
) -> None:
    anna = await anna_with_a_photo(bot)
    for method in ("answerCallbackQuery", "editMessageCaption", "sendChatAction", "sendMessage"):
        fault(bot, method=method, kind=kind)
    fault(bot, **PICTURE, kind=kind)
    fault(bot, **FILE, kind=kind)
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)


async def test_timeout_though_telegram_delivered_the_card_then_the_conversation_goes_on(
    bot: World,
) -> None:
    anna = await bot.person("Anna")
    fault(bot, method="sendPhoto", kind="cut_after")
    await anna.sends("/start")
    lost, found = await anna.until(lambda sees: len(cards := from_bot(sees)) == 2 and cards)
    await soon(lambda: not cards_behind(bot))
    assert await anna.taps("use my profile photo", on=lost) == ""  # either will do, and one stays
    card = await anna.card("Lovely, clear face")
    assert card["message_id"] == found["message_id"]
    await anna.until(lambda sees: len(from_bot(sees)) == 1, "one card")
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)


@pytest.mark.parametrize("kind", ["cut_before", "status"])
async def test_not_delivered_and_surely_or_perhaps_so_then_one_picture_visible(
    kind: str, bot: World
) -> None:
    anna = await anna_with_a_photo(bot)
    for method, skip in (("editMessageMedia", 0), ("sendMessage", 0), ("editMessageMedia", 1)):
        fault(bot, method=method, kind=kind, skip=skip)
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)


async def test_status_message_deleted_by_the_person_then_sent_anew(bot: World) -> None:
    anna = await anna_with_a_photo(bot)
    bot.stand_ins.eachlabs.fault(on="get", kind="state", state="processing", times=None)
    await anna.taps("Comic")
    await anna.deletes((await anna.card("Drawing"))["message_id"])
    bot.stand_ins.eachlabs.clear_faults()

    await one_picture_and_its_file(bot, anna)
    file = (await anna.sees())[-1]
    assert file["reply_to"] == pictures(await anna.sees())[0]["message_id"]


async def test_draft_card_deleted_by_the_person_then_sent_anew(bot: World) -> None:
    anna = await anna_with_a_photo(bot)
    card = await anna.card()
    await anna.deletes(card["message_id"])
    await anna.forges(card["message_id"], data_of(card, "Words"))  # tapped a moment before

    await anna.card("Write what you want to see")
    assert len(from_bot(await anna.sees())) == 1


async def test_picture_deleted_by_the_person_before_its_file_then_the_file_comes(
    bot: World,
) -> None:
    anna = await anna_with_a_photo(bot)
    fault(bot, method="sendMessage", status=400, description=GONE.format("be replied"))
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)
    assert "reply_to" not in (await anna.sees())[-1]


async def test_reply_deleted_by_the_person_before_it_is_the_file_then_sent_anew(
    bot: World,
) -> None:
    anna = await anna_with_a_photo(bot)
    fault(bot, **FILE, status=400, description=GONE.format("edit"))
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)


@pytest.mark.parametrize("where", [PICTURE, FILE, {"method": "editMessageCaption"}])
async def test_message_is_not_modified_then_fine(where: Json, bot: World) -> None:
    """The stand-in refuses what was done before: the effect is there, the edit came twice."""
    anna = await anna_with_a_photo(bot)
    fault(bot, **where, kind="cut_after")
    fault(bot, **where, **NOT_MODIFIED)
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)
    await anna.taps("⋯")
    await anna.until(lambda sees: "✨ Finer" in str(labels(pictures(sees)[0])), "the menu")


@pytest.mark.parametrize(
    "size",
    [
        {"quick_padding": 10 * 1024 * 1024},
        {"quick_width": 5001, "quick_height": 5000},
        {"quick_width": 63, "quick_height": 1300},
    ],
    ids=["over 10 MB", "w + h > 10,000", "ratio > 20"],
)
async def test_over_10_mb_w_h_10000_or_ratio_20_then_as_document_only(
    size: Json, bot: World
) -> None:
    bot.stand_ins.eachlabs.set(**size)
    anna = await anna_with_a_photo(bot)
    await anna.taps("Comic")

    assert await anna.gets_a_png() == await bot.drawn()
    await state(bot, anna, "delivered")
    await soon(lambda: not cards_behind(bot))
    sees = await anna.sees()
    assert (len(pictures(sees)), len(files(sees)), len(from_bot(sees))) == (0, 1, 2)
    assert "too large to show" in sees[-1]["caption"]
    card = from_bot(sees)[0]
    assert card["caption"] == "Comic"
    assert any("Again" in label for label in labels(card))
    assert bot.stand_ins.telegram.calls.refused == 0


async def test_just_what_telegram_shows_as_a_photo_then_as_picture_and_file(bot: World) -> None:
    bot.stand_ins.eachlabs.set(quick_width=65, quick_height=1300)
    anna = await anna_with_a_photo(bot)
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)


async def test_blocked_by_the_person_mid_order_then_it_stops(bot: World) -> None:
    anna = await anna_with_a_photo(bot)
    bot.stand_ins.eachlabs.set(stuck=True)
    await anna.taps("Comic")
    await anna.card("Drawing")
    await soon(lambda: bot.predictions)
    await anna.blocks()

    await state(bot, anna, "cancelled", "failed")
    await _silence(bot, anna)
    assert _is_known_as_blocked(bot, anna)
    assert bot.predictions[0]["status"] == "cancelled"

    await anna.unblocks()
    await anna.sends("/start")
    await anna.card("Send me a photo")


@pytest.mark.parametrize("where", [PICTURE, {"method": "sendMessage"}, FILE])
async def test_blocked_by_the_person_while_it_is_delivered_then_it_stops(
    where: Json, bot: World
) -> None:
    anna = await anna_with_a_photo(bot)
    fault(bot, **where, **BLOCKED)
    fault(bot, method="editMessageCaption", times=100, **BLOCKED)
    await anna.taps("Comic")

    await state(bot, anna, "failed")
    await _silence(bot, anna)
    assert [order[1] for order in await ended(bot, anna)] == ["undeliverable"]


async def test_blocked_by_the_person_before_the_card_then_it_stops(bot: World) -> None:
    anna = await bot.person("Anna")
    fault(bot, method="sendPhoto", times=100, **BLOCKED)
    await anna.sends("/start")
    await soon(lambda: calls(bot, "sendPhoto"))
    await _silence(bot, anna)
    assert calls(bot, "sendPhoto") == 1
    assert _is_known_as_blocked(bot, anna)


async def test_no_right_to_send_photos_then_as_document_only(bot: World) -> None:
    anna = await anna_with_a_photo(bot)
    fault(bot, **PICTURE, **NO_PHOTOS)
    await anna.taps("Comic")

    assert await anna.gets_a_png() == await bot.drawn()
    await state(bot, anna, "delivered")
    await _silence(bot, anna)
    card = from_bot(await anna.sees())[0]
    assert any("Again" in label for label in labels(card))


async def test_no_right_to_send_media_then_it_says_so_and_ends(bot: World) -> None:
    anna = await anna_with_a_photo(bot)
    fault(bot, **PICTURE, **NO_PHOTOS)
    fault(bot, **PICTURE, **NO_FILES, times=100)
    await anna.taps("Comic")

    await anna.hears("I couldn't bring the picture into this chat")
    await state(bot, anna, "failed")
    await _silence(bot, anna)
    assert calls(bot, "editMessageMedia") == 2


def _is_known_as_blocked(world: World, anna: Person) -> bool:
    return rows(world, f"SELECT blocked_at > 0 FROM people WHERE user_id = {anna.id}") == [(1,)]


async def _silence(world: World, anna: Person) -> None:
    """Every card is up to date, and nothing more is sent."""
    await soon(lambda: not cards_behind(world))
    told = len(calls_to(world, anna))
    await beats()
    assert len(calls_to(world, anna)) == told


async def test_a_drafts_late_edit_does_not_undo_its_orders_card(bot: World) -> None:
    bot.stand_ins.eachlabs.set(speed=1.0)
    anna = await anna_with_a_photo(bot)
    card = await anna.card("Lovely")
    edited = calls(bot, "editMessageCaption")
    bot.stand_ins.telegram.add_fault(method="editMessageCaption", kind="delay", seconds=1.0)
    await anna.taps("✏️", on=card)
    await soon(lambda: calls(bot, "editMessageCaption") > edited)

    await anna.taps("Comic", on=card)

    await anna.card("Drawing")
    await asyncio.sleep(1.5)  # the late one has come by now, if it comes at all
    assert await anna.taps("Cancel") == "I'm stopping it."
