"""The server as a whole, in this process and as a command."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.server import Options, StandIns, serve


@pytest.fixture
async def standins() -> AsyncIterator[StandIns]:
    async with serve(Options()) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_everything_has_its_place(standins: StandIns, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{standins.telegram_url}/bot42:SANDBOX/getMe") as response:
        assert (await response.json())["ok"]
    async with session.get(f"{standins.origin}/people/bot") as response:
        assert (await response.json())["id"] == 42
    async with session.get(f"{standins.origin}/samples/astronaut-face.jpg") as response:
        assert response.content_type == "image/jpeg"
    async with session.get(f"{standins.origin}/") as response:
        assert response.content_type == "text/html"
        assert response.headers["Cache-Control"] == "no-cache"
    assert standins.eachlabs.origin == standins.origin


async def test_it_ends_at_once_though_somebody_waits(session: aiohttp.ClientSession) -> None:
    async with serve(Options()) as standins:
        async with session.post(f"{standins.origin}/people", json={"first_name": "A"}) as response:
            number = (await response.json())["id"]
        url = f"{standins.telegram_url}/bot42:SANDBOX/getUpdates?timeout=50"
        poll = asyncio.create_task(_fetch(session, url))
        events = await session.get(f"{standins.origin}/people/{number}/events")
        await asyncio.sleep(0.1)
        start = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - start < 0.9
    assert await poll == b'{"ok":true,"result":[]}'
    events.close()


async def _fetch(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url) as response:
        return await response.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_says_where_and_ends_quietly(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.sandbox", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    assert line.startswith(b"Chat page: http://127.0.0.1:")
    process.send_signal(number)
    _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, errors) == (0, b"")
