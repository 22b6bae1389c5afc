"""A group's order whose photo comes in private, and words that come after the command."""

from typing import Any

from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import a_newer_card, labels, soon, who_agreed
from tests.faults.moments import rows
from tests.sandbox.company import Group
from tests.world import FACE, PHOTOS, Person, World

LINK = "https://t.me/sandbox_bot?start="


async def faceless(world: World, **more: Any) -> tuple[Person, Person, Group]:
    """Cleo, who has agreed and has no profile photo, and Bo, in a group with the bot."""
    cleo, bo = await who_agreed(world, "Cleo", profile_photo=None), await who_agreed(world, "Bo")
    group = await world.group("Friends", cleo, bo, **more)
    world.forget()
    return cleo, bo, group


def private_link(card: Any) -> str:
    """What its private link makes a phone say."""
    [url] = [b["url"] for row in card["keyboard"] for b in row if "privately" in b["text"]]
    assert url.startswith(LINK)
    return f"/start {url.removeprefix(LINK)}"


async def test_the_photo_comes_in_private_and_the_picture_in_its_topic(world: World) -> None:
    cleo, bo, group = await faceless(world, forum=True)
    portraits = await group.topic("Portraits")
    command = await cleo.says(f"{AVATAR} as a knight", chat=group, thread=portraits)
    there = cleo.there(group)
    card = await there.card("Cleo as a knight. Which look?")
    await bo.sends(private_link(card))
    await bo.hears("That link is for the one who asked.")
    await bo.sends_photo(FACE)
    await bo.card("Lovely, clear face")

    await cleo.sends(private_link(card))
    await cleo.card("Send me a photo of one face for “as a knight” in the group.")
    await cleo.sends("one moment")
    await cleo.card("Send me a photo of one face for “as a knight”")
    [photo] = await cleo.sends_photo(FACE)
    brought = await cleo.card("Got it! Back to the group")
    [[back]] = brought["keyboard"]
    number = str(group.id).removeprefix("-100")
    assert back["url"] == f"https://t.me/c/{number}/{card['message_id']}"
    await there.taps("Comic", on=card)
    await there.gets_a_png()
    [picture] = [m for m in await there.sees() if "🔁 Again" in labels(m)]
    [file] = [m for m in await there.sees() if "document" in m]
    assert (picture["reply_to"], picture["thread_id"], file["thread_id"]) == (
        command,
        portraits,
        portraits,
    )
    assert len(world.predictions) == 1
    assert len(spent(world, group)) <= 5
    # Of what was sent in private the group has seen nothing.
    assert photo not in [m["message_id"] for m in await there.sees() if "photo" in m]
    assert [m["from"]["is_bot"] for m in await there.sees() if "photo" in m] == [True]

    await cleo.sends(private_link(card))
    await cleo.hears("That order is over, or was never there.")
    # The next photo is nobody's errand any more.
    await cleo.sends_photo(FACE)
    await cleo.card("Lovely, clear face")


async def test_with_a_look_in_the_words_the_private_photo_is_drawn_at_once(world: World) -> None:
    cleo, _, group = await faceless(world)
    there = cleo.there(group)
    await there.sends(f"{AVATAR} comic")
    card = await there.card("Answer this message with a photo of one face.")
    await cleo.sends(private_link(card))
    await cleo.card("for your avatar in the group")
    await cleo.taps("Back")
    await cleo.card("Send me a photo of one face: a selfie")
    await cleo.sends(private_link(card))
    await cleo.card("for your avatar in the group")
    await cleo.sends_photo(FACE)
    await cleo.card("Got it!")
    await there.gets_a_png()
    assert "document" not in str(await cleo.sees())
    assert len(spent(world, group)) <= 5


async def test_a_photo_without_a_face_leads_to_the_private_chat(world: World) -> None:
    cleo, _, group = await faceless(world)
    there = cleo.there(group)
    await there.sends_photo(PHOTOS / "no-person-coffee.jpg", caption=f"{AVATAR} as a knight")
    card = await there.card("I can't find a face in that photo.")
    await cleo.sends(private_link(card))
    await cleo.card("Send me a photo of one face for “as a knight”")
    await cleo.sends_photo(FACE)
    await cleo.card("Got it!")
    await there.taps("Comic", on=card)
    await there.gets_a_png()


async def test_links_that_nobody_gave(world: World) -> None:
    cleo, _, _ = await faceless(world)
    for argument in ("ask-", "ask-999999", "ask-x", "ask-" + "9" * 40):
        number = await cleo.sends(f"/start {argument}")
        told = await a_newer_card(cleo, number)
        assert told["text"] == "That order is over, or was never there. Ask once more in the group."


async def test_words_in_reply_to_the_question(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends(AVATAR)
    card = (await ana.card("Ana. Which look?"))["message_id"]
    await bo.sends("as a clown", reply_to=card)
    words = await ana.sends("as a knight", reply_to=card)
    await reaction(ana, words, "👀")
    # Words that are there stay.
    await ana.sends("as a baker", reply_to=card)
    await ana.taps("Comic")
    await ana.hears("Comic · as a knight")
    await ana.gets_a_png()
    assert "as a knight" in world.predictions[0]["input"]["prompt"]
    assert len(spent(world, group)) <= 5


async def test_a_look_in_the_words_of_a_reply_is_enough(world: World) -> None:
    ana, _, group = await friends(world)
    [photo] = await ana.sends_photo(FACE)
    await ana.sends(AVATAR, reply_to=photo)
    card = (await ana.card("Ana. Which look?"))["message_id"]
    await ana.sends("comic: as a knight", reply_to=card)
    await ana.gets_a_png()
    assert world.predictions[0]["input"]["style_name"] == "Comic book"
    await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE rendered_version < version"))
    assert len(spent(world, group)) <= 5


async def test_an_album_in_private_is_one_answer(world: World) -> None:
    cleo, _, group = await faceless(world)
    there = cleo.there(group)
    await there.sends(f"{AVATAR} as a knight")
    card = await there.card("Cleo as a knight. Which look?")
    await cleo.sends(private_link(card))
    await cleo.card("Send me a photo of one face")
    await cleo.sends_photo(FACE, FACE, FACE, kind="album")
    await cleo.card("Got it! Back to the group")
    await there.taps("Comic", on=card)
    await there.gets_a_png()
    # The other parts began nothing in private.
    assert "Got it!" in str((await cleo.sees())[-1])
