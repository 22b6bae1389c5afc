"""An order that is asked to stop: in line, in flight, lost, too late."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.order import Hold, Order, OrderState
from bot.engine.driver import Driver
from bot.errors import (
    BalanceEmpty,
    OutcomeUnknown,
)
from storage import orders
from tests.engine.driving import cancel, driver, held, processing, submitting
from tests.engine.workshop import Workshop, a_workshop
from tests.world import QUICK


async def test_a_wish_to_stop_that_came_back_into_the_line_is_carried_out(shop: Workshop) -> None:
    order = await shop.order(cancel_requested=1)

    order = await shop.driven(order)

    assert (order.state, order.usd) == (OrderState.CANCELLED, 0.0)
    assert shop.counts["requests"] == 0


async def test_cancelled_between_slot_and_post_then_nothing_is_asked(shop: Workshop) -> None:
    order = await shop.order()
    await shop.tools.references.host(order)  # so that the create is the first to be held up
    shop.tools.budget.hold(0.5)
    task = driver(shop, order)
    await shop.until(order, "submitting")
    await cancel(shop, order)
    await task

    order = await shop.row(order)
    assert (order.state, order.submitted_at, order.usd) == (OrderState.CANCELLED, None, 0.0)
    assert shop.counts["creates"] == 0


async def test_cancelled_while_the_provider_wants_silence_then_stopped_at_once(
    shop: Workshop,
) -> None:
    order = await shop.order()
    await shop.tools.references.host(order)
    shop.tools.budget.hold(60)
    one = Driver(shop.tools, order.id)
    task = asyncio.create_task(one.drive())
    await shop.until(order, "submitting")
    await cancel(shop, order)
    one.nudge()
    async with asyncio.timeout(5):
        await task

    order = await shop.row(order)
    assert (order.state, order.submitted_at, order.usd) == (OrderState.CANCELLED, None, 0.0)
    assert shop.counts["creates"] == 0


async def test_cancelled_in_flight_while_the_provider_wants_silence_then_given_up_soon(
    shop: Workshop,
) -> None:
    shop.stand_in.set(speed=0.01)
    order = await processing(shop, cancel_requested=1)
    shop.tools.budget.hold(60)

    order = await shop.driven(order)

    assert order.state is OrderState.CANCELLED


async def test_cancelled_past_the_deadline_while_the_provider_wants_silence_then_given_up_soon(
    tmp_path: Path,
) -> None:
    pace = replace(QUICK, deadline=0.1)
    async with a_workshop(tmp_path, pace=pace, eachlabs_typical_seconds=0.001) as shop:
        shop.stand_in.set(stuck=True)
        order = await processing(shop)
        await asyncio.sleep(pace.deadline)
        shop.tools.budget.hold(60)
        one = Driver(shop.tools, order.id)
        task = asyncio.create_task(one.drive())
        await asyncio.sleep(0.1)  # it is about to be asked for once more
        await cancel(shop, order)
        one.nudge()
        async with asyncio.timeout(5):
            await task

        assert (await shop.row(order)).state is OrderState.CANCELLED


async def test_a_picture_that_comes_with_the_cancel_outlasts_a_slow_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = orders.advance

    async def slow(connection: Any, order: Order, state: OrderState, **values: Any) -> None:
        if state is OrderState.DRAWN:
            await asyncio.sleep(1.2)
        await advance(connection, order, state, **values)

    monkeypatch.setattr(orders, "advance", slow)
    async with a_workshop(tmp_path, pace=replace(QUICK, cancelling=1.0)) as shop:
        shop.stand_in.set(cancel_ignored=True)
        order = await processing(shop, cancel_requested=1)
        await shop.drawn()

        assert (await shop.driven(order)).state is OrderState.DELIVERED


async def test_cancelled_while_lost_then_looked_for_at_the_same_pace(shop: Workshop) -> None:
    order = await submitting(shop, cancel_requested=1, hold=Hold.LOOKING)

    order = await shop.driven(order)

    assert (order.state, order.submitted_at) == (OrderState.CANCELLED, None)
    assert shop.counts["creates"] == 0
    # 0.5 s of looking in pauses that begin at 0.02 s and grow: not one after the other.
    assert shop.counts["executions"] <= 30


async def test_cancelled_while_lost_and_found_then_stopped(shop: Workshop) -> None:
    shop.stand_in.set(speed=1.0)
    order = await submitting(shop, cancel_requested=1)
    assert order.photo_urls is not None
    await shop.client.create(order.recipe.model_input(order.photo_urls))

    order = await shop.driven(order)

    assert order.state is OrderState.CANCELLED
    assert [it["status"] for it in shop.predictions] == ["cancelled"]


async def test_cancelled_too_late_then_delivered_in_patience(shop: Workshop) -> None:
    """A wish to stop from before must not turn pauses between tries into none."""
    order = await processing(shop, cancel_requested=1)
    await shop.drawn()
    shop.shelf.troubles = [OutcomeUnknown("no answer") for _ in range(3)]
    began = time.monotonic()

    order = await shop.driven(order)

    assert order.state is OrderState.DELIVERED
    assert shop.shelf.visits == 4
    assert time.monotonic() - began >= (0.02 + 0.04 + 0.08) / 2


async def test_an_error_after_a_cancel_is_a_cancel(shop: Workshop) -> None:
    shop.stand_in.set(cancel_ignored=True)
    shop.stand_in.fault(on="create", kind="fail")
    order = await processing(shop, cancel_requested=1)

    assert (await shop.driven(order)).state is OrderState.CANCELLED


async def test_a_cancelled_order_is_no_probe(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, probe=0.4)) as shop:
        shop.tools.gate.close(BalanceEmpty("402"))
        gone, stays = await shop.order(), await shop.order()
        drivers = [Driver(shop.tools, order.id) for order in (gone, stays)]
        tasks = [asyncio.create_task(it.drive()) for it in drivers]
        await held(shop, gone, Hold.RESTING)
        async with shop.database.writing() as connection:
            row = await orders.load(connection, gone.id)
            assert row is not None
            await orders.advance(connection, row, OrderState.CANCELLED)
        drivers[0].nudge()

        async with asyncio.timeout(5):
            await tasks[0]  # it doesn't wait for the gate
            await tasks[1]  # and left the probe to this one

        assert (await shop.row(stays)).state is OrderState.DELIVERED
        assert shop.counts["creates"] == 1
