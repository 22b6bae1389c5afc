"""The bot is thrown out of a group and asked back: what stops, comes elsewhere, or is said."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from handlers.context import Context
from handlers.membership import is_in, on_membership
from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.hellos import BOT, hellos
from tests.conversations.people import all_is_over, is_there, labels, soon
from tests.conversations.rounds import ROUND, grown, joins, noted
from tests.conversations.settings_cards import SETTINGS, the_card
from tests.faults.moments import rows
from tests.sandbox.company import Group
from tests.world import FACE, QUICK, Person, World

TAKEN_OUT = "I was taken out of this group before it was done, so I stopped. No credit was taken."
AT_HOME = "I can't bring this one into the group any more, so here it is."


async def drawing(world: World, **more: Any) -> tuple[Person, Person, Group, Any]:
    """Ana's order, which the provider doesn't get done, and its card."""
    world.stand_ins.eachlabs.set(stuck=True)
    ana, bo, group = await friends(world, **more)
    [command] = await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    card = await ana.hears("Drawing")
    await reaction(ana, command, "👀")
    await soon(lambda: world.predictions)
    return ana, bo, group, card


async def gone(person: Person, message: Any) -> None:
    await person.until(lambda sees: not is_there(sees, message), "a message gone")


async def stopped(world: World) -> None:
    """Waits until the provider was asked to stop, and nothing is under way."""
    await soon(lambda: world.predictions[0]["status"] in {"cancelled", "canceled"})
    await all_is_over(world)
    world.stand_ins.eachlabs.set(stuck=False)


async def test_the_removal_stops_it_and_the_return_says_so(world: World) -> None:
    """Without a call that Telegram would have to refuse: the world expects none."""
    ana, bo, group, card = await drawing(world)
    before = spent(world, group)
    await group.removes(BOT)
    await stopped(world)
    assert spent(world, group) == before
    await group.adds(BOT)
    said = await ana.hears(TAKEN_OUT)
    assert (said["message_id"], labels(said)) == (card["message_id"], ["🔁 Try again"])
    assert (
        await bo.taps("Try again", on=said)
        == "This one isn't yours. Ask for your own, and you get one."
    )
    await ana.taps("Try again", on=said)
    await ana.gets_a_png()
    # Once more out and in: what is settled is not touched again.
    await all_is_over(world)
    before = spent(world, group)
    await group.removes(BOT)
    await group.adds(BOT)
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    await ana.gets_a_png(2)
    assert len(spent(world, group)) - len(before) <= 4


async def test_a_kill_while_it_is_away_changes_nothing(open_world: OpenWorld) -> None:
    world = await open_world(start=False)
    await world.start_process()
    ana, _, group, card = await drawing(world)
    await group.removes(BOT)
    await stopped(world)
    await world.kill()
    await group.adds(BOT)
    await world.start_process()
    assert (await ana.hears(TAKEN_OUT))["message_id"] == card["message_id"]


async def test_a_card_that_is_gone_stays_gone(world: World) -> None:
    ana, _, group, card = await drawing(world)
    world.expects("message to edit not found")
    await group.removes(BOT)
    await stopped(world)
    await ana.deletes(card["message_id"])
    await group.adds(BOT)
    await soon(lambda: not rows(world, f"SELECT 1 FROM chats WHERE left_at AND chat_id={group.id}"))
    await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE version > rendered_version"))
    assert TAKEN_OUT not in str(await ana.sees())


async def test_questions_and_settings_are_taken_away_and_the_hello_stays(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends(SETTINGS)
    settings = await the_card(ana, "Tidying up: no")
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a baker")
    question = await bo.card("Which look?")
    await group.removes(BOT)
    await soon(lambda: rows(world, f"SELECT 1 FROM chats WHERE left_at AND chat_id={group.id}"))
    await group.adds(BOT)
    for left in (settings, question):
        await gone(ana, left)
    assert len(hellos(await ana.sees())) == 1
    await soon(lambda: not rows(world, f"SELECT kind FROM notes WHERE place_id={group.id}"))


async def test_a_question_too_old_to_be_deleted_says_that_it_is_over(world: World) -> None:
    ana, _, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker")
    question = await ana.card("Which look?")
    await group.removes(BOT)
    await soon(lambda: rows(world, f"SELECT 1 FROM chats WHERE left_at AND chat_id={group.id}"))
    world.stand_ins.telegram.add_fault(
        method="deleteMessage", status=400, description="Bad Request: message can't be deleted"
    )
    await group.adds(BOT)
    said = await ana.hears("I was taken out of this group, so nothing came of this one.")
    assert (said["message_id"], labels(said)) == (question["message_id"], [])


async def test_a_round_ends_with_those_who_are_drawn(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends(f"{ROUND} as pirates, comic")
    await joins(ana)
    await grown(ana, "Ana")
    world.stand_ins.eachlabs.set(stuck=True)
    await joins(bo)
    await ana.hears("Bo")
    await soon(lambda: len(world.predictions) > 1)
    await group.removes(BOT)
    await soon(lambda: world.predictions[1]["status"] in {"cancelled", "canceled"})
    await all_is_over(world)
    world.stand_ins.eachlabs.set(stuck=False)
    await group.adds(BOT)
    over = await ana.until(
        lambda sees: next((m for m in sees if "Set as group photo" in str(labels(m))), None),
        "the round's end",
    )
    assert "Put me in" not in str(labels(over))
    assert "Bo (it was stopped)" in over["caption"]
    assert "try again" not in over["caption"]


async def unstoppable(open_world: OpenWorld) -> World:
    """The provider heeds no cancel, and takes a while."""
    world = await open_world(start=False)
    world.pace = replace(QUICK, cancelling=30.0)
    world.stand_ins.eachlabs.set(cancel_ignored=True, speed=4.0)
    await world.start()
    return world


async def out_and_in(world: World, group: Group) -> None:
    """The bot is back before the picture is done."""
    await soon(lambda: world.predictions)
    await group.removes(BOT)
    await group.adds(BOT)
    await soon(lambda: world.counts["cancels"])
    world.stand_ins.eachlabs.set(speed=100.0)


async def test_a_picture_that_is_made_comes_to_the_one_who_asked(open_world: OpenWorld) -> None:
    world = await unstoppable(open_world)
    ana, _, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    card = await ana.hears("Drawing")
    await out_and_in(world, group)
    alone = ana.there(ana.id)
    assert await alone.gets_a_png() == await world.drawn()
    picture = await alone.until(
        lambda sees: next((m for m in sees if "👤 More like me" in labels(m)), None), "the picture"
    )
    assert picture["caption"].startswith(AT_HOME)
    await gone(ana, card)
    assert "document" not in str(await ana.sees())


async def test_whoever_has_no_private_chat_reads_it_in_the_group(open_world: OpenWorld) -> None:
    world = await unstoppable(open_world)
    _, _, group = await friends(world)
    cleo = await world.person("Cleo")
    await group.adds(cleo.id)
    cleo = cleo.there(group)
    await cleo.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await cleo.taps("Agree")
    card = await cleo.hears("Drawing")
    await out_and_in(world, group)
    assert (await cleo.hears(TAKEN_OUT))["message_id"] == card["message_id"]
    # It was made and paid for, by the operator alone.
    [spent_on] = rows(world, "SELECT state, credits, usd > 0 FROM orders")
    assert spent_on == ("failed", 0, 1)


async def test_a_picture_on_its_way_turns_round(world: World) -> None:
    """The removal comes between the picture's leaving and its arrival."""
    ana, _, group = await friends(world)
    world.expects("bot was kicked")
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="editMessageMedia", kind="delay", seconds=1.5)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    card = await ana.hears("Comic · as a knight")
    await soon(lambda: telegram.calls.made("editMessageMedia"))
    await group.removes(BOT)
    alone = ana.there(ana.id)
    assert await alone.gets_a_png() == await world.drawn()
    await alone.hears(AT_HOME)
    await all_is_over(world)
    await group.adds(BOT)
    await gone(ana, card)


async def test_what_is_asked_after_the_return_is_not_ended_by_the_removal(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that was off meets the removal, the return and an order at once, in any order."""
    ordered = asyncio.Event()

    async def late(context: Context) -> None:
        await ordered.wait()
        await on_membership(context)

    world = await open_world()
    ana, bo, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker")
    question = await ana.card("Which look?")
    monkeypatch.setattr("handlers.routes.on_membership", late)
    world.stand_ins.eachlabs.set(speed=4.0)
    await group.removes(BOT)
    await group.adds(BOT)
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await bo.hears("Drawing")
    ordered.set()
    await gone(ana, question)
    world.stand_ins.eachlabs.set(speed=100.0)
    assert await bo.gets_a_png() == await world.drawn()


async def test_a_removal_that_is_heard_of_after_the_return_ends_nothing(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people did it, whose updates keep no order, maybe in the same second."""
    back = asyncio.Event()

    async def late(context: Context) -> None:
        change = context.incoming.my_chat_member
        assert change is not None
        if not is_in(change.new_chat_member):
            await back.wait()
        await on_membership(context)
        heard.append(is_in(change.new_chat_member))

    heard: list[bool] = []
    world = await open_world()
    world.expects("bot was kicked")
    ana, bo, group = await friends(world)
    monkeypatch.setattr("handlers.routes.on_membership", late)
    world.stand_ins.eachlabs.set(speed=4.0)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await ana.hears("Drawing")
    await group.removes(BOT)
    await group.does("add", by=bo, user_id=BOT)
    await soon(lambda: heard == [True])
    back.set()
    await soon(lambda: heard == [True, False])
    world.stand_ins.eachlabs.set(speed=100.0)
    assert await ana.gets_a_png() == await world.drawn()
    assert rows(world, "SELECT left_at FROM chats") == [(None,)]


async def test_what_a_finished_round_says_after_the_return(world: World) -> None:
    """Bo was being drawn, and an admin was asked, when the bot had to leave."""
    ana, bo, group = await friends(world)
    await ana.sends(f"{ROUND} as pirates, comic")
    await joins(ana)
    await grown(ana, "Ana")
    world.stand_ins.eachlabs.set(stuck=True)
    await joins(bo)
    await soon(lambda: len(world.predictions) > 1)
    await ana.taps("Finish")
    await group.promotes(BOT, "can_change_info")
    await ana.taps("Set as group photo")
    await ana.hears("Make this the group's photo?")
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="setChatPhoto", kind="delay", seconds=0.5)
    world.expects("bot was kicked")
    await ana.taps("Yes")
    await soon(lambda: telegram.calls.made("setChatPhoto"))
    await group.removes(BOT)
    await all_is_over(world)
    world.stand_ins.eachlabs.set(stuck=False)
    await soon(lambda: not rows(world, "SELECT 1 FROM rounds WHERE question = 'setting'"))
    await noted(world)
    await group.adds(BOT)
    card = await ana.hears("Bo (it was stopped)")
    assert "Being drawn" not in card["caption"]
    assert labels(card)[-1] == "📌 Set as group photo"
