"""What doesn't work out in a round: a face, the provider's rest, a right that is taken away."""

from typing import Any

from tests.conversations.people import labels, soon
from tests.conversations.rounds import (
    JOIN,
    ROUND,
    grown,
    joins,
    reactions,
    three,
)
from tests.faults.moments import rows
from tests.world import World


async def test_a_face_that_did_not_work_out_is_tried_again_by_one_tap(world: World) -> None:
    ana, bo, _, _ = await three(world)
    world.stand_ins.eachlabs.set(flagged="all")
    await ana.sends(f"{ROUND} comic")
    await joins(bo)
    await ana.hears("Didn't work out: Bo (the safety filter held it back). Tap “Put me in” to try")
    assert await bo.taps("Get mine") == "Yours didn't work out: the safety filter held it back."
    world.stand_ins.eachlabs.set(flagged="none")
    assert await bo.taps(JOIN) == "You're in! I'm drawing you."
    await grown(ana, "Bo")
    assert await bo.taps(JOIN) == "You're in already."


async def test_where_the_last_face_fails_after_the_end_there_is_no_picture(world: World) -> None:
    ana, bo, _, group = await three(world)
    await group.does("reactions", emoji=["👍"])
    world.expects("REACTION_INVALID")
    world.stand_ins.eachlabs.set(flagged="all", speed=8.0)
    await ana.sends(f"{ROUND} comic")
    await joins(bo)
    await ana.taps("Finish")
    await ana.until(lambda sees: "Finish" not in str(sees), "the end")
    world.stand_ins.eachlabs.set(speed=100.0)
    card = await ana.hears("Nobody is in it, so there is no picture this time.")
    assert "Didn't work out: Bo (the safety filter held it back).\n" in card["caption"]
    assert labels(card) == []
    assert reactions(world) == ["👀"]


async def test_while_the_provider_rests_the_card_says_so(open_world: Any) -> None:
    world = await open_world()
    ana, bo, _, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    await joins(ana)
    await grown(ana, "Ana")
    world.stand_ins.eachlabs.set(balance=0.0)
    await joins(bo)
    card = await ana.hears("😴 I'm resting for now. Whoever is in is drawn as soon as I'm back.")
    assert "Being drawn: Bo\n" in card["caption"]
    world.stand_ins.eachlabs.set(balance=None)
    assert "resting" not in (await grown(ana, "Ana, Bo"))["caption"]


async def test_without_the_right_to_send_photos_there_is_a_sentence_and_no_round(
    world: World,
) -> None:
    ana, bo, _, group = await three(world)
    await group.does("permissions", rights=["can_send_messages"])
    await bo.sends(f"{ROUND} comic")
    await ana.hears("I'm not allowed to send photos here.")
    await soon(lambda: not rows(world, "SELECT 1 FROM rounds WHERE version > rendered_version"))
    await group.does("permissions", rights=["can_send_messages", "can_send_photos"])
    await bo.sends(f"{ROUND} neon")
    await ana.hears("👥 All of us · Neon")
    # Taken away while two are drawn: the one who is still waited for isn't any more.
    world.stand_ins.eachlabs.set(stuck=True)
    await joins(bo)
    await soon(lambda: world.predictions)
    world.stand_ins.eachlabs.set(stuck=False)
    await group.does("permissions", rights=["can_send_messages"])
    await joins(ana)
    await soon(lambda: world.predictions[0]["status"] in {"cancelled", "canceled"})
    assert await ana.taps(JOIN) == "This round is over."
    world.forget()
