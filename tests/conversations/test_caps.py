"""What an operator allows, and what a person reads who wants more."""

import re
from typing import Any

from tests.conversations.conftest import OpenWorld
from tests.conversations.people import data_of, labels, with_a_photo, with_a_picture
from tests.world import FACE, World

WHEN = r"(?:\d+ h )?\d+ min\."
CLOSED = "This bot is not open to this chat."


async def drawn(world: World, number: int) -> Any:
    """Somebody with so many pictures, and a good photo for another one."""
    anna = await with_a_photo(world)
    for count in range(1, number + 1):
        await anna.taps("Comic", on=await anna.card("Lovely"))
        await anna.gets_a_png(count)
        await anna.sends_photo(FACE)
    return anna


async def test_credits_are_told_at_the_start_and_at_the_end(open_world: OpenWorld) -> None:
    world = await open_world(daily_credits_per_user=2)
    ben = await world.person("Ben")
    await ben.sends("/start")
    await ben.card("in ten looks. Free, 2 a day.")

    anna = await drawn(world, 2)
    card = await anna.card("Lovely")
    popup = await anna.taps("Comic", on=card)

    assert re.fullmatch(f"That's all for today. It opens again in {WHEN}", popup)
    assert (await anna.card("Lovely"))["message_id"] == card["message_id"]
    assert len(world.predictions) == 2
    await ben.taps("use my profile photo")
    await ben.taps("Comic")
    await ben.gets_a_png()


async def test_a_credit_is_cost_not_a_count(open_world: OpenWorld) -> None:
    world = await open_world(daily_credits_per_user=3)
    anna = await with_a_picture(world)
    await anna.taps("⋯")
    popup = await anna.taps("🔢 Four of them (4 credits)")
    assert popup == "That takes 4 credits, and 2 are left for today."
    assert len(world.predictions) == 1
    await anna.taps("🌀 More style")
    await anna.gets_a_png(2)


async def test_no_picture_costs_no_credit(open_world: OpenWorld) -> None:
    world = await open_world(daily_credits_per_user=1)
    world.stand_ins.eachlabs.set(flagged="all")
    anna = await with_a_photo(world)
    await anna.taps("Comic")
    await anna.card("No credit was taken.")
    world.stand_ins.eachlabs.set(flagged="none")
    await anna.taps("🔁 Try again")
    await anna.gets_a_png()
    await anna.sends_photo(FACE)
    assert "That's all for today." in await anna.taps("Comic", on=await anna.card("Lovely"))


async def test_a_cancelled_order_gives_its_credit_back(open_world: OpenWorld) -> None:
    world = await open_world(daily_credits_per_user=1)
    world.stand_ins.eachlabs.set(stuck=True)
    anna = await with_a_photo(world)
    await anna.taps("Comic")
    await anna.taps("Cancel", on=await anna.card("Drawing"))
    await anna.card("No credit was taken.")
    world.stand_ins.eachlabs.set(stuck=False)
    await anna.taps("Try again")
    await anna.gets_a_png()


async def test_zero_credits_close_the_bot(open_world: OpenWorld) -> None:
    world = await open_world(daily_credits_per_user=0, operator_contact="@anab")
    anna = await world.person("Anna")
    await anna.sends("/start")
    card = await anna.card(f"{CLOSED}\n\nQuestions: @anab")
    assert labels(card) == []
    await anna.sends_photo(FACE)
    await anna.card(CLOSED)
    assert world.stand_ins.telegram.calls.made("getFile") == []


async def test_zero_dollars_close_the_bot(open_world: OpenWorld) -> None:
    world = await open_world(daily_budget_usd=0)
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.card(CLOSED)


async def test_none_is_no_cap(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.card("in ten looks. Free.\n")


async def test_the_days_budget_is_for_everybody_together(open_world: OpenWorld) -> None:
    """A picture costs about 21 s of 0.00108 USD; the bot reckons with what its settings say."""
    world = await open_world(daily_budget_usd=0.025)
    anna = await with_a_picture(world)
    assert await anna.taps("⋯") == ""
    ben = await with_a_photo(world, "Ben")
    first = world.predictions[0]["cost"]
    assert first > 0.01
    popup = ""
    while not popup:
        popup = await ben.taps("Comic", on=await ben.card("Lovely"))
        if not popup:
            await ben.gets_a_png(len(world.predictions) - 1)
            await ben.sends_photo(FACE)
    assert re.fullmatch(f"I've drawn all I can today. It opens again in {WHEN}", popup)
    spent = sum(prediction["cost"] for prediction in world.predictions)
    assert spent < 0.025 + 2 * first


async def test_only_the_chats_that_are_allowed(open_world: OpenWorld) -> None:
    world = await open_world(allowed_chats={7_000_000_001})
    anna, ben = await world.person("Anna"), await world.person("Ben")
    assert anna.id == 7_000_000_001
    await ben.sends("/start")
    await ben.card(CLOSED)
    await ben.sends("as a knight")
    await ben.card(CLOSED)
    await ben.sends("/help")
    await ben.hears("1. Send a photo")

    await anna.sends("/start")
    card = await anna.card("Hi Anna")
    popup = await ben.invents((await ben.card())["message_id"], data_of(card, "Agree"))
    assert popup == "This one isn't yours. Start your own with /start"
    await anna.taps("use my profile photo")
    await anna.taps("Comic")
    await anna.gets_a_png()


async def test_a_chat_that_was_closed_later_can_order_no_more(open_world: OpenWorld) -> None:
    world = await open_world()
    anna = await with_a_picture(world)
    await world.end()
    world.settings = world.settings.model_copy(update={"allowed_chats": frozenset({1})})
    await world.start()
    assert await anna.taps("🔁 Again") == CLOSED
    assert len(world.predictions) == 1
