"""How long a driver tries, what it gives up, and what it never asks for twice."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.order import Failure, Hold, OrderState
from bot.domain.photo import PhotoProblem
from bot.eachlabs.client import EachlabsClient
from bot.engine.budget import Need
from bot.engine.driver import TIMES_UNKNOWN, Driver
from bot.engine.submission import Submission
from bot.errors import (
    BadAnswer,
    ChatGone,
    ChatMoved,
    NotSent,
    PhotoRefused,
    ProviderFault,
    ProviderUnknown,
    RateLimited,
    RetryLater,
)
from tests.engine.driving import driver, held, processing, submitting
from tests.engine.workshop import Workshop, a_workshop
from tests.world import QUICK


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
            await held(shop, order, Hold.RESTING)

        assert shop.counts["creates"] == 1

        shop.stand_in.set(balance=None)
        await shop.tools.gate.open()
        await asyncio.gather(*tasks)
        assert [(await shop.row(order)).state for order in line] == [OrderState.DELIVERED] * 6
        assert shop.told == ["BalanceEmpty", "back"]


async def test_whoever_is_refused_holds_no_slot_while_the_admins_are_told(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.stand_in.set(balance=0.0)
    telling = asyncio.Event()

    async def slow(_fault: ProviderFault | None) -> None:
        telling.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(shop.tools.gate, "_tell", slow)
    order = await shop.order()
    task = driver(shop, order)
    await telling.wait()
    row = await shop.row(order)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert (row.state, row.hold) == (OrderState.QUEUED, Hold.RESTING)


async def test_a_refusal_for_an_hour_is_told_to_whoever_waits(shop: Workshop) -> None:
    shop.stand_in.fault(on="create", kind="status", status=429, headers={"Retry-After": "3600"})
    first, second = await shop.order(user_id=1), await shop.order(user_id=2)
    tasks = [driver(shop, first)]
    await held(shop, first, Hold.PROVIDER_DOWN)
    tasks.append(driver(shop, second))
    await held(shop, second, Hold.PROVIDER_DOWN)

    assert shop.told == ["RateLimited"]
    assert shop.counts["creates"] == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_refusal_for_an_hour_is_told_to_whoever_is_about_to_ask(shop: Workshop) -> None:
    first, second = await shop.order(user_id=1), await shop.order(user_id=2)
    await shop.tools.references.host(first)
    shop.tools.budget.hold(60)
    tasks = [driver(shop, first), driver(shop, second)]
    for order in (first, second):
        await shop.until(order, "submitting")

    shop.tools.gate.close(RateLimited("429", retry_after=3600.0))

    for order in (first, second):
        await held(shop, order, Hold.PROVIDER_DOWN)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_no_slot_for_a_moment_stops_no_asking(shop: Workshop) -> None:
    refusal = RateLimited("429 Too many predictions in flight", retry_after=3600.0)
    asking = await submitting(shop)

    await Submission(shop.tools, asyncio.Event())._not_created(asking, refusal)

    async with asyncio.timeout(1), shop.tools.budget.request(Need.NEWS):
        pass


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


async def test_what_is_given_up_without_an_answer_is_stopped_there(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, tries=3), patience=0.2) as shop:
        shop.stand_in.set(stuck=True, long_poll=20.0)  # each answer is held for longer than we wait

        order = await shop.driven(await processing(shop))

        assert (order.state, order.failure) == (OrderState.FAILED, Failure.PROVIDER)
        assert [it["status"] for it in shop.predictions] == ["cancelled"]


async def test_what_can_never_be_known_is_given_up_and_not_asked_for_again(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, settle=0.1, lost=0.5)) as shop:
        order = await submitting(shop)
        await shop.client.create({"input_image": "http://127.0.0.1:9/x.jpg", "prompt": "a img"})
        shop.stand_in.fault(on="get", kind="status", status=404, times=None)

        order = await shop.driven(order)

        assert (order.state, order.failure) == (OrderState.FAILED, Failure.LOST_TRACK)
        assert shop.counts["creates"] == 1


async def test_a_prediction_that_is_not_known_yet_is_asked_for_in_patience(tmp_path: Path) -> None:
    async with a_workshop(tmp_path, pace=replace(QUICK, first_pause=0.3, unknown=0.6)) as shop:
        shop.stand_in.fault(on="get", kind="status", status=404, times=None)

        order = await shop.driven(await processing(shop))

        assert (order.state, order.failure) == (OrderState.FAILED, Failure.LOST_TRACK)
        assert shop.counts["gets"] <= 0.6 / 0.3 + 1 + TIMES_UNKNOWN


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


async def test_a_group_that_became_a_supergroup_is_followed(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.shelf.troubles = [ChatMoved(-100_500)]
    heard: set[int] = set()
    monkeypatch.setattr(shop.tools.listener, "order_changed", heard.add)
    other = await shop.order()

    order = await shop.driven(await shop.order(card_message_id=5))

    assert other.id in heard  # its card is behind as well

    assert (order.state, order.chat_id, order.card_message_id) == (
        OrderState.DELIVERED,
        -100_500,
        None,
    )


async def test_an_order_that_was_deleted_meanwhile_ends_its_driver(shop: Workshop) -> None:
    order = await processing(shop)
    async with shop.database.writing() as connection:
        await connection.execute(text("DELETE FROM orders"))

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
