"""The parts that run: what is built of what, in which order they start, and how they stop."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from telegram import BotCommandScopeAllChatAdministrators, BotCommandScopeAllGroupChats
from telegram.ext import Application, ApplicationBuilder, ExtBot

from bot.admins import Admins
from bot.apology import apology
from bot.arriving import Me
from bot.domain.pace import Pace
from bot.eachlabs.client import EachlabsClient
from bot.engine.assembly import assemble
from bot.engine.cards import Cards
from bot.engine.delivery import ChatDelivery
from bot.engine.dispatch import Dispatcher
from bot.engine.draft_cards import DraftCards
from bot.engine.estimates import Estimates
from bot.engine.faces import Faces
from bot.engine.inspection import Inspector
from bot.engine.notes import Notes
from bot.engine.order_cards import OrderCards
from bot.engine.pictures import Pictures
from bot.engine.places import Places
from bot.engine.results import Results
from bot.engine.round_cards import RoundCards
from bot.engine.rounds import Heard, Rounds
from bot.engine.sheet import Sheet
from bot.engine.steps import Tools
from bot.errors import TelegramFault
from bot.imaging import Imaging
from bot.inbox import Inbox
from bot.intake import Intake, Poller, Shelf
from bot.links import Links
from bot.outbox import Outbox
from bot.settings import Settings
from bot.source import TelegramSource
from bot.texts import texts
from bot.web import Web
from bot.webhook import Listening, Polling, Webhook
from handlers.context import Services
from handlers.inline import Offers
from handlers.routes import Router
from storage.database import Database

log = logging.getLogger(__name__)

# How long a stop waits for steps and cards under way; the rows keep what isn't finished.
DRAIN_SECONDS = 8.0


class Wakeups:
    """Tells the parts of this process what has changed.

    Some of them tell others, which are built of them: so it is there before all, and `reach` says
    whom it wakes.
    """

    def reach(
        self,
        *,
        cards: Cards,
        inspector: Inspector,
        dispatcher: Dispatcher,
        notes: Notes,
        rounds: Rounds,
    ) -> None:
        self._cards = cards
        self._inspector = inspector
        self._dispatcher = dispatcher
        self._notes = notes
        self._rounds = rounds

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None:
        self._cards.draft_changed(draft_id, render_at)

    def photos_came(self, draft_id: int) -> None:
        self._inspector.photos_came(draft_id)

    def order_changed(self, order_id: int) -> None:
        self._cards.order_changed(order_id)
        self._dispatcher.order_changed(order_id)

    def notes_changed(self) -> None:
        self._notes.wake()

    def round_changed(self, round_id: int) -> None:
        self._rounds.round_changed(round_id)


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


def build(
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

    def bot_name() -> str:
        return bot.username

    wakeups = Wakeups()
    admins = Admins(settings, database, outbox)
    estimates = Estimates(settings)
    sheet = Sheet(database, outbox)
    results = Results(provider, imaging)
    places = Places(database, wakeups)
    pictures = Pictures(
        database,
        outbox,
        imaging,
        results,
        wakeups,
        bot_name,
        inline=lambda: bot.supports_inline_queries,
    )
    draft_cards = DraftCards(settings, database, outbox, sheet, places, bot_name, pace=pace)
    order_cards = OrderCards(database, outbox, sheet, pictures, estimates, places, pace=pace)
    cards = Cards(database, draft_cards, order_cards, pace=pace)
    delivery = ChatDelivery(database, outbox, results, sheet, pictures, places, cards.settles)
    faces = Faces(database, imaging, results, delivery)
    round_cards = RoundCards(database, outbox, sheet, faces, bot_name, lambda: bot.id)
    rounds = Rounds(database, round_cards, wakeups, pace=pace)
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
    dispatcher = Dispatcher(tools, order_cards, outbox)
    notes = Notes(settings, database, outbox, places, bot_name, pace=pace)
    inspector = Inspector(database, source, imaging, cards.draft_changed, pace=pace)
    wakeups.reach(
        cards=cards, inspector=inspector, dispatcher=dispatcher, notes=notes, rounds=rounds
    )
    services = Services(settings, database, outbox, wakeups, inspector)
    inbox = Inbox(database, bot, Router(_application(bot), services).handle, apology(outbox))
    offers = Offers(bot, database, outbox)
    shelf = Shelf(database, Me(bot.id, bot.username), inbox.wake, offers.take)
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
