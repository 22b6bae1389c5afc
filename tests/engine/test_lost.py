"""A create without an answer: found by seed and photos, or surely none, or not known yet."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.order import Order, OrderState
from bot.engine.lost import Trace, same_input
from bot.errors import ProviderDown
from storage import orders
from tests.engine.workshop import Workshop, recipe

URLS = ("https://files.example/a.jpg",)


async def lost(shop: Workshop, urls: tuple[str, ...] = URLS, **values: Any) -> Order:
    """An order whose POST left; when it was sent long ago, its absence proves something."""
    given: dict[str, Any] = {
        "state": OrderState.SUBMITTING,
        "submitted_at": time.time(),
        "photo_urls": orders.dump_urls(urls),
    }
    return await shop.order(**(given | values))


async def made(shop: Workshop, order: Order, **changes: Any) -> str:
    """A prediction of this order, or of one that differs from it."""
    assert order.photo_urls is not None
    given = replace(order.recipe, **changes).model_input(order.photo_urls)
    return await shop.client.create(given)


async def test_without_urls_nothing_was_asked(shop: Workshop) -> None:
    order = await shop.order(state=OrderState.SUBMITTING, submitted_at=time.time())

    assert await shop.tools.lost.look_for(order) == Trace(surely_none=True)
    assert shop.counts["requests"] == 0


async def test_found_among_others(shop: Workshop) -> None:
    order = await lost(shop)
    await made(shop, order, seed=1)
    wanted = await made(shop, order)
    await made(shop, order, seed=2)

    assert await shop.tools.lost.look_for(order) == Trace(wanted)


async def looked(shop: Workshop, order: Order) -> Trace:
    """What is known when it would be in the list by now."""
    await shop.tools.lost.look_for(order)
    await asyncio.sleep(shop.tools.pace.settle)
    return await shop.tools.lost.look_for(order)


@pytest.mark.parametrize("changes", [{"steps": 50}, {"strength": 30}, {"outputs": 4}])
async def test_finer_and_more_style_have_the_same_seed_and_are_not_it(
    shop: Workshop, changes: dict[str, int]
) -> None:
    order = await lost(shop, submitted_at=time.time() - 10)
    await made(shop, order, **changes)

    assert await looked(shop, order) == Trace(surely_none=True)


async def test_somebody_elses_photo_with_the_same_seed_is_not_it(shop: Workshop) -> None:
    order = await lost(shop, submitted_at=time.time() - 10)
    await shop.client.create(order.recipe.model_input(("https://files.example/b.jpg",)))

    assert (await shop.tools.lost.look_for(order)).prediction_id is None


async def test_a_prediction_that_another_order_owns_is_not_it(shop: Workshop) -> None:
    order = await lost(shop, submitted_at=time.time() - 10)
    other = await lost(shop)
    await shop.note(other, prediction_id=await made(shop, order))

    assert await looked(shop, order) == Trace(surely_none=True)
    assert shop.counts["gets"] == 0


async def test_that_it_is_not_there_yet_proves_nothing(shop: Workshop) -> None:
    order = await lost(shop)

    assert await shop.tools.lost.look_for(order) == Trace()
    await asyncio.sleep(shop.tools.pace.settle)
    assert await shop.tools.lost.look_for(order) == Trace(surely_none=True)


async def test_what_was_made_much_later_is_not_asked_for(shop: Workshop) -> None:
    order = await lost(shop, submitted_at=time.time() - 3600)
    await made(shop, order, seed=1)

    await shop.tools.lost.look_for(order)

    assert (shop.counts["executions"], shop.counts["gets"]) == (1, 0)


async def test_a_clock_that_is_set_proves_nothing(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await lost(shop)
    shop.tools.lost.sent(order)
    monkeypatch.setattr(shop.tools.lost, "_now", lambda: time.time() + 60)

    assert await shop.tools.lost.look_for(order) == Trace()


@pytest.mark.parametrize("off", [-3600.0, 3600.0])
@pytest.mark.parametrize("set_right", [True, False])
async def test_a_clock_that_is_wrong_hides_nothing(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, off: float, set_right: bool
) -> None:
    """What is overlooked is asked for again, and paid for twice."""
    order = await lost(shop, submitted_at=time.time() + off)
    if set_right:
        shop.tools.lost.sent(order)
    else:  # it is still wrong, and this is another process
        monkeypatch.setattr(shop.tools.lost, "_now", lambda: time.time() + off)
    wanted = await made(shop, order)

    assert await shop.tools.lost.look_for(order) == Trace(wanted)


async def test_one_whose_input_cannot_be_seen_may_be_it(shop: Workshop) -> None:
    order = await lost(shop, submitted_at=time.time() - 10)
    await made(shop, order, seed=1)
    shop.stand_in.fault(on="get", kind="status", status=404, times=2)

    assert await looked(shop, order) == Trace()
    assert await shop.tools.lost.look_for(order) == Trace(surely_none=True)


async def test_an_input_is_asked_for_once(shop: Workshop) -> None:
    order = await lost(shop)
    for seed in range(3):
        await made(shop, order, seed=seed)

    for _ in range(4):
        await shop.tools.lost.look_for(order)

    assert shop.counts["gets"] == 3


async def test_more_than_a_page_of_them(shop: Workshop) -> None:
    shop.stand_in.set(stuck=True)
    shop.stand_in._api.predictions.max_in_flight = 0
    order = await lost(shop)
    wanted = await made(shop, order)
    table = shop.stand_in.predictions.all
    first = table[wanted]
    for n in range(70):  # newer ones, as another bot of the same account makes them
        table[f"other-{n}"] = replace(
            first, id=f"other-{n}", given={"seed": n}, created_at=first.created_at + 0.001
        )

    assert await shop.tools.lost.look_for(order) == Trace(wanted)
    assert shop.counts["executions"] == 2


async def test_no_answer_is_a_fault_and_no_proof(shop: Workshop) -> None:
    order = await lost(shop, submitted_at=time.time() - 10)
    shop.stand_in.fault(on="executions", kind="status", status=503)

    with pytest.raises(ProviderDown):
        await shop.tools.lost.look_for(order)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"seed": "1234"}, True),  # the page's own example sends numbers as strings
        ({"seed": 1234.0}, True),
        ({"seed": 1235}, False),
        ({"seed": None}, False),
        ({"input_image": "https://files.example/b.jpg"}, False),
        ({"num_steps": "20"}, True),
        ({"num_steps": 50}, False),
        ({"prompt": "trimmed by somebody"}, True),
        ({"something": "else"}, True),
    ],
)
def test_same_input(changes: dict[str, object], same: bool) -> None:
    order = _order(URLS)
    echo = dict(order.recipe.model_input(URLS)) | changes

    assert same_input(echo, order) is same


def test_an_echo_may_leave_out_defaults() -> None:
    order = _order(URLS)
    echo = order.recipe.model_input(URLS)

    assert same_input({"seed": echo["seed"], "input_image": echo["input_image"]}, order)


def _order(urls: tuple[str, ...]) -> Order:
    fields = dict.fromkeys(Order.__dataclass_fields__)
    return Order(**(fields | {"recipe": recipe(), "photo_urls": urls}))  # type: ignore[arg-type]
