"""What orders cost, and how long they took."""

from dataclasses import replace

import pytest

from bot.domain.access import Usage
from bot.domain.order import (
    OrderState,
)
from storage import orders, spending
from storage.database import Database
from tests.storage.ordering import ANNA, BEN, CHAT, GROUP, NOW, REQUEST, advanced, in_state, made


async def test_usage(database: Database) -> None:
    await made(database, now=NOW - 1)  # yesterday, and still under way
    await made(database, now=NOW)
    await made(database, replace(REQUEST, chat_id=GROUP), now=NOW + 1)
    await made(database, replace(REQUEST, user_id=BEN, chat_id=GROUP), now=NOW + 2)
    failed = await in_state(database, OrderState.PROCESSING)
    await advanced(database, failed, OrderState.FAILED, usd=0.01)
    await in_state(database, OrderState.DRAWN, credits=0, usd=0)

    async def usage(user_id: int, chat_id: int) -> Usage:
        async with database.reading() as connection:
            return await spending.usage(connection, user_id, chat_id, NOW)

    anna = await usage(ANNA, GROUP)
    assert (anna.person_credits, anna.chat_credits, anna.unfinished) == (4, 4, 3)
    assert anna.spent_usd == pytest.approx(0.16)
    ben = await usage(BEN, BEN)
    assert (ben.person_credits, ben.chat_credits, ben.unfinished) == (2, 0, 1)
    assert await usage(9, 9) == Usage(spent_usd=anna.spent_usd)


async def test_no_orders_cost_nothing(database: Database) -> None:
    async with database.reading() as connection:
        assert await spending.usage(connection, ANNA, CHAT, NOW) == Usage()
        assert await orders.durations(connection) == []
        assert await orders.in_flight(connection) == 0


async def test_durations_come_newest_first_with_their_work_and_not_many(
    database: Database,
) -> None:
    for n in range(orders.MOST_DURATIONS + 5):
        await in_state(database, OrderState.DRAWN, drawn_at=NOW + n, seconds=2.0 * n)
    await in_state(database, OrderState.DRAWN, drawn_at=NOW + 999)  # nobody saw it
    await in_state(database, OrderState.FAILED, seconds=500.0)
    async with database.reading() as connection:
        durations = await orders.durations(connection)
    newest = orders.MOST_DURATIONS + 4
    expected = range(newest, newest - orders.MOST_DURATIONS, -1)
    assert [one.seconds for one in durations] == [2.0 * n for n in expected]
    assert {one.work for one in durations} == {2.0}


async def test_what_the_provider_billed(database: Database) -> None:
    order = await in_state(database, OrderState.DRAWN, predict_seconds=19.5)
    async with database.reading() as connection:
        assert await orders.predict_seconds(connection, order.id) == 19.5


async def test_the_crowd_and_who_came_lately(database: Database) -> None:
    async with database.reading() as connection:
        assert await orders.first_created(connection) is None
    for state in (OrderState.QUEUED, OrderState.QUEUED, OrderState.SUBMITTING):
        await in_state(database, state)
    for state in (OrderState.PROCESSING, OrderState.DRAWN, OrderState.DELIVERED):
        await in_state(database, state)
    async with database.reading() as connection:
        assert await orders.crowd(connection) == (2, 2)
        assert await orders.created_since(connection, 0) == 6
        assert await orders.created_since(connection, 1e12) == 0
        first = await orders.first_created(connection)
        assert first is not None
        assert await orders.created_since(connection, first - 1) == 6
