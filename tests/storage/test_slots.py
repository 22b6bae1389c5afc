"""Who may have a slot at the provider, and who drives an order."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.order import (
    ENDED,
    Order,
    OrderState,
)
from bot.errors import StaleState
from storage import claims, orders
from storage.database import Database
from tests.storage.ordering import (
    ANNA,
    BEN,
    NOW,
    advanced,
    in_state,
    loaded,
    made,
)


async def slot(database: Database, order: Order, concurrency: int) -> bool:
    async with database.writing() as connection:
        return await orders.start_submitting(connection, order, NOW + 5, concurrency)


async def test_a_slot_is_taken_with_its_time_before_anything_is_asked(database: Database) -> None:
    order = await in_state(database, OrderState.QUEUED, photo_urls=orders.dump_urls(["old"]))
    assert await slot(database, order, 1)
    now = await loaded(database, order)
    assert (now.state, now.submitted_at) == (OrderState.SUBMITTING, NOW + 5)
    # Whoever finds it without URLs knows that no create was sent.
    assert now.photo_urls is None


@pytest.mark.parametrize(("concurrency", "started"), [(1, 1), (3, 3), (0, 12)])
async def test_however_many_want_a_slot_there_are_only_so_many(
    path: Path, database: Database, concurrency: int, started: int
) -> None:
    """Two processes, as far as the database can tell."""
    second = Database(path)
    await second.open()
    waiting = [await made(database) for _ in range(12)]
    took = await asyncio.gather(
        *(slot((database, second)[n % 2], order, concurrency) for n, order in enumerate(waiting))
    )
    await second.close()
    assert sum(took) == started
    async with database.reading() as connection:
        assert await orders.in_flight(connection) == started


async def test_a_slot_is_free_again_when_the_provider_is_done(database: Database) -> None:
    first, second = await made(database), await made(database)
    assert await slot(database, first, 1)
    processing = await advanced(database, await loaded(database, first), OrderState.PROCESSING)
    assert not await slot(database, second, 1)
    await advanced(database, processing, OrderState.DRAWN)
    assert await slot(database, second, 1)


async def test_a_cancelled_order_gets_no_slot(database: Database) -> None:
    order = await made(database)
    async with database.writing() as connection:
        assert await orders.request_cancel(connection, order.id)
    with pytest.raises(StaleState, match="cancelled"):
        await slot(database, order, 10)
    with pytest.raises(StaleState):
        await slot(database, replace(order, id=999), 10)


@pytest.mark.parametrize("state", sorted(set(OrderState) - {OrderState.QUEUED}))
async def test_only_a_queued_order_takes_a_slot(database: Database, state: OrderState) -> None:
    order = await in_state(database, state)
    with pytest.raises(ValueError, match="can't go"):
        await slot(database, order, 0)
    with pytest.raises(StaleState):
        await slot(database, replace(order, state=OrderState.QUEUED), 0)
    assert await loaded(database, order) == order


async def test_in_flight_by_person(database: Database) -> None:
    for user, state in [
        (ANNA, OrderState.SUBMITTING),
        (ANNA, OrderState.PROCESSING),
        (BEN, OrderState.PROCESSING),
        (BEN, OrderState.DRAWN),
        (9, OrderState.QUEUED),
    ]:
        await in_state(database, state, user_id=user)
    async with database.reading() as connection:
        assert await orders.in_flight_by_person(connection) == {ANNA: 2, BEN: 1}
        assert await orders.in_flight(connection) == 3


@pytest.mark.parametrize("state", OrderState)
async def test_a_cancel_is_asked_for_once_and_while_it_makes_sense(
    database: Database, state: OrderState
) -> None:
    order = await in_state(database, state)
    async with database.writing() as connection:
        asked = await orders.request_cancel(connection, order.id)
        again = await orders.request_cancel(connection, order.id)
    assert asked is (state in {OrderState.QUEUED, OrderState.SUBMITTING, OrderState.PROCESSING})
    assert not again
    now = await loaded(database, order)
    assert now.cancel_requested is asked
    assert now.version == order.version + asked


async def test_an_order_has_one_driver_until_its_claim_ends(database: Database) -> None:
    order = await made(database)

    async def claimed(owner: str, now: float) -> bool:
        async with database.writing() as connection:
            return await claims.claim(connection, order.id, owner, now, now + 60)

    assert await claimed("one", NOW)
    assert not await claimed("two", NOW)
    assert await claimed("one", NOW + 1)
    assert not await claimed("two", NOW + 61)  # until then, exactly
    assert await claimed("two", NOW + 61.1)
    assert not await claimed("one", NOW + 62)


async def test_a_living_driver_keeps_its_claims_and_nobody_elses(database: Database) -> None:
    mine, theirs = await made(database), await made(database)
    async with database.writing() as connection:
        await claims.claim(connection, mine.id, "one", NOW, NOW + 60)
        await claims.claim(connection, theirs.id, "two", NOW, NOW + 60)
        assert await claims.keep(connection, "one", NOW + 120) == {mine.id}
        assert not await claims.claim(connection, mine.id, "three", NOW + 61, NOW + 99)
        assert await claims.claim(connection, theirs.id, "three", NOW + 61, NOW + 99)
        assert await claims.is_of(connection, theirs.id, "three")
        assert not await claims.is_of(connection, theirs.id, "two")
        await claims.release_all(connection)
        assert await claims.claim(connection, mine.id, "three", NOW + 61, NOW + 99)


@pytest.mark.parametrize("state", sorted(ENDED))
async def test_what_is_over_has_no_driver(database: Database, state: OrderState) -> None:
    order = await in_state(database, state)
    async with database.writing() as connection:
        assert not await claims.claim(connection, order.id, "one", NOW, NOW + 60)
        assert await orders.unfinished(connection) == []
