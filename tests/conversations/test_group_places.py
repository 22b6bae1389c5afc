"""Where a group's picture lands: topics, what was deleted, a supergroup, missing rights."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.conversations.conftest import OpenWorld
from tests.conversations.people import data_of, labels, moves_late, soon
from tests.conversations.test_group_avatar import AVATAR, friends, reaction, spent
from tests.faults.moments import changes, rows
from tests.sandbox.company import Group
from tests.world import FACE, World


def once_each(sees: list[Any]) -> bool:
    """Whether the bot's picture and its file are there, and nothing twice."""
    shown = [m for m in sees if m["from"]["is_bot"]]
    return [len([m for m in shown if kind in m]) for kind in ("photo", "document")] == [1, 1]


def _long_ago(world: World, group: Group) -> None:
    """As if the hello had been said before the group was slowed down."""
    world.stand_ins.telegram._state.chats.chats[group.id].spoke.clear()


async def all_is_over(world: World) -> None:
    """Waits for the last call of every order."""
    await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE ended_at IS NULL"))


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


async def test_without_the_right_to_send_photos_there_is_a_sentence(world: World) -> None:
    ana, _, group = await friends(world)
    await group.does("permissions", rights=["can_send_messages"])
    await group.promotes(ana.id, "can_change_info")
    world.expects("not enough rights to send photos")
    world.forget()
    told = "I'm not allowed to send photos here."
    number = await ana.sends(f"{AVATAR} as a knight")
    assert (await ana.card(told))["reply_to"] == number
    number = await ana.sends(f"{AVATAR} as a knight, comic")
    await ana.until(lambda sees: [m for m in sees if told in str(m)][1:], "the sentence again")
    assert world.predictions == []
    # An order that is there at once is stopped: what can't be shown is not to be paid for.
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    await ana.until(lambda sees: [m for m in sees if told in str(m)][2:], "and once more")
    await soon(lambda: all(p["status"] != "processing" for p in world.predictions))
    assert "document" not in str(await ana.sees())
    # Its card is tried once more when it is over; not after this.
    unsettled = "SELECT 1 FROM orders WHERE rendered_version < version OR ended_at IS NULL"
    await soon(lambda: not rows(world, unsettled))


async def test_where_reactions_are_refused_the_picture_comes_all_the_same(world: World) -> None:
    ana, _, group = await friends(world)
    await group.does("reactions", emoji=["👍"])
    world.expects("REACTION_INVALID")
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    assert "reactions" not in str(await ana.sees())


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


async def test_in_slow_mode_the_file_waits_and_comes_once(world: World) -> None:
    ana, _, group = await friends(world)
    world.expects("retry after")
    _long_ago(world, group)
    await group.does("slow-mode", seconds=3)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await ana.gets_a_png()
    await all_is_over(world)
    assert once_each(await ana.sees())
    refused = [call for call in world.stand_ins.telegram.calls.made("sendMessage") if not call.ok]
    assert 1 <= len(refused) <= 2
    assert len(world.predictions) == 1


async def test_a_card_that_had_to_wait_becomes_the_picture(world: World) -> None:
    """It is drawn before the chat lets the card through; the hello was a moment ago."""
    ana, _, group = await friends(world)
    world.expects("retry after")
    await group.does("slow-mode", seconds=3)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await ana.gets_a_png()
    await all_is_over(world)
    assert once_each(await ana.sees())


async def test_slow_mode_holds_back_no_card_that_is_there(open_world: OpenWorld) -> None:
    """The bot may not send for an hour; what it edits goes out."""
    world = await open_world()
    ana, bo, group = await friends(world)
    world.expects("retry after")
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a baker")
    await bo.card("Which look?")
    await group.does("slow-mode", seconds=3600)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    sent = world.stand_ins.telegram.calls
    await soon(lambda: any(not call.ok for call in sent.made("sendPhoto")))
    await bo.taps("Comic")
    await bo.until(lambda sees: [m for m in sees if "Again" in str(labels(m))], "the picture")
    # What waits for the hour to end is ended here.
    for waits in ("drafts WHERE render_at", "orders WHERE not_before"):
        await soon(partial(rows, world, f"SELECT 1 FROM {waits} > {time.time() + 3000}"))
    await world.end()
    await group.does("slow-mode", seconds=0)
    await changes(world, "UPDATE drafts SET render_at = 0", "UPDATE orders SET not_before = 0")
    await world.start()
    await bo.gets_a_png()
    await ana.hears("Ana as a knight")


async def test_in_the_slowest_mode_the_file_comes_an_hour_later(open_world: OpenWorld) -> None:
    world = await open_world()
    ana, _, group = await friends(world)
    world.expects("retry after")
    _long_ago(world, group)
    await group.does("slow-mode", seconds=3600)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    later = f"SELECT 1 FROM orders WHERE state = 'drawn' AND not_before > {time.time() + 3000}"
    await soon(lambda: rows(world, later))
    assert "document" not in str(await ana.sees())
    sent = world.stand_ins.telegram.calls.made("sendMessage")
    assert [call.ok for call in sent] == [False]
    # The hour passes; a restart in it changes nothing.
    await world.end()
    await group.does("slow-mode", seconds=0)
    await changes(world, "UPDATE orders SET not_before = 0")
    await world.start()
    await ana.gets_a_png()
    await all_is_over(world)
    assert once_each(await ana.sees())
    assert len(world.predictions) == 1


async def test_without_the_right_to_send_files_the_picture_comes_and_a_sentence(
    world: World,
) -> None:
    ana, _, group = await friends(world)
    await group.does("permissions", rights=["can_send_messages", "can_send_photos"])
    await group.promotes(ana.id, "can_change_info")
    world.expects("not enough rights to send documents")
    world.forget()
    number = await ana.sends(f"{AVATAR} as a knight, comic")
    await ana.taps("Use my profile photo")
    await ana.hears("I'm not allowed to send files here.")
    await reaction(ana, number, "🎉")
    picture = await ana.until(
        lambda sees: next((m for m in sees if "🔁 Again" in labels(m)), None), "the picture"
    )
    assert labels(picture) == ["🔁 Again", "PNG", "✨ Make yours"]
    assert "Ready!" not in str(await ana.sees())
    [[state]] = rows(world, f"SELECT state FROM orders WHERE user_id = {ana.id}")
    assert state == "delivered"
    # One of these is what Telegram refused.
    assert len(spent(world, group)) <= 6
    # The file is still to be had, once the admins allow it.
    rights = ["can_send_messages", "can_send_photos", "can_send_documents"]
    await group.does("permissions", rights=rights)
    await ana.taps("PNG")
    assert await ana.gets_a_png() == await world.drawn()


async def test_where_only_photos_may_be_sent_the_picture_is_what_comes(world: World) -> None:
    ana, _, group = await friends(world)
    await group.does("restrict", user_id=42, rights=["can_send_photos"])
    world.expects("not enough rights to send text")
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    number = (await ana.sees())[-1]["message_id"]
    await reaction(ana, number, "🎉")
    await ana.until(
        lambda sees: next((m for m in sees if "🔁 Again" in labels(m)), None), "the picture"
    )
    await replace(ana, chat_id=None).hears("“Friends”: I'm not allowed to send files here.")
    [[state]] = rows(world, f"SELECT state FROM orders WHERE user_id = {ana.id}")
    assert state == "delivered"
    assert "😴" not in str(await ana.sees())


def _sends_nothing(world: World, group: Group, words: str) -> None:
    world.expects(words.removeprefix("Bad Request: "))
    for method in ("sendPhoto", "sendMessage"):
        world.stand_ins.telegram.add_fault(
            method=method, status=400, description=words, times=99, chat_id=group.id
        )


async def _without_topics(world: World, group: Group, topic: int) -> None:
    """The one is deleted, and General is closed."""
    _sends_nothing(world, group, "Bad Request: TOPIC_CLOSED")
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


async def test_who_asks_a_bot_that_may_say_nothing_reads_it_in_private(world: World) -> None:
    ana, _, group = await friends(world)
    world.expects("not enough rights")
    await group.does("restrict", user_id=42, rights=["can_react_to_messages"])
    command = await ana.sends(f"{AVATAR} as a knight")
    told = "I couldn't say this in “Friends”: I'm not allowed to send photos here."
    await replace(ana, chat_id=None).hears(told)
    await reaction(ana, command, "😴")
    # With a look it is an order at once, of which nothing is made.
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    alone = replace(ana, chat_id=None)
    await alone.until(lambda sees: [m for m in sees if told in str(m)][1:], "the sentence again")
    assert all(p["status"] != "succeeded" for p in world.predictions)


@pytest.mark.parametrize(
    "words", ["Bad Request: TOPIC_CLOSED", "Bad Request: have no rights to send a message"]
)
async def test_a_question_that_has_no_place_ends_in_words(world: World, words: str) -> None:
    """A reaction, for whoever can't be written to."""
    ana, _, group = await friends(world)
    cleo = await world.person("Cleo")
    await group.adds(cleo.id)
    _sends_nothing(world, group, words)
    await ana.sends(f"{AVATAR} as a knight")
    await replace(ana, chat_id=None).hears("“Friends”: I'm not allowed to write here.")
    await reaction(cleo.there(group), await cleo.there(group).sends(AVATAR), "😴")
