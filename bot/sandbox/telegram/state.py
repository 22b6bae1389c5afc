"""Everything that the Telegram stand-in holds."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.sandbox.telegram.calls import CallLog
from bot.sandbox.telegram.chats import Chat, Chats, Message, User
from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.events import Timeline
from bot.sandbox.telegram.faults import Faults
from bot.sandbox.telegram.files import FileStore
from bot.sandbox.telegram.limits import FloodLimits
from bot.sandbox.telegram.pictures import Renderer
from bot.sandbox.telegram.updates import UpdateQueue
from bot.sandbox.telegram.views import message_object, person_message
from bot.sandbox.telegram.webhooks import WebhookSender

Json = dict[str, Any]

# Nowhere documented; people report that queries can't be answered after 10 to 20 seconds.
QUERY_SECONDS = 15.0


@dataclass(slots=True)
class Knobs:
    """What may be turned while the server runs; seconds."""

    telegram_latency: float = 0.0
    download_latency: float = 0.0


@dataclass(slots=True)
class Profile:
    """The bot's own settings, by language code ("" is the one for everybody).

    Commands are kept by scope and language.
    """

    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)


@dataclass(slots=True)
class Query:
    """A tap on a button that waits for its answer until `expires_at`."""

    person: User
    expires_at: float


class State:
    def __init__(
        self,
        token: str,
        clock: Callable[[], float],
        samples: Path | None,
        webhook_pause: float,
        *,
        flood_limits: bool,
    ) -> None:
        self.token = token
        self.clock = clock
        self.samples = samples
        self.knobs = Knobs()
        self.profile = Profile()
        bot = User(int(token.partition(":")[0]), "Avatars", username="sandbox_bot", is_bot=True)
        self.chats = Chats(bot)
        self.files = FileStore(clock)
        self.renderer = Renderer()
        self.updates = UpdateQueue()
        self.webhooks = WebhookSender(self.updates, webhook_pause)
        self.flood = FloodLimits(enabled=flood_limits, clock=clock)
        self.faults = Faults()
        self.calls = CallLog()
        self.timelines: dict[int, Timeline] = {}
        self._queries: dict[str, Query] = {}
        self._query_ids = itertools.count(4_000_000_000_000_001)

    def timeline(self, person: User) -> Timeline:
        return self.timelines.setdefault(person.id, Timeline())

    def tell(self, chat: Chat, event: str, data: Json) -> None:
        """Let every phone in a chat know."""
        for person in self.chats.people_of(chat):
            self.timeline(person).add(event, {"chat_id": chat.id} | data)

    def show(self, event: str, message: Message) -> None:
        """Put a message, new or edited, on every phone in its chat."""
        for person in self.chats.people_of(message.chat):
            view = person_message(message, person)
            self.timeline(person).add(event, {"chat_id": message.chat.id, "message": view})

    def tell_everybody(self, event: str) -> None:
        for timeline in self.timelines.values():
            timeline.add(event, {})

    def deliver(self, message: Message, kind: str = "message") -> None:
        """Send the bot a message, new or edited."""
        self.updates.put(kind, message_object(message, self.chats), message.chat.id)

    def open_query(self, person: User) -> str:
        number = str(next(self._query_ids))
        self._queries[number] = Query(person, self.clock() + QUERY_SECONDS)
        return number

    def close_query(self, query_id: str) -> User:
        """Whose tap it was; raises ApiError 400 if it is answered already, or too old."""
        query = self._queries.pop(query_id, None)
        if query is None or query.expires_at < self.clock():
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        return query.person
