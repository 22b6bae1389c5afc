"""A real Chromium, the system's own; where there is none, the skip is loud."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from bot.sandbox.server import Options, StandIns, serve
from tests.browser.stage import Bot, Stage
from tests.world import World, a_world

HERE = Path(__file__).parent
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
# A page on loopback needs none of what a browser asks its maker for.
NO_PHONING_HOME = "disable-background-networking", "disable-component-update", "disable-sync"
FLAGS = "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", *NO_PHONING_HOME

# Chromium itself notes every request that the server refuses.
REFUSALS = "(Forbidden)", "(Too Many Requests)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser that all share lives in a loop that all share."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def chromium() -> AsyncIterator[Browser]:
    """Started once: that takes longer than most tests."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: install it to run the browser tests")
    async with async_playwright() as playwright:
        args = [f"--{flag}" for flag in FLAGS]
        async with await playwright.chromium.launch(executable_path=CHROMIUM, args=args) as browser:
            yield browser


@pytest_asyncio.fixture(loop_scope="package")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """The shared one; each page has a context of its own, with nothing of an earlier test's."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="package")
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Stand-ins and the bot on them, in the browser's loop."""
    async with a_world(tmp_path) as world:
        await world.start()
        yield world


@pytest_asyncio.fixture(loop_scope="package")
async def stand_ins() -> AsyncIterator[StandIns]:
    async with serve(Options(pictures="quick", flood_limits=False)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="package")
async def stage(browser: Browser, stand_ins: StandIns) -> AsyncIterator[Stage]:
    """The group is open; what the page complains about in the console fails the test."""
    complaints: list[str] = []
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(stand_ins.origin)
    async with aiohttp.ClientSession() as session:
        bot = Bot(session, f"{stand_ins.telegram_url}/bot42:SANDBOX")
        await page.get_by_test_id("chat-supergroup").click()
        stage = Stage(page, bot, stand_ins.origin)
        bot.chat_id = (await stage.says("/avatar@sandbox_bot"))["chat"]["id"]
        yield stage
    assert [text for text in complaints if not text.endswith(REFUSALS)] == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.write_line(
            "WARNING: the browser tests were SKIPPED, since there is no Chromium.", yellow=True
        )
