"""What comes by a link: taken for an output or not, and read as far as it may be."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.errors import BadAnswer, NotThere, ProviderDown, ProviderFault
from tests.eachlabs.answers import API, PICTURE, Recorder, answering, output_fault


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (401, BadAnswer),
            (403, NotThere),
            (404, NotThere),
            (410, NotThere),
            (429, ProviderDown),
            (500, ProviderDown),
            (503, ProviderDown),
            (418, BadAnswer),
            (304, BadAnswer),
        ],
    )
    async def test_refusals(self, status: int, kind: type[ProviderFault]) -> None:
        fault = await output_fault(answering(b"", status).client(), f"{API}/1.png")
        assert (type(fault), fault.status) == (kind, status)

    @pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "text/plain"])
    async def test_a_page_is_no_output(self, kind: str) -> None:
        api = answering(PICTURE, headers={"Content-Type": kind})
        assert type(await output_fault(api.client(), f"{API}/1.png")) is BadAnswer

    async def test_an_empty_one(self) -> None:
        assert type(await output_fault(answering(b"").client(), f"{API}/1.png")) is BadAnswer

    async def test_a_compressed_one(self) -> None:
        packed = {"Content-Encoding": "gzip"}

        def answer(request: httpx.Request) -> httpx.Response:
            assert request.headers["Accept-Encoding"] == "identity"
            return httpx.Response(200, headers=packed, stream=Endless(0))

        assert type(await output_fault(Recorder(answer).client(), f"{API}/1.png")) is BadAnswer


class Endless(httpx.AsyncByteStream):
    """Megabytes without end, and how many of them were taken."""

    def __init__(self, pause: float, chunk: int = 1_000_000) -> None:
        self.taken = 0
        self._pause = pause
        self._chunk = bytes(chunk)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self._pause)
            self.taken += len(self._chunk)
            yield self._chunk


class TestBounds:
    async def test_one_that_says_that_it_is_too_big_is_not_read(self) -> None:
        body = Endless(0)
        api = Recorder(
            lambda _: httpx.Response(200, headers={"Content-Length": "60000000"}, stream=body)
        )
        assert type(await output_fault(api.client(), f"{API}/1.png")) is BadAnswer
        assert body.taken == 0

    async def test_one_that_does_not_say_is_read_to_the_limit(self) -> None:
        body = Endless(0)
        api = Recorder(lambda _: httpx.Response(200, stream=body))
        fault = await output_fault(api.client(), f"{API}/1.png", limit_bytes=20_000_000)
        assert type(fault) is BadAnswer
        assert body.taken == 21_000_000

    async def test_a_slow_one_ends(self) -> None:
        api = Recorder(lambda _: httpx.Response(200, stream=Endless(0.01, 1)))
        fault = await output_fault(api.client(), f"{API}/1.png", timeout=0.2)
        assert type(fault) is ProviderDown

    async def test_big_ones_are_read_one_at_a_time(self) -> None:
        bodies = [Endless(0.001) for _ in range(5)]
        left = list(bodies)
        api = Recorder(lambda _: httpx.Response(200, stream=left.pop()))
        client = api.client()
        most = 0

        async def watch() -> None:
            nonlocal most
            while True:
                reading = [body.taken for body in bodies if body.taken < 40_000_000]
                most = max(most, sum(reading))
                await asyncio.sleep(0)

        watching = asyncio.create_task(watch())
        faults = await asyncio.gather(
            *(output_fault(client, f"{API}/{n}", limit_bytes=40_000_000) for n in range(5))
        )
        watching.cancel()
        assert {type(fault) for fault in faults} == {BadAnswer}
        # One of 40 MB and four that wait at their ninth.
        assert most <= 40_000_000 + 4 * 9_000_000
