"""Webhooks make it sooner and are believed in nothing; polling stays the truth."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from bot.domain.order import Order
from bot.errors import ProviderDown
from tests.engine.virtual import now
from tests.engine.watching import Scene, at_the_provider


async def told_after(scene: Scene, order: Order, seconds: float) -> None:
    await asyncio.sleep(seconds)
    scene.watch.told(order.id)


def test_a_webhook_is_asked_about_at_once_and_believed_in_nothing(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        order = scene.order(1, 30)
        forged = asyncio.create_task(told_after(scene, order, 2))
        real = asyncio.create_task(told_after(scene, order, 30))
        began = now()
        await scene.heard(order)
        assert 30 <= now() - began < 30.5
        await asyncio.gather(forged, real)

    at_the_provider(tmp_path, main)


def test_webhooks_that_come_spare_the_asking(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        first = scene.order(0, 20)
        await asyncio.gather(scene.heard(first), told_after(scene, first, 20.1))
        await asyncio.sleep(1)  # its webhook may have come while it was being asked for
        scene.provider.asked.clear()
        for number in range(1, 20):
            order, seconds = scene.order(number, 15 + number % 10), 15 + number % 10
            await asyncio.gather(scene.heard(order), told_after(scene, order, seconds + 0.1))
        assert scene.provider.asked == {"get": 19}

    at_the_provider(tmp_path, main)


def test_a_webhook_that_overtakes_its_create_is_not_lost(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        order = scene.order(1, 0.1)
        await asyncio.sleep(0.2)
        scene.watch.told(order.id)
        began = now()
        await scene.heard(order)
        assert now() - began < 1

    at_the_provider(tmp_path, main)


@pytest.mark.parametrize("fails", [False, True])
def test_a_webhook_whose_question_told_nothing_is_no_reason_to_wait(
    tmp_path: Path, fails: bool
) -> None:
    """It came a moment before the row was written, or the one question was not answered."""

    async def main(scene: Scene) -> None:
        order = scene.order(1, 20.2)
        scene.provider.faults = [ProviderDown("503")] if fails else []
        began = now()
        early = asyncio.create_task(told_after(scene, order, 20.1))
        with suppress(ProviderDown):
            await scene.watch.news(order)
        await scene.heard(order)
        assert now() - began < 22
        await early

    at_the_provider(tmp_path, main)


def test_webhooks_that_stop_coming_are_not_waited_for(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        first = scene.order(1, 20)
        await asyncio.gather(scene.heard(first), told_after(scene, first, 20))
        began = now()
        await scene.heard(scene.order(2, 20))
        assert now() - began < 60  # found though nobody told
        began = now()
        await scene.heard(scene.order(3, 20))
        assert now() - began < 24  # and the next one as if there were none

    at_the_provider(tmp_path, main)
