"""The process: what it needs before anything is built, and the parts that it runs until its end."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from filelock import FileLock, Timeout
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.admins import Admins
from bot.deep_links import Start, private
from bot.domain.pace import PACE, Pace, backoff
from bot.eachlabs.client import EachlabsClient
from bot.errors import AlreadyRunning, ConfigurationError, TokenRefused
from bot.imaging import Imaging
from bot.outbox import Outbox, translated
from bot.parts import build
from bot.settings import Settings
from bot.source import TelegramSource
from bot.transport import AiohttpRequest
from storage import claims, facts, schema, updates
from storage.database import Database

log = logging.getLogger(__name__)


@asynccontextmanager
async def own_database(settings: Settings) -> AsyncIterator[Database]:
    """The database, held by this process alone.

    Raises:
        AlreadyRunning: another process holds the data folder.
        DatabaseUnusable: the folder or the file can't be used.
    """
    folder = settings.data_dir
    schema.make_folder(folder)
    try:
        lock = FileLock(folder / "bot.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(
            f"Another process of the bot works in {folder}. Stop that one, or set DATA_DIR to "
            "another folder."
        ) from None
    except OSError as error:
        raise schema.unwritable(folder, error) from None
    try:
        await asyncio.to_thread(schema.migrate, settings.database_path)
        database = Database(settings.database_path)
        try:
            await database.open()
            yield database
        finally:
            await database.close()
    finally:
        lock.release()


def telegram_bot(settings: Settings) -> tuple[ExtBot[None], AiohttpRequest]:
    """PTB's bot over our transport, and the connection it polls by; nothing is asked yet."""
    polling = AiohttpRequest(pool_size=2, proxy=settings.https_proxy)
    url = settings.telegram_api_url
    bot: ExtBot[None] = ExtBot(
        settings.token(),
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        request=AiohttpRequest(pool_size=256, proxy=settings.https_proxy),
        get_updates_request=polling,
    )
    return bot, polling


def provider_client(settings: Settings) -> EachlabsClient:
    return EachlabsClient(settings.eachlabs_api_url, settings.api_key(), proxy=settings.https_proxy)


async def run(
    settings: Settings,
    stop: asyncio.Event,
    *,
    announce: bool = True,
    pace: Pace = PACE,
    decoders: Callable[[], Imaging] = Imaging,
) -> None:
    """The bot, until `stop` is set.

    Raises:
        ConfigurationError: it can't start; the text says what to change.
    """
    async with AsyncExitStack() as stack:
        bot, polling = telegram_bot(settings)
        provider = await stack.enter_async_context(provider_client(settings))
        database = await stack.enter_async_context(own_database(settings))
        outbox = Outbox(bot, messages_per_second=settings.telegram_messages_per_second)
        stack.push_async_callback(bot.shutdown)
        stack.push_async_callback(outbox.close)
        await _connect(bot, stop)
        if stop.is_set():
            return
        await _adopt(database, bot)
        imaging = await stack.enter_async_context(decoders())
        source = TelegramSource(bot, polling, outbox)
        parts = build(settings, database, bot, source, outbox, provider, imaging, pace)
        if announce:
            await _announce(parts.admins, bot)
        await parts.run(stop)


async def _connect(bot: ExtBot[None], stop: asyncio.Event) -> None:
    """getMe, until it answers: a network that is away at the start comes back."""
    failures = 0
    while not stop.is_set():
        try:
            await bot.initialize()
        except TelegramError as error:
            fault = translated(error)
            if isinstance(fault, TokenRefused):
                raise ConfigurationError(
                    "Telegram does not accept TELEGRAM_BOT_TOKEN. Copy it again from @BotFather "
                    "(/mybots, your bot, API Token)."
                ) from None
            failures += 1
            log.warning("Telegram does not answer yet: %s", fault)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(backoff(failures, most=30)):
                    await stop.wait()
        else:
            return


async def _adopt(database: Database, bot: ExtBot[None]) -> None:
    """Makes sure that the database is this bot's, and frees what a killed process had claimed.

    Raises:
        ConfigurationError: it is another bot's.
    """
    async with database.writing() as connection:
        owner = await facts.get(connection, facts.BOT_ID)
        if owner is not None and owner != str(bot.id):
            raise ConfigurationError(
                f"The database {database.path} belongs to another bot (id {owner}). Set DATA_DIR "
                "to another folder, or TELEGRAM_BOT_TOKEN to that bot's."
            )
        await facts.put(connection, facts.BOT_ID, str(bot.id))
        await updates.release_all(connection)
        await claims.release_all(connection)


async def _announce(admins: Admins, bot: ExtBot[None]) -> None:
    print(f"@{bot.username} is running. Stop it with Ctrl-C.", flush=True)  # noqa: T201
    code = await admins.claim_code()
    if code is not None:
        print(  # noqa: T201
            "Open this link once to become the bot's admin; it is not shown again:\n"
            f"  {private(bot.username, Start.CLAIM, code)}",
            flush=True,
        )
