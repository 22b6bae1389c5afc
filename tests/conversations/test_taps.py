"""Taps that should not be: on somebody else's card, on old ones, twice, or by data nobody made."""

import asyncio

from tests.conversations.people import (
    cards,
    data_of,
    labels,
    picture_of,
    who_agreed,
    with_a_photo,
    with_a_picture,
)
from tests.world import FACE, World

NOT_YOURS = "This one isn't yours. Start your own with /start"
OLD = "This card is an old one. Yours is at the end of the chat, or comes with /start"


async def test_somebody_elses_draft_is_out_of_reach(world: World) -> None:
    anna, ben = await with_a_photo(world, "Anna"), await who_agreed(world, "Ben")
    hers, his = await anna.card("Lovely"), await ben.card("Send me a photo")
    for button in ("Comic", "Words", "I'm: person", "Photos", "Start over"):
        popup = await ben.invents(his["message_id"], data_of(hers, button))
        assert popup == NOT_YOURS
    assert (await ben.card("Send me a photo"))["message_id"] == his["message_id"]
    assert (await anna.card("Lovely"))["caption"] == hers["caption"]
    assert world.predictions == []


async def test_somebody_elses_consent_is_not_given_by_ones_tap(world: World) -> None:
    anna, ben = await world.person("Anna"), await world.person("Ben")
    for person in (anna, ben):
        await person.sends("/start")
    hers, his = await anna.card("Hi Anna"), await ben.card("Hi Ben")
    assert await ben.invents(his["message_id"], data_of(hers, "send a photo")) == NOT_YOURS
    for person, name in ((anna, "Anna"), (ben, "Ben")):
        await person.sends("/start")
        assert "Agree" in labels(await person.card(f"Hi {name}"))[0]


async def test_somebody_elses_picture_is_out_of_reach(world: World) -> None:
    anna, ben = await with_a_picture(world), await with_a_picture(world)
    hers, his = await anna.until(picture_of), await ben.until(picture_of)
    before = await anna.sees()
    for button in ("Again", "More like me", "Other look", "Words", "⋯"):
        assert await ben.invents(his["message_id"], data_of(hers, button)) == NOT_YOURS
    order = data_of(hers, "Again").partition(":")[0]
    for action in ("c", "d", "f", "s", "4", "t:1"):
        assert await ben.invents(his["message_id"], f"{order}:{action}") == NOT_YOURS
    assert await anna.sees() == before
    assert len(world.predictions) == 2


async def test_somebody_elses_order_is_not_cancelled(world: World) -> None:
    world.stand_ins.eachlabs.set(stuck=True)
    anna, ben = await with_a_photo(world, "Anna"), await who_agreed(world, "Ben")
    await anna.taps("Comic")
    hers, his = await anna.card("Drawing"), await ben.card("Send me a photo")
    assert await ben.invents(his["message_id"], data_of(hers, "Cancel")) == NOT_YOURS
    assert labels(await anna.card("Drawing")) == ["✖️ Cancel"]


async def test_data_that_nobody_made_is_answered(world: World) -> None:
    anna = await with_a_photo(world)
    card = await anna.card("Lovely")
    invented = ["", "x", ":", "d", "d1", "d1:", "d999999999:l:comic", "o999999999:c", "z1:c"]
    invented += ["d-1:l:comic", "d" + "9" * 40 + ":c", "🙂" * 16, "d1:l:comic:more", "<b>", "\x00"]
    for data in invented:
        assert await anna.invents(card["message_id"], data) in {OLD, NOT_YOURS}, data
    assert await anna.card("Lovely") == card


async def test_ones_own_card_with_invented_data_stays_as_it_is(world: World) -> None:
    anna = await with_a_photo(world)
    card = await anna.card("Lovely")
    draft = data_of(card, "Comic").partition(":")[0]
    expected = {"l:nosuchlook": OLD, "l:": OLD, "zz": OLD, "pg:nowhere": "", "i:99": ""}
    expected |= {"i:-1": "", "nw": "", "a": "", "p:": ""}
    popups = {
        action: await anna.invents(card["message_id"], f"{draft}:{action}") for action in expected
    }
    assert popups == expected
    assert (await anna.card("Lovely"))["caption"] == card["caption"]
    assert world.predictions == []


async def test_ones_own_picture_with_invented_data_stays_as_it_is(world: World) -> None:
    anna = await with_a_picture(world)
    picture = await anna.until(picture_of)
    order = data_of(picture, "Again").partition(":")[0]
    for action in ("t:0", "t:1", "t:2", "t:99", "t:x", "pg:nowhere", "pg", "zz"):
        popup = await anna.invents(picture["message_id"], f"{order}:{action}")
        assert popup in {"", OLD}, action
    await anna.sends("/privacy")
    await anna.hears("Your photo stays with Telegram")
    assert await anna.until(picture_of) == picture
    assert len(world.predictions) == 1


async def test_an_old_card_says_that_it_is_old(world: World) -> None:
    anna = await with_a_photo(world)
    old = await anna.card("Lovely")
    await anna.sends("as a knight")
    await anna.card("✏️ as a knight")
    assert await anna.invents(old["message_id"], data_of(old, "Comic")) == OLD
    assert world.predictions == []


async def test_a_look_before_a_photo(world: World) -> None:
    anna = await who_agreed(world)
    card = await anna.card("Send me a photo")
    draft = data_of(card, "profile").partition(":")[0]
    popup = await anna.invents(card["message_id"], f"{draft}:l:comic")
    assert popup == "First a photo, then the look."


async def test_two_taps_on_a_look_are_one_order_and_no_complaint(world: World) -> None:
    anna = await with_a_photo(world)
    card = await anna.card("Lovely")
    comic, neon = data_of(card, "Comic"), data_of(card, "Neon")
    taps = [anna.invents(card["message_id"], data) for data in (comic, comic, neon)]
    assert await asyncio.gather(*taps) == ["", "", ""]
    await anna.gets_a_png()
    assert len(world.predictions) == 1


async def test_two_taps_on_again_are_one_order(world: World) -> None:
    anna = await with_a_picture(world)
    picture = await anna.until(picture_of)
    again = data_of(picture, "Again")
    taps = [anna.invents(picture["message_id"], again) for _ in range(3)]
    assert await asyncio.gather(*taps) == ["", "", ""]
    await anna.gets_a_png(2)
    assert len(world.predictions) == 2


async def test_two_taps_on_a_page_show_it_once(world: World) -> None:
    anna = await with_a_photo(world)
    card = await anna.card("Lovely")
    words = data_of(card, "✏️ Words")
    await asyncio.gather(*(anna.invents(card["message_id"], words) for _ in range(3)))
    after = await anna.card("Write what you want to see")
    assert after["message_id"] == card["message_id"]


async def test_a_card_that_was_deleted_comes_back(world: World) -> None:
    anna = await with_a_photo(world)
    card = await anna.card("Lovely")
    await anna.deletes(card["message_id"])
    await anna.sends_photo(FACE)
    await anna.card("2 photos")
    await anna.until(lambda sees: len(cards(sees)) == 1)
