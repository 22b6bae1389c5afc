"""The stand-in on a real port, and a caller who knows its key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.sandbox.eachlabs import EachlabsStandIn

PHOTOS = Path(__file__).parents[2] / "photos"
FACE = PHOTOS / "astronaut-face.jpg"
KEY = "sandbox-key"


class Clock:
    """A clock that is set by hand; seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


class Caller:
    """Talks to one stand-in as a client of the provider does."""

    def __init__(self, standin: EachlabsStandIn, http: httpx.AsyncClient) -> None:
        self.standin = standin
        self.http = http

    async def presigns(self, **wishes: Any) -> dict[str, Any]:
        body = {"content_type": "image/jpeg", "file_type": "image"} | wishes
        answer = await self.http.post("/v1/upload/presign", json=body)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def puts(self, place: dict[str, Any], data: bytes, **headers: str) -> httpx.Response:
        """With every header that the place asks for; `headers` replace or, when empty, drop."""
        sent = {"Content-Type": "image/jpeg"} | place["required_headers"]
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        return await self.http.put(place["presigned_url"], content=data, headers=sent)

    async def uploads(self, data: bytes = b"photo", **wishes: Any) -> str:
        """The public address of a hosted photo."""
        place = await self.presigns(**wishes)
        answer = await self.puts(place, data)
        assert answer.status_code == 200, answer.text
        return str(place["public_url"])

    async def creates(self, *, body: dict[str, Any] | None = None, **inputs: Any) -> httpx.Response:
        """With a photo's address that needs no upload unless `input_image` is given."""
        whole = {"input_image": await self._photo(), "prompt": "a man img", **inputs}
        whole = {name: value for name, value in whole.items() if value is not None}
        wire = {"model": "photomaker-style", "version": "0.0.1", "input": whole} | (body or {})
        return await self.http.post("/v1/prediction/", json=wire)

    async def orders(self, *, body: dict[str, Any] | None = None, **inputs: Any) -> str:
        answer = await self.creates(body=body, **inputs)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["predictionID"])

    async def polls(self, id_: str) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/prediction/{id_}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def ended(self, id_: str) -> dict[str, Any]:
        """The first answer after the prediction is over."""
        prediction = self.standin.predictions.all[id_]
        while not prediction.over:
            await prediction.moved.wait()
        return await self.polls(id_)

    async def makes(self, **inputs: Any) -> dict[str, Any]:
        return await self.ended(await self.orders(**inputs))

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.standin.report()["counts"]
        return counts

    async def _photo(self) -> str:
        """Hosted past the API, so that tests of its counts see only their own requests."""
        upload = self.standin.uploads.presign("image/jpeg", None)
        upload.data = FACE.read_bytes()
        return f"{self.standin.base}/files/{upload.name}"


@asynccontextmanager
async def serving(standin: EachlabsStandIn) -> AsyncIterator[Caller]:
    app = web.Application()
    app.add_subapp("/eachlabs", standin.app())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        standin.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        headers = {"X-API-Key": KEY, "Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=standin.base, headers=headers) as http:
            yield Caller(standin, http)
    finally:
        await runner.cleanup()


Start = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a stand-in without limits, a thousand times as fast; arguments say otherwise."""
    async with AsyncExitStack() as stack:

        async def started(**wishes: Any) -> Caller:
            quiet = {"requests_per_minute": 0, "concurrency": 0, "sigma": 0.0, "seed": 1}
            fast = {"speed": 1000.0, "pictures": "quick"}
            standin = EachlabsStandIn(**{**quiet, **fast, **wishes})
            return await stack.enter_async_context(serving(standin))

        yield started


@pytest.fixture
async def provider(start: Start) -> Caller:
    return await start()


@pytest.fixture
def clock() -> Clock:
    return Clock()
