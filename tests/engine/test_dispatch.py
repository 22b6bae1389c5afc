"""Who drives what: each order by one driver, whatever wakes the dispatcher up, and how often."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.domain.order import Order, OrderState
from bot.engine import dispatch
from bot.engine.dispatch import Dispatcher
from bot.engine.driver import Driver
from bot.engine.order_cards import OrderCards
from bot.errors import DatabaseBusy
from bot.outbox import Outbox
from bot.views.cards import Waiting
from storage import claims
from storage.tables import orders as t
from tests.engine.workshop import Workshop


class Chat:
    """Notes what would be shown."""

    def __init__(self) -> None:
        self.progress: list[int] = []
        self.actions: list[int] = []
        self.room = True

    async def refresh(self, order_id: int) -> bool:
        self.progress.append(order_id)
        return self.room

    async def action(self, chat_id: int, _thread_id: int | None, _action: str) -> None:
        self.actions.append(chat_id)


@asynccontextmanager
async def running(shop: Workshop, chat: Chat) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(shop.tools, cast("OrderCards", chat), cast("Outbox", chat))
    task = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await dispatcher.stop()


async def until(came: Callable[[], bool]) -> None:
    for _ in range(1000):
        if came():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def claimed_until(shop: Workshop) -> dict[int, float]:
    async with shop.database.reading() as connection:
        found = await connection.execute(select(t.c.id, t.c.claimed_until))
        return {row[0]: row[1] for row in found}


async def test_what_lies_there_at_the_start_is_driven(shop: Workshop) -> None:
    line = [await shop.order(user_id=n) for n in range(3)]
    async with running(shop, Chat()):
        for order in line:
            await shop.until(order, "delivered")
    assert shop.counts["creates"] == 3


async def test_a_wake_up_starts_a_new_one_at_once(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "BEAT_SECONDS", 30.0)
    async with running(shop, Chat()) as dispatcher:
        await asyncio.sleep(0.1)
        order = await shop.order()
        dispatcher.order_changed(order.id)
        await shop.until(order, "delivered")


async def test_an_order_that_somebody_else_drives_is_left_alone(shop: Workshop) -> None:
    theirs, mine = await shop.order(), await shop.order()
    later = time.time() + 60
    async with shop.database.writing() as connection:
        assert await claims.claim(connection, theirs.id, "somebody", time.time(), later)
    async with running(shop, Chat()):
        await shop.until(mine, "delivered")
    assert (await shop.row(theirs)).state is OrderState.QUEUED


async def test_claims_are_kept_and_the_chat_is_spared_however_often_it_is_woken(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load wake-ups come faster than beats: neither may depend on a quiet second."""
    monkeypatch.setattr(dispatch, "KEEP_CLAIM_SECONDS", 0.3)
    shop.stand_in.set(stuck=True)
    chat = Chat()
    order = await shop.order()
    async with running(shop, chat) as dispatcher:
        await shop.until(order, "processing")
        before = (await claimed_until(shop))[order.id]
        began = time.monotonic()
        for _ in range(120):
            dispatcher.order_changed(order.id)
            await asyncio.sleep(0.01)
        seconds = time.monotonic() - began
        assert (await claimed_until(shop))[order.id] > before
        assert len(chat.progress) <= seconds / dispatch.BEAT_SECONDS + 3
        assert len(chat.actions) <= seconds / dispatch.ACTION_SECONDS + 2


async def stolen(shop: Workshop, order: Order) -> None:
    """Another process took it: this one had been asleep for longer than its claim held."""
    async with shop.database.writing() as connection:
        now = time.time()
        assert await claims.claim(connection, order.id, "other", now + 100, now + 200)


def drives(order: Order) -> bool:
    return any(task.get_name() == f"order-{order.id}" for task in asyncio.all_tasks())


async def test_who_lost_its_claim_stops(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "KEEP_CLAIM_SECONDS", 0.1)
    monkeypatch.setattr(dispatch, "BEAT_SECONDS", 0.1)
    shop.stand_in.set(stuck=True)
    order = await shop.order()
    async with running(shop, Chat()):
        await shop.until(order, "processing")
        assert drives(order)
        await stolen(shop, order)
        await until(lambda: not drives(order))


async def test_who_lost_its_claim_pays_for_nothing(shop: Workshop) -> None:
    order = await shop.order()
    await shop.tools.references.host(order)  # so that the create is the first to be held up
    shop.tools.budget.hold(0.5)
    async with running(shop, Chat()):
        await shop.until(order, "submitting")
        await stolen(shop, order)
        await until(lambda: not drives(order))
    assert shop.counts["creates"] == 0
    assert (await shop.row(order)).state is OrderState.SUBMITTING


async def test_what_was_told_is_told_again_only_where_there_was_no_room(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(shop.tools.estimates, "waiting", lambda _order: Waiting(3, 60))
    monkeypatch.setattr(Driver, "drive", lambda _self: asyncio.sleep(60))
    chat = Chat()
    chat.room = False
    order = await shop.order(card_message_id=5)
    async with running(shop, chat) as dispatcher:
        await until(lambda: len(chat.progress) > 2)
        chat.room = True
        await until(lambda: bool(dispatcher._told))
        times = len(chat.progress)
        await asyncio.sleep(0.3)
        assert len(chat.progress) == times
        await shop.note(order, version=order.version + 1)  # another rendering shows what it likes
        await until(lambda: len(chat.progress) > times)


async def test_a_driver_that_fails_takes_no_other_with_it_and_is_started_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dispatch, "CLAIM_SECONDS", 0.2)
    drive = Driver.drive
    bugs = [RuntimeError("a bug of ours")]

    async def buggy(self: Driver) -> None:
        if self._order_id == first.id and bugs:
            raise bugs.pop()
        await drive(self)

    monkeypatch.setattr(Driver, "drive", buggy)
    first, second = await shop.order(), await shop.order()
    async with running(shop, Chat()):
        await shop.until(second, "delivered")
        await shop.until(first, "delivered")
    assert "its driver failed" in caplog.text


async def test_a_busy_database_is_looked_at_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claims.claim
    busy = [DatabaseBusy("locked"), DatabaseBusy("locked")]

    async def stumbling(*given: Any) -> bool:
        if busy:
            raise busy.pop()
        return await claim(*given)

    monkeypatch.setattr(claims, "claim", stumbling)
    order = await shop.order()
    async with running(shop, Chat()) as dispatcher:
        dispatcher.order_changed(order.id)
        await shop.until(order, "delivered")


async def test_stopped_while_it_pays_then_it_keeps_what_it_paid_for(shop: Workshop) -> None:
    shop.stand_in.set(stuck=True)
    shop.stand_in.fault(on="create", kind="delay", seconds=0.5)
    order = await shop.order()
    async with running(shop, Chat()):
        await shop.counted("creates")
    row = await shop.row(order)
    assert (row.state, len(shop.predictions)) == (OrderState.PROCESSING, 1)
    assert row.prediction_id == shop.predictions[0]["id"]


async def test_stopped_then_nothing_of_it_runs_on(shop: Workshop) -> None:
    shop.stand_in.set(stuck=True)
    order = await shop.order()
    async with running(shop, Chat()):
        await shop.until(order, "processing")
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {name for name in names if name.startswith("order-")}
