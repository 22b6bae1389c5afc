"""Everything that the Telegram stand-in holds."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.sandbox.telegram.calls import CallLog
from bot.sandbox.telegram.chats import Chat, Chats, Message, Topic, User
from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.events import Timeline
from bot.sandbox.telegram.faults import Faults
from bot.sandbox.telegram.files import FileStore
from bot.sandbox.telegram.inline import InlineDesk
from bot.sandbox.telegram.limits import FloodLimits
from bot.sandbox.telegram.members import Member, member_object
from bot.sandbox.telegram.pictures import Renderer
from bot.sandbox.telegram.privacy import reaches
from bot.sandbox.telegram.updates import UpdateQueue
from bot.sandbox.telegram.views import chat_object, message_object, person_message, user_object
from bot.sandbox.telegram.webhooks import WebhookSender

Json = dict[str, Any]

# Nowhere documented; people report that queries can't be answered after 10 to 20 seconds.
QUERY_SECONDS = 15.0
TOPIC_COLOR = 0x6FB9F0  # Bot API, ForumTopicCreated: one of six


@dataclass(slots=True)
class Knobs:
    """What may be turned while the server runs; seconds."""

    telegram_latency: float = 0.0
    inline_mode: bool = True
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
    admin_rights: dict[bool, Json] = field(default_factory=dict)


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
        self.inline = InlineDesk(clock)
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
        """Send the bot a message, new or edited, if it is one that it gets."""
        if reaches(message, self.chats.bot):
            self.updates.put(kind, message_object(message, self.chats), message.chat.id)

    def announce(
        self, chat: Chat, actor: User, did: str, thread_id: int | None = None, **extra: Any
    ) -> Message:
        """A service message; `did` is how phones say it, behind a name, `extra` how the Bot API
        does.
        """
        number = self.chats.next_message_id(chat)
        notice = f"{actor.first_name} {did}"
        message = Message(
            chat, number, actor, thread_id=thread_id, notice=notice, extra=dict(extra)
        )
        if chat.member(actor.id).is_anonymous:
            message.sender, message.author = self.chats.stand_ins["anonymous"], actor
            message.sender_chat, message.notice = chat, f"{chat.title} {did}"
        self._put(message)
        return message

    def open_topic(self, chat: Chat, actor: User, name: str) -> int:
        """A new topic's id: that of the message which tells of it."""
        number = self.chats.next_message_id(chat)
        topic = chat.topics[number] = Topic(number, name)
        created = {"name": name, "icon_color": TOPIC_COLOR}
        message = Message(
            chat, number, actor, thread_id=number, extra={"forum_topic_created": created}
        )
        message.notice = f"{actor.first_name} created the topic “{name}”"
        self._put(message)
        self.changed(chat)
        return topic.thread_id

    def _put(self, message: Message) -> None:
        self.chats.add(message)
        self.show("message", message)
        self.deliver(message)

    def change_member(self, chat: Chat, actor: User, user: User, member: Member) -> None:
        """Give somebody another standing; the bot is told where it is concerned, and of others
        where it is an administrator.
        """
        bot, old = self.chats.bot, chat.member(user.id)
        chat.members[user.id] = member
        change = {
            "chat": chat_object(chat, self.chats),
            "from": user_object(actor),
            "date": int(time.time()),
            "old_chat_member": member_object(user_object(user), old),
            "new_chat_member": member_object(user_object(user), member),
        }
        if user is bot:
            self.updates.put("my_chat_member", change, chat.id)
        elif chat.member(bot.id).is_admin:
            self.updates.put("chat_member", change, chat.id)
        if chat.is_group:
            self.changed(chat)

    def changed(self, chat: Chat) -> None:
        """Have phones look anew at who is in a chat and what it is like."""
        self.tell(chat, "chat", {})

    def react(self, message: Message, user: User, emoji: list[str]) -> None:
        """What somebody thinks of a message; nothing takes it back."""
        message.reactions.pop(user.id, None)
        if emoji:
            message.reactions[user.id] = emoji
        about = {"message_id": message.message_id, "emoji": message.emoji}
        self.tell(message.chat, "reaction", about)

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
