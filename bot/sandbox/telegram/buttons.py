"""What an inline keyboard may hold."""

import re
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.telegram.errors import Refused

Json = dict[str, Any]

# Bot API: 1-64 bytes of callback data; clients show at most 8 buttons in a row, the server takes
# at most 100 in all.
LONGEST_DATA = 64
MOST_IN_ROW, MOST_BUTTONS = 8, 100

_LABELS = frozenset({"text", "icon_custom_emoji_id", "style"})
_STYLES = frozenset({"", "default", "primary", "danger", "success"})
_HOST = re.compile(r"[^\s/]+\.[^\s/]+|localhost")


def checked_keyboard(markup: Json) -> Json | None:
    """The markup without empty rows, or None if nothing is left; raises Refused."""
    rows = [row for row in markup["inline_keyboard"] if row]
    if any(len(row) > MOST_IN_ROW for row in rows) or sum(map(len, rows)) > MOST_BUTTONS:
        raise Refused("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Json) -> None:
    actions = button.keys() - _LABELS
    if not button["text"].strip():
        raise Refused("inline keyboard button text must be non-empty")
    if not actions:
        raise Refused(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise Refused("can't parse inline keyboard button: exactly one action is allowed")
    if button.get("style", "").lower() not in _STYLES:
        raise Refused("can't parse inline keyboard button: invalid button style specified")
    _check_data(button)
    _check_url(button)


def _check_data(button: Json) -> None:
    if "callback_data" not in button:
        return
    if not 1 <= len(button["callback_data"].encode()) <= LONGEST_DATA:
        raise Refused("BUTTON_DATA_INVALID")


def _check_url(button: Json) -> None:
    url = button.get("url")
    if url is None:
        return
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in {"http", "https", "tg", "ton"}:
        raise Refused(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme in {"http", "https"} and not _HOST.match(parts.netloc):
        raise Refused(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
