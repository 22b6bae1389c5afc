"""A card of settings that is open while something changes."""

from itertools import product

import pytest

from bot.callbacks import ChatAction
from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, spent
from tests.conversations.hellos import hellos, operated
from tests.conversations.people import data_of, labels, moves_late, soon
from tests.conversations.settings_cards import ON, SETTINGS, opened, the_card
from tests.faults.moments import rows
from tests.world import World


async def test_a_members_invented_taps_have_no_effect(world: World) -> None:
    ana, bo, group = await opened(world)
    card = await the_card(ana, ON)
    about = data_of(card, ON).partition(":")[0]
    before = rows(world, "SELECT * FROM chats")
    world.forget()
    # Whoever reads the hello may begin a round.
    others = [action for action in ChatAction if action is not ChatAction.DRAW_ALL]
    for action, value in product(others, ("", "0", "1", "5", "adm", "here", "x")):
        data = f"{about}:{action}:{value}" if value else f"{about}:{action}"
        assert await bo.invents(card["message_id"], data) != ""
    # Nor has an admin's where the card isn't.
    [hello] = hellos(await ana.sees())
    assert (
        await ana.invents(hello["message_id"], data_of(card, ON))
        == "This one is over. Just ask for a new one."
    )
    assert rows(world, "SELECT * FROM chats") == before
    assert spent(world, group) == []


async def test_an_open_card_stays_behind_in_the_old_group(world: World) -> None:
    """It lies where nobody writes any more; in the supergroup the command shows it again."""
    ana, _, group = await opened(world, kind="group")
    old = await the_card(ana, "PNG files: with the picture")
    world.forget()
    await group.upgrade()
    new = ana.there(group)
    assert (
        await ana.invents(old["message_id"], data_of(old, "PNG files"))
        == "This one is over. Just ask for a new one."
    )
    await new.sends(SETTINGS)
    card = await the_card(new, "PNG files: with the picture")
    await new.taps("PNG files")
    await the_card(new, "PNG files: when asked for")
    edits = [call.params for call in world.stand_ins.telegram.calls.made("editMessageText")]
    where = {(params["chat_id"], params["message_id"]) for params in edits}
    assert where == {(group.id, card["message_id"])}


async def test_a_card_that_is_asked_for_in_the_very_moment_comes_in_the_new_group(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram refuses it in the old one before the bot hears of the move."""
    moved = moves_late(monkeypatch)
    world = await open_world()
    ana, _, group = await friends(world, kind="group")
    world.expects("upgraded to a supergroup")
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="sendMessage", kind="delay", seconds=1.0)
    await ana.sends(SETTINGS)
    await soon(lambda: telegram.calls.made("sendMessage"))
    await group.upgrade()
    await the_card(ana.there(group), "PNG files: with the picture")
    moved.set()
    await ana.there(group).taps("PNG files")
    await the_card(ana.there(group), "PNG files: when asked for")


async def test_a_topic_that_was_chosen_before_topics_were_switched_off(world: World) -> None:
    ana, _, group = await friends(world, forum=True)
    portraits = await group.topic("Portraits")
    await ana.says(SETTINGS, chat=group, thread=portraits)
    await ana.taps("Topic: any")
    await the_card(ana, "Topic: only this one")
    await ana.sends(f"{AVATAR} as a knight")
    await ana.hears("The admins have me draw in another topic of this group.")
    world.stand_ins.telegram._state.chats.chats[group.id].is_forum = False
    await ana.sends(f"{AVATAR} as a knight")
    await ana.hears("Ana as a knight. Which look?")


async def test_what_the_operator_leaves_is_on_an_open_card(open_world: OpenWorld) -> None:
    _, olga, ana, _ = await operated(open_world)
    await ana.sends(SETTINGS)
    for now in (30, 5, 10):
        await ana.taps("Group:", on=await the_card(ana, f"Group: {now} credits a day"))
    await the_card(ana, "Group: 20 credits a day")
    await olga.taps("10 a day")
    assert "Each member: 10 a day" in labels(await the_card(ana, "Group: 10 credits a day"))
    # From what was chosen before, and is too much by now, the next tap goes on.
    await ana.taps("Group: 10")
    await the_card(ana, "Group: 5 credits a day")


async def test_what_is_too_old_to_be_deleted_has_no_dead_buttons(world: World) -> None:
    ana, _, group = await opened(world)
    world.expects("can't be deleted")
    world.stand_ins.telegram.add_fault(
        method="deleteMessage",
        status=400,
        description="Bad Request: message can't be deleted for everyone",
        times=2,
        chat_id=group.id,
    )
    card = await the_card(ana, ON)
    await ana.taps("Tidying up")
    await the_card(ana, "Tidying up: yes")
    await soon(lambda: not rows(world, "SELECT 1 FROM notes WHERE delete_at IS NOT NULL"))
    assert "I ask for a look" in await ana.taps("How it works")
    assert await ana.taps("Draw the whole group") == ""
    await ana.taps("Close")
    closed = await ana.hears("This one is over.")
    assert (closed["message_id"], labels(closed)) == (card["message_id"], [])
