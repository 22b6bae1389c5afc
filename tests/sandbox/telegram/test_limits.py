"""Telegram's flood limits."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.telegram.errors import Flooded
from bot.sandbox.telegram.limits import FloodLimits
from tests.sandbox.telegram.phone import Clock, World, buttons, picture, world


@pytest.fixture
def limits(clock: Clock) -> FloodLimits:
    return FloodLimits(enabled=True, clock=clock)


def _refused(limits: FloodLimits, chat: int, *, group: bool = False, count: int = 1) -> int:
    """The seconds to wait; 0 if it was let through."""
    try:
        limits.charge(chat, group=group, count=count)
    except Flooded as flooded:
        seconds: int = flooded.parameters["retry_after"]
        return seconds
    return 0


def test_ten_at_once_to_a_chat_then_one_a_second(limits: FloodLimits, clock: Clock) -> None:
    assert [_refused(limits, 1) for _ in range(11)] == [0] * 10 + [1]
    clock.now += 0.9
    assert _refused(limits, 1) == 1
    clock.now += 0.1
    assert [_refused(limits, 1), _refused(limits, 1)] == [0, 1]
    clock.now += 100
    assert [_refused(limits, 1) for _ in range(11)] == [0] * 10 + [1]


def test_thirty_in_any_second_in_total(limits: FloodLimits, clock: Clock) -> None:
    assert [_refused(limits, chat) for chat in range(15)] == [0] * 15
    clock.now += 0.6
    assert [_refused(limits, chat) for chat in range(20, 36)] == [0] * 15 + [1]
    clock.now += 0.4  # the first fifteen are a second old
    assert [_refused(limits, chat) for chat in range(40, 56)] == [0] * 15 + [1]


def test_twenty_in_any_minute_to_a_group(limits: FloodLimits, clock: Clock) -> None:
    for _ in range(20):
        assert _refused(limits, -1, group=True) == 0
        clock.now += 1
    assert _refused(limits, -1, group=True) == 40
    clock.now += 39.5
    assert _refused(limits, -1, group=True) == 1
    clock.now += 0.5
    assert _refused(limits, -1, group=True) == 0


def test_an_album_counts_for_each_of_its_parts(limits: FloodLimits) -> None:
    assert _refused(limits, 1, count=8) == 0
    assert _refused(limits, 1, count=4) == 2
    assert _refused(limits, 1, count=2) == 0


@pytest.fixture
async def strict(clock: Clock) -> AsyncIterator[World]:
    async with world(clock=clock, flood_limits=True) as everything:
        yield everything


async def test_messages_and_edits_count_and_nothing_else_does(strict: World) -> None:
    bot, ana = strict.bot, await strict.met()
    sent = await bot.does("sendMessage", chat_id=ana.id, text="a")
    where = {"chat_id": ana.id, "message_id": sent["message_id"]}
    for number in range(7):
        await bot.does("editMessageText", text=str(number), **where)
    await bot.does("sendPhoto", chat_id=ana.id, photo=picture(64, 64))
    for _ in range(30):
        await bot.does("sendChatAction", chat_id=ana.id, action="typing")
        await bot.does("getChat", chat_id=ana.id)
    await bot.does("editMessageReplyMarkup", reply_markup=buttons([("A", "a")]), **where)
    status, answer = await bot.answer("sendMessage", chat_id=ana.id, text="b")
    assert status == 429
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    await bot.does("deleteMessage", **where)
    assert strict.standin.calls.flood_429 == 1
    strict.standin.set_options(flood_limits=False)
    await bot.does("sendMessage", chat_id=ana.id, text="b")


async def test_a_429_on_order_is_not_the_bots_fault(strict: World) -> None:
    ana = await strict.met()
    parameters = {"retry_after": 3600}
    strict.standin.add_fault(method="sendMessage", kind="status", status=429, parameters=parameters)
    status, answer = await strict.bot.answer("sendMessage", chat_id=ana.id, text="a")
    assert (status, answer["parameters"]) == (429, parameters)
    assert strict.standin.calls.flood_429 == 0
