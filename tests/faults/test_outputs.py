"""Faults of the output: whatever comes as a picture, the person is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.faults.orders import ended, ordered
from tests.world import Person, World

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOT_OPENED = "The picture that came back couldn't be opened. No credit was taken."


@asynccontextmanager
async def a_neighbour() -> AsyncIterator[tuple[int, list[str]]]:
    """Something else on this machine that nobody outside may reach: its port, and who did."""
    visits: list[str] = []

    async def note(request: web.Request) -> web.Response:
        visits.append(request.path)
        return web.Response(body=b"secret", content_type="image/png")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", note)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], visits
    finally:
        await runner.cleanup()


async def four(person: Person) -> None:
    """From one picture to four of them."""
    await person.taps("⋯")
    await person.taps("Four of them")


# What comes as output


@pytest.mark.parametrize("shape", ["string_output", "object_output"])
async def test_output_as_text_or_object(bot: World, shape: str) -> None:
    bot.stand_ins.eachlabs.fault(on="get", kind=shape)
    anna = await ordered(bot)

    assert await anna.gets_a_png() == await bot.drawn()


async def test_one_of_four_missing_then_three_and_told(bot: World) -> None:
    anna = await ordered(bot)
    await anna.gets_a_png()
    bot.stand_ins.eachlabs.fault(on="get", kind="missing_output")

    await four(anna)

    await anna.gets_a_png(4)
    await anna.hears("3 of 4: the safety filter held back the rest.")
    assert [row[0] for row in await ended(bot, anna, 2)] == ["delivered", "delivered"]


@pytest.mark.parametrize("shape", ["empty_output", "null_output"])
async def test_no_output_then_told_and_no_credit(bot: World, shape: str) -> None:
    bot.stand_ins.eachlabs.fault(on="get", kind=shape)
    anna = await ordered(bot)

    await anna.card("safety filter held the picture back")

    [(end, failure, credits_, usd)] = await ended(bot, anna)
    assert (end, failure, credits_) == ("failed", "flagged", 0)
    assert usd > 0  # it was billed, so the day's budget knows


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
async def test_a_jpeg_or_webp_then_a_png(bot: World, kind: str) -> None:
    bot.stand_ins.eachlabs.set(output_type=kind)
    anna = await ordered(bot)

    png = await anna.gets_a_png()

    assert png.startswith(b"\x89PNG\r\n")
    assert not (await bot.drawn()).startswith(b"\x89PNG")


# Where an output's link leads


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/x.png",
        "http://localhost:{port}/x.png",
        "https://localhost:{port}/x.png",
        "http://[::ffff:127.0.0.1]:{port}/x.png",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
@pytest.mark.parametrize("kind", ["redirect_output", "url_output"])
async def test_a_link_into_private_networks_then_nothing_is_reached(
    bot: World, kind: str, address: str
) -> None:
    async with a_neighbour() as (port, visits):
        url = address.format(port=port)
        bot.stand_ins.eachlabs.fault(on="output", kind=kind, url=url, times=None)
        anna = await ordered(bot)

        await anna.card(NOT_OPENED)

        assert visits == []
    [(end, failure, credits_, usd)] = await ended(bot, anna)
    assert (end, failure, credits_) == ("failed", "output", 0)
    assert usd > 0


async def test_404_once_then_the_picture(bot: World) -> None:
    bot.stand_ins.eachlabs.fault(on="output", kind="missing_output", times=2)
    anna = await ordered(bot)

    await anna.gets_a_png()


@pytest.mark.parametrize("kind", ["missing_output", "html_output"])
async def test_no_picture_behind_the_link_then_told(bot: World, kind: str) -> None:
    bot.stand_ins.eachlabs.fault(on="output", kind=kind, times=None)
    anna = await ordered(bot)

    await anna.card(NOT_OPENED)


async def test_half_a_picture_then_fetched_again(bot: World) -> None:
    bot.stand_ins.eachlabs.fault(on="output", kind="truncated_output", times=2)
    anna = await ordered(bot)

    assert await anna.gets_a_png() == await bot.drawn()


@pytest.mark.parametrize("kind", ["endless_output", "huge_output"])
async def test_too_many_bytes_then_told_and_memory_is_bounded(bot: World, kind: str) -> None:
    bot.stand_ins.eachlabs.fault(on="output", kind=kind, times=None)
    people = [await ordered(bot, name) for name in ("Anna", "Ben", "Cleo", "Dora", "Emil")]
    before = _start_of_peak()

    for person in people:
        await person.card(NOT_OPENED)

    # 50 MB are read of one at a time, the beginnings of the others wait.
    assert _memory("VmHWM") - before < 160


def _start_of_peak() -> int:
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(what: str) -> int:
    """Of this process, in MB."""
    return int(Path("/proc/self/status").read_text().partition(f"{what}:")[2].split()[0]) // 1024
