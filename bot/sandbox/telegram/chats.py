"""Who is there and what was said: users, chats, messages."""

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram.errors import ApiError, bad_request, forbidden
from bot.sandbox.telegram.files import Media, Photo
from bot.sandbox.telegram.members import ADMIN_RIGHTS, PERMISSIONS, USUAL, Member
from bot.sandbox.telegram.text import EMPTY, FormattedText

Json = dict[str, Any]

# Larger than 32 bits, as real ids are.
FIRST_USER_ID = 7_000_000_001
# Ids of basic groups are negative; those of supergroups and channels have -100 before them.
FIRST_GROUP_ID, FIRST_SUPERGROUP_ID = -4_000_000_001, -1_002_000_000_001
# Bot API: what the topic General is called by; a message can't be sent to it by this id.
GENERAL = 1


@dataclass(slots=True)
class User:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    profile_photos: list[Photo] = field(default_factory=list)


def stand_in_senders() -> dict[str, User]:
    """In whose names chats speak, for the field `from` of a Message."""
    return {
        "anonymous": User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True),
        "channel": User(136817688, "Channel", username="Channel_Bot", is_bot=True),
        "service": User(777000, "Telegram"),
    }


@dataclass(slots=True)
class Message:
    """`content` is the text, or the caption where there is `media`.

    `keyboard` is an InlineKeyboardMarkup; `extra` holds fields of the Bot API's Message that are
    only handed back. `author` is who really wrote it, where that isn't the `sender`. `notice` is
    what phones say of a service message, and None for any other. `meant` says that a bot in
    privacy mode was meant by it. `reactions` are emoji by who gave them.
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
    author: User | None = None
    sender_chat: "Chat | None" = None
    via_bot: User | None = None
    notice: str | None = None
    meant: bool = False
    reactions: dict[int, list[str]] = field(default_factory=dict)

    @property
    def writer(self) -> User:
        return self.author or self.sender

    @property
    def emoji(self) -> list[str]:
        return [one for each in self.reactions.values() for one in each]


@dataclass(slots=True)
class Topic:
    """`thread_id` is the id of the message that tells of its creation."""

    thread_id: int
    name: str
    is_closed: bool = False


@dataclass(slots=True)
class Chat:
    """`members` are kept by users' ids, with those who left.

    In a private chat the bot is a "member" once the person started it, and "kicked" while they
    block it; before that it is not in `members`. `reactions` are the emoji that may be given;
    None: all of them. `slow_mode` is in seconds; `spoke` holds who spoke when, by the server's
    clock.
    """

    id: int
    type: str
    title: str | None = None
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    username: str | None = None
    is_forum: bool = False
    permissions: frozenset[str] = frozenset(PERMISSIONS)
    slow_mode: int = 0
    spoke: dict[int, float] = field(default_factory=dict)
    reactions: frozenset[str] | None = None
    photo: Photo | None = None
    linked: "Chat | None" = None
    migrated_to: int | None = None
    last_bot: int | None = None
    message_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_group(self) -> bool:
        return self.type in {"group", "supergroup"}

    def member(self, user_id: int) -> Member:
        return self.members.get(user_id, Member("left"))

    def may(self, user_id: int, right: str) -> bool:
        return self.member(user_id).may(right, self.permissions)

    def message(self, message_id: int, purpose: str) -> Message:
        """Raises ApiError 400 "message to edit not found", with the `purpose` in the middle."""
        try:
            return self.messages[message_id]
        except KeyError:
            raise bad_request(f"message {purpose} not found") from None


class Chats:
    def __init__(self, bot: User) -> None:
        self.bot = bot
        self.stand_ins = stand_in_senders()
        known = [bot, *self.stand_ins.values()]
        self.users: dict[int, User] = {user.id: user for user in known}
        self.chats: dict[int, Chat] = {}
        self._user_ids = itertools.count(FIRST_USER_ID)
        self._group_ids = itertools.count(FIRST_GROUP_ID, -1)
        self._supergroup_ids = itertools.count(FIRST_SUPERGROUP_ID, -1)
        # One sequence for private chats and basic groups, as a bot's account has it.
        self._message_ids = itertools.count(1)

    def add_person(
        self,
        person_id: int | None,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
        *,
        is_bot: bool = False,
    ) -> User:
        """A new person with their private chat; whoever has the id already is handed back."""
        if person_id is not None and person_id in self.users:
            return self.users[person_id]
        number = person_id if person_id is not None else self._free_id()
        user = User(number, first_name, last_name, username, language_code, is_bot)
        self.users[number] = user
        self.chats[number] = Chat(number, "private", members={number: Member()})
        return user

    def add_group(
        self,
        chat_id: int | None,
        title: str,
        members: Iterable[int],
        *,
        kind: str = "supergroup",
        is_forum: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """A group of these people, the first of whom owns it, and the bot as a plain member."""
        ids = self._group_ids if kind == "group" else self._supergroup_ids
        number = next(ids) if chat_id is None else chat_id
        everybody = dict.fromkeys([*members, self.bot.id] if with_bot else members, Member())
        owner = next(iter(everybody), self.bot.id)
        if owner != self.bot.id:
            everybody[owner] = Member("creator")
        chat = Chat(number, kind, title, everybody, is_forum=is_forum, permissions=USUAL)
        if is_forum:
            next(chat.message_ids)  # the first message of a forum is General
        self.chats[number] = chat
        return chat

    def add_channel(self, owner: User, title: str, username: str | None) -> Chat:
        """A channel of one person's, without the bot."""
        chat = Chat(next(self._supergroup_ids), "channel", title, {owner.id: Member("creator")})
        chat.username = username
        self.chats[chat.id] = chat
        return chat

    def upgraded(self, old: Chat) -> Chat:
        """The supergroup that a basic group becomes; the old one leads to it from then on."""
        new = self.add_group(None, old.title or "", [])
        new.members = dict(old.members)
        for user_id, member in new.members.items():
            if member.status == "administrator":
                rights = member.rights & frozenset(ADMIN_RIGHTS)
                new.members[user_id] = Member("administrator", rights)
        new.permissions, new.photo, new.reactions = old.permissions, old.photo, old.reactions
        new.last_bot = old.last_bot
        old.migrated_to = new.id
        return new

    def people_of(self, chat: Chat) -> list[User]:
        """Whoever has a phone that shows this chat."""
        there = (self.users[n] for n, member in chat.members.items() if member.is_in)
        return [user for user in there if user is not self.bot]

    def known(self, chat_id: int | str) -> Chat:
        """A chat that the bot may ask about; raises ApiError 400 or 403."""
        chat = self._existing(chat_id)
        if self.bot.id not in chat.members:
            raise bad_request("chat not found")
        if chat.is_group and not chat.member(self.bot.id).is_in:
            raise _barred(chat, chat.member(self.bot.id).status)
        return chat

    def writable(self, chat_id: int | str) -> Chat:
        """A chat that the bot may write to; raises ApiError 400 or 403."""
        chat = self._existing(chat_id)
        if self.bot.id not in chat.members:
            raise _barred(chat, None)
        member = chat.members[self.bot.id]
        if not member.is_in:
            raise _barred(chat, member.status)
        return chat

    def add(self, message: Message) -> Message:
        message.chat.messages[message.message_id] = message
        return message

    def next_message_id(self, chat: Chat | None = None) -> int:
        """Supergroups and channels count by themselves."""
        if chat is not None and chat.type in {"supergroup", "channel"}:
            return next(chat.message_ids)
        return next(self._message_ids)

    def _existing(self, chat_id: int | str) -> Chat:
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        return chat

    def _free_id(self) -> int:
        return next(number for number in self._user_ids if number not in self.users)


def _barred(chat: Chat, status: str | None) -> ApiError:
    if chat.is_group and status == "kicked":
        return forbidden(f"bot was kicked from the {chat.type} chat")
    if chat.is_group or chat.type == "channel":
        return forbidden(f"bot is not a member of the {chat.type} chat")
    if status == "kicked":
        return forbidden("bot was blocked by the user")
    return forbidden("bot can't initiate conversation with a user")
