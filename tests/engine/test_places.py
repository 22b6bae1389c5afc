"""A group's card that can't be shown where it should, before anybody else hears of it."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from bot.domain.order import OrderState
from bot.engine.places import Places
from bot.errors import ChatMoved, MediaForbidden, TopicGone
from storage import orders
from storage.database import Database
from storage.tables import notes
from tests.storage.ordering import in_state, loaded

NO_PHOTOS = MediaForbidden("not enough rights to send photos to the chat")


@dataclass
class Group:
    """Which orders' cards and drivers are woken up, and whether its notes are."""

    woken: list[int] = field(default_factory=list)
    notes: bool = False

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None:
        raise AssertionError((draft_id, render_at))

    def order_changed(self, order_id: int) -> None:
        self.woken.append(order_id)

    def round_changed(self, round_id: int) -> None:
        raise AssertionError(round_id)

    def notes_changed(self) -> None:
        self.notes = True


@pytest.fixture
def group() -> Group:
    return Group()


@pytest.fixture
def places(database: Database, group: Group) -> Places:
    return Places(database, group)


@pytest.mark.parametrize("state", [OrderState.QUEUED, OrderState.SUBMITTING, OrderState.PROCESSING])
async def test_what_cant_be_shown_stops_and_its_driver_hears_of_it(
    database: Database, places: Places, group: Group, state: OrderState
) -> None:
    order = await in_state(database, state)
    for _ in range(2):
        await places.order_failed(order, NO_PHOTOS)
    [sentence] = await said(database)
    assert (group.woken, sentence[:36]) == ([order.id], "I'm not allowed to send photos here.")
    now = await loaded(database, order)
    assert now.cancel_requested or now.state is OrderState.CANCELLED


async def said(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(notes.c.text))).scalars())


async def test_what_is_drawn_already_is_not_stopped(
    database: Database, places: Places, group: Group
) -> None:
    for state in (OrderState.DRAWN, OrderState.DELIVERED):
        await places.order_failed(await in_state(database, state), NO_PHOTOS)
    assert (group.woken, group.notes, await said(database)) == ([], False, [])


async def test_what_failed_and_can_never_be_shown_is_said_elsewhere(
    database: Database, places: Places, group: Group
) -> None:
    await places.order_failed(
        await in_state(database, OrderState.FAILED), TopicGone("TOPIC_CLOSED")
    )
    [sentence] = await said(database)
    assert (group.notes, sentence[:33]) == (True, "I'm not allowed to write here. An")


async def test_an_order_follows_to_the_chat_that_telegram_names(
    database: Database, places: Places, group: Group
) -> None:
    order = await in_state(database, OrderState.PROCESSING)
    for _ in range(2):
        await places.order_failed(order, ChatMoved(-1009))
    moved = await loaded(database, order)
    assert (moved.chat_id, moved.card_message_id) == (-1009, None)
    assert (group.woken, group.notes) == ([order.id], True)
    async with database.reading() as connection:
        assert [one[0] for one in await orders.behind(connection)] == [order.id]
