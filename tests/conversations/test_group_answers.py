"""What is sent in reply to the bot's messages in a group: photos and words for what was asked."""

from dataclasses import replace
from typing import Any

import pytest

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import data_of, labels, who_agreed
from tests.faults.moments import soon
from tests.world import FACE, PHOTOS, World

NO_FACE = PHOTOS / "no-person-coffee.jpg"
SETTINGS = "/avatarsettings@sandbox_bot"


async def test_an_answer_to_another_message_of_the_bots_is_for_no_ask(
    open_world: OpenWorld,
) -> None:
    world = await open_world()
    ana, bo, group = await friends(world)
    forbidden = "Bad Request: not enough rights to send photos to the chat"
    world.expects("not enough rights to send photos")
    world.stand_ins.telegram.add_fault(
        method="sendPhoto", kind="status", status=400, description=forbidden, chat_id=group.id
    )
    await bo.sends(f"{AVATAR} as a baker, neon")
    await bo.hears("I'm not allowed to send photos here.")
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await ana.gets_a_png()
    hers = await ana.until(_picture, "the picture")
    # Bo's question has no card: what he shows or says to Ana's picture is no answer to it.
    await bo.sends_photo(FACE, reply_to=str(hers["message_id"]))
    await bo.sends("as a cook", reply_to=hers["message_id"])
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a miller, comic")
    await bo.gets_a_png(2)
    assert hers in await ana.sees()
    drawn = [p["input"]["prompt"] for p in world.predictions]
    assert ["knight" in drawn[0], "miller" in drawn[1]] == [True, True]


async def test_nobody_says_yes_to_words_that_they_have_not_read(world: World) -> None:
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(AVATAR, reply_to=photo)
    card = (await ana.card("Ana, from Bo's photo."))["message_id"]
    await ana.sends("as a knight", reply_to=card)
    await bo.hears("Ana as a knight, from Bo's photo. Bo, may I draw you?")
    assert world.predictions == []


async def test_a_yes_to_the_words_before_is_none(world: World) -> None:
    """The card is still to be edited when Bo taps."""
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(f"{AVATAR} comic", reply_to=photo)
    card = await ana.card("Ana, from Bo's photo.")
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="editMessageCaption", kind="delay", seconds=1.0)
    await ana.sends("as a knight", reply_to=card["message_id"])
    await soon(lambda: telegram.calls.made("editMessageCaption"))
    told = await bo.invents(card["message_id"], data_of(card, "it's fine"))
    assert told == "The words have just changed. Read them once more."
    await bo.hears("Ana as a knight, from Bo's photo. Bo, may I draw you?")
    assert world.predictions == []


async def test_a_yes_for_who_has_no_credits_left(open_world: OpenWorld) -> None:
    """It is kept, and whose credits they are hears of them."""
    world = await open_world(daily_credits_per_user=1)
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(f"{AVATAR} as a knight, comic", reply_to=photo)
    await ana.card("Bo, may I draw you?")
    alone = replace(ana, chat_id=None)
    await alone.sends_photo(FACE)
    await alone.taps("Neon")
    await alone.gets_a_png()
    assert await bo.taps("it's fine") == ""
    assert labels(await ana.card("Ana as a knight."))[0] == "🎨 Draw it"
    assert "That's all for today." in await ana.taps("Draw it")


async def test_words_after_somebodys_yes_are_asked_for_once_more(world: World) -> None:
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(AVATAR, reply_to=photo)
    await bo.taps("Yes, it's fine")
    card = (await ana.card("Ana. Which look?"))["message_id"]
    words = await ana.sends("as a knight, comic", reply_to=card)
    await reaction(ana, words, "👀")
    await bo.hears("Ana as a knight, from Bo's photo. Bo, may I draw you?")
    assert world.predictions == []
    await bo.taps("Yes, it's fine")
    await ana.gets_a_png()
    assert "knight" in world.predictions[0]["input"]["prompt"]


async def test_a_photo_without_a_face_is_named_on_the_first_card(world: World) -> None:
    ana, _, group = await friends(world)
    await ana.sends_photo(NO_FACE, caption=f"{AVATAR} as a knight")
    await ana.card("I can't find a face in that photo.")
    await ana.taps("Comic")
    await ana.gets_a_png()
    await ana.until(_picture, "the picture")
    assert len(spent(world, group)) <= 5


async def test_a_better_photo_in_an_answer_clears_the_doubt(world: World) -> None:
    ana, _, group = await friends(world)
    await ana.sends_photo(NO_FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("I can't find a face in that photo.")
    await ana.sends_photo(FACE, reply_to=str(card["message_id"]))
    better = await ana.until(lambda sees: _without(sees, "find a face"), "the card")
    assert "Ana as a knight. Which look?" in better["caption"]
    await ana.taps("Comic")
    await ana.gets_a_png()
    await ana.until(_picture, "the picture")
    assert len(spent(world, group)) <= 5


async def test_whoever_asked_may_think_better_of_it(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends(f"{AVATAR} as a knight")
    card = await ana.card("Ana as a knight. Which look?")
    assert (
        await bo.taps("✖️ Never mind") == "This one isn't yours. Ask for your own, and you get one."
    )
    assert await ana.taps("✖️ Never mind") == ""
    await ana.until(lambda sees: card not in sees, "no card")
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    assert ["knight" in p["input"]["prompt"] for p in world.predictions] == [False]
    # A card, and the picture with its file.
    assert len(spent(world, group)) <= 5


@pytest.mark.parametrize("answers", ["✖️ No", "✅ Yes, it's fine"])
async def test_whose_photo_it_is_says_no_before_or_after_a_yes(world: World, answers: str) -> None:
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    world.forget()
    await ana.sends(f"{AVATAR} as a knight", reply_to=photo)
    card = await ana.card("Bo, may I draw you?")
    no = data_of(card, "No")
    await bo.taps(answers)
    if answers != "✖️ No":
        await bo.card("Which look?")
        assert await bo.invents(card["message_id"], no) == ""
    await bo.until(lambda sees: all(m["message_id"] != card["message_id"] for m in sees), "no card")
    assert await ana.invents(card["message_id"], no) == "This one is over. Just ask for a new one."
    assert world.predictions == []
    deletes = world.stand_ins.telegram.calls.made("deleteMessage")
    assert len(deletes) == 1


async def test_a_question_that_gives_way_to_another_is_deleted_once(world: World) -> None:
    ana, _, _ = await friends(world)
    for words in ("as a knight", "as a baker", "comic"):
        await ana.sends_photo(FACE, caption=f"{AVATAR} {words}")
        await ana.hears(words if words != "comic" else "Comic")
    await ana.gets_a_png()
    await ana.until(lambda sees: "Which look?" not in str(sees), "no question")
    assert len(world.stand_ins.telegram.calls.made("deleteMessage")) == 2


async def test_a_look_in_an_answer_where_the_command_had_the_words(world: World) -> None:
    ana, _, group = await friends(world)
    await ana.sends(f"{AVATAR} as a knight")
    card = (await ana.card("Ana as a knight. Which look?"))["message_id"]
    puzzled = await ana.sends("as a baker", reply_to=card)
    await reaction(ana, puzzled, "🤔")
    seen = await ana.sends("comic", reply_to=card)
    await reaction(ana, seen, "👀")
    await ana.gets_a_png()
    [drawn] = world.predictions
    assert "as a knight" in drawn["input"]["prompt"]
    assert drawn["input"]["style_name"] == "Comic book"
    assert len(spent(world, group)) <= 5


async def test_words_under_the_photo_of_an_answer(world: World) -> None:
    cleo = await who_agreed(world, "Cleo", profile_photo=None)
    group = await world.group("Friends", cleo)
    cleo = cleo.there(group)
    await cleo.sends(AVATAR)
    card = str((await cleo.card("Answer this message with a photo"))["message_id"])
    await cleo.sends_photo(FACE, caption="as a knight, comic", reply_to=card)
    await cleo.gets_a_png()
    assert "as a knight" in world.predictions[0]["input"]["prompt"]


async def test_what_is_refused_is_said_once_to_an_album(world: World) -> None:
    ana, bo, _ = await friends(world)
    await bo.sends(f"{AVATAR} comic")
    card = str((await bo.card("Bo."))["message_id"])
    await ana.sends(SETTINGS)
    await ana.taps("I draw here")
    album = await bo.sends_photo(*[FACE] * 3, kind="album", reply_to=card)
    for number in album:
        await reaction(bo, number, "😴")
    refusals = [m for m in await bo.sees() if "switched me off" in str(m)]
    assert len(refusals) == 1
    assert world.predictions == []


async def test_a_card_that_had_to_go_to_general_is_answered_there(world: World) -> None:
    ana, _, group = await friends(world, forum=True)
    portraits = await group.topic("Portraits")
    await group.does("close-topic", thread_id=portraits)
    world.expects("TOPIC_CLOSED")
    await ana.says(f"{AVATAR} comic", chat=group, thread=portraits)
    card = str((await ana.card("Ana."))["message_id"])
    [photo] = await ana.sends_photo(FACE, reply_to=card)
    await reaction(ana, photo, "👀")
    await ana.gets_a_png()


def _without(sees: list[Any], words: str) -> Any:
    [card] = [m for m in sees if "Comic" in labels(m)]
    return card if words not in card["caption"] else None


def _picture(sees: list[Any]) -> Any:
    return next((m for m in sees if "🔁 Again" in labels(m)), None)
