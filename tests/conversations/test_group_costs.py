"""What one order costs its group, of 20 messages and edits a minute for everybody: 5, 7 with leave.

However somebody gets there: the longest ways.
"""

import random
from typing import Any

import pytest

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import labels, soon, who_agreed
from tests.faults.moments import rows
from tests.world import FACE, PHOTOS, Person, World

NO_FACE, TWO = PHOTOS / "no-person-coffee.jpg", PHOTOS / "two-people.jpg"
MIRRORED = PHOTOS / "astronaut-mirrored.webp"
NO_PICTURE = ("cv.pdf", b"%PDF-1.7")


async def test_words_after_somebodys_yes(world: World) -> None:
    ana, bo, group = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(AVATAR, reply_to=photo)
    await bo.taps("Yes, it's fine")
    card = (await ana.card("Ana. Which look?"))["message_id"]
    await ana.sends("as a knight", reply_to=card)
    await bo.hears("Ana as a knight, from Bo's photo. Bo, may I draw you?")
    await bo.taps("Yes, it's fine")
    await ana.hears("Ana as a knight. Which look?")
    # No edit is left to say so on the card.
    assert await ana.taps("Comic") == "On it. The picture comes here."
    await ana.gets_a_png()
    assert len(spent(world, group)) == 7


async def test_two_who_have_to_agree_and_words_in_between(world: World) -> None:
    """The file doesn't come by itself any more, but for a tap."""
    ana, bo = await world.person("Ana"), await who_agreed(world, "Bo")
    group = await world.group("Friends", ana, bo)
    ana, bo = ana.there(group), bo.there(group)
    world.forget()
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(AVATAR, reply_to=photo)
    await ana.card("Ana, one tap first")
    await ana.taps("Agree")
    await bo.card("Bo, may I draw you?")
    await bo.taps("Yes, it's fine")
    card = (await ana.card("Ana. Which look?"))["message_id"]
    await ana.sends("as a knight", reply_to=card)
    await bo.hears("Ana as a knight, from Bo's photo. Bo, may I draw you?")
    await bo.taps("Yes, it's fine")
    await ana.hears("Ana as a knight. Which look?")
    await ana.taps("Comic")
    picture = await ana.until(_picture, "the picture")
    assert labels(picture) == ["🔁 Again", "PNG", "✨ Make yours"]
    await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE ended_at IS NULL"))
    assert len(spent(world, group)) == 6
    assert await ana.taps("PNG") == "The file is on its way."
    assert await ana.gets_a_png() == await world.drawn()


async def test_one_bad_photo_after_another(world: World) -> None:
    ana, _, group = await friends(world)
    [command] = await ana.sends_photo(NO_FACE, caption=f"{AVATAR} as a knight")
    card = str((await ana.card("I can't find a face in that photo."))["message_id"])
    await ana.sends_photo(NO_PICTURE, kind="document", reply_to=card)
    await ana.hears("That file is not a picture")
    await ana.sends_photo(TWO, reply_to=card)
    await ana.hears("several faces")
    await ana.sends_photo(NO_PICTURE, kind="document", reply_to=card)
    await ana.hears("That file is not a picture")
    [last] = await ana.sends_photo(NO_FACE, reply_to=card)
    await reaction(ana, last, "🤔")
    [good] = await ana.sends_photo(FACE, reply_to=card)
    await reaction(ana, good, "👀")
    await ana.taps("Comic")
    await ana.until(_picture, "the picture")
    await reaction(ana, command, "🎉")
    assert len(spent(world, group)) <= 5


async def test_a_question_that_still_stands_is_answered(world: World) -> None:
    """While it is drawn, the card may show what was asked: its buttons do no harm."""
    ana, bo, group = await friends(world)
    await ana.sends_photo(NO_FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("I can't find a face in that photo.")
    await ana.sends_photo(FACE, reply_to=str(card["message_id"]))
    await ana.until(lambda sees: "find a face" not in str(sees), "no doubt")
    world.stand_ins.eachlabs.set(speed=10.0)
    await ana.taps("Comic")
    [stands] = [m for m in await ana.sees() if m["message_id"] == card["message_id"]]
    assert "Which look?" in stands["caption"]
    assert await ana.taps("Neon", on=stands) == "On it. The picture comes here."
    assert await bo.taps("Never mind", on=stands) == (
        "This one isn't yours. Ask for your own, and you get one."
    )
    await ana.taps("Never mind", on=stands)
    await ana.hears("Stopped")
    assert len(spent(world, group)) <= 5


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_answered(world: World, seed: int) -> None:
    """Photos, files and words at random before a look is tapped."""
    dice = random.Random(seed)
    ana, _, group = await friends(world)
    first = dice.choice([NO_FACE, TWO, FACE])
    await ana.sends_photo(first, caption=AVATAR)
    card = str((await ana.card("Which look?"))["message_id"])
    for _ in range(7):
        await _answers(ana, card, dice)
    [question] = [m for m in await ana.sees() if str(m["message_id"]) == card]
    await ana.taps("Comic", on=question)
    # Where the last photo is no good, that is the answer.
    end = await ana.until(lambda sees: next((m for m in sees if "🔁" in str(labels(m))), None))
    if "🔁 Again" in labels(end):
        await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE ended_at IS NULL"))
    assert len(spent(world, group)) <= 5


async def test_the_providers_bad_minute_is_told_once(world: World) -> None:
    """And never taken back: the picture is what comes next."""
    ana, _, group = await friends(world)
    world.stand_ins.eachlabs.fault(on="create", kind="status", status=503, times=8)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.hears("The drawing service is slow just now")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 5


async def test_after_a_rest_the_file_comes_by_its_button(world: World) -> None:
    ana, _, group = await friends(world)
    await ana.sends(f"{AVATAR} as a knight")
    await ana.card("Which look?")
    world.stand_ins.eachlabs.fault(on="create", kind="status", status=402)
    await ana.taps("Comic")
    await ana.until(_picture, "the picture")
    await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE ended_at IS NULL"))
    assert len(spent(world, group)) <= 5
    await ana.taps("PNG")
    await ana.gets_a_png()


async def test_what_was_told_is_known_after_a_restart(open_world: OpenWorld) -> None:
    world = await open_world()
    ana, _, group = await friends(world)
    world.stand_ins.eachlabs.fault(on="create", kind="status", status=503, times=4)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.hears("The drawing service is slow just now")
    await world.end()
    world.stand_ins.eachlabs.clear_faults()
    await world.start()
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 5


async def _answers(person: Person, card: str, dice: random.Random) -> None:
    match dice.choice(["photo", "file", "words"]):
        case "photo":
            await person.sends_photo(dice.choice([NO_FACE, TWO, FACE, MIRRORED]), reply_to=card)
        case "file":
            await person.sends_photo(NO_PICTURE, kind="document", reply_to=card)
        case _:
            await person.sends("como un caballero", reply_to=int(card))


def _picture(sees: list[Any]) -> Any:
    return next((m for m in sees if "🔁 Again" in labels(m)), None)
