import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.eachlabs.conftest import Caller, Start


@dataclass
class Listener:
    """Takes webhooks; answers with `statuses`, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)

    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def hears(self, request: web.Request) -> web.Response:
        self.secrets.append(request.headers.get("X-Webhook-Secret"))
        self.heard.append(await request.json())
        self.changed.set()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def has_heard(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.changed.clear()
                await self.changed.wait()
        await asyncio.sleep(0.05)  # one more would come now
        assert len(self.heard) == count

    def body(self) -> dict[str, str]:
        return {"webhook_url": self.url, "webhook_secret": "tell-no-one"}


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    it = Listener()
    app = web.Application()
    app.router.add_post("/done", it.hears)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/done"
    yield it
    await runner.cleanup()


async def test_success_is_told_with_the_secret(provider: Caller, listener: Listener) -> None:
    id_ = await provider.orders(body=listener.body())
    await listener.has_heard(1)
    output = (await provider.polls(id_))["output"]
    assert listener.heard == [
        {"exec_id": id_, "status": "succeeded", "output": output, "error": None}
    ]
    assert listener.secrets == ["tell-no-one"]


async def test_a_failure_is_told_with_its_reason(provider: Caller, listener: Listener) -> None:
    await provider.orders(prompt="a man", body=listener.body())
    await listener.has_heard(1)
    assert listener.heard[0]["status"] == "failed"
    assert listener.heard[0]["error"] == "Cannot find the trigger word 'img' in text prompt!"


async def test_three_tries(provider: Caller, listener: Listener) -> None:
    listener.statuses = [500, 503, 500, 500]
    id_ = await provider.orders(body=listener.body())
    await listener.has_heard(3)
    assert provider.standin.predictions.all[id_].webhook_tries == 3


async def test_no_more_tries_once_it_was_taken(provider: Caller, listener: Listener) -> None:
    listener.statuses = [500]
    await provider.orders(body=listener.body())
    await listener.has_heard(2)


async def test_nobody_hears_of_a_cancel(start: Start, listener: Listener) -> None:
    provider = await start(speed=1.0)
    id_ = await provider.orders(body=listener.body())
    await provider.http.post(f"/v1/prediction/{id_}/cancel")
    await listener.has_heard(0)


@pytest.mark.parametrize(("webhooks", "count"), [("twice", 2), ("off", 0)])
async def test_told_twice_or_never(
    provider: Caller, listener: Listener, webhooks: str, count: int
) -> None:
    provider.standin.set(webhooks=webhooks)
    await provider.ended(await provider.orders(body=listener.body()))
    await listener.has_heard(count)


async def test_nothing_leaves_loopback(provider: Caller) -> None:
    id_ = await provider.orders(body={"webhook_url": "https://bot.example/done"})
    await provider.ended(id_)
    await asyncio.sleep(0.05)
    assert provider.standin.predictions.all[id_].webhook_tries == 0
