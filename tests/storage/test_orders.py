"""Orders: guarded changes of state, who drives them, what they cost."""

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.access import Usage
from bot.domain.order import (
    ENDED,
    KEEPS_CREDITS,
    UNFINISHED,
    Failure,
    Hold,
    Order,
    OrderPhoto,
    OrderRequest,
    OrderState,
    Picture,
    may_follow,
)
from bot.domain.photomaker import Recipe, Style
from bot.errors import StaleState
from storage import orders, spending
from storage.database import Database
from storage.pictures import add_pictures, note_picture, pictures_of

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


# Slots


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


# Claims


async def test_an_order_has_one_driver_until_its_claim_ends(database: Database) -> None:
    order = await made(database)

    async def claims(owner: str, now: float) -> bool:
        async with database.writing() as connection:
            return await orders.claim(connection, order.id, owner, now, now + 60)

    assert await claims("one", NOW)
    assert not await claims("two", NOW)
    assert await claims("one", NOW + 1)
    assert not await claims("two", NOW + 61)  # until then, exactly
    assert await claims("two", NOW + 61.1)
    assert not await claims("one", NOW + 62)


async def test_a_living_driver_keeps_its_claims_and_nobody_elses(database: Database) -> None:
    mine, theirs = await made(database), await made(database)
    async with database.writing() as connection:
        await orders.claim(connection, mine.id, "one", NOW, NOW + 60)
        await orders.claim(connection, theirs.id, "two", NOW, NOW + 60)
        await orders.keep_claims(connection, "one", NOW + 120)
        assert not await orders.claim(connection, mine.id, "three", NOW + 61, NOW + 99)
        assert await orders.claim(connection, theirs.id, "three", NOW + 61, NOW + 99)
        await orders.release_all(connection)
        assert await orders.claim(connection, mine.id, "three", NOW + 61, NOW + 99)


@pytest.mark.parametrize("state", sorted(ENDED))
async def test_what_is_over_has_no_driver(database: Database, state: OrderState) -> None:
    order = await in_state(database, state)
    async with database.writing() as connection:
        assert not await orders.claim(connection, order.id, "one", NOW, NOW + 60)
        assert await orders.unfinished(connection) == []


# Finding


async def test_unfinished_orders_oldest_first(database: Database) -> None:
    ids = {state: (await in_state(database, state)).id for state in OrderState}
    async with database.reading() as connection:
        found = await orders.unfinished(connection)
        assert [order.id for order in found] == sorted(ids[state] for state in UNFINISHED)
        standing = await orders.standing(connection)
        assert standing == [(order.id, order.state, order.user_id) for order in found]


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


# What it costs


async def test_usage(database: Database) -> None:
    await made(database, now=NOW - 1)  # yesterday, and still under way
    await made(database, now=NOW)
    await made(database, replace(REQUEST, chat_id=GROUP), now=NOW + 1)
    await made(database, replace(REQUEST, user_id=BEN, chat_id=GROUP), now=NOW + 2)
    failed = await in_state(database, OrderState.PROCESSING)
    await advanced(database, failed, OrderState.FAILED, usd=0.01)
    await in_state(database, OrderState.DRAWN, credits=0, usd=0)

    async def usage(user_id: int, chat_id: int) -> Usage:
        async with database.reading() as connection:
            return await spending.usage(connection, user_id, chat_id, NOW)

    anna = await usage(ANNA, GROUP)
    assert (anna.person_credits, anna.chat_credits, anna.unfinished) == (4, 4, 3)
    assert anna.spent_usd == pytest.approx(0.16)
    ben = await usage(BEN, BEN)
    assert (ben.person_credits, ben.chat_credits, ben.unfinished) == (2, 0, 1)
    assert await usage(9, 9) == Usage(spent_usd=anna.spent_usd)


async def test_no_orders_cost_nothing(database: Database) -> None:
    async with database.reading() as connection:
        assert await spending.usage(connection, ANNA, CHAT, NOW) == Usage()
        assert await orders.durations(connection) == []
        assert await orders.in_flight(connection) == 0


async def test_durations_come_newest_first_with_their_work_and_not_many(
    database: Database,
) -> None:
    for n in range(orders.MOST_DURATIONS + 5):
        await in_state(database, OrderState.DRAWN, drawn_at=NOW + n, seconds=2.0 * n)
    await in_state(database, OrderState.DRAWN, drawn_at=NOW + 999)  # nobody saw it
    await in_state(database, OrderState.FAILED, seconds=500.0)
    async with database.reading() as connection:
        durations = await orders.durations(connection)
    newest = orders.MOST_DURATIONS + 4
    expected = range(newest, newest - orders.MOST_DURATIONS, -1)
    assert [one.seconds for one in durations] == [2.0 * n for n in expected]
    assert {one.work for one in durations} == {2.0}


async def test_what_the_provider_billed(database: Database) -> None:
    order = await in_state(database, OrderState.DRAWN, predict_seconds=19.5)
    async with database.reading() as connection:
        assert await orders.predict_seconds(connection, order.id) == 19.5


async def test_the_crowd_and_who_came_lately(database: Database) -> None:
    for state in (OrderState.QUEUED, OrderState.QUEUED, OrderState.SUBMITTING):
        await in_state(database, state)
    for state in (OrderState.PROCESSING, OrderState.DRAWN, OrderState.DELIVERED):
        await in_state(database, state)
    async with database.reading() as connection:
        assert await orders.crowd(connection) == (2, 2)
        assert await orders.created_since(connection, 0) == 6
        assert await orders.created_since(connection, 1e12) == 0


# Pictures


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
