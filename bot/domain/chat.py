"""A group as the bot knows it: what its admins set, what the operator allows, what it was told."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from bot.domain.access import Caps

# Credits a day that the operator's middle answer leaves a group.
TEN: Final = 10
# What admins may choose from, as far as the operator's caps reach.
GROUP_CAPS: Final = (5, 10, 20, 50, 100)
MEMBER_CAPS: Final = (1, 2, 3, 5, 10)
# Whoever adds the bot again within this time knows it already.
HELLO_AGAIN: Final = 24 * 3600.0


class Allowance(StrEnum):
    """What the bot's operator says of a group; unasked and unanswered ones are as settings say."""

    ASKED = ""
    ALLOW = "allow"
    TEN = "ten"
    LEAVE = "leave"
    # It was left on the operator's word, and somebody added the bot again.
    ASKED_AGAIN = "asked_again"

    @property
    def decided(self) -> bool:
        return self not in {Allowance.ASKED, Allowance.ASKED_AGAIN}

    @property
    def closed(self) -> bool:
        return self in {Allowance.LEAVE, Allowance.ASKED_AGAIN}


class Who(StrEnum):
    """Who may order in a group."""

    EVERYONE = "all"
    ADMINS = "adm"


class Bar(StrEnum):
    """What a group's own settings have against an order, beside its caps."""

    OFF = "off"
    ADMINS_ONLY = "admins_only"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a group's admins chose.

    Caps are credits a day, None as many as the operator allows. `topic` is the only thread in which
    the bot draws, 0 standing for General; None: anywhere. With `tidy` the bot's own helper messages
    go after a while.
    """

    on: bool = True
    who: Who = Who.EVERYONE
    cap: int | None = None
    member_cap: int | None = None
    files: bool = True
    topic: int | None = None
    tidy: bool = False


@dataclass(frozen=True, slots=True)
class Chat:
    """A group's row. `size` are its members when the bot came, the bot included; `changed_at` is
    when it came or went, as Telegram dates it.
    """

    id: int
    chat_id: int
    title: str
    is_forum: bool
    added_by: int
    size: int | None
    hello_at: float | None
    told_at: float | None
    left_at: float | None
    changed_at: float
    allowance: Allowance
    settings: ChatSettings = field(default_factory=ChatSettings)

    def greets(self, now: float) -> bool:
        """Whether a hello is due where the bot was just added."""
        known = self.hello_at is not None and now - self.hello_at < HELLO_AGAIN
        return not known and not self.allowance.closed


class NoteKind(StrEnum):
    """Messages of the bot's own that are no order's card."""

    HELLO = "hello"
    OPERATOR = "operator"
    SETTINGS = "settings"
    SAID = "said"
    # A card of which nothing came before the bot had to leave.
    LEFT_BEHIND = "left_behind"
    # Sentences in somebody's private chat, about no group; one says what a selfie means.
    TOLD = "told"
    SELFIE = "selfie"
    # No message: the bot has to go.
    LEAVING = "leaving"

    @property
    def helps(self) -> bool:
        """Whether it is one to tidy up."""
        return self in {NoteKind.HELLO, NoteKind.SAID}

    @property
    def alone(self) -> bool:
        """Whether it is about no group."""
        return self in {NoteKind.TOLD, NoteKind.SELFIE}

    @property
    def only_once(self) -> bool:
        """Whether none is better than two, where nobody knows if it was sent."""
        return self.helps


@dataclass(frozen=True, slots=True)
class Note:
    """A note about the group `about` (a `Chat.id`), in the chat `place_id`, read by `user_id`.

    `attempted`: it may have been sent. It is deleted at `delete_at`, if that is set.
    """

    id: int
    kind: NoteKind
    about: int
    place_id: int
    thread_id: int
    user_id: int
    reply_to: int | None
    text: str
    message_id: int | None
    version: int
    rendered_version: int
    render_at: float
    attempted: bool
    delete_at: float | None
    created_at: float


def caps_there(caps: Caps, chat: Chat | None) -> Caps:
    """What may be spent in a group: the least that operator and admins allow."""
    if chat is None:
        return caps
    if chat.allowance.closed:
        return replace(caps, allowed_chats=frozenset())
    ten = TEN if chat.allowance is Allowance.TEN else None
    return replace(
        caps,
        credits_per_chat=_least(caps.credits_per_chat, ten, chat.settings.cap),
        credits_per_member=chat.settings.member_cap,
    )


def cap_choices(caps: Caps, chat: Chat) -> tuple[int | None, ...]:
    """What a group's admins may choose for a day; None for all that the operator allows."""
    bound = group_bound(caps, chat)
    return (None, *(cap for cap in GROUP_CAPS if bound is None or cap < bound))


def member_choices(caps: Caps, chat: Chat) -> tuple[int | None, ...]:
    """The same for one member there."""
    bound = member_bound(caps, chat)
    return (None, *(cap for cap in MEMBER_CAPS if bound is None or cap < bound))


def group_bound(caps: Caps, chat: Chat) -> int | None:
    """Credits a day that the operator allows a group."""
    return caps_there(caps, replace(chat, settings=ChatSettings())).credits_per_chat


def member_bound(caps: Caps, chat: Chat) -> int | None:
    return _least(caps.credits_per_person, group_bound(caps, chat))


def barred(chat: Chat, *, thread_id: int, is_admin: bool) -> Bar | None:
    """What stands in the way of an order in this thread by somebody; `is_admin` of the group."""
    settings = chat.settings
    if not settings.on:
        return Bar.OFF
    if settings.who is Who.ADMINS and not is_admin:
        return Bar.ADMINS_ONLY
    # A group may have switched its topics off since.
    if chat.is_forum and settings.topic not in {None, thread_id}:
        return Bar.ELSEWHERE
    return None


def _least(*caps: int | None) -> int | None:
    return min((cap for cap in caps if cap is not None), default=None)
