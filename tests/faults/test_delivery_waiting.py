"""Delivery when Telegram asks for silence: all of it is kept, and then the picture comes, once."""

import time
from itertools import pairwise

import pytest

from tests.faults.delivering import FILE, PICTURE, beats, calls_to, fault, one_picture_and_its_file
from tests.faults.moments import anna_with_a_photo, calls, rows, soon
from tests.faults.orders import state
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_429_with_retry_after_3_then_waited_for(bot: World) -> None:
    anna = await anna_with_a_photo(bot)
    fault(bot, **PICTURE, status=429, parameters={"retry_after": 3})
    fault(bot, method="sendMessage", status=429, parameters={"retry_after": 1})
    fault(bot, **FILE, status=429, parameters={"retry_after": 1})
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)

    made = calls_to(bot, anna)
    pauses = [after.at - call.at for call, after in pairwise(made) if call.error_code == 429]
    # Nothing at all went to the chat meanwhile. The clocks are two: a little less will do.
    assert [round(pause + 0.4) for pause in pauses] >= [3, 1, 1]
    assert len(pauses) == 3


async def test_429_without_parameters_then_waited_for(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.transport.UNNAMED_RETRY", 1.0)
    anna = await anna_with_a_photo(bot)
    fault(bot, method="editMessageMedia", status=429, times=2)
    await anna.taps("Comic")
    await one_picture_and_its_file(bot, anna)
    assert calls(bot, "editMessageMedia") == 4


@pytest.mark.asyncio(loop_scope="function")
async def test_429_with_retry_after_3600_then_a_durable_delay_and_nothing_sent_meanwhile(
    world: World,
) -> None:
    anna = await anna_with_a_photo(world)
    fault(world, method="editMessageMedia", status=429, parameters={"retry_after": 3600})
    await anna.taps("Comic")
    await soon(lambda: _due(world) > 3000)
    told = len(calls_to(world, anna))
    await anna.sends("as a knight")
    await soon(lambda: rows(world, "SELECT 1 FROM drafts WHERE render_at > 0"))
    await beats()
    assert len(calls_to(world, anna)) == told

    await world.end()  # a restart forgets nothing
    await world.start()
    polls = calls(world, "getUpdates")
    await soon(lambda: calls(world, "getUpdates") > polls)
    await beats()
    assert len(calls_to(world, anna)) == told
    await state(world, anna, "drawn")


@pytest.mark.asyncio(loop_scope="function")
async def test_a_durable_delay_that_is_over_then_it_goes_on_after_a_restart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbox.channel.LONGEST_WAIT", 1.0)
    monkeypatch.setattr("bot.outbox.repeating.LONGEST_WAIT", 1.0)
    anna = await anna_with_a_photo(world)
    fault(world, method="editMessageMedia", status=429, parameters={"retry_after": 3})
    await anna.taps("Comic")
    await soon(lambda: _due(world) > 0)
    await world.end()
    await world.start()
    await one_picture_and_its_file(world, anna)


def _due(world: World) -> float:
    """In how many seconds the order is tried again."""
    due = rows(world, "SELECT not_before FROM orders")
    return float(due[0][0]) - time.time() if due else 0.0
