"""Orders in the database, in whatever state a test needs."""

from typing import Any

from bot.domain.order import (
    Order,
    OrderPhoto,
    OrderRequest,
    OrderState,
)
from bot.domain.photomaker import Recipe, Style
from storage import orders
from storage.database import Database

ANNA, BEN, CHAT, GROUP = 7, 8, 7, -100


NOW = 1_000_000.0


PHOTOS = (OrderPhoto("f1", "u1"), OrderPhoto("f2", "u2"))


RECIPE = Recipe("as a <b>knight</b>", "woman", Style.COMIC, seed=5, strength=30, outputs=2)


REQUEST = OrderRequest(CHAT, None, ANNA, PHOTOS, RECIPE, card_message_id=21, reply_to=20)


async def made(
    database: Database, request: OrderRequest = REQUEST, *, usd: float = 0.05, now: float = NOW
) -> Order:
    async with database.writing() as connection:
        return await orders.create(connection, request, usd, now)


async def in_state(database: Database, state: OrderState, **values: object) -> Order:
    order = await made(database)
    async with database.writing() as connection:
        await orders.note(connection, order.id, state=state, **values)
    return await loaded(database, order)


async def loaded(database: Database, order: Order) -> Order:
    async with database.reading() as connection:
        found = await orders.load(connection, order.id)
    assert found is not None
    return found


async def advanced(database: Database, order: Order, state: OrderState, **values: Any) -> Order:
    async with database.writing() as connection:
        await orders.advance(connection, order, state, **values)
    return await loaded(database, order)
