"""An avatar asked for in a group: the command, what it says, and what is still missing."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.photomaker import Style

# Bot API, Message.from: the account in whose name an anonymous administrator writes.
ANONYMOUS: Final = 1087968824

# The commands themselves, without their slash.
AVATAR: Final = "avatar"
SETTINGS: Final = "avatarsettings"

# Bot API FAQ: a bot may send a group 20 messages and edits a minute. So many of them one order
# costs it at most; more where somebody had to say yes first.
MOST_MESSAGES: Final = 5
MOST_WITH_CONSENT: Final = 7
# What an order's end costs: the card becomes the picture; a reply is sent that becomes the file.
PICTURE: Final = 1
FILE: Final = 2

# Bot API: a command has up to 32 characters, a username 5 to 32.
_COMMAND: Final = re.compile(
    r"/([a-z0-9_]{1,32})(?:@([a-z0-9_]{3,32}))?(?:[\s,:;]+(.*))?", re.IGNORECASE | re.DOTALL
)
_NAMES: Final = {style.key.replace("_", ""): style for style in Style}
_LOOK: Final = "|".join(style.key.replace("_", "[ _-]?") for style in Style)
_FIRST: Final = re.compile(
    rf"^({_LOOK})(?: (?:style|look))?(?:\s*[,;:]\s*|$|\s+(?=(?:as|in|on|at|with|wearing|like)\b))",
    re.IGNORECASE,
)
_LAST: Final = re.compile(
    rf"(?:\s*[,;:]\s*(?:in )?(?:an? )?({_LOOK})(?: (?:style|look))?"
    rf"|(?:\s|^)(?:in )?(?:an? )?({_LOOK}) (?:style|look))[.!]?$",
    re.IGNORECASE,
)
_LAST_WORD: Final = re.compile(rf"(?<!\ba)(?<!\bthe)(?<!\bmy) ({_LOOK})[.!]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A message's command: `/name@bot words`; names in lower case."""

    name: str
    bot: str | None
    words: str


def command_in(text: str) -> Command | None:
    """The command that a text or caption begins with, if it does."""
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    name, bot, words = match.groups()
    return Command(name.lower(), bot.lower() if bot else None, (words or "").strip())


def words_under(caption: str) -> str:
    """What a photo's caption in private says; a group's command before it is mere habit."""
    command = command_in(caption)
    return command.words if command else caption


def look_named(words: str) -> tuple[Style | None, str]:
    """The look that the words name, and the words that remain.

    "comic: as a knight", "as a knight, comic", "as a knight in comic style". A mere last word
    names the look and stays: in "as a stand-up comic" it belongs to the sentence.
    """
    line = " ".join(words.split())
    for pattern in (_FIRST, _LAST):
        match = pattern.search(line)
        if match is not None:
            name = next(group for group in match.groups() if group)
            return _style(name), line[: match.start()] + line[match.end() :]
    last = _LAST_WORD.search(line)
    return (_style(last[1]) if last else None), line


def _style(name: str) -> Style:
    return _NAMES[re.sub("[ _-]", "", name.lower())]


@dataclass(frozen=True, slots=True)
class Ask:
    """What was asked in a group, beside the words and photos of its draft.

    `command` is the message's id, `name` the asker's. `owner` is 0 while an anonymous
    administrator's order is nobody's. `look` is the one that the words name. With `profile` the
    photo is one's profile photo, to be used if no other comes. A `subject` is somebody else whose
    photo it is; where they are `subject_gone` from the group, the asker says that they may, and has
    `vouched` for it.
    `cards` counts the messages and edits that asking has cost; `consent`: somebody had to say yes.
    """

    command: int
    name: str
    owner: int
    look: Style | None = None
    profile: bool = False
    subject: int = 0
    subject_name: str = ""
    subject_agreed: bool = False
    subject_gone: bool = False
    vouched: bool = False
    cards: int = 0
    consent: bool = False

    @property
    def messages_left(self) -> int:
        """What the order may still cost its group."""
        return (MOST_WITH_CONSENT if self.consent else MOST_MESSAGES) - self.cards


@dataclass(frozen=True, slots=True)
class Errand:
    """A photo to be brought in private, for the `draft` (its id) in a group that asks for these."""

    draft: int
    words: str


def message_link(chat_id: int, message_id: int) -> str:
    """Where a supergroup's message is found by its members (Bot API: ids from -100…); or ""."""
    number = str(chat_id).removeprefix("-100")
    known = message_id > 0 and str(chat_id).startswith("-100")
    return f"https://t.me/c/{number}/{message_id}" if known else ""


class Need(StrEnum):
    """What has to come next, before anything is drawn."""

    CONSENT = "consent"
    SUBJECT = "subject"
    PHOTO = "photo"
    PROFILE = "profile"
    LOOK = "look"
    OWNER = "owner"
    NOTHING = "nothing"


def needed(ask: Ask, *, photo: bool, consented: bool) -> Need:
    """Args: consented: the owner's; of no meaning while there is none."""
    if ask.owner and not consented:
        return Need.CONSENT
    if ask.subject and not ask.subject_agreed:
        return Need.SUBJECT
    if not photo:
        return Need.PHOTO
    if ask.look is None:
        return Need.LOOK
    if ask.profile:
        return Need.PROFILE
    return Need.NOTHING if ask.owner else Need.OWNER


class Refusal(StrEnum):
    """Why somebody's tap has no effect."""

    NOT_YOURS = "not_yours"
    NOT_SUBJECT = "not_subject"
    NOT_ADMIN = "not_admin"


def refuse_tap(ask: Ask, user_id: int, *, for_subject: bool, is_admin: bool) -> Refusal | None:
    """Args: is_admin: of the group, asked of Telegram where the order is nobody's yet."""
    if for_subject:
        return None if ask.subject == user_id else Refusal.NOT_SUBJECT
    if not ask.owner:
        return None if is_admin else Refusal.NOT_ADMIN
    return None if ask.owner == user_id else Refusal.NOT_YOURS
