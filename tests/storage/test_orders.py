"""Orders: guarded changes of state, who drives them, what they cost."""

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.domain.durations import work
from bot.domain.order import (
    KEEPS_CREDITS,
    UNFINISHED,
    Failure,
    Hold,
    OrderState,
    Picture,
    may_follow,
)
from bot.errors import StaleState
from storage import orders
from storage.database import Database
from storage.pictures import add_pictures, note_picture, pictures_of
from tests.storage.ordering import (
    ANNA,
    BEN,
    CHAT,
    GROUP,
    NOW,
    PHOTOS,
    RECIPE,
    REQUEST,
    advanced,
    in_state,
    loaded,
    made,
)


async def test_an_accepted_order_says_all_that_was_asked_for(database: Database) -> None:
    order = await made(database)
    assert order == await loaded(database, order)
    assert (order.chat_id, order.thread_id, order.user_id) == (CHAT, 0, ANNA)
    assert (order.photos, order.recipe) == (PHOTOS, RECIPE)
    assert (order.credits, order.usd, order.created_at) == (2, 0.05, NOW)
    assert (order.state, order.hold, order.failure) == (OrderState.QUEUED, Hold.NONE, None)
    assert (order.card_message_id, order.reply_to) == (21, 20)
    assert order.version > order.rendered_version
    async with database.reading() as connection:
        assert await orders.load(connection, 999) is None


async def test_every_pair_of_states(database: Database) -> None:
    for before, after in itertools.product(OrderState, repeat=2):
        order = await in_state(database, before)
        if may_follow(before, after):
            now = await advanced(database, order, after)
            assert (now.state, now.version) == (after, order.version + 1)
        else:
            with pytest.raises(ValueError, match="can't go from"):
                await advanced(database, order, after)
            assert await loaded(database, order) == order


async def test_only_one_of_two_takes_an_order_on(database: Database) -> None:
    for before, first, second in itertools.product(OrderState, repeat=3):
        if not (may_follow(before, first) and may_follow(before, second)):
            continue
        read = await in_state(database, before)
        await advanced(database, read, first)
        with pytest.raises(StaleState):
            await advanced(database, read, second)
        assert (await loaded(database, read)).state is first


@pytest.mark.parametrize("state", sorted(UNFINISHED))
async def test_no_credit_is_taken_where_there_is_no_picture(
    database: Database, state: OrderState
) -> None:
    for end in KEEPS_CREDITS:
        if may_follow(state, end):
            order = await advanced(database, await in_state(database, state), end)
            assert order.credits == 0
            # Once the provider was asked, what it cost stays in the day's budget.
            assert order.usd == (0 if state is OrderState.QUEUED else 0.05)


async def test_what_a_prediction_cost_is_kept(database: Database) -> None:
    order = await in_state(database, OrderState.PROCESSING)
    failed = await advanced(
        database, order, OrderState.FAILED, usd=0.03, failure=Failure.FLAGGED, detail="x"
    )
    assert (failed.usd, failed.failure, failed.detail) == (0.03, Failure.FLAGGED, "x")


async def test_a_state_that_is_shown_already_needs_no_card(database: Database) -> None:
    order = await in_state(database, OrderState.DRAWN, rendered_version=1)
    done = await advanced(database, order, OrderState.DELIVERED, shown=True)
    assert done.rendered_version == done.version

    order = await in_state(database, OrderState.DRAWN, rendered_version=1)
    async with database.writing() as connection:
        await orders.show(connection, order.id, page="more")  # a tap meanwhile
    done = await advanced(database, order, OrderState.DELIVERED, shown=True)
    assert done.rendered_version < done.version


async def test_noting_needs_no_card_and_showing_does(database: Database) -> None:
    order = await made(database)
    async with database.writing() as connection:
        await orders.shown(connection, order, 30)
        assert await orders.behind(connection) == []
        await orders.note(connection, order.id, attempts=3, not_before=NOW, render_at=NOW)
        assert await orders.behind(connection) == []
        await orders.show(connection, order.id, hold=Hold.RESTING)
        assert await orders.behind(connection) == [(order.id, 0.0)]
    now = await loaded(database, order)
    assert (now.card_message_id, now.attempts, now.hold) == (30, 3, Hold.RESTING)


async def test_a_card_that_was_overtaken_is_kept_and_shown_again(database: Database) -> None:
    order = await made(database)
    async with database.writing() as connection:
        await orders.show(connection, order.id, hold=Hold.LOOKING)
        await orders.shown(connection, order, 30)
        assert await orders.behind(connection) == [(order.id, 0.0)]
        newer = await orders.load(connection, order.id)
        assert newer is not None
        await orders.shown(connection, newer, 31)
        await orders.shown(connection, order, 30)  # late: the newer one is on the card
    assert (await loaded(database, order)).card_message_id == 31


async def test_unfinished_orders_oldest_first(database: Database) -> None:
    ids = {state: (await in_state(database, state)).id for state in OrderState}
    async with database.reading() as connection:
        found = await orders.unfinished(connection)
        assert [order.id for order in found] == sorted(ids[state] for state in UNFINISHED)
        standing = await orders.standing(connection)
    for one, order in zip(standing, found, strict=True):
        same = {name: getattr(order, name) for name in one._fields if name != "work"}
        assert one._asdict() == same | {"work": work(order.recipe)}


async def test_unfinished_orders_of_a_person_in_a_chat(database: Database) -> None:
    mine = await made(database)
    await made(database, replace(REQUEST, chat_id=GROUP))
    await made(database, replace(REQUEST, user_id=BEN))
    await in_state(database, OrderState.DELIVERED)
    async with database.reading() as connection:
        assert await orders.unfinished_of(connection, ANNA, CHAT) == [mine]


async def test_a_persons_newest_order_in_a_chat(database: Database) -> None:
    await made(database)
    newest = await made(database, now=NOW + 5)
    await made(database, now=NOW - 5)
    await made(database, replace(REQUEST, chat_id=GROUP), now=NOW + 9)
    async with database.reading() as connection:
        assert await orders.latest_of(connection, ANNA, CHAT) == newest
        assert await orders.latest_of(connection, BEN, CHAT) is None


async def test_the_order_whose_message_this_is(database: Database) -> None:
    order = await made(database)
    elsewhere = await made(database, replace(REQUEST, chat_id=GROUP))
    await made(database, replace(REQUEST, card_message_id=None))
    async with database.writing() as connection:
        for one in (order, elsewhere):
            await add_pictures(connection, one.id, ["https://x/1", "https://x/2"])
            await note_picture(connection, one.id, 2, reply_message_id=31)

        async def found(chat_id: int, message_id: int) -> int | None:
            by_message = await orders.by_message(connection, chat_id, message_id)
            return by_message.id if by_message else None

        assert await found(CHAT, 21) == await found(CHAT, 31) == order.id
        assert await found(GROUP, 21) == await found(GROUP, 31) == elsewhere.id
        assert await found(CHAT, 20) is None
        assert await found(BEN, 21) is None


async def test_predictions_that_belong_to_no_order(database: Database) -> None:
    await in_state(database, OrderState.PROCESSING, prediction_id="p1")
    async with database.reading() as connection:
        found = await orders.unclaimed_predictions(connection, ["p0", "p1", "p2"])
        assert found == ["p0", "p2"]
        assert await orders.unclaimed_predictions(connection, []) == []


async def test_urls_of_photos(database: Database) -> None:
    order = await in_state(database, OrderState.QUEUED, photo_urls=orders.dump_urls(["a", "b"]))
    assert order.photo_urls == ("a", "b")


async def test_pictures(database: Database) -> None:
    order = await made(database)
    async with database.writing() as connection:
        await add_pictures(connection, order.id, ["https://x/1", "https://x/2"])
        await note_picture(connection, order.id, 2, photo_file_id="p", reply_message_id=9)
        await note_picture(connection, order.id, 2, document_file_id="d")
        assert await pictures_of(connection, order.id) == [
            Picture(order.id, 1, "https://x/1", None, None, None),
            Picture(order.id, 2, "https://x/2", "p", 9, "d"),
        ]
        assert await pictures_of(connection, 999) == []


async def test_the_same_pictures_twice_are_refused_with_the_whole_step(database: Database) -> None:
    order = await in_state(database, OrderState.PROCESSING)
    for number in range(2):
        try:
            async with database.writing() as connection:
                await add_pictures(connection, order.id, ["https://x/1"])
                await orders.advance(connection, order, OrderState.DRAWN)
        except Exception:  # noqa: BLE001 - whichever guard it meets first
            assert number == 1
    async with database.reading() as connection:
        assert len(await pictures_of(connection, order.id)) == 1
        found = await connection.execute(text("SELECT version FROM orders"))
        assert found.scalar_one() == order.version + 1
