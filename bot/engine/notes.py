"""The bot's own messages that are no order's card: each follows from its row, as cards do."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from bot.domain.chat import Chat, Note, NoteKind
from bot.domain.pace import PACE, Pace
from bot.engine.places import Places
from bot.engine.runner import LOOK_SECONDS, Runner
from bot.errors import (
    ChatGone,
    ChatMoved,
    DatabaseBusy,
    MediaForbidden,
    MessageGone,
    NotSent,
    OutcomeUnknown,
    RetryLater,
    TelegramFault,
    TopicGone,
)
from bot.outbox import Outbox
from bot.settings import Settings
from bot.texts import Texts, texts
from bot.views.cards import View
from bot.views.settings import hello_view, operator_view, settings_view
from storage import chats, leaving, notes, people, round_members
from storage.database import Database
from storage.surely import surely

log = logging.getLogger(__name__)


class Notes:
    """Sends, edits and deletes notes, one task each.

    Args:
        bot_name: the bot's username, with which commands are printed.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        outbox: Outbox,
        places: Places,
        bot_name: Callable[[], str],
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._settings = settings
        self._database, self._outbox = database, outbox
        self._places = places
        self._bot_name = bot_name
        self._now = now
        self._pace = pace
        self._changed = asyncio.Event()
        self._runner = Runner("note", self._one, now, pace)

    def wake(self) -> None:
        """Some note is behind, or has to go."""
        self._changed.set()

    async def run(self) -> None:
        """Shows what is behind and deletes what is due, until cancelled."""
        while True:
            self._changed.clear()
            pause = LOOK_SECONDS
            try:
                async with self._database.reading() as connection:
                    due = await notes.due(connection)
            except DatabaseBusy as busy:
                log.warning("notes wait for the database: %s", busy)
                due, pause = [], self._pace.card
            for note_id, at in due:
                if note_id in self._runner.busy:
                    continue  # its end looks again
                if at <= self._now():
                    self._runner.wake(note_id)
                else:
                    pause = min(pause, at - self._now())
            await self._wait(pause)

    async def drain(self, seconds: float) -> None:
        await self._runner.drain(seconds)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _one(self, note_id: int) -> None:
        async with self._database.reading() as connection:
            note = await notes.load(connection, note_id)
            chat = await chats.load(connection, note.about) if note is not None else None
        if note is None:
            return
        try:
            if note.kind.alone:
                await self._send(note, View(note.text))
                await self._forget(note)
            elif chat is None or (note.delete_at is not None and note.delete_at <= self._now()):
                await self._delete(note)
            elif note.version > note.rendered_version:
                await self._render(note, chat)
        except TelegramFault as fault:
            await self._failed(note, fault)
        self.wake()

    async def _delete(self, note: Note) -> None:
        if note.message_id is not None:
            gone = await self._outbox.delete(note.place_id, note.message_id)
            if not gone and note.kind is NoteKind.HELLO:
                # It stays, and its buttons with it.
                await surely(self._database, lambda c: notes.park_one(c, note))
                return
            # Too old for that: it says so at least.
            t = await self._texts(note.user_id)
            if not gone and note.kind is NoteKind.LEFT_BEHIND:
                words = t.group_left_behind()
                await self._outbox.edit_caption(note.place_id, note.message_id, words)
            elif not gone and note.kind is NoteKind.SETTINGS:
                await self._outbox.edit_text(note.place_id, note.message_id, t.group_too_old())
        await self._forget(note)

    async def _render(self, note: Note, chat: Chat) -> None:
        if note.kind is NoteKind.LEAVING:
            await self._outbox.leave(note.place_id)
            await self._forget(note)
            return
        news = note.kind in {NoteKind.HELLO, NoteKind.OPERATOR} and note.message_id is None
        if news and await self._is_too_soon(note):
            return
        view = await self._view(note, chat)
        message_id = note.message_id
        if message_id is None:
            message_id = await self._send(note, view)
        else:
            await self._outbox.edit_text(
                note.place_id, message_id, view.caption, keyboard=view.keyboard
            )
        if message_id is not None:
            await self._shown(note, chat, message_id)

    async def _is_too_soon(self, note: Note) -> bool:
        """Whether what tells that the group isn't a new one may still come."""
        at = note.created_at + self._pace.hello
        if at <= self._now():
            return False
        async with self._database.writing() as connection:
            await notes.postpone(connection, note, at, unsent=True)
        return True

    async def _view(self, note: Note, chat: Chat) -> View:
        t = await self._texts(note.user_id)
        async with self._database.reading() as connection:
            adder = await people.find(connection, chat.added_by)
        match note.kind:
            case NoteKind.HELLO:
                return hello_view(chat, t, self._bot_name())
            case NoteKind.OPERATOR:
                closed = self._settings.caps.closed_to(chat.chat_id)
                return operator_view(chat, adder.first_name if adder else "", t, closed=closed)
            case NoteKind.SETTINGS:
                return settings_view(chat, note.thread_id, t, self._settings.caps)
            case _:
                return View(note.text)

    async def _texts(self, user_id: int) -> Texts:
        async with self._database.reading() as connection:
            reader = await people.find(connection, user_id)
        return texts(reader.language if reader else "en")

    async def _send(self, note: Note, view: View) -> int | None:
        """The message's id; None where it comes elsewhere, or may have been sent before, and one is
        enough.
        """
        if note.attempted and note.kind.only_once:
            await self._forget(note)
            return None
        async with self._database.writing() as connection:
            await notes.attempt(connection, note.id)

        async def send(thread_id: int | None) -> int:
            return await self._outbox.send_text(
                note.place_id,
                view.caption,
                keyboard=view.keyboard,
                thread_id=thread_id,
                reply_to=note.reply_to,
                anyway=True,
            )

        try:
            return await send(note.thread_id or None)
        except TopicGone:
            if note.kind is not NoteKind.SETTINGS or not note.thread_id:
                return await send(None)
            # What it says of its topic has to be true where it lies.
            async with self._database.writing() as connection:
                await notes.to_general(connection, note)
            return None

    async def _shown(self, note: Note, chat: Chat, message_id: int) -> None:
        if note.kind is NoteKind.SAID and not chat.settings.tidy:
            await self._forget(note)  # it stays, and nothing is to be known of it
            return
        tidy = chat.settings.tidy and note.kind.helps and note.message_id is None
        delete_at = self._now() + self._pace.tidy if tidy else None
        await surely(self._database, lambda c: notes.shown(c, note, message_id, delete_at))

    async def _failed(self, note: Note, fault: TelegramFault) -> None:
        if isinstance(fault, ChatMoved):
            # First this: what surely wasn't sent is to be said in the new chat.
            async with self._database.writing() as connection:
                await notes.postpone(connection, note, self._now(), unsent=True)
            await self._places.move(note.place_id, fault.new_chat_id)
            return
        unread = note.kind is NoteKind.OPERATOR and note.message_id is None
        if isinstance(fault, ChatGone) and (unread or note.kind is NoteKind.LEFT_BEHIND):
            # Until the bot is back there, or the operator starts it.
            async with self._database.writing() as connection:
                await notes.park_one(connection, note)
            return
        again = isinstance(fault, NotSent) or (
            isinstance(fault, OutcomeUnknown)
            and not (note.kind.only_once and note.message_id is None)
        )
        if not again:
            level = logging.INFO if isinstance(fault, MessageGone) else logging.WARNING
            log.log(level, "a %s note has no place any more: %s", note.kind, fault)
            if note.kind is NoteKind.SELFIE:
                # What was never read is agreed to by no photo.
                await surely(self._database, lambda c: round_members.forget_selfie(c, note.user_id))
            if not await self._says_in_private(note, fault):
                await self._forget(note)
            return
        pause = fault.seconds if isinstance(fault, RetryLater) else self._pace.card
        until, unsent = self._now() + pause, isinstance(fault, NotSent)
        log.info("a %s note comes in %.0f s: %s", note.kind, pause, fault)
        async with self._database.writing() as connection:
            await notes.postpone(connection, note, until, unsent=unsent)

    async def _says_in_private(self, note: Note, fault: TelegramFault) -> bool:
        """What its group refuses for good is said to the person, if they know the bot in private;
        on what they wrote a reaction says no.
        """
        refused = isinstance(fault, MediaForbidden | TopicGone | ChatGone)
        answers = note.kind in {NoteKind.SAID, NoteKind.SETTINGS} and note.message_id is None
        if not answers or not refused:
            return False
        t = await self._texts(note.user_id)
        async with self._database.writing() as connection:
            chat = await chats.load(connection, note.about)
            words = note.text or t.group_no_words()
            sentence = t.group_unsaid(chat.title if chat else "", words)
            is_said = await leaving.say_at_home(connection, note, sentence)
            answers_card = await leaving.is_card(connection, note.place_id, note.reply_to or 0)
        if note.reply_to is not None and not answers_card:
            with contextlib.suppress(TelegramFault):
                await self._outbox.react(note.place_id, note.reply_to, "😴")
        return is_said

    async def _forget(self, note: Note) -> None:
        await surely(self._database, lambda c: notes.forget(c, note.id))
