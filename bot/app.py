"""The composition root: what is built, in which order it starts, and how it stops."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from filelock import FileLock, Timeout
from telegram import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
)
from telegram.error import TelegramError
from telegram.ext import Application, ApplicationBuilder, ExtBot

from bot.admins import Admins
from bot.apology import apology
from bot.arriving import Me
from bot.domain.pace import PACE, Pace, backoff
from bot.eachlabs.client import EachlabsClient
from bot.engine.assembly import assemble
from bot.engine.cards import Cards
from bot.engine.dispatch import Dispatcher
from bot.engine.estimates import Estimates
from bot.engine.faces import Faces
from bot.engine.inspection import Inspector
from bot.engine.notes import Notes
from bot.engine.pictures import Pictures
from bot.engine.results import Results
from bot.engine.round_cards import RoundCards
from bot.engine.rounds import Heard, Rounds
from bot.engine.sheet import Sheet
from bot.engine.steps import Tools
from bot.errors import (
    AlreadyRunning,
    ConfigurationError,
    TelegramFault,
    TokenRefused,
)
from bot.imaging import Imaging
from bot.inbox import Inbox
from bot.intake import Intake, Poller, Shelf
from bot.links import Links
from bot.outbox import Outbox, translated
from bot.settings import Settings
from bot.source import TelegramSource
from bot.texts import texts
from bot.transport import AiohttpRequest
from bot.web import Web
from bot.webhook import Listening, Polling, Webhook
from handlers.context import Services
from handlers.inline import Offers
from handlers.routes import Router
from storage import facts, orders, schema, updates
from storage.database import Database

log = logging.getLogger(__name__)

# How long a stop waits for steps and cards under way; the rows keep what isn't finished.
DRAIN_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Wakeups:
    """Tells the parts of this process what a step has changed."""

    cards: Cards
    inspector: Inspector
    dispatcher: Dispatcher
    notes: Notes
    rounds: Rounds

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None:
        self.cards.draft_changed(draft_id, render_at)

    def photos_came(self, draft_id: int) -> None:
        self.inspector.photos_came(draft_id)

    def order_changed(self, order_id: int) -> None:
        self.cards.order_changed(order_id)
        self.dispatcher.order_changed(order_id)

    def notes_changed(self) -> None:
        self.notes.wake()

    def round_changed(self, round_id: int) -> None:
        self.rounds.round_changed(round_id)


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
        await database.open()
        try:
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
    settings: Settings, stop: asyncio.Event, *, announce: bool = True, pace: Pace = PACE
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
        imaging = await stack.enter_async_context(Imaging())
        source = TelegramSource(bot, polling, outbox)
        parts = _build(settings, database, bot, source, outbox, provider, imaging, pace)
        if announce:
            await _announce(parts.admins, bot)
        await parts.run(stop)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that runs."""

    admins: Admins
    outbox: Outbox
    incoming: Polling | Listening
    inbox: Inbox
    cards: Cards
    notes: Notes
    inspector: Inspector
    dispatcher: Dispatcher
    offers: Offers
    rounds: Rounds

    async def run(self, stop: asyncio.Event) -> None:
        """Starts every loop, waits, and stops them: intake first, the cards last."""
        await self.inspector.resume()
        loops = {
            asyncio.create_task(self.cards.run(), name="cards"),
            asyncio.create_task(self.notes.run(), name="notes"),
            asyncio.create_task(self.rounds.run(), name="rounds"),
            asyncio.create_task(self.dispatcher.run(), name="dispatcher"),
            asyncio.create_task(self.inbox.run(), name="inbox"),
            asyncio.create_task(self.incoming.run(), name="incoming"),
            asyncio.create_task(self._describe(), name="describe"),
        }
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await self._wait(loops, stopping)
        finally:
            for task in (*loops, stopping):
                task.cancel()
            await asyncio.gather(*loops, stopping, return_exceptions=True)
            await self.offers.stop()
            await self.inbox.drain(DRAIN_SECONDS)
            await self.dispatcher.stop()
            await self.inspector.stop()
            await asyncio.gather(
                self.cards.drain(DRAIN_SECONDS),
                self.notes.drain(DRAIN_SECONDS),
                self.rounds.drain(DRAIN_SECONDS),
            )

    async def _wait(self, loops: set[asyncio.Task[None]], stopping: "asyncio.Task[bool]") -> None:
        """Until the stop; a loop that fails ends the process, so that a supervisor restarts it."""
        waiting: set[asyncio.Task[Any]] = {*loops, stopping}
        while stopping in waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _describe(self) -> None:
        """Description and command menus, set where they differ."""
        t = texts("en")
        try:
            groups, admins = BotCommandScopeAllGroupChats(), BotCommandScopeAllChatAdministrators()
            await self.outbox.set_menu(dict(t.group_commands()), groups)
            await self.outbox.set_menu(dict(t.group_admin_commands()), admins)
            await self.outbox.describe(dict(t.commands()), t.description(), t.short_description())
        except TelegramFault as fault:
            log.warning("the bot's description could not be set: %s", fault)


def _build(
    settings: Settings,
    database: Database,
    bot: ExtBot[None],
    source: TelegramSource,
    outbox: Outbox,
    provider: EachlabsClient,
    imaging: Imaging,
    pace: Pace,
) -> Parts:
    public = settings.public_url
    links = None if public is None else Links(public, settings.signing_secret())
    admins = Admins(settings, database, outbox)
    estimates = Estimates(settings)
    sheet = Sheet(database, outbox)
    results = Results(provider, imaging)
    pictures = Pictures(
        database,
        outbox,
        imaging,
        results,
        sheet,
        lambda: bot.username,
        inline=lambda: bot.supports_inline_queries,
    )
    faces = Faces(database, imaging, results, pictures)
    cards = Cards(settings, database, outbox, sheet, pictures, estimates, pace=pace)
    round_cards = RoundCards(database, outbox, sheet, faces, lambda: bot.username)
    rounds = Rounds(database, round_cards, pace=pace)
    tools = assemble(
        settings,
        database,
        provider,
        source=source,
        imaging=imaging,
        delivery=faces,
        listener=Heard(cards, rounds),
        tell=admins.provider_changed,
        estimates=estimates,
        links=links,
        pace=pace,
    )
    dispatcher = Dispatcher(tools, cards, outbox)
    notes = Notes(settings, database, outbox, cards, lambda: bot.username, pace=pace)
    cards.places.stopped = rounds.stopped = dispatcher.order_changed
    inspector = Inspector(database, source, imaging, cards.draft_changed)
    wakeups = Wakeups(cards, inspector, dispatcher, notes, rounds)
    services = Services(settings, database, outbox, wakeups, inspector)
    router = Router(_application(bot), services)
    me = Me(bot.id, bot.username)
    inbox = Inbox(database, bot, router.handle, apology(outbox))
    offers = Offers(bot, database, outbox)
    shelf = Shelf(database, me, inbox.wake, offers.take)
    incoming: Polling | Listening = Polling(bot, Poller(source, shelf))
    if links is not None:
        incoming = _listening(settings, links, bot, tools, Intake(shelf))
    return Parts(
        admins, outbox, incoming, inbox, cards, notes, inspector, dispatcher, offers, rounds
    )


def _listening(
    settings: Settings, links: Links, bot: ExtBot[None], tools: Tools, intake: Intake
) -> Listening:
    secret = settings.signing_secret()
    web = Web(links, tools.references.photos, intake, tools.watch.told, secret)
    return Listening(web, Webhook(bot, links.telegram, secret), settings.port)


def _application(bot: ExtBot[None]) -> Application[Any, Any, Any, Any, Any, Any]:
    """PTB's application without its updater, which acknowledges before anything is handled."""
    return ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()


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
        await orders.release_all(connection)


async def _announce(admins: Admins, bot: ExtBot[None]) -> None:
    print(f"@{bot.username} is running. Stop it with Ctrl-C.", flush=True)  # noqa: T201
    code = await admins.claim_code()
    if code is not None:
        print(  # noqa: T201
            "Open this link once to become the bot's admin; it is not shown again:\n"
            f"  https://t.me/{bot.username}?start=claim-{code}",
            flush=True,
        )
