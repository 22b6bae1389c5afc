"""Orders in every state, and a driver for one of them."""

import asyncio
import time
from typing import Any

from bot.domain.order import Hold, Order, OrderState
from bot.engine.driver import Driver
from storage import orders
from tests.engine.workshop import Workshop
from tests.world import FACE


async def hosted(shop: Workshop) -> str:
    """A photo at the provider's, as an earlier driver left it."""
    upload = await shop.client.presign("image/jpeg", 7200)
    await shop.client.put(upload, FACE.read_bytes(), "image/jpeg")
    return upload.public_url


async def submitting(shop: Workshop, **values: Any) -> Order:
    """Killed around the POST."""
    url = await hosted(shop)
    given: dict[str, Any] = {
        "state": OrderState.SUBMITTING,
        "submitted_at": time.time(),
        "photo_urls": orders.dump_urls([url]),
    }
    return await shop.order(**(given | values))


async def processing(shop: Workshop, **values: Any) -> Order:
    order = await submitting(shop)
    assert order.photo_urls is not None
    prediction_id = await shop.client.create(order.recipe.model_input(order.photo_urls))
    await shop.note(order, state=OrderState.PROCESSING, prediction_id=prediction_id, **values)
    return await shop.row(order)


def driver(shop: Workshop, order: Order) -> "asyncio.Task[None]":
    return asyncio.create_task(Driver(shop.tools, order.id).drive())


async def cancel(shop: Workshop, order: Order) -> None:
    async with shop.database.writing() as connection:
        assert await orders.request_cancel(connection, order.id)


async def held(shop: Workshop, order: Order, hold: Hold) -> None:
    row = await shop.row(order)
    for _ in range(500):
        if row.hold is hold and row.state is OrderState.QUEUED:
            return
        await asyncio.sleep(0.01)
        row = await shop.row(order)
    raise AssertionError(f"{row.state} {row.hold!r}")
