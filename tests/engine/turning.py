"""Orders in a line, in virtual time."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.domain.order import Order, OrderPhoto, OrderRequest, OrderState
from bot.domain.pace import Pace
from bot.engine.turns import Turns
from storage import orders
from storage.database import Database
from tests.engine.virtual import now, run
from tests.engine.workshop import a_database, recipe

PACE = Pace(first_pause=2, longest_pause=60, look=2)


async def queued(database: Database, user_id: int = 1, round_id: int | None = None) -> Order:
    photos = (OrderPhoto("f", "u"),)
    request = OrderRequest(user_id, None, user_id, photos, recipe(), round_id=round_id)
    async with database.writing() as connection:
        return await orders.create(connection, request, 0.0, now())


async def load(database: Database, order: Order) -> Order:
    async with database.reading() as connection:
        found = await orders.load(connection, order.id)
    assert found is not None
    return found


async def ends(database: Database, turns: Turns, order: Order) -> None:
    async with database.writing() as connection:
        fresh = await orders.load(connection, order.id)
        assert fresh is not None
        await orders.advance(connection, fresh, OrderState.FAILED)
    turns.check()


async def in_flight(database: Database) -> int:
    async with database.reading() as connection:
        return await orders.in_flight(connection)


def in_virtual_time(folder: Path, main: Callable[[Database], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with a_database(folder) as database:
            await main(database)

    run(whole())
