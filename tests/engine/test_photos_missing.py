"""A photo that can't be had from Telegram, or is none: asked for again, or told with its reason."""

from dataclasses import replace
from pathlib import Path

from bot.domain.order import Failure, OrderState
from bot.domain.photo import PhotoProblem
from bot.errors import (
    FileGone,
    NotSent,
    OutcomeUnknown,
    PhotoRefused,
)
from tests.engine.workshop import Workshop, a_workshop
from tests.world import QUICK


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
