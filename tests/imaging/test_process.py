"""The processes that decode: their limits, and what becomes of them."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.photo import PhotoProblem
from bot.errors import PhotoRefused
from bot.imaging import Imaging
from tests.imaging.pictures import huge_png, located, opened, photo

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def imaging() -> AsyncIterator[Imaging]:
    async with Imaging(workers=1, timeout=5.0) as running:
        yield running


async def works(imaging: Imaging) -> bool:
    found = await imaging.inspect(photo("astronaut-face.jpg"))
    return (found.faces, found.problem) == (1, None)


async def refusal(imaging: Imaging, data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        await imaging.prepare(data)
    return refused.value.problem


async def test_every_task(imaging: Imaging) -> None:
    portrait, png = photo("astronaut-mirrored.webp"), photo("astronaut.png")
    assert (await imaging.inspect(portrait)).format == "WEBP"
    made = await imaging.prepare(portrait)
    assert opened(made.data).size == (made.width, made.height) == (900, 900)
    assert await imaging.to_png(png) == png
    assert opened(await imaging.to_png(portrait)).format == "PNG"
    assert await imaging.describe(portrait) == ("WEBP", 900, 900)


async def test_a_position_does_not_leave(imaging: Imaging) -> None:
    assert not opened((await imaging.prepare(located())).data).getexif()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", PhotoProblem.NOT_A_PICTURE),
        (b"<html>", PhotoProblem.NOT_A_PICTURE),
        (bytes(20 * 1024 * 1024 + 1), PhotoProblem.TOO_BIG),
        (bytes(20 * 1024 * 1024), PhotoProblem.NOT_A_PICTURE),
        (huge_png(), PhotoProblem.TOO_MANY_PIXELS),
        (huge_png(5_000), PhotoProblem.DAMAGED),
        (photo("astronaut-face.jpg")[:30_000], PhotoProblem.DAMAGED),
        (photo("astronaut.png")[:-1_000], PhotoProblem.DAMAGED),
        (photo("astronaut-mirrored.webp")[:30_000], PhotoProblem.DAMAGED),
        (b"\xff\xd8\xff\xe0<html>", PhotoProblem.DAMAGED),
    ],
    ids=[
        "empty",
        "html",
        "20 MB and a byte",
        "20 MB",
        "60,000 x 60,000",
        "rows missing",
        "half a jpeg",
        "png without its end",
        "half a webp",
        "html in a jpeg",
    ],
)
async def test_refused_with_the_reason(
    imaging: Imaging, data: bytes, problem: PhotoProblem
) -> None:
    assert await refusal(imaging, data) == problem


async def test_the_reason_of_a_refusal_is_logged_without_the_picture(
    imaging: Imaging, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.imaging")
    await refusal(imaging, photo("astronaut-face.jpg")[:30_000])
    assert "truncated" in caplog.text


async def test_a_picture_that_kills_its_worker_costs_nobody_else(imaging: Imaging) -> None:
    with pytest.raises(PhotoRefused) as refused:
        await imaging._in_worker(os.abort)
    assert refused.value.problem == PhotoProblem.DAMAGED
    assert await works(imaging)


async def test_a_killed_idle_worker_is_replaced(imaging: Imaging) -> None:
    worker = await imaging._in_worker(os.getpid)
    os.kill(worker, signal.SIGKILL)
    assert await works(imaging)
    await asyncio.sleep(0.5)
    assert await works(imaging)
    assert await imaging._in_worker(os.getpid) != worker


async def test_memory_of_a_worker_is_limited(imaging: Imaging) -> None:
    with pytest.raises(MemoryError):
        await imaging._in_worker(bytearray, 2_000_000_000)
    assert await works(imaging)


async def test_time_of_a_worker_is_limited() -> None:
    async with Imaging(workers=1, timeout=1.0) as imaging:
        assert await works(imaging)
        began = time.monotonic()
        with pytest.raises(PhotoRefused) as refused:
            # Minutes in C, where no signal handler of Python's runs.
            await imaging._in_worker(sum, range(10**11))
        assert refused.value.problem == PhotoProblem.DAMAGED
        assert time.monotonic() - began < 4
        assert await works(imaging)


async def test_many_at_once() -> None:
    async with Imaging() as imaging:
        assert all(await asyncio.gather(*(works(imaging) for _ in range(12))))


async def test_start_does_not_wait_for_the_workers() -> None:
    imaging = Imaging()
    began = time.monotonic()
    await imaging.start()
    assert time.monotonic() - began < 0.05
    await imaging.close()


async def test_closing_finishes_what_is_in_hand_and_takes_no_more() -> None:
    imaging = Imaging(workers=1)
    in_hand = asyncio.create_task(imaging.inspect(photo("astronaut-face.jpg")))
    await asyncio.sleep(0)
    await imaging.close()
    assert (await in_hand).faces == 1
    with pytest.raises(PhotoRefused) as refused:
        await imaging.inspect(photo("astronaut-face.jpg"))
    assert refused.value.problem == PhotoProblem.UNAVAILABLE


async def test_workers_that_cannot_start_are_given_up(caplog: pytest.LogCaptureFixture) -> None:
    # Less address space than the libraries take.
    async with Imaging(workers=1, memory=100_000_000) as imaging:
        assert await refusal(imaging, photo("astronaut-face.jpg")) == PhotoProblem.UNAVAILABLE
    assert "started anew" in caplog.text
