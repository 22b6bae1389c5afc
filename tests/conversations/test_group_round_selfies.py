"""Who has no usable profile photo joins a round by a selfie in private."""

from dataclasses import replace

from tests.conversations.people import data_of
from tests.conversations.rounds import (
    COFFEE,
    JOIN,
    NO_FACE,
    ROUND,
    SELFIE,
    grown,
    joins,
    shows,
    three,
)
from tests.world import FACE, World


async def test_without_a_usable_profile_photo_a_selfie_comes_by_private_link(world: World) -> None:
    dora = await world.person("Dora", profile_photo=None)
    eve = await world.person("Eve", profile_photo=None)
    await shows(eve, COFFEE)
    group = await world.group("Friends", dora, eve)
    here, there = dora.there(group), eve.there(group)
    await here.sends(f"{ROUND} as pirates, comic")
    card = await here.card("👥 All of us as pirates · Comic")
    for person, told in ((here, "I can't see a profile photo"), (there, "I can't find a face")):
        await person.taps(JOIN)
        assert told in await person.taps(JOIN)
    assert world.predictions == []
    link = next(b["url"] for row in card["keyboard"] for b in row if b["text"] == SELFIE)
    await dora.sends(f"/start {link.partition('start=')[2]}")
    await dora.hears("the picture of “Friends”: 👥 All of us as pirates · Comic. They only see")
    await dora.sends_photo(NO_FACE)
    await dora.hears("I can't find a face in that photo. Send me another one.")
    await dora.sends_photo(FACE)
    await dora.hears("You're in! Your drawing appears in “Friends”.")
    await grown(there, "Dora")
    # That was for the round; what comes next is for her own card.
    await dora.sends_photo(FACE)
    await dora.hears("Lovely, clear face")
    assert len(world.predictions) == 1
    assert [m["from"]["is_bot"] for m in await here.sees() if "photo" in m] == [True]


async def test_a_selfie_link_is_good_only_for_who_is_in_the_group(world: World) -> None:
    ana, bo, _, group = await three(world)
    await ana.sends(f"{ROUND} comic")
    card = await ana.card("👥 All of us · Comic")
    link = next(b["url"] for row in card["keyboard"] for b in row if b["text"] == SELFIE)
    eve = await world.person("Eve")
    await eve.sends(f"/start {link.partition('start=')[2]}")
    await eve.hears("I can't find you in that group just now.")
    await eve.sends_photo(FACE)
    await eve.hears("Your photo is here already")
    # Nor is it for who has left since.
    alone = replace(bo, chat_id=None)
    await alone.sends(f"/start {link.partition('start=')[2]}")
    await alone.card("Send me a photo of your face")
    await group.removes(bo.id)
    await alone.sends_photo(FACE)
    await alone.card("I can't find you in that group just now.")
    assert world.predictions == []


async def test_a_selfie_that_is_thought_better_of(world: World) -> None:
    ana, bo, cleo, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    card = await ana.card("👥 All of us · Comic")
    number = data_of(card, "Finish").partition(":")[0][1:]
    alone = replace(bo, chat_id=None)
    await alone.sends(f"/start selfie-{number}")
    await alone.card("Send me a photo of your face")
    await alone.sends("/cancel")
    await alone.sends_photo(FACE)
    await alone.card("Your photo is here already: one tap and we go on.")
    assert world.predictions == []
    # Who only followed the link has heard nothing of what happens with a profile photo.
    alone = replace(cleo, chat_id=None)
    await alone.sends(f"/start selfie-{number}")
    await alone.card("Send me a photo of your face")
    await joins(cleo)
    await grown(ana, "Cleo")
