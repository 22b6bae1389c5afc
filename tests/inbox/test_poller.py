"""Updates in: nothing is acknowledged before it is kept."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from telegram import Update

from bot.errors import NotSent, PollerConflict, TokenRefused
from bot.inbox import Inbox
from bot.intake import Intake, Poller
from storage import connection as storage_module
from storage.database import Database
from storage.updates import Claimed
from tests.inbox.arrivals import (
    BOT,
    Json,
    Steps,
    Telegram,
    a_shelf,
    locked,
    message,
    running,
    states,
    store,
    until,
)


async def test_the_offset_moves_only_after_the_commit(
    database_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(storage_module, "BUSY_SECONDS", 0.02)
    mine = Database(database_file)
    await mine.open()
    telegram = Telegram([message(5), message(6)])
    woken: list[bool] = []
    async with running(Poller(telegram, a_shelf(mine, lambda: woken.append(True)))):
        with locked(database_file):
            await until(lambda: "waited for" in caplog.text)
            await asyncio.sleep(0.1)
            assert (telegram.offsets, woken) == ([None], [])
        await until(lambda: len(telegram.offsets) == 2)
    assert telegram.offsets == [None, 7]
    assert woken == [True]
    assert await states(mine) == {5: "waiting", 6: "waiting"}
    await mine.close()


async def test_the_same_updates_again_are_stored_once(database: Database) -> None:
    await store(database, message(1), message(2))
    await store(database, message(2), message(3))
    assert await states(database) == dict.fromkeys((1, 2, 3), "waiting")


async def test_what_is_not_wanted_is_acknowledged_and_never_stored(
    database: Database,
) -> None:
    group = {"id": -100, "type": "supergroup"}
    telegram = Telegram(
        [
            message(1),
            message(2, chat=group),
            {"update_id": 3, "channel_post": message(0)["message"]},
            {"no": "number"},
            "nonsense",
            {"update_id": 9},
        ],
        [],
    )
    async with running(Poller(telegram, a_shelf(database))):
        await until(lambda: len(telegram.offsets) == 3)
    assert telegram.offsets == [None, 10, 10]
    assert await states(database) == {1: "waiting"}


async def test_updates_without_a_number_are_asked_for_again_and_not_at_once(
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    telegram = Telegram([{"update_id": 2**70}], [{}], [message(1)])
    async with running(Poller(telegram, a_shelf(database))):
        await until(lambda: len(telegram.offsets) == 4)
    assert telegram.offsets == [None, None, None, 2]
    assert "without a number" in caplog.text


async def test_a_fault_is_told_once_and_its_end_too(
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "bot.intake")
    faults = [TokenRefused("401")] * 3 + [PollerConflict("409")] * 2 + [NotSent("no network")] * 2
    telegram = Telegram(*faults, [message(1)])
    async with running(Poller(telegram, a_shelf(database))):
        await until(lambda: len(telegram.offsets) == len(faults) + 2)
    assert [record.getMessage() for record in caplog.records] == [
        "Telegram does not accept the bot's token; asking again",
        "another process takes this bot's updates; waiting for it to stop",
        "no updates from Telegram: no network",
        "updates from Telegram come in again",
    ]
    assert await states(database) == {1: "waiting"}


async def test_a_lone_surrogate_becomes_a_sign_that_can_be_kept(steps: Steps) -> None:
    words: list[str | None] = []

    async def handle(update: Update, claimed: Claimed) -> bool:
        words.append(update.effective_message.text if update.effective_message else None)
        return False

    await store(steps.database, message(1, text="knight \ud83d!"), message(2, text="👋"))
    async with running(Inbox(steps.database, BOT, handle, steps.apologise)):
        await until(lambda: len(words) == 2)
    assert words == ["knight ?!", "👋"]


async def test_what_is_fleeting_goes_aside_and_is_never_stored(database: Database) -> None:
    query = {"update_id": 2, "inline_query": {"id": "q"}}
    telegram = Telegram([message(1), query, {"update_id": 3, "inline_query": "?"}])
    aside: list[Json] = []
    async with running(Poller(telegram, a_shelf(database, aside=aside.append))):
        await until(lambda: len(telegram.offsets) == 2)
    intake = Intake(a_shelf(database, aside=aside.append))
    assert await intake.take(json.dumps(query).encode())
    assert aside == [query, query]
    assert telegram.offsets == [None, 4]
    assert await states(database) == {1: "waiting"}
