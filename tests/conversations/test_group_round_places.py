"""Where a round's card lands: it never came, or its group became another chat."""

from typing import Any

import pytest

from tests.conversations.people import labels, soon
from tests.conversations.rounds import ROUND, deleted, grown, joins, noted, three
from tests.faults.moments import changes
from tests.world import Person, World


@pytest.mark.parametrize("words", ["have no rights to send a message", "TOPIC_CLOSED"])
async def test_a_round_whose_card_never_came_stands_in_nobodys_way(
    world: World, words: str
) -> None:
    ana, bo, _, _ = await three(world)
    world.expects(words)
    world.stand_ins.telegram.add_fault(
        method="sendPhoto", status=400, description=f"Bad Request: {words}", times=2
    )
    await ana.sends(f"{ROUND} comic")
    await ana.hears("I'm not allowed to write here. An admin of the group can change that.")
    world.stand_ins.telegram.clear_faults()
    await bo.sends(f"{ROUND} neon")
    await bo.card("👥 All of us · Neon")


async def test_whoever_asks_again_gets_the_card_that_is_not_there(world: World) -> None:
    ana, bo, _, group = await three(world)
    await ana.sends(f"{ROUND} comic")
    await ana.card("👥 All of us · Comic")
    await noted(world)
    await changes(world, f"UPDATE rounds SET card_message_id = NULL WHERE chat_id = {group.id}")
    await bo.sends(f"{ROUND} neon")
    shown = "👥 All of us · Comic"
    await bo.until(lambda sees: [m for m in sees if shown in str(m)][1:], "the card again")


async def test_a_finished_round_follows_its_group_with_its_picture(world: World) -> None:
    """Only the newest one, and what it says under it."""
    ana, bo, _, group = await three(world, kind="group")
    for look in ("comic", "neon"):
        await ana.sends(f"{ROUND} {look}")
        await joins(ana, bo)
        await grown(ana, "Ana, Bo")
        await ana.taps("Finish")
        await ana.card("In it: Ana, Bo")
    await ana.taps("Set as group photo")
    await ana.hears("I'm not allowed to change")
    world.expects("upgraded to a supergroup")
    await group.upgrade()
    card = await grown(ana.there(group), "Ana, Bo")
    assert "All of us · Neon" in card["caption"]
    assert labels(card) == ["🖼 Get mine", "🚪 Leave", "🔑 Allow it", "✖️ No"]
    assert "Comic" not in str(await ana.there(group).sees())


async def test_the_card_of_a_round_that_was_dropped_meanwhile_goes(world: World) -> None:
    ana, _, _, _ = await three(world)
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="sendPhoto", kind="late", seconds=0.5)
    await ana.sends(f"{ROUND} as pirates")
    await soon(lambda: telegram.calls.made("sendPhoto"))
    await ana.sends(f"{ROUND} as cats")
    await ana.hears("as cats. Ana, which look?")
    await ana.until(lambda sees: "pirates. Ana, which" not in str(sees), "one card")


async def _finished_before_it_is_drawn(world: World, ana: Person) -> Any:
    world.stand_ins.eachlabs.set(speed=5.0)
    await ana.sends(f"{ROUND} as pirates, comic")
    await joins(ana)
    await ana.taps("Finish")
    card = await ana.hears("Being drawn: Ana")
    await noted(world)
    return card


async def test_a_deleted_card_comes_back_for_faces_that_nobody_has_seen(world: World) -> None:
    ana, _, _, group = await three(world)
    card = await _finished_before_it_is_drawn(world, ana)
    world.expects("message to edit not found")
    await deleted(group, card["message_id"])
    world.stand_ins.eachlabs.set(speed=100.0)
    await grown(ana, "Ana")


async def test_a_finished_round_that_may_not_be_shown_ends_in_words(world: World) -> None:
    ana, _, _, group = await three(world)
    await _finished_before_it_is_drawn(world, ana)
    world.expects("not enough rights")
    await group.does("permissions", rights=["can_send_messages"])
    world.stand_ins.eachlabs.set(speed=100.0)
    await ana.hears("I'm not allowed to send photos here.")


async def test_a_round_whose_starter_left_before_the_look_stands_in_nobodys_way(
    world: World,
) -> None:
    _, bo, cleo, group = await three(world)
    await bo.sends(f"{ROUND} as pirates")
    await bo.card("Bo, which look?")
    await group.removes(bo.id)
    await cleo.hears("Nobody is in it")
    await cleo.sends(f"{ROUND} as cats")
    await cleo.card("Cleo, which look?")


async def test_who_is_thrown_out_while_being_drawn_is_in_no_finished_round_either(
    world: World,
) -> None:
    ana, bo, _, group = await three(world)
    world.stand_ins.eachlabs.set(stuck=True)
    await ana.sends(f"{ROUND} comic")
    await joins(ana, bo)
    await ana.taps("Finish")
    await soon(lambda: len(world.predictions) == 2)
    await group.removes(bo.id)
    await ana.until(lambda sees: "Being drawn: Ana, Bo" not in str(sees), "Ana alone")
    world.stand_ins.eachlabs.set(stuck=False)
