"""A group that the bot has to leave, and comes back to: what waits, and for whom."""

from bot.domain.order import Failure, Order, OrderState
from storage import chats, leaving, orders, updates
from storage.database import Database
from storage.updates import Arrival
from tests.storage.ordering import loaded
from tests.storage.test_groups import ELSEWHERE, OLD, ordered


async def come_back(database: Database) -> list[int]:
    async with database.writing() as connection:
        chat = await chats.meet(connection, OLD, "Friends", is_forum=False)
        return (await leaving.come_back(connection, chat, 9.0)).orders


async def leave(database: Database, *spared: int) -> list[int]:
    async with database.writing() as connection:
        return await leaving.leave(connection, OLD, 5.0, frozenset(spared))


async def behind(database: Database) -> list[int]:
    async with database.reading() as connection:
        return [order_id for order_id, _ in await orders.behind(connection)]


async def cancelled(database: Database, order: Order) -> Order:
    """As its driver ends it."""
    async with database.writing() as connection:
        current = await orders.load(connection, order.id)
        assert current is not None
        await orders.advance(connection, current, OrderState.CANCELLED, ended_at=6.0)
    return await loaded(database, order)


async def test_a_card_waits_for_the_return_and_is_settled_once(database: Database) -> None:
    drawing = await ordered(database, OrderState.PROCESSING)
    await ordered(database, OrderState.DELIVERED)
    await ordered(database, OrderState.PROCESSING, ELSEWHERE)
    assert await leave(database) == [drawing.id]
    over = await cancelled(database, drawing)
    assert over.failure is Failure.TAKEN_OUT
    assert await behind(database) == []
    assert await come_back(database) == await behind(database) == [drawing.id]
    # Thrown out again before it was settled, and once more after.
    assert await leave(database) == await behind(database) == []
    assert await come_back(database) == [drawing.id]
    async with database.writing() as connection:
        await orders.shown(connection, over, over.card_message_id)
    assert await leave(database) == await come_back(database) == await behind(database) == []


async def test_a_picture_is_nobodys_where_its_person_has_no_private_chat(
    database: Database,
) -> None:
    drawn = await ordered(database, OrderState.DRAWN)
    assert await leave(database) == [drawn.id]
    now = await loaded(database, drawn)
    assert (now.state, now.failure, now.credits) == (OrderState.FAILED, Failure.TAKEN_OUT, 0)
    assert (now.chat_id, now.usd) == (OLD, drawn.usd)


async def test_who_asked_after_the_return_is_spared(database: Database) -> None:
    order = await ordered(database, OrderState.QUEUED)
    ids = {4: "-5:0:3", 6: "-5:0:7", 7: "-55:0:8", 8: "-5:2:9", 9: "-5:0:2"}
    async with database.writing() as connection:
        arrivals = [Arrival(number, name, "{}") for number, name in ids.items()]
        await updates.add(connection, arrivals, 1.0)
        for claimed in await updates.claim(connection, "lease", 1.0, 9.0):
            if claimed.update_id != 9:
                await updates.handled(connection, claimed.update_id, "lease")
        spared = await updates.later_askers(connection, OLD, 5)
    assert spared == {7, 9}
    assert await leave(database, *spared) == []
    assert (await loaded(database, order)).state is OrderState.QUEUED
    assert await leave(database) == [order.id]
