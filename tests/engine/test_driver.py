"""One order: a driver that starts anew goes on from whatever its row says, and asks once."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.order import Failure, Hold, Order, OrderState
from bot.domain.photo import PhotoProblem
from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import Prediction, State
from bot.engine.driver import Driver
from bot.engine.submission import Submission
from bot.errors import (
    BadAnswer,
    BalanceEmpty,
    ChatGone,
    ChatMoved,
    DatabaseBusy,
    FileGone,
    NotSent,
    OutcomeUnknown,
    PhotoRefused,
    ProviderUnknown,
    RetryLater,
    StaleState,
)
from storage import orders
from storage.pictures import add_pictures, pictures_of
from tests.engine.workshop import Workshop, a_workshop
from tests.world import FACE, QUICK


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


# From each state on


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
    await asyncio.sleep(0.4)
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
    shop: Workshop, step: str
) -> None:
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
        await connection.exec_driver_sql("DELETE FROM hosted")
    await shop.note(other, state=OrderState.FAILED)
    shop.tools.turns.check()

    await task

    assert shop.counts["presigns"] == uploads + 1
    assert (await shop.row(order)).state is OrderState.DELIVERED


# Words of the provider that have no fault of the stand-in's


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
    await asyncio.sleep(0.4)  # it is done: only the word is another
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


# Cancelling, in every state


async def test_a_wish_to_stop_that_came_back_into_the_line_is_carried_out(shop: Workshop) -> None:
    order = await shop.order(cancel_requested=1)

    order = await shop.driven(order)

    assert (order.state, order.usd) == (OrderState.CANCELLED, 0.0)
    assert shop.counts["requests"] == 0


async def test_cancelled_between_slot_and_post_then_nothing_is_asked(shop: Workshop) -> None:
    order = await shop.order()
    await shop.tools.references.host(order)  # so that the create is the first to be held up
    shop.tools.budget.hold(0.5)
    task = driver(shop, order)
    await shop.until(order, "submitting")
    await cancel(shop, order)
    await task

    order = await shop.row(order)
    assert (order.state, order.submitted_at, order.usd) == (OrderState.CANCELLED, None, 0.0)
    assert shop.counts["creates"] == 0


async def test_cancelled_while_lost_then_looked_for_at_the_same_pace(shop: Workshop) -> None:
    order = await submitting(shop, cancel_requested=1, hold=Hold.LOOKING)

    order = await shop.driven(order)

    assert (order.state, order.submitted_at) == (OrderState.CANCELLED, None)
    assert shop.counts["creates"] == 0
    # 0.5 s of looking in pauses that begin at 0.02 s and grow: not one after the other.
    assert shop.counts["executions"] <= 30


async def test_cancelled_while_lost_and_found_then_stopped(shop: Workshop) -> None:
    shop.stand_in.set(speed=1.0)
    order = await submitting(shop, cancel_requested=1)
    assert order.photo_urls is not None
    await shop.client.create(order.recipe.model_input(order.photo_urls))

    order = await shop.driven(order)

    assert order.state is OrderState.CANCELLED
    assert [it["status"] for it in shop.predictions] == ["cancelled"]


async def test_cancelled_too_late_then_delivered_in_patience(shop: Workshop) -> None:
    """A wish to stop from before must not turn pauses between tries into none."""
    order = await processing(shop, cancel_requested=1)
    await asyncio.sleep(0.4)
    shop.shelf.troubles = [OutcomeUnknown("no answer") for _ in range(3)]
    began = time.monotonic()

    order = await shop.driven(order)

    assert order.state is OrderState.DELIVERED
    assert shop.shelf.visits == 4
    assert time.monotonic() - began >= (0.02 + 0.04 + 0.08) / 2


async def test_an_error_after_a_cancel_is_a_cancel(shop: Workshop) -> None:
    shop.stand_in.set(cancel_ignored=True)
    shop.stand_in.fault(on="create", kind="fail")
    order = await processing(shop, cancel_requested=1)

    assert (await shop.driven(order)).state is OrderState.CANCELLED


# The provider's bad days


async def test_401_while_a_lost_one_is_looked_for_then_not_hammered(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, probe=0.2)) as shop:
        order = await submitting(shop)
        shop.stand_in.fault(on="executions", kind="status", status=401, times=3)

        order = await shop.driven(order)

        assert order.state is OrderState.DELIVERED
        assert shop.told == ["KeyRefused", "back"]
        assert shop.counts["executions"] <= 10


async def test_402_while_others_are_in_line_then_one_asks_for_all(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, probe=5.0), eachlabs_concurrency=1) as shop:
        shop.stand_in.set(balance=0.0)
        line = [await shop.order(user_id=n) for n in range(6)]
        tasks = [driver(shop, order) for order in line]
        for order in line:
            await _held(shop, order, Hold.RESTING)

        assert shop.counts["creates"] == 1

        shop.stand_in.set(balance=None)
        await shop.tools.gate.open()
        await asyncio.gather(*tasks)
        assert [(await shop.row(order)).state for order in line] == [OrderState.DELIVERED] * 6
        assert shop.told == ["BalanceEmpty", "back"]


async def _held(shop: Workshop, order: Order, hold: Hold) -> None:
    row = await shop.row(order)
    for _ in range(500):
        if row.hold is hold and row.state is OrderState.QUEUED:
            return
        await asyncio.sleep(0.01)
        row = await shop.row(order)
    raise AssertionError(f"{row.state} {row.hold!r}")


async def test_a_cancelled_order_is_no_probe(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, probe=0.4)) as shop:
        await shop.tools.gate.close(BalanceEmpty("402"))
        gone, stays = await shop.order(), await shop.order()
        drivers = [Driver(shop.tools, order.id) for order in (gone, stays)]
        tasks = [asyncio.create_task(it.drive()) for it in drivers]
        await _held(shop, gone, Hold.RESTING)
        async with shop.database.writing() as connection:
            row = await orders.load(connection, gone.id)
            assert row is not None
            await orders.advance(connection, row, OrderState.CANCELLED)
        drivers[0].nudge()

        async with asyncio.timeout(5):
            await tasks[0]  # it doesn't wait for the gate
            await tasks[1]  # and left the probe to this one

        assert (await shop.row(stays)).state is OrderState.DELIVERED
        assert shop.counts["creates"] == 1


async def test_asked_again_so_often_and_no_more(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, tries=5)) as shop:
        shop.stand_in.fault(on="create", kind="status", status=503, times=None)

        order = await shop.driven(await shop.order())

        assert (order.state, order.failure) == (OrderState.FAILED, Failure.PROVIDER)
        assert shop.counts["creates"] == 5


async def test_unknown_so_often_and_no_more(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, tries=5, settle=0.1)) as shop:
        shop.stand_in.fault(on="create", kind="cut_before", times=None)

        order = await shop.driven(await shop.order())

        assert (order.state, order.failure) == (OrderState.FAILED, Failure.PROVIDER)
        assert 2 <= shop.counts["creates"] <= 5


async def test_what_can_never_be_known_is_given_up_and_not_asked_for_again(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, settle=0.1, lost=0.5)) as shop:
        order = await submitting(shop)
        await shop.client.create({"input_image": "http://127.0.0.1:9/x.jpg", "prompt": "a img"})
        shop.stand_in.fault(on="get", kind="status", status=404, times=None)

        order = await shop.driven(order)

        assert (order.state, order.failure) == (OrderState.FAILED, Failure.LOST_TRACK)
        assert shop.counts["creates"] == 1


async def test_sporadic_faults_of_polls_add_up_to_nothing(tmp_path: Path) -> None:
    """Three of them in a row would end it; these are three in all."""
    async with a_workshop(tmp_path, pace=replace(QUICK, tries=3)) as shop:
        shop.stand_in.set(stuck=True)
        order = await processing(shop)
        task = driver(shop, order)
        for _ in range(3):
            shop.stand_in.fault(on="get", kind="status", status=500)
            await shop.counted("gets", shop.counts["gets"] + 2)

        row = await shop.row(order)
        assert (row.state, row.attempts <= 1) == (OrderState.PROCESSING, True)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# Photos


async def test_a_photo_that_cannot_be_had_for_the_moment_is_asked_for_again(shop: Workshop) -> None:
    shop.album.photos["face"] = [NotSent("no connection"), OutcomeUnknown("half of it")]

    assert (await shop.driven(await shop.order())).state is OrderState.DELIVERED
    assert len(shop.album.asked) == 3


async def test_a_photo_that_can_never_be_had_is_told_as_such(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, tries=3)) as shop:
        shop.album.photos["face"] = [NotSent("no connection") for _ in range(9)]

        order = await shop.driven(await shop.order())

        assert (order.state, order.failure) == (OrderState.FAILED, Failure.PHOTO_GONE)
        assert (order.usd, shop.counts["creates"]) == (0.0, 0)


async def test_a_photo_that_is_gone(shop: Workshop) -> None:
    shop.album.photos["face"] = [FileGone("expired")]

    order = await shop.driven(await shop.order())

    assert (order.state, order.failure) == (OrderState.FAILED, Failure.PHOTO_GONE)


async def test_a_photo_that_is_none_is_told_with_its_reason(shop: Workshop) -> None:
    shop.album.photos["face"] = [PhotoRefused(PhotoProblem.DAMAGED)]

    order = await shop.driven(await shop.order())

    assert (order.state, order.failure) == (OrderState.FAILED, Failure.PHOTO)
    assert order.detail == PhotoProblem.DAMAGED


async def test_nobody_to_look_at_a_photo_is_no_word_about_it(shop: Workshop) -> None:
    shop.album.photos["face"] = [PhotoRefused(PhotoProblem.UNAVAILABLE)]

    assert (await shop.driven(await shop.order())).state is OrderState.DELIVERED


# Delivery


async def test_a_picture_that_is_paid_for_waits_as_long_as_telegram_is_away(
    tmp_path: Path,
) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, tries=3, longest_pause=0.02)) as shop:
        shop.shelf.troubles = [NotSent("no connection") for _ in range(12)]

        order = await shop.driven(await shop.order())

        assert order.state is OrderState.DELIVERED
        assert shop.shelf.visits == 13


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ChatGone("blocked"), Failure.UNDELIVERABLE),
        (BadAnswer("a page"), Failure.OUTPUT),
        (PhotoRefused(PhotoProblem.NOT_A_PICTURE), Failure.OUTPUT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_ends_a_delivery(shop: Workshop, error: Exception, failure: Failure) -> None:
    shop.shelf.troubles = [error]

    order = await shop.driven(await shop.order())

    assert (order.state, order.failure) == (OrderState.FAILED, failure)
    assert order.usd > 0  # it was billed all the same


async def test_a_long_delay_is_kept_in_the_row(shop: Workshop) -> None:
    shop.shelf.troubles = [RetryLater(3600)]
    order = await shop.order()
    task = driver(shop, order)
    await shop.until(order, "drawn")
    row = await shop.row(order)
    for _ in range(500):
        if row.not_before:
            break
        await asyncio.sleep(0.01)
        row = await shop.row(order)

    assert 3590 < row.not_before - time.time() <= 3600
    assert (row.attempts, shop.shelf.visits) == (0, 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_group_that_became_a_supergroup_is_followed(shop: Workshop) -> None:
    shop.shelf.troubles = [ChatMoved(-100_500)]

    order = await shop.driven(await shop.order(card_message_id=5))

    assert (order.state, order.chat_id, order.card_message_id) == (
        OrderState.DELIVERED,
        -100_500,
        None,
    )


async def test_an_order_that_was_deleted_meanwhile_ends_its_driver(shop: Workshop) -> None:
    order = await processing(shop)
    async with shop.database.writing() as connection:
        await connection.exec_driver_sql("DELETE FROM orders")

    await Driver(shop.tools, order.id).drive()


async def test_an_unknown_outcome_is_never_a_second_post(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the client reports of it, the next thing asked is the list."""
    create = EachlabsClient.create

    async def unknown(self: EachlabsClient, *given: Any, **more: Any) -> str:
        await create(self, *given, **more)
        raise ProviderUnknown("no answer")

    monkeypatch.setattr(EachlabsClient, "create", unknown)

    order = await shop.driven(await shop.order())

    assert order.state is OrderState.DELIVERED
    assert (shop.counts["creates"], len(shop.predictions)) == (1, 1)


async def test_while_the_provider_is_down_an_order_is_kept_for_hours_and_not_for_ever(
    tmp_path: Path,
) -> None:
    pace = replace(QUICK, tries=6, probe=0.05, kept=2.0)
    async with a_workshop(tmp_path, pace=pace) as shop:
        shop.stand_in.fault(on="create", kind="status", status=503, times=None)
        order = await shop.driven(await shop.order())
        assert (order.state, order.failure) == (OrderState.FAILED, Failure.PROVIDER)
        assert shop.counts["creates"] > pace.tries
        assert shop.told == ["ProviderDown"]
        assert order.usd == 0
