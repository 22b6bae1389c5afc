"""A newcomer's first minute: the demo's own command, its page, and the PNG on their disk."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

ROOT = Path(__file__).resolve().parents[2]
LIVE = {
    "PUBLIC_URL": "https://bot.example",
    "ALLOWED_CHATS": "1",
    "DAILY_CREDITS_PER_USER": "0",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
PATIENCE = 60_000  # milliseconds: a picture with full filters on a busy machine

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="package")
async def origin(tmp_path: Path) -> AsyncIterator[str]:
    """`python -m bot demo`, as `make demo` runs it, in a folder of its own.

    What an operator has set for the live bot is nothing to the demo.
    """
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", str(port)),
        cwd=tmp_path,
        env={**os.environ, **LIVE, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while b"ready to chat" not in (line := await process.stdout.readline()):
            assert line or process.returncode is None
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_from_start_to_the_downloaded_png(browser: Browser, origin: str) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
    await page.goto(origin)
    await expect(page.get_by_text("Send a selfie, tap a look")).to_be_visible()
    await page.get_by_test_id("start").click()
    await _tap(page, "send a photo")
    await page.get_by_test_id("attach").click()
    await page.get_by_test_id("sample-0").click()
    await expect(page.get_by_text("Lovely, clear face").last).to_be_visible(timeout=PATIENCE)
    await page.get_by_test_id("composer").fill("as a knight")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_text("✏️ as a knight").last).to_be_visible(timeout=PATIENCE)
    await _tap(page, "Comic")

    file = page.get_by_test_id("file")
    await expect(file).to_be_visible(timeout=PATIENCE)
    async with page.expect_download() as download:
        await file.click()
    saved = await asyncio.to_thread(Path(await (await download.value).path()).read_bytes)

    assert saved == await _made(origin)
    await expect(page.get_by_text("Comic · as a knight").last).to_be_visible()


async def _tap(page: Page, label: str) -> None:
    button = page.get_by_test_id("button").filter(has_text=label).last
    await expect(button).to_be_visible(timeout=PATIENCE)
    await button.click()


async def _made(origin: str) -> bytes:
    """What the provider's stand-in drew: one prediction, one output."""
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{origin}/eachlabs/control/predictions") as response:
            predictions = (await response.json())["predictions"]
        assert [len(prediction["output"]) for prediction in predictions] == [1]
        async with http.get(predictions[0]["output"][0]) as response:
            return await response.read()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
