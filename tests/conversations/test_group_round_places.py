"""Where a round's card lands: it never came, or its group became another chat."""

import pytest

from tests.conversations.people import labels
from tests.conversations.test_group_round import ROUND, grown, joins, noted, three
from tests.faults.moments import changes
from tests.world import World


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
