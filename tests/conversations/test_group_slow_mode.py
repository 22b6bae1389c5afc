"""A group in slow mode: everything comes, once, and what is there already goes on."""

import time
from functools import partial

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends
from tests.conversations.people import all_is_over, labels, once_each, soon
from tests.faults.moments import changes, rows
from tests.sandbox.company import Group
from tests.world import FACE, World


def _long_ago(world: World, group: Group) -> None:
    """As if the hello had been said before the group was slowed down."""
    world.stand_ins.telegram._state.chats.chats[group.id].spoke.clear()


async def test_in_slow_mode_the_file_waits_and_comes_once(world: World) -> None:
    ana, _, group = await friends(world)
    world.expects("retry after")
    _long_ago(world, group)
    # Long enough for the picture to be drawn meanwhile on a busy machine, too.
    await group.does("slow-mode", seconds=6)
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
