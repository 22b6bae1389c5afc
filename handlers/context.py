"""What a handler gets beside its update: the step that it makes, and the services for it."""

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from telegram import Message, Update, User
from telegram.ext import Application, CallbackContext, ExtBot

from bot.domain.access import Cap
from bot.domain.asking import with_card
from bot.domain.chat import Bar
from bot.domain.draft import Draft, DraftKey, DraftPhoto, DraftRow
from bot.domain.photo import PhotoProblem
from bot.errors import TelegramFault
from bot.outbox import Outbox
from bot.settings import Settings
from bot.texts import Texts, texts
from storage import drafts, people, updates
from storage.connection import Connection
from storage.database import Database
from storage.people import Person
from storage.updates import Claimed

# An album comes as several updates, most of them in the same batch.
ALBUM_SECONDS = 0.35


class Faces(Protocol):
    """Whoever can look at a photo while somebody waits."""

    async def problem(self, photo: DraftPhoto) -> PhotoProblem | None:
        """What speaks against it; None also where it can't be looked at for the moment."""


class Wakeups(Protocol):
    """Whoever goes on from what was committed; a wake-up that gets lost costs only time."""

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None:
        """Its card is behind."""

    def photos_came(self, draft_id: int) -> None:
        """It has photos that nobody has looked at."""

    def order_changed(self, order_id: int) -> None:
        """It is new, or somebody asked for something."""

    def notes_changed(self) -> None:
        """There is something to say, to change or to delete that is no order's card."""

    def round_changed(self, round_id: int) -> None:
        """Its card is behind, or somebody in it waits for something."""


@dataclass(frozen=True, slots=True)
class Services:
    """What handlers work with."""

    settings: Settings
    database: Database
    outbox: Outbox
    wakeups: Wakeups
    faces: Faces
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Refused:
    """What stands in the way of an order, and how that is said."""

    cap: Cap | Bar
    sentence: str


@dataclass(slots=True)
class Step:
    """One update's transaction: all that it changes, and that it was handled, or nothing.

    Only the database may be awaited while it is open. A tap is answered with `popup`, which has to
    be closed, with `toast`, which goes by itself, or with a `link` of t.me that opens.
    An order that could not be made is `refused`.
    """

    connection: Connection
    now: float
    key: DraftKey
    person: Person
    t: Texts
    popup: str | None = None
    toast: str | None = None
    link: str | None = None
    refused: Refused | None = None
    after: list[Callable[[Wakeups], None]] = field(default_factory=list)

    async def draft(self, key: DraftKey | None = None) -> DraftRow:
        """The conversation's row, this one's or another's, made where there is none."""
        return await drafts.begin(
            self.connection, key or self.key, Draft(person=self.person.person), self.now
        )

    async def save(self, row: DraftRow, *, render_in: float = 0.0) -> None:
        """The draft's next version, whose card is shown after so many seconds."""
        render_at = self.now + render_in if render_in else 0.0
        row = row.with_draft(with_card(row.draft))
        await drafts.save(self.connection, row, self.now, render_at=render_at)
        self.after.append(lambda wakeups: wakeups.draft_changed(row.id, render_at))
        if row.draft.unchecked and self.person.consented:
            self.after.append(lambda wakeups: wakeups.photos_came(row.id))

    async def save_silently(self, row: DraftRow) -> None:
        """A change that needs no card."""
        await drafts.save(self.connection, row, self.now, silent=True)

    def draft_changed(self, draft_id: int) -> None:
        self.after.append(lambda wakeups: wakeups.draft_changed(draft_id))

    def order_changed(self, order_id: int) -> None:
        self.after.append(lambda wakeups: wakeups.order_changed(order_id))

    def notes_changed(self) -> None:
        self.after.append(lambda wakeups: wakeups.notes_changed())

    def round_changed(self, round_id: int) -> None:
        self.after.append(lambda wakeups: wakeups.round_changed(round_id))


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """A typed context: the update's claim, its person, and the services."""

    log = logging.getLogger("handlers")

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        services: Services,
        claimed: Claimed,
        update: Update,
    ) -> None:
        chat = update.effective_chat
        user = update.effective_user
        super().__init__(
            application,
            chat_id=chat.id if chat else None,
            user_id=user.id if user else None,
        )
        self.services = services
        self.claimed = claimed
        self.incoming = update
        self.handled = False
        # Whether whoever acts is an admin of the group; known where its settings ask for it.
        self.runs_group = False

    @property
    def user(self) -> User:
        """Whoever acts; the routes let nothing in that has none."""
        user = self.incoming.effective_user
        assert user is not None
        return user

    @property
    def message(self) -> Message:
        """The message that came; the routes of messages let nothing else in."""
        message = self.incoming.effective_message
        assert message is not None
        return message

    @property
    def t(self) -> Texts:
        return texts(self.user.language_code or "en")

    @property
    def tapped(self) -> int:
        """The id of the message under which a button was tapped, also of one that is gone; or 0."""
        query = self.incoming.callback_query
        return query.message.message_id if query is not None and query.message is not None else 0

    @property
    def in_group(self) -> bool:
        chat = self.incoming.effective_chat
        return chat is not None and chat.type in {"group", "supergroup"}

    @property
    def key(self) -> DraftKey:
        # A tap under an inline message has no chat: only the person is known.
        chat, query = self.incoming.effective_chat, self.incoming.callback_query
        # PTB warns of an effective message that is gone.
        message = self.incoming.effective_message if query is None else query.message
        thread = message.message_thread_id if isinstance(message, Message) else None
        if self.in_group and not (isinstance(message, Message) and message.is_topic_message):
            # Outside of topics every reply makes a thread, to which nothing can be sent.
            thread = None
        return DraftKey(chat.id if chat else self.user.id, thread or 0, self.user.id)

    @contextlib.asynccontextmanager
    async def step(self) -> AsyncIterator[Step]:
        """Opens the update's one transaction, and goes on from it once it is committed.

        Raises:
            StaleState: the update is somebody else's by now; nothing is changed.
            DatabaseBusy: nothing is changed; the update will come again.
        """
        services, user = self.services, self.user
        now = services.now()
        async with services.database.writing() as connection:
            language = user.language_code or "en"
            person = await people.meet(connection, user.id, user.first_name, language, now)
            step = Step(connection, now, self.key, person, texts(language))
            yield step
            await updates.handled(connection, self.claimed.update_id, self.claimed.lease)
        self.handled = True
        for go_on in step.after:
            go_on(services.wakeups)
        await self._answer_tap(step)

    async def _answer_tap(self, step: Step) -> None:
        words, alert = step.popup or step.toast, step.popup is not None
        query = self.incoming.callback_query
        if query is not None:
            # The step is committed; a pop-up that doesn't arrive must not bring it back.
            with contextlib.suppress(TelegramFault):
                await self.services.outbox.answer(query.id, words, alert=alert, url=step.link)
