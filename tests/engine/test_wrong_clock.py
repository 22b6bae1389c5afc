"""The machine's clock is set while a driver is at work: nothing is given up or put off for it."""

import asyncio
import time
from dataclasses import replace

from bot.domain.order import OrderState
from bot.engine.driver import Driver
from tests.engine.driving import processing
from tests.engine.workshop import Workshop


async def test_a_clock_that_is_set_makes_nothing_too_old(shop: Workshop) -> None:
    shop.stand_in.set(speed=20.0)
    order = await processing(shop)
    ahead = 0.0
    one = Driver(replace(shop.tools, now=lambda: time.time() + ahead), order.id)
    task = asyncio.create_task(one.drive())
    await shop.counted("gets")

    ahead = 3600.0
    one.nudge()  # as any news of the order does
    await task

    assert (await shop.row(order)).state is OrderState.DELIVERED


async def test_a_clock_that_is_set_gives_up_no_create_that_is_looked_for(shop: Workshop) -> None:
    shop.stand_in.set(executions_lag=0.4)
    shop.stand_in.fault(on="create", kind="cut_after")
    order = await shop.order()
    ahead = 0.0
    one = Driver(replace(shop.tools, now=lambda: time.time() + ahead), order.id)
    task = asyncio.create_task(one.drive())
    await shop.counted("creates")

    ahead = 3600.0
    await task

    assert (await shop.row(order)).state is OrderState.DELIVERED
    assert len(shop.predictions) == 1


async def test_a_clock_that_is_set_back_makes_no_pause_longer(shop: Workshop) -> None:
    order = await shop.order(not_before=time.time() + 0.3)
    behind = 0.0
    one = Driver(replace(shop.tools, now=lambda: time.time() - behind), order.id)
    task = asyncio.create_task(one.drive())
    await asyncio.sleep(0.1)

    behind = 3600.0
    async with asyncio.timeout(10):
        await task

    assert (await shop.row(order)).state is OrderState.DELIVERED
