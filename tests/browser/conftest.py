"""A real Chromium, the system's own; where there is none, the skip is loud."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
# A page on loopback needs none of what a browser asks its maker for.
NO_PHONING_HOME = "disable-background-networking", "disable-component-update", "disable-sync"
FLAGS = "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", *NO_PHONING_HOME


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: install it to run the browser tests")
    async with async_playwright() as playwright:
        args = [f"--{flag}" for flag in FLAGS]
        async with await playwright.chromium.launch(executable_path=CHROMIUM, args=args) as browser:
            yield browser


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.write_line(
            "WARNING: the browser tests were SKIPPED, since there is no Chromium.", yellow=True
        )
