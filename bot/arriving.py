"""What is stored of an update, decided before anything of it is."""

import json
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from bot.batch import Undecodable
from bot.domain.group import AVATAR, SETTINGS, command_in
from bot.domain.round import GROUP_AVATAR
from storage.updates import Arrival

STORED: Final = ("message", "callback_query", "my_chat_member")
# Answered at once or not at all, and never stored.
FLEETING: Final = "inline_query"
ALLOWED_UPDATES: Final = (*STORED, FLEETING)


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is, as Telegram says (Bot API: getMe)."""

    user_id: int
    username: str


def wanted(raw: dict[str, Any], me: Me) -> bool:
    """False for what is never stored: what wasn't asked for, or is in a group and not for us."""
    if not any(kind in raw for kind in STORED):
        return False
    chat = _chat(raw)
    if chat is None or chat.get("type") == "private":
        return True
    in_group = chat.get("type") in {"group", "supergroup"}
    return in_group and ("message" not in raw or _is_meant(_message(raw), me))


def is_fleeting(raw: object) -> TypeGuard[dict[str, Any]]:
    """An inline query, which is pointless once somebody types on."""
    return isinstance(raw, dict) and isinstance(raw.get(FLEETING), dict)


def _is_meant(message: dict[str, Any], me: Me) -> bool:
    """A command for this bot, a reply to it, somebody's leaving, or the group's becoming another.

    A command without a name is for us where no other bot has it, or comes with a photo or answers
    one; where the bot is an administrator it hears many that are for others.
    """
    if "migrate_to_chat_id" in message or "left_chat_member" in message:
        return True
    replied = _answered(message)
    writer = replied.get("from")
    if isinstance(writer, dict) and writer.get("id") == me.user_id:
        return True
    text = message.get("text") or message.get("caption")
    command = command_in(text) if isinstance(text, str) else None
    if command is None:
        return False
    if command.bot is None:
        with_photo = _has_photo(message) or _has_photo(replied)
        ours = command.name in {SETTINGS, GROUP_AVATAR}
        return ours or (command.name == AVATAR and with_photo)
    return command.bot == me.username.lower()


def _answered(message: dict[str, Any]) -> dict[str, Any]:
    """The message that somebody answered; every other one of a topic seems to answer its beginning
    (seen at Telegram: `reply_to_message` is the topic's service message).
    """
    replied = message.get("reply_to_message")
    return replied if isinstance(replied, dict) and "forum_topic_created" not in replied else {}


def _has_photo(message: dict[str, Any]) -> bool:
    return "photo" in message or "document" in message


def conversation(raw: dict[str, Any]) -> str:
    """Whose updates have to stay in order: a person's in one thread of one chat."""
    message = _message(raw)
    chat, sender = _chat(raw), _sender(raw)
    ids = (chat or {}).get("id"), message.get("message_thread_id"), (sender or {}).get("id")
    return ":".join(str(number) if isinstance(number, int) else "0" for number in ids)


def arrival_of(raw: object, me: Me) -> Arrival | None:
    """What is stored of an update; None for what isn't wanted, or has no number."""
    number = number_of(raw)
    if number is not None and isinstance(raw, Undecodable):
        # It will be found so again when it is to be handled, and kept aside.
        return Arrival(number, "", raw.text)
    if number is None or not isinstance(raw, dict) or not wanted(raw, me):
        return None
    # A lone surrogate, which JSON can hold, is nothing that a database or a message can.
    body = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    body = body.encode("utf-8", "replace").decode()
    return Arrival(number, conversation(raw), body)


def _content(raw: dict[str, Any]) -> dict[str, Any]:
    return next((v for k, v in raw.items() if k != "update_id" and isinstance(v, dict)), {})


def _message(raw: dict[str, Any]) -> dict[str, Any]:
    content = _content(raw)
    message = content.get("message", content)
    return message if isinstance(message, dict) else {}


def _chat(raw: dict[str, Any]) -> dict[str, Any] | None:
    chat = _message(raw).get("chat")
    return chat if isinstance(chat, dict) else None


def _sender(raw: dict[str, Any]) -> dict[str, Any] | None:
    sender = _content(raw).get("from")
    return sender if isinstance(sender, dict) else None


def number_of(raw: object) -> int | None:
    """The update's number, by which it is acknowledged; None where it has none."""
    if isinstance(raw, Undecodable):
        return raw.update_id
    number = raw.get("update_id") if isinstance(raw, dict) else None
    # 64 bits are what a database's integer has; nothing else can be stored, or acknowledged.
    return number if isinstance(number, int) and 0 <= number < 2**63 else None
