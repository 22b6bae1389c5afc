"""`/avatar` in a group: one message from the question to the picture, and nobody else's buttons."""

import sqlite3
from contextlib import closing
from typing import Any

from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import data_of, labels
from tests.sandbox.company import Group
from tests.world import FACE, Person, World


async def test_ones_own_photo_in_a_reply(world: World) -> None:
    ana, bo, group = await friends(world)
    [photo] = await ana.sends_photo(FACE)
    command = await ana.sends(f"{AVATAR} as a knight", reply_to=photo)
    card = await ana.card("Ana as a knight. Which look?")
    assert card["reply_to"] == command
    assert labels(card)[:3] == ["Natural", "Cinematic", "Animated"]
    await reaction(ana, command, "👀")
    await ana.taps("Comic")
    assert await bo.gets_a_png() == await world.drawn()
    await reaction(ana, command, "🎉")
    picture = await ana.until(
        lambda sees: next((m for m in sees if "Again" in str(labels(m))), None), "the picture"
    )
    assert picture["message_id"] == card["message_id"]
    assert labels(picture) == ["🔁 Again", "PNG", "✨ Make yours"]
    assert "as a knight" in world.predictions[0]["input"]["prompt"]
    assert len(spent(world, group)) <= 5


async def test_a_look_in_the_words_skips_the_question(world: World) -> None:
    ana, _, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    command = (await ana.sees())[-1]["message_id"]
    card = await ana.hears("Comic · as a knight")
    assert card["reply_to"] == command
    await ana.gets_a_png()
    await reaction(ana, command, "🎉")
    assert world.predictions[0]["input"]["style_name"] == "Comic book"
    assert len(spent(world, group)) <= 4


async def test_a_basic_group_and_a_command_without_the_bots_name(world: World) -> None:
    ana, _, _ = await friends(world, kind="group")
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    await ana.gets_a_png()
    [photo] = await ana.sends_photo(FACE)
    await ana.sends("/avatar comic", reply_to=photo)
    await ana.gets_a_png(2)
    assert len(world.predictions) == 2


async def test_one_part_of_an_album(world: World) -> None:
    ana, _, _ = await friends(world)
    await ana.sends_photo(FACE, FACE, caption=f"{AVATAR} comic", kind="album")
    await ana.gets_a_png()
    assert len(world.predictions) == 1


async def test_what_stands_between_the_command_and_the_words(world: World) -> None:
    ana, _, _ = await friends(world)
    for between, words in ((": ", "as a knight"), ("\u00a0", "as a baker"), ("\t", "as a cook")):
        await ana.sends(f"{AVATAR}{between}{words}")
        await ana.card(f"Ana {words}. Which look?")


async def test_a_tap_by_somebody_else_is_answered_and_changes_nothing(world: World) -> None:
    ana, bo, _ = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Which look?")
    before = await ana.sees()
    assert await bo.taps("Comic") == "This one isn't yours. Ask for your own, and you get one."
    assert await ana.sees() == before
    assert world.predictions == []
    await ana.taps("Comic")
    await ana.gets_a_png()
    picture = await ana.until(lambda sees: _again(sees, card["message_id"]))
    assert await bo.invents(picture["message_id"], data_of(picture, "Again")) == (
        "This one isn't yours. Ask for your own, and you get one."
    )
    assert len(world.predictions) == 1
    await ana.taps("Again")
    await ana.gets_a_png(2)


async def test_two_people_at_once_are_never_mixed(world: World) -> None:
    ana, bo, group = await friends(world)
    for person, words in ((ana, "as a knight"), (bo, "as a baker")):
        await person.sends_photo(FACE, caption=f"{AVATAR} {words}")
    hers, his = await ana.hears("Ana as a knight"), await ana.hears("Bo as a baker")
    await ana.taps("Comic", on=hers)
    await bo.taps("Neon", on=his)
    await ana.gets_a_png(2)
    drawn = {p["input"]["style_name"]: p["input"]["prompt"] for p in world.predictions}
    assert "knight" in drawn["Comic book"]
    assert "baker" in drawn["Neonpunk"]
    assert len(spent(world, group)) <= 10


async def test_who_has_not_agreed_is_asked_once(world: World) -> None:
    ana, bo = await world.person("Ana"), await world.person("Bo")
    group = await world.group("Friends", ana, bo)
    ana, bo = ana.there(group), bo.there(group)
    world.forget()
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Ana, one tap first: you're 18 or older")
    assert labels(card) == ["✅ Agree", "✖️ Never mind"]
    assert await bo.taps("Agree") == "This one isn't yours. Ask for your own, and you get one."
    await ana.taps("Agree")
    await ana.card("Ana as a knight. Which look?")
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 7
    world.forget()
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker, comic")
    await ana.gets_a_png(2)
    assert len(spent(world, group)) <= 4


async def test_over_a_cap_one_sentence_and_then_only_a_reaction(open_world: Any) -> None:
    world = await open_world(daily_credits_per_user=1)
    ana, bo, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    second = (await ana.sees())[-1]["message_id"]
    told = await ana.hears("That's all for today.")
    await reaction(ana, second, "😴")
    world.forget()
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    third = [m for m in await ana.sees() if m["outgoing"]][-1]["message_id"]
    await reaction(ana, third, "😴")
    assert spent(world, group) == []
    assert told["reply_to"] == second
    assert len(world.stand_ins.eachlabs.report()["predictions"]) == 1
    await bo.sends_photo(FACE, caption=f"{AVATAR} neon")
    await bo.gets_a_png(2)


async def test_the_bot_is_silent_unless_asked(world: World) -> None:
    ana, bo, group = await friends(world)
    await group.promotes(42, "can_delete_messages")
    await ana.sends("Hello everybody")
    await ana.sends("/avatar@otherbot as a knight")
    await ana.sends("/avatar as a knight")
    [photo] = await ana.sends_photo(FACE)
    await bo.sends("Nice one", reply_to=photo)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    # Ana has added the bot and made it an administrator, and her last message is for it.
    assert (_stored(world, group, ana), _stored(world, group, bo)) == (3, 0)
    assert len(spent(world, group)) <= 4


def _again(sees: list[Any], message_id: int) -> Any:
    return next(
        (m for m in sees if m["message_id"] == message_id and "🔁 Again" in labels(m)), None
    )


def _stored(world: World, group: Group, person: Person) -> int:
    """How many of somebody's updates in the group were kept."""
    with closing(sqlite3.connect(world.settings.database_path)) as database:
        question = "SELECT count(*) FROM updates WHERE conversation LIKE ?"
        return int(database.execute(question, [f"{group.id}:%:{person.id}"]).fetchone()[0])
