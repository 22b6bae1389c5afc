"""One bot for all these people, as in the world; and what must be true of every conversation."""

import asyncio
import re
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from _pytest.terminal import TerminalReporter

from bot.sandbox.telegram.calls import Call
from tests.sandbox import conformance
from tests.world import World, a_world

HERE = Path(__file__).parent
PATIENCE = 20.0
QUICK: dict[str, Any] = {"options": {"flood_limits": False}, "telegram_messages_per_second": 0}

# Nothing of these is for a person's eyes: names of our own, of Python's, of errors, and ids. The
# bot's username stands behind an @.
INTERNAL = re.compile(
    r"(?<!@)\b[a-z]+_[a-z_]+\b|Traceback|Exception|Error\b|\bNone\b|\bnull\b|\{\w*\}|<\w+ "
    r"|\b0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f]{4}|\b[0-9a-f]{16,}\b|https?://(?!t\.me/)|%\(|\b42:"
)

OpenWorld = Callable[..., Awaitable[World]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The bot that all share lives in a loop that all share."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The bot that serves the people of all these tests; Telegram's limits are lifted."""
    async with a_world(tmp_path_factory.mktemp("town"), **QUICK) as world:
        await world.start()
        yield world


@pytest_asyncio.fixture(loop_scope="package")
async def world(town: World) -> AsyncIterator[World]:
    """The shared bot; at the end, everything that it said and asked is looked through."""
    town.forget()
    town.refusals = ()
    yield town
    await _comes_to_rest(town)
    look_through(town)


@pytest_asyncio.fixture(loop_scope="package")
async def open_world(tmp_path: Path) -> AsyncIterator[OpenWorld]:
    """Opens a bot of the test's own, whose settings are given by their names."""
    opened: list[World] = []
    async with AsyncExitStack() as stack:

        async def open_one(*, start: bool = True, **settings: Any) -> World:
            folder = tmp_path / str(len(opened))
            world = await stack.enter_async_context(a_world(folder, **(QUICK | settings)))
            opened.append(world)
            if start:
                await world.start()
            return world

        yield open_one
        for world in opened:
            await _comes_to_rest(world)
            look_through(world)


async def _comes_to_rest(world: World) -> None:
    """Ends what a test left under way, so that the next one finds the bot idle."""
    eachlabs = world.stand_ins.eachlabs
    eachlabs.clear_faults()
    world.stand_ins.telegram.clear_faults()
    eachlabs.set(stuck=False, cancel_ignored=False, flagged="none")
    end = time.monotonic() + PATIENCE
    while _under_way(world):
        assert time.monotonic() < end, f"the bot still has to do: {_under_way(world)}"
        for prediction in eachlabs.predictions.in_flight:
            eachlabs.predictions.cancel(prediction)
        await asyncio.sleep(0.05)


def _under_way(world: World) -> list[Any]:
    """Orders that aren't over, cards that are behind, photos that are being looked at, taps that
    nobody answered.
    """
    path = world.settings.database_path
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as database:
        found: list[Any] = database.execute(
            "SELECT 'order', id, state, version - rendered_version FROM orders "
            "WHERE state NOT IN ('delivered', 'failed', 'cancelled') OR version > rendered_version "
            "UNION ALL SELECT 'draft', id, unchecked, version - rendered_version FROM drafts "
            "JOIN people USING (user_id) "
            "WHERE version > rendered_version OR (unchecked > 0 AND consented_at IS NOT NULL) "
            "UNION ALL SELECT 'note', id, kind, version - rendered_version FROM notes "
            "WHERE version > rendered_version"
        ).fetchall()
    return found + list(world.stand_ins.telegram._state._queries)


def look_through(world: World) -> None:
    """Each tap answered once, each call as described, nothing internal in any text."""
    calls = world.stand_ins.telegram.calls.made()
    answered = Counter(
        call.params["callback_query_id"] for call in calls if call.method == "answerCallbackQuery"
    )
    assert [query for query, times in answered.items() if times != 1] == []
    refused = [call for call in calls if not call.ok and not _harmless(call)]
    said_no = [(call.method, str(call.description)) for call in refused]
    assert [it for it in said_no if not any(words in it[1] for words in world.refusals)] == []
    for call in calls:
        assert "parse_mode" not in call.params
        assert [text for text in said(call.params) if INTERNAL.search(text)] == []
    if conformance.available():
        wrong = [conformance.check_call(call.method, call.view()["params"]) for call in calls]
        assert [each for each in wrong if each] == []


def _harmless(call: Call) -> bool:
    """A poll cut off by the bot's end, a file that isn't there, an old card that is gone already;
    a draft's card that is as it was; the question whether somebody can be written to.
    """
    same = "not modified" in str(call.description) and "'callback_data': 'd" in str(call.params)
    asked = call.method == "sendChatAction" and "can't initiate" in str(call.description)
    return call.method in {"getUpdates", "getFile", "deleteMessage"} or same or asked


def said(value: Any) -> Iterator[str]:
    """Every text within a call's parameters that somebody reads."""
    if isinstance(value, list):
        for each in value:
            yield from said(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in {"text", "caption", "file_name", "description"} and isinstance(each, str):
                yield each
            else:
                yield from said(each)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    if not conformance.available():
        terminalreporter.write_line(
            "WARNING: the bot's calls were not held against the Bot API:"
            f" {conformance.DESCRIPTION} is not there",
            yellow=True,
        )
