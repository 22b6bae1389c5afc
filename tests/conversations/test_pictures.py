"""Going on from a picture."""

from functools import partial
from typing import Any

import pytest

from tests.conversations.people import (
    cards,
    data_of,
    labels,
    picture_of,
    with_a_photo,
    with_a_picture,
)
from tests.world import FACE, PHOTOS, Person, World

MAIN = ["👤 More like me", "🔁 Again", "🎨 Other look", "✏️ Words", "📤 Share", "⋯"]
MENU = [
    *["✨ Finer (3 credits)", "🌀 More style", "🔢 Four of them (4 credits)"],
    *["📋 Copy seed and words", "🗑 Delete", "‹ Back"],
]


def given(world: World) -> list[Any]:
    """What the provider was asked for, oldest first."""
    return [prediction["input"] for prediction in world.predictions]


def same(one: Any, other: Any, *but: str) -> None:
    """Two inputs that differ in these and nothing else."""
    assert {name for name in one | other if one.get(name) != other.get(name)} == set(but)


async def opens_the_menu(person: Person) -> Any:
    await person.taps("⋯")
    return await person.until(lambda sees: _with(sees, MENU), "the menu")


def _page(number: int, sees: list[Any]) -> Any:
    return next((m for m in sees if f"{number}/4" in labels(m)), None)


def _with(sees: list[Any], buttons: list[str]) -> Any:
    return next((m for m in reversed(sees) if labels(m) == buttons), None)


async def test_again_is_the_same_with_a_new_seed(world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    await anna.taps("🔁 Again")
    await anna.gets_a_png(2)
    await anna.until(lambda sees: picture_of(sees, 2), "a second picture")
    same(*given(world), "seed")
    assert len([m for m in await anna.sees() if labels(m) == MAIN]) == 2


async def test_more_like_me_asks_for_a_second_photo(world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    await anna.taps("👤 More like me")
    card = await anna.card("Send another photo of the same face, from another angle.")
    assert "✏️ as a knight" in card["caption"]
    assert "• Comic" in labels(card)
    await anna.sends_photo(PHOTOS / "astronaut.png")
    await anna.taps("• Comic", on=await anna.card("2 photos: more angles"))
    await anna.gets_a_png(2)
    first, second = given(world)
    same(first, second, "seed", "input_image2", "style_strength_ratio")
    assert second["style_strength_ratio"] == 15


async def test_more_like_me_without_another_photo_stays_closer_to_the_one(world: World) -> None:
    anna = await with_a_picture(world)
    await anna.taps("More like me")
    await anna.taps("• Comic", on=await anna.card("it will stay closer to the photo now"))
    await anna.gets_a_png(2)
    same(*given(world), "seed", "style_strength_ratio")
    assert given(world)[1]["style_strength_ratio"] == 15


async def test_another_look_for_the_same_photo_and_words(world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    await anna.taps("🎨 Other look")
    card = await anna.card("Same photo, same words. Which look?\n\n✏️ as a knight")
    assert "• Comic" in labels(card)
    await anna.taps("Neon", on=card)
    await anna.gets_a_png(2)
    same(*given(world), "seed", "style_name")


async def test_other_words_for_the_same_photo(world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    await anna.taps("✏️ Words")
    card = await anna.card("✏️ as a knight\n\nWrite the new words, or take an idea. Then tap a")
    assert "⚔️ Knight" in labels(card)
    await anna.sends("as a king")
    await anna.taps("• Comic", on=await anna.card("✏️ as a king"))
    await anna.gets_a_png(2)
    same(*given(world), "seed", "prompt")
    assert given(world)[1]["prompt"] == "a person img as a king"


@pytest.mark.parametrize("to", ["picture", "file"])
async def test_words_in_reply_to_a_picture_or_its_file(to: str, world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    sees = await anna.sees()
    replied = picture_of(sees) if to == "picture" else sees[-1]
    await anna.sends("as a king", reply_to=replied["message_id"])
    card = await anna.card("✏️ as a king\n\nLovely")
    await anna.taps("• Comic", on=card)
    await anna.gets_a_png(2)
    same(*given(world), "seed", "prompt")


async def test_a_reply_to_anything_else_is_just_words(world: World) -> None:
    anna = await with_a_photo(world)
    card = await anna.card("Lovely")
    await anna.sends("as a king", reply_to=card["message_id"])
    await anna.card("✏️ as a king\n\nLovely")


async def test_the_menu_opens_and_closes(world: World) -> None:
    anna = await with_a_picture(world)
    before = await anna.until(picture_of)
    menu = await opens_the_menu(anna)
    assert menu["message_id"] == before["message_id"]
    assert menu["caption"] == "Comic"
    await anna.taps("‹ Back")
    await anna.until(lambda sees: _with(sees, MAIN), "the buttons from before")


async def test_finer_is_the_same_seed_with_more_steps(world: World) -> None:
    anna = await with_a_picture(world)
    await opens_the_menu(anna)
    await anna.taps("✨ Finer")
    await anna.gets_a_png(2)
    same(*given(world), "num_steps")
    assert given(world)[1]["num_steps"] == 50

    second = await anna.until(lambda sees: _with(sees, MAIN), "the finer picture")
    await anna.taps("⋯", on=second)
    popup = await anna.taps("✨ Finer", on=second)
    assert popup == "It doesn't go any further: that would be the same picture again."
    assert len(given(world)) == 2


async def test_more_style_and_more_until_there_is_no_more(world: World) -> None:
    anna = await with_a_picture(world)
    for number in (2, 3, 4):
        picture = await anna.until(picture_of, "a picture")
        await anna.taps("⋯", on=picture)
        await anna.taps("🌀 More style", on=picture)
        await anna.gets_a_png(number)
    assert [each["style_strength_ratio"] for each in given(world)] == [20, 30, 40, 50]
    same(given(world)[0], given(world)[3], "style_strength_ratio")
    picture = await anna.until(picture_of, "the strongest")
    await anna.taps("⋯", on=picture)
    assert "doesn't go any further" in await anna.taps("🌀 More style", on=picture)


async def test_four_of_them_in_a_pager_that_shows_each(world: World) -> None:
    anna = await with_a_picture(world)
    await opens_the_menu(anna)
    await anna.taps("🔢 Four of them")
    files = [await anna.gets_a_png(number) for number in (2, 3, 4, 5)]
    assert given(world)[1]["num_outputs"] == 4
    drawn = [await world.drawn(1, output) for output in range(4)]
    assert files == drawn
    assert len(set(drawn)) == 4

    photos = []
    for page in (1, 2, 3, 4):
        shown = await anna.until(partial(_page, page), f"page {page}")
        assert labels(shown)[:3] == ["‹", f"{page}/4", "›"]
        photos.append(shown["photo"]["url"])
        await anna.taps("›", on=shown)
    first = await anna.until(partial(_page, 1), "page 1 again")
    assert first["photo"]["url"] == photos[0]
    assert len(set(photos)) == 4
    await anna.taps("‹", on=first)
    assert (await anna.until(partial(_page, 4), "page 4"))["photo"]["url"] == photos[3]
    names = [m["document"]["file_name"] for m in await anna.sees() if "document" in m]
    assert names[1:] == [f"avatar-comic-{number}.png" for number in (1, 2, 3, 4)]


async def test_three_of_four_say_what_became_of_the_fourth(world: World) -> None:
    anna = await with_a_picture(world)
    world.stand_ins.eachlabs.set(flagged="first")
    await opens_the_menu(anna)
    await anna.taps("🔢 Four of them")
    await anna.hears("Comic\n\n3 of 4: the safety filter held back the rest.")
    await anna.gets_a_png(4)


async def test_seed_and_words_can_be_copied(world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    await opens_the_menu(anna)
    shown = world.stand_ins.telegram.calls.made("editMessageMedia")[-1].params["reply_markup"]
    (copied,) = [
        button["copy_text"]["text"]
        for row in shown["inline_keyboard"]
        for button in row
        if "copy_text" in button
    ]
    assert copied == f"seed {given(world)[0]['seed']}: a person img as a knight"


async def test_delete_takes_the_picture_and_its_files_away(world: World) -> None:
    anna = await with_a_picture(world)
    await opens_the_menu(anna)
    world.stand_ins.telegram.add_fault(method="deleteMessage", kind="delay", seconds=0.3, times=2)
    assert await anna.taps("🗑 Delete") == "Deleted."
    assert [m for m in await anna.sees() if not m["outgoing"]] == []


async def test_a_picture_that_telegram_does_not_let_go_is_not_said_to_be_deleted(
    world: World,
) -> None:
    anna = await with_a_picture(world)
    await opens_the_menu(anna)
    world.expects("message can't be deleted")
    world.stand_ins.telegram.add_fault(
        method="deleteMessage",
        kind="status",
        status=400,
        times=2,
        description="Bad Request: message can't be deleted for everyone",
    )
    popup = await anna.taps("🗑 Delete")
    assert popup.startswith("Telegram lets me delete only for 48 hours.")
    # Killed or not: what was not deleted can be tried once more.
    assert await anna.taps("🗑 Delete") == "Deleted."


async def test_going_on_from_a_picture_whose_message_is_gone(world: World) -> None:
    anna = await with_a_picture(world)
    picture = await anna.until(picture_of)
    again = data_of(picture, "Again")
    await anna.deletes(picture["message_id"])
    assert await anna.invents(picture["message_id"], again) == ""
    await anna.gets_a_png(2)


async def test_a_photo_after_a_picture_is_a_fresh_start(world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    await anna.sends_photo(FACE)
    card = await anna.card("Lovely, clear face")
    assert "✏️" not in card["caption"]
    assert "📷 Photos: 1" in labels(card)


async def test_a_draft_that_was_begun_gives_way_to_the_picture_one_goes_on_from(
    world: World,
) -> None:
    anna = await with_a_picture(world, words="as a knight")
    await anna.sends("/start")
    await anna.card("Send me a photo")
    await anna.taps("🎨 Other look")
    await anna.card("Same photo, same words. Which look?")
    await anna.until(lambda sees: len(cards(sees)) == 2, "the picture and one card")
