"""Where a group's picture lands: topics, what was deleted, a supergroup, missing rights."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import (
    all_is_over,
    data_of,
    moves_late,
    once_each,
    sends_nothing,
    soon,
)
from tests.sandbox.company import Group
from tests.world import FACE, World


async def test_in_its_topic_and_in_general(world: World) -> None:
    ana, bo, group = await friends(world, forum=True)
    portraits = await group.topic("Portraits")
    await ana.says(f"{AVATAR} as a knight", chat=group, thread=portraits)
    hers = await ana.hears("Ana as a knight")
    await bo.says(f"{AVATAR} as a baker", chat=group)
    his = await bo.hears("Bo as a baker")
    assert (hers["thread_id"], his.get("thread_id")) == (portraits, None)
    await ana.taps("Comic", on=hers)
    await ana.gets_a_png()
    await bo.taps("Neon", on=his)
    await bo.gets_a_png(2)
    files = [m for m in await ana.sees() if "document" in m]
    assert [file.get("thread_id") for file in files] == [portraits, None]


async def test_one_person_in_two_topics_is_never_mixed(world: World) -> None:
    ana, _, group = await friends(world, forum=True)
    one, two = await group.topic("One"), await group.topic("Two")
    await ana.says(f"{AVATAR} as a knight", chat=group, thread=one)
    await ana.says(f"{AVATAR} as a baker", chat=group, thread=two)
    first, second = await ana.hears("Ana as a knight"), await ana.hears("Ana as a baker")
    await ana.taps("Comic", on=second)
    await ana.taps("Neon", on=first)
    await ana.gets_a_png(2)
    drawn = {p["input"]["style_name"]: p["input"]["prompt"] for p in world.predictions}
    assert "baker" in drawn["Comic book"]
    assert "knight" in drawn["Neonpunk"]


async def test_a_second_command_takes_the_first_ones_place(world: World) -> None:
    ana, _, _ = await friends(world)
    await ana.sends(f"{AVATAR} as a knight")
    await ana.hears("Ana as a knight")
    await ana.sends(f"{AVATAR} as a baker")
    await ana.card("Ana as a baker")
    await ana.until(lambda sees: "knight. Which" not in str(sees), "the first one's card gone")
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert len(world.predictions) == 1


async def test_the_command_is_deleted_before_the_picture_comes(world: World) -> None:
    ana, _, _ = await friends(world)
    [photo] = await ana.sends_photo(FACE)
    command = await ana.sends(f"{AVATAR} as a knight", reply_to=photo)
    card = await ana.card("Which look?")
    await ana.deletes(command)
    await ana.deletes(card["message_id"])
    await ana.sends(f"{AVATAR} as a baker, comic", reply_to=photo)
    await ana.hears("Comic · as a baker")
    await ana.gets_a_png()


async def test_a_group_becomes_a_supergroup_while_the_look_is_being_chosen(world: World) -> None:
    ana, bo, group = await friends(world, kind="group")
    await ana.sends(f"{AVATAR} as a knight")
    await ana.card("Ana as a knight")
    await group.upgrade()
    ana, bo = ana.there(group), bo.there(group)
    await ana.card("Ana as a knight. Which look?")
    assert await bo.taps("Comic") == "This one isn't yours. Ask for your own, and you get one."
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert len(world.predictions) == 1


async def test_a_group_becomes_a_supergroup_while_it_is_drawn(world: World) -> None:
    world.stand_ins.eachlabs.set(speed=8.0)
    ana, _, group = await friends(world, kind="group")
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.hears("Drawing")
    await soon(lambda: world.predictions)
    await group.upgrade()
    ana = ana.there(group)
    await ana.hears("Drawing")
    world.stand_ins.eachlabs.set(speed=100.0)
    await ana.gets_a_png()
    assert len(world.predictions) == 1


async def test_whoever_throws_the_bot_out_stops_it(world: World) -> None:
    world.stand_ins.eachlabs.set(stuck=True)
    ana, _, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.hears("Drawing")
    await soon(lambda: world.predictions)
    world.expects("bot was kicked")
    await group.removes(42)
    await soon(lambda: world.predictions[0]["status"] in {"cancelled", "canceled"})
    before = spent(world, group)
    world.stand_ins.eachlabs.set(stuck=False)
    await group.adds(42)
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= len(before) + 5


async def test_a_topic_that_is_deleted_while_it_is_drawn(world: World) -> None:
    world.stand_ins.eachlabs.set(speed=8.0)
    ana, _, group = await friends(world, forum=True)
    portraits = await group.topic("Portraits")
    await ana.says(f"{AVATAR} as a knight, comic", chat=group, thread=portraits)
    await ana.taps("Use my profile photo")
    await soon(lambda: world.predictions)
    world.expects(
        "message thread not found", "message to react not found", "message to edit not found"
    )
    await group.does("delete-topic", thread_id=portraits)
    world.stand_ins.eachlabs.set(speed=100.0)
    await ana.gets_a_png()
    [file] = [m for m in await ana.sees() if "document" in m]
    assert file.get("thread_id") is None


async def test_a_group_becomes_a_supergroup_while_its_card_is_edited(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegrams_word = moves_late(monkeypatch)
    world = await open_world()
    telegram = world.stand_ins.telegram
    ana, _, group = await friends(world, kind="group")
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Which look?")
    world.stand_ins.eachlabs.set(speed=4.0)
    telegram.add_fault(method="editMessageCaption", kind="delay", seconds=1.0)
    await ana.forges(card["message_id"], data_of(card, "Comic"))
    await soon(lambda: telegram.calls.made("editMessageCaption"))
    world.expects("upgraded to a supergroup")
    await group.upgrade()
    ana = ana.there(group)
    # Not only the picture's delivery, for which it would be too late.
    await ana.hears("Drawing")
    world.stand_ins.eachlabs.set(speed=100.0)
    await ana.gets_a_png()
    telegrams_word.set()
    await all_is_over(world)
    assert len(world.predictions) == 1
    assert once_each(await ana.sees())


async def _without_topics(world: World, group: Group, topic: int) -> None:
    """The one is deleted, and General is closed."""
    sends_nothing(world, group, "Bad Request: TOPIC_CLOSED")
    await group.does("delete-topic", thread_id=topic)


async def _without_media(_world: World, group: Group, _topic: int) -> None:
    await group.does("restrict", user_id=42, rights=["can_send_messages"])


@pytest.mark.parametrize("happens", [_without_topics, _without_media])
async def test_a_picture_that_has_no_place_in_the_group_any_more_comes_in_private(
    world: World, happens: Callable[[World, Group, int], Awaitable[None]]
) -> None:
    ana, _, group = await friends(world, forum=True)
    topic = await group.topic("Portraits")
    world.stand_ins.eachlabs.set(speed=10.0)
    await ana.says(f"{AVATAR} as a knight", chat=group, thread=topic)
    await ana.taps("Comic")
    await ana.hears("Drawing")
    await soon(lambda: world.predictions)
    world.expects("not found", "not enough rights")
    await happens(world, group, topic)
    world.stand_ins.eachlabs.set(speed=100.0)
    alone = replace(ana, chat_id=None)
    await alone.hears("I can't bring this one into the group any more, so here it is.")
    assert await alone.gets_a_png() == await world.drawn()
    assert "Drawing" not in str(await ana.sees())


@pytest.mark.parametrize(
    "words", ["Bad Request: TOPIC_CLOSED", "Bad Request: have no rights to send a message"]
)
async def test_a_question_that_has_no_place_ends_in_words(world: World, words: str) -> None:
    """A reaction, for whoever can't be written to."""
    ana, _, group = await friends(world)
    cleo = await world.person("Cleo")
    await group.adds(cleo.id)
    sends_nothing(world, group, words)
    await ana.sends(f"{AVATAR} as a knight")
    await replace(ana, chat_id=None).hears("“Friends”: I'm not allowed to write here.")
    await reaction(cleo.there(group), await cleo.there(group).sends(AVATAR), "😴")
