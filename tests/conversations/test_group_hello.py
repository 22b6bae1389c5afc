"""The bot comes into a group: one hello there, and one word to its operator, who may limit it."""

import time
from dataclasses import replace
from typing import Any

import pytest

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, reaction
from tests.conversations.hellos import BOT, FIRST, hellos, operated
from tests.conversations.people import data_of, labels, moves_late, soon, who_agreed
from tests.faults.moments import changes, rows
from tests.sandbox.company import Group
from tests.world import FACE, World, until_seen

ASKED = ["✅ Allow", "🔟 10 a day", "👋 Leave"]
HELLOS = "SELECT id FROM notes WHERE kind = 'hello'"


async def test_one_hello_with_two_buttons(world: World) -> None:
    ana, bo, group = await friends(world)
    [hello] = hellos(await ana.sees())
    assert "Write /avatar@sandbox_bot as a knight" in hello["text"]
    assert labels(hello) == ["🎨 Draw the whole group", "❓ How it works"]
    assert "I ask for a look" in await ana.taps("How it works")
    await bo.taps("Draw the whole group")
    assert "Comic" in str((await ana.hears("Bo, which look?"))["keyboard"])
    # Another standing is no coming; nor is a coming back within the day.
    await group.promotes(BOT, "can_delete_messages")
    await group.does("demote", user_id=BOT)
    await group.does("restrict", user_id=BOT, rights=["can_send_messages"])
    await group.removes(BOT)
    await group.adds(BOT)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    assert len(hellos(await ana.sees())) == 1


async def test_a_group_that_becomes_a_supergroup_is_not_greeted_again(world: World) -> None:
    ana, _, group = await friends(world, kind="group")
    await group.upgrade()
    ana = ana.there(group)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    assert hellos(await ana.sees()) == []
    world.forget()


async def test_the_operator_hears_once_and_allows(open_world: OpenWorld) -> None:
    _, olga, ana, group = await operated(open_world)
    told = await olga.hears("I'm in a new group: Friends")
    assert "3 members.\nAna added me." in told["text"]
    assert labels(told) == ASKED
    allow = data_of(told, "Allow")
    hello = hellos(await ana.sees())[0]
    assert await ana.invents(hello["message_id"], allow) == "Only my operator can say that."
    await olga.taps("Allow")
    decided = await olga.hears("✅ Allowed, within your usual limits.")
    assert (decided["message_id"], labels(decided)) == (told["message_id"], [])
    # A second tap does nothing, whatever it says; nor is a return news.
    assert await olga.invents(told["message_id"], data_of(told, "Leave")) == ""
    await group.removes(BOT)
    await group.adds(BOT)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    assert len([m for m in await olga.sees() if "new group" in str(m)]) == 1


async def test_ten_a_day_is_said_after_a_restart(open_world: OpenWorld) -> None:
    world, olga, ana, _ = await operated(open_world, daily_credits_per_user=None)
    await olga.hears("I'm in a new group")
    await world.end()
    await world.start()
    await olga.taps("10 a day")
    await olga.hears("At most ten credits a day.")
    assert rows(world, "SELECT allowance FROM chats") == [("ten",)]
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    await changes(world, "UPDATE orders SET credits = 10")  # as if ten had been drawn
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    await ana.hears("This chat has used up today's pictures.")
    assert len(world.predictions) == 1


async def test_the_operator_has_the_bot_leave(open_world: OpenWorld) -> None:
    world, olga, ana, group = await operated(open_world)
    world.stand_ins.eachlabs.set(stuck=True)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await ana.hears("Drawing")
    await soon(lambda: world.predictions)
    await olga.taps("Leave")
    await olga.hears("I've left it.")
    await soon(lambda: world.predictions[0]["status"] in {"cancelled", "canceled"})
    assert await _without_the_bot(group)
    world.stand_ins.eachlabs.set(stuck=False)
    # Whoever brings it back asks the operator anew, and gets nothing before the answer.
    await group.adds(BOT)
    again = await olga.hears("You had me leave it before.")
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.hears("This bot is not open to this chat.")
    assert len(hellos(await ana.sees())) == 1
    await olga.taps("Allow", on=again)
    await olga.hears("Allowed, within")
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    world.forget()


async def test_an_operator_who_starts_the_bot_later_hears_then(open_world: OpenWorld) -> None:
    """A bot can't write first."""
    world = await open_world(admin_ids={FIRST})
    world.expects("can't initiate conversation")
    olga = await world.person("Olga")
    _, _, group = await friends(world)
    await soon(lambda: not rows(world, "SELECT 1 FROM notes WHERE version > rendered_version"))
    await olga.sends("/start")
    told = await olga.hears("I'm in a new group: Friends")
    await olga.taps("10 a day", on=told)
    await olga.hears("At most ten credits a day.")
    await group.removes(BOT)
    await olga.sends("/start")
    await olga.card("Hi Olga")
    assert len([m for m in await olga.sees() if "new group" in str(m)]) == 1


async def test_the_operator_hears_nothing_of_a_supergroup_that_is_no_new_group(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram tells of it as of one that the bot was added to, before it says what it is."""
    moved = moves_late(monkeypatch)
    world = await open_world(start=False, admin_ids={FIRST})
    world.pace = replace(world.pace, hello=1.0)
    await world.start()
    olga, ana = await who_agreed(world, "Olga"), await world.person("Ana")
    group = await world.group("Friends", ana, kind="group")
    await olga.hears("I'm in a new group: Friends")
    await group.upgrade()
    was, now = {"status": "left"}, {"status": "member"}
    me = {"user": {"id": BOT, "is_bot": True, "first_name": "Avatars"}}
    change = {
        "chat": {"id": group.id, "type": "supergroup", "title": "Friends"},
        "from": {"id": ana.id, "is_bot": False, "first_name": "Ana"},
        "date": int(time.time()),
        "old_chat_member": was | me,
        "new_chat_member": now | me,
    }
    world.stand_ins.telegram.put_update({"my_chat_member": change})
    await soon(lambda: len(rows(world, "SELECT 1 FROM chats")) == 2)
    moved.set()
    await soon(lambda: len(rows(world, "SELECT 1 FROM chats")) == 1)
    await soon(lambda: not rows(world, "SELECT 1 FROM notes WHERE version > rendered_version"))
    assert len([m for m in await olga.sees() if "new group" in str(m)]) == 1
    assert len(hellos(await ana.there(group).sees())) == 0


async def test_a_tap_after_the_bot_was_removed_says_so(open_world: OpenWorld) -> None:
    world, olga, _, group = await operated(open_world)
    told = await olga.hears("I'm in a new group")
    await group.removes(BOT)
    gone = await olga.hears("I'm not in that group any more.")
    assert labels(gone) == []
    popup = await olga.invents(told["message_id"], data_of(told, "Allow"))
    assert popup == "I'm not in that group any more."
    assert rows(world, "SELECT allowance FROM chats") == [("",)]


async def test_what_the_settings_close_is_not_greeted(open_world: OpenWorld) -> None:
    world = await open_world(admin_ids={FIRST}, allowed_chats={FIRST})
    olga, ana = await world.person("Olga"), await world.person("Ana")
    await olga.sends("/start")
    await olga.card()
    group = await world.group("Friends", ana, greeted=False)
    await olga.hears("ALLOWED_CHATS, or a cap of 0, keeps me from drawing there.")
    assert hellos(await ana.there(group).sees()) == []


async def test_a_re_added_bot_starts_clean(world: World) -> None:
    ana, _, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Which look?")
    await group.removes(BOT)
    await soon(lambda: not rows(world, f"{HELLOS} AND place_id = {group.id}"))
    await group.adds(BOT)
    assert (
        await ana.invents(card["message_id"], data_of(card, "Comic"))
        == "This one is over. Just ask for a new one."
    )
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker")
    again = await ana.card("Ana as a baker. Which look?")
    await ana.taps("Comic", on=again)
    await ana.gets_a_png()
    command = [m for m in await ana.sees() if m["outgoing"]][-1]["message_id"]
    await reaction(ana, command, "🎉")
    assert len(world.predictions) == 1


async def _without_the_bot(group: Group) -> bool:
    async def look() -> bool:
        return all(member["id"] != BOT for member in (await group.looks())["members"])

    return bool(await until_seen(look, "the bot's leaving"))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut_after"},
        {"kind": "status", "status": 429, "parameters": {"retry_after": 1}},
    ],
)
async def test_one_hello_though_telegram_fails(open_world: OpenWorld, fault: Any) -> None:
    """What may have been sent is not repeated; what surely wasn't, is."""
    world = await open_world()
    ana = await who_agreed(world, "Ana")
    world.stand_ins.telegram.add_fault(method="sendMessage", **fault)
    group = await world.group("Friends", ana)
    ana = ana.there(group)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    await soon(lambda: not rows(world, f"{HELLOS} AND version > rendered_version"))
    assert len(hellos(await ana.sees())) == 1
    world.forget()
