"""Who is there and what was said: users, chats, messages."""

import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram.errors import ApiError, bad_request, forbidden
from bot.sandbox.telegram.files import Media, Photo
from bot.sandbox.telegram.text import EMPTY, FormattedText

Json = dict[str, Any]

# Larger than 32 bits, as real ids are.
FIRST_USER_ID = 7_000_000_001


@dataclass(slots=True)
class User:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    profile_photos: list[Photo] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """`content` is the text, or the caption where there is `media`.

    `keyboard` is an InlineKeyboardMarkup; `extra` holds fields of the Bot API's Message that are
    only handed back.
    """

    chat: "Chat"
    message_id: int
    sender: User
    content: FormattedText = EMPTY
    media: Media | None = None
    keyboard: Json | None = None
    reply_to: int | None = None
    thread_id: int | None = None
    media_group_id: str | None = None
    origin: Json | None = None
    edit_date: int | None = None
    date: int = field(default_factory=lambda: int(time.time()))
    extra: Json = field(default_factory=dict)


@dataclass(slots=True)
class Chat:
    """`members` maps users' ids to their status in the Bot API's words.

    In a private chat the bot is a "member" once the person started it, and "kicked" while they
    block it; before that it is not in `members`.
    """

    id: int
    type: str
    title: str | None = None
    members: dict[int, str] = field(default_factory=dict)
    threads: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        return self.type in {"group", "supergroup"}

    def message(self, message_id: int, purpose: str) -> Message:
        """Raises ApiError 400 "message to edit not found", with the `purpose` in the middle."""
        try:
            return self.messages[message_id]
        except KeyError:
            raise bad_request(f"message {purpose} not found") from None


class Chats:
    def __init__(self, bot: User) -> None:
        self.bot = bot
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self._user_ids = itertools.count(FIRST_USER_ID)
        self._message_ids = itertools.count(1)

    def add_person(
        self,
        person_id: int | None,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> User:
        """A new person with their private chat; whoever has the id already is handed back."""
        if person_id is not None and person_id in self.users:
            return self.users[person_id]
        number = person_id if person_id is not None else self._free_id()
        user = self.users[number] = User(number, first_name, last_name, username, language_code)
        self.chats[number] = Chat(number, "private", members={number: "member"})
        return user

    def add_group(self, chat_id: int, title: str, members: Iterable[int]) -> Chat:
        """A supergroup with the bot in it."""
        everybody = [*members, self.bot.id]
        chat = Chat(chat_id, "supergroup", title, members=dict.fromkeys(everybody, "member"))
        self.chats[chat_id] = chat
        return chat

    def people_of(self, chat: Chat) -> list[User]:
        return [self.users[number] for number in chat.members if number != self.bot.id]

    def known(self, chat_id: int | str) -> Chat:
        """A chat that the bot has met; raises ApiError 400."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None or self.bot.id not in chat.members:
            raise bad_request("chat not found")
        return chat

    def writable(self, chat_id: int | str) -> Chat:
        """A chat that the bot may write to; raises ApiError 400 or 403."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        status = chat.members.get(self.bot.id)
        if status != "member":
            raise _barred(chat, status)
        return chat

    def add(self, message: Message) -> Message:
        message.chat.messages[message.message_id] = message
        return message

    def next_message_id(self) -> int:
        # One sequence for all private chats, as a bot's account has it.
        return next(self._message_ids)

    def _free_id(self) -> int:
        return next(number for number in self._user_ids if number not in self.users)


def _barred(chat: Chat, status: str | None) -> ApiError:
    if chat.is_group:
        return forbidden(f"bot was kicked from the {chat.type} chat")
    if status == "kicked":
        return forbidden("bot was blocked by the user")
    return forbidden("bot can't initiate conversation with a user")
