"""`check`: what is missing or wrong before the bot can run, and how to get it."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx
from aiohttp import web
from telegram import WebhookInfo
from telegram.error import TelegramError

from bot.app import own_database, provider_client, telegram_bot
from bot.domain.scene import MARGIN, WINDOW
from bot.eachlabs.client import Probe
from bot.errors import (
    AlreadyRunning,
    BalanceEmpty,
    ConfigurationError,
    DatabaseBusy,
    DatabaseUnusable,
    KeyRefused,
    PollerConflict,
    ProviderFault,
    TelegramFault,
    TokenRefused,
)
from bot.outbox import translated
from bot.settings import TELEGRAM, Settings, is_loopback
from bot.web import healthy, serving
from storage import requests
from storage.database import Database

# Bot API, setWebhook; a self-hosted server may allow more.
WEBHOOK_PORTS: Final = frozenset({80, 88, 443, 8443})
# A failed delivery that is older says nothing of today's address.
RECENT_SECONDS: Final = 600.0
CLOCK_SECONDS: Final = 60.0
ENOUGH_DISK: Final = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check-up.

    `passes_by_itself` is true of what a running bot waits for: a network that is away, another
    poller that has to stop, an empty balance.
    """

    what: str
    good: bool
    sentence: str
    passes_by_itself: bool = False


class _Passing(ConfigurationError):
    """Wrong now, and no reason not to start."""


Ask = Callable[[Settings], Awaitable[str]]


async def check(settings: Settings, *, starting: bool = False) -> list[Finding]:
    """Looks at the token, where updates go, the key and the clock, and makes the database ready.

    Whether PUBLIC_URL leads here is not asked when `starting`: a platform may lead to the bot only
    once it listens.
    """
    database = asyncio.create_task(_finding("Database", _database, settings))
    probe = asyncio.create_task(_probe(settings, after=database))
    checks: list[tuple[str, Ask]] = [
        ("Telegram", _telegram),
        ("Updates", _updates),
        ("Each Labs", lambda settings: _provider(settings, probe)),
        ("Clock", lambda _: _clock(probe)),
    ]
    if settings.public_url is not None:
        checks.insert(2, ("Public address", _allowed if starting else _reached))
    found = (_finding(what, ask, settings) for what, ask in checks)
    findings = await asyncio.gather(*found, database)
    # What is missing for two checks is said once.
    return list({finding.sentence: finding for finding in reversed(findings)}.values())[::-1]


async def check_provider(settings: Settings) -> list[Finding]:
    """What a command needs that doesn't talk to Telegram."""
    probe = asyncio.create_task(_probe(settings))
    return [await _finding("Each Labs", lambda settings: _provider(settings, probe), settings)]


async def _finding(what: str, ask: Ask, settings: Settings) -> Finding:
    try:
        return Finding(what, True, await ask(settings))
    except ConfigurationError as error:
        return Finding(what, False, str(error), isinstance(error, _Passing))


async def _telegram(settings: Settings) -> str:
    bot, _ = telegram_bot(settings)
    try:
        await bot.initialize()
    except TelegramError as error:
        raise _unreachable(translated(error), settings) from None
    finally:
        await bot.shutdown()
    return f"the token is @{bot.username}'s."


async def _updates(settings: Settings) -> str:
    """Whether somebody else takes this bot's updates; nothing is confirmed by asking."""
    bot, _ = telegram_bot(settings)
    try:
        await bot.initialize()
        webhook = await bot.get_webhook_info()
        if settings.public_url is not None:
            return _delivered(webhook, settings.public_url)
        if webhook.url:
            raise _Passing(
                f"They go to a webhook at {urlsplit(webhook.url).hostname}. PUBLIC_URL is not set, "
                "so `run` removes it. If another service of yours needs it, use another bot's "
                "token here."
            )
        await bot.get_updates(limit=1, timeout=0)
    except TelegramError as error:
        fault = translated(error)
        if isinstance(fault, PollerConflict):
            raise _Passing(
                "Another process takes this bot's updates. Stop it, or use another bot's token."
            ) from None
        raise _unreachable(fault, settings) from None
    finally:
        await bot.shutdown()
    return "nobody else takes this bot's updates."


def _delivered(webhook: WebhookInfo, public_url: str) -> str:
    """What Telegram says of the webhook that is set.

    Raises:
        ConfigurationError: it could not send an update there just now.
    """
    if not webhook.url.startswith(f"{public_url}/"):
        return "`run` makes them come to PUBLIC_URL."
    failed = webhook.last_error_date
    if failed is not None and time.time() - failed.timestamp() < RECENT_SECONDS:
        raise _Passing(
            f"Telegram could not send one to PUBLIC_URL: {webhook.last_error_message}. It tries "
            "again by itself."
        )
    return "they come to PUBLIC_URL."


async def _allowed(settings: Settings) -> str:
    """Whether Telegram would take PUBLIC_URL for a webhook."""
    parts = urlsplit(settings.public_url or "")
    if settings.telegram_api_url == TELEGRAM:
        if is_loopback(parts.hostname or ""):
            raise ConfigurationError(
                "PUBLIC_URL is this machine's own address, which Telegram can't reach. Set it to "
                "the one that leads here from outside, or unset it."
            )
        if (parts.port or 443) not in WEBHOOK_PORTS:
            raise ConfigurationError(
                f"Telegram sends to the ports 443, 80, 88 and 8443 only, and PUBLIC_URL names "
                f"{parts.port}. Put a proxy before the bot, or unset PUBLIC_URL."
            )
    return "Telegram can use it."


async def _reached(settings: Settings) -> str:
    """Whether PUBLIC_URL leads to this bot: it listens for a moment, unless one runs already."""
    await _allowed(settings)
    async with contextlib.AsyncExitStack() as stack:
        # Where the port is taken, the running bot answers.
        with contextlib.suppress(ConfigurationError):
            app = web.Application()
            app.router.add_get("/health", healthy)
            await stack.enter_async_context(serving(app, settings.port))
        if not await _is_healthy(settings):
            raise _Passing(
                f"{settings.public_url}/health does not answer, or not as the bot does. It should "
                f"lead to port {settings.port} of this machine. (From inside, some networks can't "
                "reach their own public address; then open it in a browser while the bot runs.)"
            )
    return f"{settings.public_url} leads to the bot."


async def _is_healthy(settings: Settings) -> bool:
    address = settings.public_url or ""
    # A proxy's own loopback is another machine.
    proxy = None if is_loopback(urlsplit(address).hostname or "") else settings.https_proxy
    async with httpx.AsyncClient(proxy=proxy, trust_env=False, timeout=10) as client:
        try:
            answer = await client.get(f"{address}/health")
            return answer.status_code == 200 and answer.json() == {"ok": True}
        except (httpx.HTTPError, ValueError):
            return False


def _shown(address: str) -> str:
    """Without the password that it may hold."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _unreachable(fault: TelegramFault, settings: Settings) -> ConfigurationError:
    if isinstance(fault, TokenRefused):
        return ConfigurationError(
            "Telegram does not accept TELEGRAM_BOT_TOKEN. Copy it again from @BotFather "
            "(/mybots, your bot, API Token)."
        )
    return _Passing(
        f"{_shown(settings.telegram_api_url)} does not answer ({fault}). Check the network, "
        "HTTPS_PROXY and TELEGRAM_API_URL."
    )


async def _probe(settings: Settings, after: Awaitable[object] | None = None) -> Probe | None:
    """The one question that this asks of Each Labs; None where the minute has no request left.

    The database is looked into when `after` is over. Raises ProviderFault: what came of it.
    """
    async with provider_client(settings) as client:
        if after is not None:
            await after
        return await client.probe() if await _one_is_left(settings) else None


async def _one_is_left(settings: Settings) -> bool:
    """Takes one of the minute, which a running bot then counts; where there is none, at will."""
    limit = settings.eachlabs_requests_per_minute
    if not limit or not settings.database_path.exists():
        return True
    database = Database(settings.database_path)
    try:
        await database.open()
        async with database.writing() as connection:
            return await requests.take(connection, time.time(), limit, WINDOW + MARGIN) is not None
    except (DatabaseBusy, DatabaseUnusable):
        return True
    finally:
        await database.close()


async def _provider(settings: Settings, probe: "asyncio.Task[Probe | None]") -> str:
    try:
        found = await probe
    except KeyRefused:
        raise ConfigurationError(
            "Each Labs does not accept EACHLABS_API_KEY. Make a new key at eachlabs.ai "
            "under API Keys."
        ) from None
    except BalanceEmpty:
        raise _Passing(
            "The balance at Each Labs is empty. Top it up at eachlabs.ai under Billing."
        ) from None
    except ProviderFault as fault:
        raise _Passing(
            f"{settings.eachlabs_api_url} does not answer as expected ({fault.detail}). "
            "Check the network, HTTPS_PROXY and EACHLABS_API_URL."
        ) from None
    if found is None:
        return "not asked: a bot uses all the requests of this minute."
    return "the key is accepted."


async def _clock(probe: "asyncio.Task[Probe | None]") -> str:
    """Compared with the provider's answer; caps and links depend on it."""
    try:
        found = await probe
    except ProviderFault:
        found = None
    if found is None or found.date is None:
        return "not compared: Each Labs gives no time."
    ahead = time.time() - found.date.timestamp()
    if abs(ahead) > CLOCK_SECONDS:
        way = "ahead" if ahead > 0 else "behind"
        raise ConfigurationError(
            f"This machine's clock is {abs(ahead):.0f} s {way}. Switch on time synchronisation."
        )
    return "right to the minute."


async def _database(settings: Settings) -> str:
    try:
        async with own_database(settings):
            pass
    except AlreadyRunning:
        return f"{settings.database_path} is in use by a running bot."
    free = shutil.disk_usage(settings.data_dir).free
    if free < ENOUGH_DISK:
        raise ConfigurationError(
            f"Only {free // 1024**2} MB are free where {settings.data_dir} lies. Make room."
        )
    return f"{settings.database_path} is ready."
