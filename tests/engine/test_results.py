"""Pictures out: fetched with a limit, and turned into a PNG by whoever can."""

import pytest

from bot.domain.photomaker import MAX_OUTPUT_BYTES
from bot.engine.results import Results
from bot.errors import BadAnswer, PhotoRefused
from tests.engine.workshop import NoDecoder, Workshop


async def output(shop: Workshop) -> str:
    order = await shop.order()
    await shop.driven(order)
    return str(shop.predictions[0]["output"][0])


async def test_the_picture_is_handed_to_the_imaging(shop: Workshop) -> None:
    class Turning(NoDecoder):
        async def to_png(self, data: bytes) -> bytes:
            return b"png of " + data[:4]

    url = await output(shop)

    assert await Results(shop.client, Turning()).png(url) == b"png of \x89PNG"


async def test_what_is_no_picture_is_refused(shop: Workshop) -> None:
    class Refusing(NoDecoder):
        async def to_png(self, data: bytes) -> bytes:
            raise PhotoRefused("not_a_picture")

    with pytest.raises(PhotoRefused):
        await Results(shop.client, Refusing()).png(await output(shop))


async def test_no_more_than_telegram_takes_is_read(
    shop: Workshop,
) -> None:
    url = await output(shop)
    shop.stand_in.fault(on="output", kind="huge_output", size=MAX_OUTPUT_BYTES + 1)

    with pytest.raises(BadAnswer):
        await Results(shop.client, NoDecoder()).png(url)
