"""Telegram told where updates go, whatever it says at first and whoever changes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import text
from telegram.ext import ExtBot

from bot.app import telegram_bot
from bot.arriving import ALLOWED_UPDATES
from bot.webhook import Webhook, remove_webhook
from storage.database import Database
from tests.world import World

from .site import SECRET, Site


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are no part of these tests."""
    monkeypatch.setattr("bot.webhook.backoff", lambda *_given, **_more: 0.001)


@pytest.fixture
async def bot(stand_ins_only: World) -> AsyncIterator[ExtBot[None]]:
    bot, _ = telegram_bot(stand_ins_only.settings)
    await bot.initialize()
    yield bot
    await bot.shutdown()


@asynccontextmanager
async def running(webhook: Webhook) -> AsyncIterator[None]:
    task = asyncio.create_task(webhook.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def stored(database: Database, number: int) -> list[str]:
    """The bodies of so many updates, once they are there."""
    for _ in range(2000):
        async with database.reading() as connection:
            found = await connection.execute(text("SELECT body FROM updates ORDER BY update_id"))
            bodies = [str(row[0]) for row in found]
        if len(bodies) >= number:
            return bodies
        await asyncio.sleep(0.01)
    raise TimeoutError


async def is_set(bot: ExtBot[None], url: str) -> None:
    for _ in range(2000):
        if (await bot.get_webhook_info()).url == url:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_updates_come_with_the_secret_and_are_stored(
    stand_ins_only: World, bot: ExtBot[None], site: Site, database: Database
) -> None:
    anna = await stand_ins_only.person()
    await anna.sends("before it was set")
    async with running(Webhook(bot, f"{site.origin}/telegram", SECRET)):
        await stored(database, 1)
        await anna.sends("afterwards")
        first, second = await stored(database, 2)
    assert ("before it was set" in first, "afterwards" in second) == (True, True)
    assert tuple((await bot.get_webhook_info()).allowed_updates) == ALLOWED_UPDATES


async def test_another_secret_gets_nothing_in(
    stand_ins_only: World, bot: ExtBot[None], site: Site, database: Database
) -> None:
    anna = await stand_ins_only.person()
    async with running(Webhook(bot, f"{site.origin}/telegram", "another-secret-of-16")):
        await anna.sends("hello")
        await is_set(bot, f"{site.origin}/telegram")
        while not (await bot.get_webhook_info()).last_error_message:
            await anna.sees()
    assert "403" in str((await bot.get_webhook_info()).last_error_message)
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM updates"))).scalar() == 0


async def test_it_is_set_as_soon_as_telegram_is_back(
    stand_ins_only: World, bot: ExtBot[None], site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    away = {"method": "setWebhook", "status": 502, "description": "Bad Gateway", "times": 3}
    stand_ins_only.stand_ins.telegram.add_fault(**away)
    url = f"{site.origin}/telegram"
    async with running(Webhook(bot, url, SECRET)):
        await is_set(bot, url)
    assert caplog.text.count("Telegram can't be told where updates go yet") == 1


async def test_it_waits_as_long_as_telegram_asks(
    stand_ins_only: World, bot: ExtBot[None], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    busy = {"method": "setWebhook", "status": 429, "parameters": {"retry_after": 77}}
    stand_ins_only.stand_ins.telegram.add_fault(**busy)
    monkeypatch.setattr("bot.webhook.asyncio.sleep", noted)
    task = asyncio.create_task(Webhook(bot, f"{site.origin}/telegram", SECRET).run())
    while not (await bot.get_webhook_info()).url:
        await sleep(0.01)
    task.cancel()
    assert slept[0] == 77


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9/another"])
async def test_it_is_set_again_after_somebody_changed_it(
    bot: ExtBot[None], site: Site, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    ours = f"{site.origin}/telegram"
    async with running(Webhook(bot, ours, SECRET, look=0.02)):
        await is_set(bot, ours)
        await bot.set_webhook(url)
        await is_set(bot, ours)
    assert "somebody changed where this bot's updates go" in caplog.text


async def test_what_telegram_could_not_send_is_told_once(
    stand_ins_only: World, bot: ExtBot[None], caplog: pytest.LogCaptureFixture
) -> None:
    anna = await stand_ins_only.person()
    await anna.sends("hello")
    async with running(Webhook(bot, "http://127.0.0.1:9/telegram", SECRET, look=0.02)):
        while "Telegram could not send an update here" not in caplog.text:
            await anna.sees()


async def test_without_a_public_address_it_is_removed_and_nothing_is_lost(
    stand_ins_only: World, bot: ExtBot[None]
) -> None:
    anna = await stand_ins_only.person()
    await bot.set_webhook("http://127.0.0.1:9/telegram", secret_token=SECRET)
    await anna.sends("meanwhile")
    away = {"method": "deleteWebhook", "status": 502, "description": "Bad Gateway", "times": 2}
    stand_ins_only.stand_ins.telegram.add_fault(**away)
    await remove_webhook(bot)
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "meanwhile"


async def test_where_none_is_set_none_is_removed(
    stand_ins_only: World, bot: ExtBot[None], caplog: pytest.LogCaptureFixture
) -> None:
    await remove_webhook(bot)
    assert "removed" not in caplog.text
    assert not [c for c in stand_ins_only.stand_ins.telegram.calls if c.method == "deleteWebhook"]
