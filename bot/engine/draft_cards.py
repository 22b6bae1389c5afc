"""The cards of drafts: what somebody is putting together, in private or in a group."""

import asyncio
import logging
import time
from collections.abc import Callable

from cachetools import LRUCache

from bot.domain.draft import DraftRow
from bot.domain.pace import PACE, Pace
from bot.engine.places import Places, report, try_again_in
from bot.engine.sheet import Sheet
from bot.errors import ChatGone, MessageGone, TelegramFault
from bot.outbox import Outbox
from bot.settings import Settings
from bot.texts import texts
from bot.views.cards import Reader, View
from bot.views.group import draft_card
from storage import drafts, orders, people
from storage.database import Database
from storage.people import Person
from storage.surely import surely

log = logging.getLogger(__name__)

REMEMBERED = 1000


class DraftCards:
    """Renders one draft's card at a time.

    Args:
        bot_name: the bot's username, for links.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        outbox: Outbox,
        sheet: Sheet,
        places: Places,
        bot_name: Callable[[], str],
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._settings = settings
        self._database, self._outbox = database, outbox
        self._sheet = sheet
        self._places = places
        self._bot_name = bot_name
        self._now = now
        self._pace = pace
        self._sweeping: set[asyncio.Task[None]] = set()
        # In groups an edit that nobody would see is one too many.
        self._asked: LRUCache[int, tuple[int, View]] = LRUCache(REMEMBERED)

    async def render(self, draft_id: int) -> float | None:
        """Shows the draft if its card is behind.

        Returns: seconds until it has to be rendered again, 0 for at once; None: it hasn't.
        """
        async with self._database.reading() as connection:
            row = await drafts.load(connection, draft_id)
            if row is None or row.version <= row.rendered_version:
                if row is not None and row.card_message_id is None:
                    self._sweep_aside(row)  # no card comes after which it would be done
                return None
            person = await people.find(connection, row.owner)
            earlier = None
            if not row.draft.usable_photos:
                earlier = await orders.latest_of(connection, row.key.user_id, row.key.chat_id)
        if row.render_at > self._now():
            return row.render_at - self._now()
        view = draft_card(row, self._reader(row, person, has_earlier_photo=earlier is not None))
        try:
            message_id = await self._show(row, view)
        except MessageGone:
            async with self._database.writing() as connection:
                await drafts.card_lost(connection, row)
            return 0.0
        except TelegramFault as fault:
            return await self._failed(row, fault)
        self._asked[row.id] = message_id, view
        await surely(self._database, lambda c: drafts.shown(c, row, message_id))
        self._sweep_aside(row)
        return None

    def _reader(self, row: DraftRow, person: Person | None, *, has_earlier_photo: bool) -> Reader:
        return Reader(
            texts=texts(person.language if person else "en"),
            first_name=person.first_name if person else "",
            consented=person is not None and person.consented,
            credits_a_day=self._settings.caps.credits_per_person,
            has_earlier_photo=has_earlier_photo,
            closed=self._settings.caps.closed_to(row.key.chat_id),
            contact=self._settings.operator_contact,
            bot_name=self._bot_name(),
        )

    async def _show(self, row: DraftRow, view: View) -> int:
        chat_id = row.key.chat_id
        if row.card_message_id is None:
            return await self._sheet.send(
                chat_id,
                view.caption,
                thread_id=row.key.thread_id,
                keyboard=view.keyboard,
                reply_to=row.draft.ask.command if row.draft.ask else None,
            )
        if row.draft.ask is None or self._asked.get(row.id) != (row.card_message_id, view):
            await self._outbox.edit_caption(
                chat_id, row.card_message_id, view.caption, keyboard=view.keyboard
            )
        return row.card_message_id

    async def _failed(self, row: DraftRow, fault: TelegramFault) -> float | None:
        later = try_again_in(fault, self._pace)
        async with self._database.writing() as connection:
            if later is not None:
                await drafts.postpone(connection, row.id, self._now() + later)
            else:
                await drafts.give_up(connection, row)
            if isinstance(fault, ChatGone) and row.draft.ask is None:
                await people.block(connection, row.key.user_id, self._now())
        report(f"draft {row.id}", fault, later)
        if row.draft.ask is not None:
            await self._places.draft_failed(row, fault)
        return later

    async def drain(self, seconds: float) -> None:
        """Lets cards that lie above newer ones be deleted, for so long."""
        if self._sweeping:
            await asyncio.wait(self._sweeping, timeout=seconds)
        for task in self._sweeping:
            task.cancel()

    def _sweep_aside(self, row: DraftRow) -> None:
        """Beside the next rendering, which somebody waits for."""
        if row.stale_cards:
            task = asyncio.create_task(self._sweep(row), name=f"sweep-{row.id}")
            self._sweeping.add(task)
            task.add_done_callback(self._sweeping.discard)

    async def _sweep(self, row: DraftRow) -> None:
        """Cards above the newest one go; what can't be deleted any more stays and says so."""
        for message_id in row.stale_cards:
            try:
                await self._outbox.delete(row.key.chat_id, message_id)
            except TelegramFault as fault:
                log.info("an old card stays: %s", fault)
        await surely(self._database, lambda c: drafts.swept(c, row.id, row.stale_cards))
