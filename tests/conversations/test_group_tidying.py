"""Tidying up takes the bot's own sentences away, and loses none."""

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR
from tests.conversations.hellos import hellos
from tests.conversations.people import is_there, soon
from tests.conversations.settings_cards import opened, the_card
from tests.faults.moments import changes, rows
from tests.world import FACE, World


async def test_tidying_up_takes_what_was_said_of_a_round(world: World) -> None:
    ana, bo, _ = await opened(world)
    await ana.taps("Tidying up")
    await the_card(ana, "Tidying up: yes")
    await ana.sends("/groupavatar@sandbox_bot as pirates, comic")
    card = await ana.hears("All of us as pirates")
    await bo.sends("/groupavatar@sandbox_bot as cats")
    told = await bo.hears("There's a round already.")
    assert told["reply_to"] == card["message_id"]
    await bo.until(lambda sees: "There's a round already." not in str(sees), "nothing of it")


async def test_tidying_up_takes_the_bots_own_sentences_away(world: World) -> None:
    ana, bo, _ = await opened(world)
    await ana.taps("Tidying up")
    await the_card(ana, "Tidying up: yes")
    await ana.until(lambda sees: not hellos(sees), "the hello gone")
    await ana.taps("I draw here")
    await the_card(ana, "⚪ I don't draw here")
    await bo.sends_photo(FACE, caption=f"{AVATAR} comic")
    told = await bo.hears("have switched me off.")
    await world.end()
    await world.start()
    await bo.until(lambda sees: not is_there(sees, told), "the sentence gone")
    assert is_there(await ana.sees(), await the_card(ana, "Tidying up: yes"))


async def test_tidying_up_keeps_nobody_from_being_told(open_world: OpenWorld) -> None:
    """What Telegram has the bot wait with is still to be said."""
    world = await open_world()
    ana, bo, group = await opened(world)
    await ana.taps("Who may order")
    await the_card(ana, "Who may order: admins")
    slow = {"status": 429, "parameters": {"retry_after": 40}, "chat_id": group.id}
    world.stand_ins.telegram.add_fault(method="sendMessage", **slow)
    world.expects("Too Many Requests", "Internal")
    await bo.sends_photo(FACE, caption=f"{AVATAR} comic")
    waits = "SELECT 1 FROM notes WHERE kind = 'said' AND render_at > 0"
    await soon(lambda: rows(world, waits))
    assert await ana.taps("Tidying up") == ""
    await world.end()
    await changes(world, "UPDATE notes SET render_at = 0")  # as if the time had passed
    await world.start()
    await bo.hears("In this group only admins can order.")
