"""What Telegram says, translated once into `bot.errors`.

The words are those of the Bot API server (github.com/tdlib/telegram-bot-api, Client.cpp), of
TDLib beneath it, and of Telegram's own servers, whose codes in CAPITALS pass through both. PTB
strips "Bad Request: " and changes capitals, so everything is compared in lower case.
"""

import re
from typing import Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.errors import (
    CallRejected,
    ChatGone,
    ChatMoved,
    FileGone,
    MediaForbidden,
    MessageGone,
    NotSent,
    OutcomeUnknown,
    PollerConflict,
    RetryLater,
    TelegramFault,
    TokenRefused,
    TopicGone,
)
from bot.transport import SurelyNotSent, TooManyRequests


class NotModified(TelegramFault):
    """The message already is what an edit would make of it."""


class Undeletable(MessageGone):
    """A message that Telegram no longer lets the bot delete (Bot API: after 48 hours)."""


class TapExpired(TelegramFault):
    """A tap that can no longer be answered."""


_KINDS: Final[tuple[tuple[type[TelegramFault], str], ...]] = (
    (NotModified, r"message is not modified|message_not_modified"),
    (Undeletable, r"message can't be deleted|message_delete_forbidden"),
    (TapExpired, r"query is too old|query_id_invalid"),
    (
        MessageGone,
        r"message to (edit|delete|react|be replied|reply) not found"
        r"|(message|message media) can't be edited|repl(ied|y) message not found"
        r"|message_id_invalid",
    ),
    (
        TopicGone,
        r"message thread not found|topic_(closed|deleted|id_invalid)|thread_id_invalid"
        r"|(invalid|unknown) forum topic identifier",
    ),
    (
        MediaForbidden,
        r"not enough rights to send (photos|documents|animations|videos|text)"
        r"|chat_send_(media|photos|docs|gifs|plain)_forbidden",
    ),
    (
        ChatGone,
        r"chat not found|peer_id_invalid|user not found|user is deactivated|input_user_deactivated"
        r"|bot was (blocked|kicked)|bot is not a (member|participant)|user_is_blocked"
        r"|can't (initiate conversation|send messages to)|chat was (deleted|deactivated)"
        r"|chat_write_forbidden|chat_restricted|chat_guest_send_forbidden"
        r"|no (rights to send|write access)"
        r"|channel_(private|invalid)|chat_id_invalid|user_banned_in_channel"
        r"|need administrator rights in the channel|can't access the chat",
    ),
    (
        FileGone,
        r"file is (too big|temporarily unavailable)|file_id|file identifier|file not found"
        r"|file_reference|file is no longer accessible",
    ),
)
_PATTERNS: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)


def translated(error: TelegramError) -> TelegramFault:
    """The fault of ours for an error of PTB or of the transport. It never holds the token."""
    match error:
        case TooManyRequests():
            return RetryLater(error.seconds)
        case RetryAfter():
            # The property of the same name warns of its own deprecation.
            return RetryLater(error._retry_after.total_seconds())  # noqa: SLF001
        case ChatMigrated():
            return ChatMoved(error.new_chat_id)
        case InvalidToken():
            return _of_404(error.message)
        case BadRequest() | Forbidden():
            return _refusal(error.message)
        case _:
            kinds = {SurelyNotSent: NotSent, Conflict: PollerConflict}
            return kinds.get(type(error), OutcomeUnknown)(error.message)


def _refusal(words: str) -> TelegramFault:
    lowered = words.lower()
    for kind, pattern in _PATTERNS:
        if pattern.search(lowered):
            return kind(words)
    return CallRejected(words)


def _of_404(words: str) -> TelegramFault:
    """PTB's own text for a refused token can hold the token, so it goes no further."""
    if "method not found" in words.lower():
        return CallRejected("this Bot API server does not know the method")
    return TokenRefused("Telegram does not accept the bot's token")
