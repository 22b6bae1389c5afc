"""What `python -m bot check` says of a public address."""

import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot import checkup
from bot.app import telegram_bot
from bot.checkup import Finding, check
from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.web import healthy, serving
from tests.world import World, a_world


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def with_address(settings: Settings, url: str, **more: Any) -> Settings:
    return settings.model_copy(update={"public_url": url, **more})


async def said(settings: Settings, what: str, *, starting: bool = False) -> Finding:
    return next(f for f in await check(settings, starting=starting) if f.what == what)


async def test_an_address_that_leads_here(stand_ins_only: World) -> None:
    port = free_port()
    settings = with_address(stand_ins_only.settings, f"http://127.0.0.1:{port}", port=port)
    found = await said(settings, "Public address")
    assert (found.good, found.sentence) == (True, f"http://127.0.0.1:{port} leads to the bot.")


async def test_an_address_that_leads_to_the_running_bot(stand_ins_only: World) -> None:
    app = web.Application()
    app.router.add_get("/health", healthy)
    async with serving(app, 0, "127.0.0.1") as port:
        settings = with_address(stand_ins_only.settings, f"http://127.0.0.1:{port}", port=port)
        assert (await said(settings, "Public address")).good


async def test_an_address_that_leads_elsewhere(stand_ins_only: World) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<h1>Welcome to nginx!</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/health", page)
    async with serving(app, 0, "127.0.0.1") as elsewhere:
        for port in (elsewhere, free_port()):
            url = f"http://127.0.0.1:{port}"
            found = await said(
                with_address(stand_ins_only.settings, url, port=free_port()), "Public address"
            )
            assert (found.good, found.passes_by_itself) == (False, True)
            assert f"{url}/health does not answer" in found.sentence


async def test_a_bot_that_starts_asks_nobody(stand_ins_only: World) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    settings = with_address(stand_ins_only.settings, url)
    assert (await said(settings, "Public address", starting=True)).good


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:8080", "Telegram can't reach"),
        ("https://localhost", "Telegram can't reach"),
        ("https://avatars.example.com:8080", "443, 80, 88 and 8443 only"),
    ],
)
async def test_what_telegrams_own_servers_would_not_take(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        await checkup._allowed(Settings(public_url=url))


async def test_without_an_address_nothing_is_said_of_it(stand_ins_only: World) -> None:
    assert "Public address" not in [f.what for f in await check(stand_ins_only.settings)]


async def test_a_webhook_that_is_set_is_no_reason_not_to_poll(stand_ins_only: World) -> None:
    bot, _ = telegram_bot(stand_ins_only.settings)
    await bot.initialize()
    await bot.set_webhook("http://127.0.0.1:9/a-token-perhaps")
    await bot.shutdown()
    found = await said(stand_ins_only.settings, "Updates")
    assert (found.good, found.passes_by_itself) == (False, True)
    assert "a webhook at 127.0.0.1." in found.sentence
    assert "a-token-perhaps" not in found.sentence


async def test_where_updates_go_with_an_address(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    async with a_world(tmp_path, public_url=url) as world:
        assert (await said(world.settings, "Updates", starting=True)).good
        bot, _ = telegram_bot(world.settings)
        await bot.initialize()
        await bot.set_webhook(f"{url}/telegram")
        assert (await said(world.settings, "Updates", starting=True)).good

        anna = await world.person()
        await anna.sends("hello")
        while not (await bot.get_webhook_info()).last_error_date:
            await anna.sees()
        await bot.shutdown()
        found = await said(world.settings, "Updates", starting=True)
        assert (found.good, found.passes_by_itself) == (False, True)
        assert "could not send one to PUBLIC_URL" in found.sentence


async def test_one_request_of_the_minute_is_taken_and_none_that_is_missing(
    stand_ins_only: World,
) -> None:
    settings = stand_ins_only.settings.model_copy(update={"eachlabs_requests_per_minute": 2})
    asked = stand_ins_only.stand_ins.eachlabs.report
    before = asked()["counts"]["requests"]

    for times, words in ((1, "is accepted"), (2, "is accepted"), (2, "not asked")):
        found = await said(settings, "Each Labs")
        assert found.good
        assert words in found.sentence
        assert asked()["counts"]["requests"] == before + times
