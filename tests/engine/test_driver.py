"""One order: a driver that starts anew goes on from whatever its row says, and asks once."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.order import Failure, Order, OrderState
from bot.eachlabs.wire import Prediction, State
from bot.engine.driver import Driver
from bot.engine.submission import Submission
from bot.errors import (
    DatabaseBusy,
    StaleState,
)
from storage import orders
from storage.pictures import add_pictures, pictures_of
from tests.engine.driving import driver, processing, submitting
from tests.engine.workshop import Workshop, a_workshop


async def test_from_queued(shop: Workshop) -> None:
    order = await shop.driven(await shop.order())

    assert order.state is OrderState.DELIVERED
    assert shop.counts["creates"] == 1
    [png] = shop.shelf.delivered[order.id]
    assert png.startswith(b"\x89PNG")
    assert order.usd == pytest.approx(shop.predictions[0]["cost"])


async def test_from_submitting_before_the_post(shop: Workshop) -> None:
    """Killed with a slot and nothing asked: no look-up, no wait."""
    order = await shop.order(state=OrderState.SUBMITTING, submitted_at=time.time())

    order = await shop.driven(order)

    assert order.state is OrderState.DELIVERED
    assert (shop.counts["creates"], shop.counts["executions"]) == (1, 0)


async def test_from_submitting_and_the_post_had_left(shop: Workshop) -> None:
    order = await submitting(shop)
    assert order.photo_urls is not None
    await shop.client.create(order.recipe.model_input(order.photo_urls))

    order = await shop.driven(order)

    assert order.state is OrderState.DELIVERED
    assert (shop.counts["creates"], len(shop.predictions)) == (1, 1)


async def test_from_submitting_and_the_post_had_not_left(shop: Workshop) -> None:
    order = await shop.driven(await submitting(shop))

    assert order.state is OrderState.DELIVERED
    assert shop.counts["creates"] == 1
    assert shop.counts["executions"] >= 2  # one look is no proof


async def test_from_processing(shop: Workshop) -> None:
    order = await shop.driven(await processing(shop))

    assert order.state is OrderState.DELIVERED
    assert shop.counts["creates"] == 1


async def test_from_drawn(shop: Workshop) -> None:
    order = await processing(shop)
    await shop.drawn()
    [prediction] = shop.predictions
    async with shop.database.writing() as connection:
        await add_pictures(connection, order.id, prediction["output"])
    await shop.note(order, state=OrderState.DRAWN)
    gets = shop.counts["gets"]

    order = await shop.driven(order)

    assert order.state is OrderState.DELIVERED
    assert shop.counts["gets"] == gets


@pytest.mark.parametrize(
    "state", [OrderState.DELIVERED, OrderState.FAILED, OrderState.CANCELLED], ids=str
)
async def test_from_the_end_nothing_is_done(shop: Workshop, state: OrderState) -> None:
    order = await shop.order(state=state)

    assert await shop.driven(order) == order
    assert shop.counts["requests"] == 0


@pytest.mark.parametrize("step", ["presigns", "puts", "creates", "gets"])
async def test_stopped_at_each_request_then_a_new_driver_goes_on_one_bill(
    shop: Workshop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.submission.PARTING_SECONDS", 0.05)
    place = step.removesuffix("s")
    shop.stand_in.fault(on=place, kind="delay", seconds=30.0, effect=True)
    order = await shop.order()
    task = driver(shop, order)
    await shop.counted(step)
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    shop.stand_in.clear_faults()

    order = await shop.driven(order)

    assert order.state is OrderState.DELIVERED
    assert len(shop.predictions) == 1


async def test_the_commit_after_the_post_fails_then_found_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = Submission._created
    failures = [DatabaseBusy("locked")]

    async def busy(self: Submission, order: Order, prediction_id: str) -> None:
        if failures:
            raise failures.pop()
        await created(self, order, prediction_id)

    monkeypatch.setattr(Submission, "_created", busy)

    order = await shop.driven(await shop.order())

    assert order.state is OrderState.DELIVERED
    assert (shop.counts["creates"], len(shop.predictions)) == (1, 1)


async def test_the_id_of_what_was_paid_for_waits_for_the_database(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = orders.advance
    failures = [DatabaseBusy("locked"), DatabaseBusy("locked")]

    async def busy(connection: Any, order: Order, state: OrderState, **values: Any) -> None:
        if state is OrderState.PROCESSING and failures:
            raise failures.pop()
        await advance(connection, order, state, **values)

    monkeypatch.setattr(orders, "advance", busy)

    order = await shop.driven(await shop.order())

    assert order.state is OrderState.DELIVERED
    assert shop.counts["executions"] == 0  # it was not lost


async def test_a_busy_database_is_waited_for(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Driver._load
    failures = [DatabaseBusy("locked"), DatabaseBusy("locked")]

    async def busy(self: Driver) -> Order | None:
        if failures:
            raise failures.pop()
        return await load(self)

    monkeypatch.setattr(Driver, "_load", busy)

    assert (await shop.driven(await shop.order())).state is OrderState.DELIVERED


async def test_a_read_timeout_after_the_provider_accepted(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, patience=0.3) as shop:
        shop.stand_in.fault(on="create", kind="delay", seconds=1.0)

        order = await shop.driven(await shop.order())

        assert order.state is OrderState.DELIVERED
        assert (shop.counts["creates"], len(shop.predictions)) == (1, 1)


async def test_the_wait_for_the_budget_is_no_part_of_the_proof(shop: Workshop) -> None:
    """The slot was taken long before the POST; a look right after it must not say `none`."""
    order = await shop.order()
    await shop.tools.references.host(order)  # so that the create is the first to be held up
    shop.tools.budget.hold(2 * shop.tools.pace.settle)
    shop.stand_in.set(executions_lag=0.3)
    shop.stand_in.fault(on="create", kind="cut_after")

    order = await shop.driven(order)

    assert order.state is OrderState.DELIVERED
    assert (shop.counts["creates"], len(shop.predictions)) == (1, 1)


async def test_photos_that_became_stale_in_line_are_hosted_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.submission.STALE_SECONDS", 0.2)
    other = await processing(shop)
    await shop.note(other, state=OrderState.PROCESSING)
    shop.tools.turns._concurrency = 1
    order = await shop.order()
    task = driver(shop, order)
    await asyncio.sleep(0.4)
    uploads = shop.counts["presigns"]
    async with shop.database.writing() as connection:
        await connection.execute(text("DELETE FROM hosted"))
    await shop.note(other, state=OrderState.FAILED)
    shop.tools.turns.check()

    await task

    assert shop.counts["presigns"] == uploads + 1
    assert (await shop.row(order)).state is OrderState.DELIVERED


async def test_photos_that_became_stale_while_a_request_was_waited_for_are_hosted_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.submission.STALE_SECONDS", 0.2)
    order = await shop.order()
    await shop.tools.references.host(order)  # so that the create is the first to be held up
    uploads = shop.counts["presigns"]
    shop.tools.budget.hold(0.6)
    task = driver(shop, order)
    await shop.until(order, "submitting")
    async with shop.database.writing() as connection:
        await connection.execute(text("DELETE FROM hosted"))

    await task

    assert shop.counts["presigns"] == uploads + 1
    assert (await shop.row(order)).state is OrderState.DELIVERED


@pytest.mark.parametrize(
    ("word", "end"),
    [
        ("succeeded", OrderState.DELIVERED),
        ("SUCCESS", OrderState.DELIVERED),
        ("completed", OrderState.DELIVERED),
        ("error", OrderState.FAILED),
        ("failed", OrderState.FAILED),
        ("Failure", OrderState.FAILED),
        ("canceled", OrderState.CANCELLED),
        ("cancelled", OrderState.CANCELLED),
    ],
)
async def test_states_in_every_spelling(shop: Workshop, word: str, end: OrderState) -> None:
    order = await processing(shop)
    await shop.drawn()  # only the word is another
    shop.stand_in.fault(on="get", kind="state", state=word, times=None)

    order = await shop.driven(order)

    assert order.state is end
    assert (order.failure is Failure.PROVIDER) is (end is OrderState.FAILED)


async def test_more_pictures_than_were_ordered_are_left_there(shop: Workshop) -> None:
    order = await processing(shop)
    urls = [f"https://files.example/{n}.png" for n in range(3)]
    taken = await Driver(shop.tools, order.id)._take_in(
        order, Prediction(id="x", state=State.SUCCEEDED, outputs=tuple(urls))
    )

    assert taken
    async with shop.database.reading() as connection:
        assert [p.url for p in await pictures_of(connection, order.id)] == urls[:1]


async def test_two_tell_that_it_is_done_and_one_is_heard(shop: Workshop) -> None:
    """The poll and somebody else, both with the same row in hand."""
    order = await processing(shop)
    news = Prediction(id="x", state=State.SUCCEEDED, outputs=("https://files.example/1.png",))
    one, other = Driver(shop.tools, order.id), Driver(shop.tools, order.id)

    assert await one._take_in(order, news)
    with pytest.raises(StaleState):
        await other._take_in(order, news)

    async with shop.database.reading() as connection:
        assert len(await pictures_of(connection, order.id)) == 1
