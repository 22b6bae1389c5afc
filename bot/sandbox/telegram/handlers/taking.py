"""How the bot takes its updates: polling, webhook, and answers to taps."""

import re
from typing import Any

from bot.sandbox.telegram.detection import utf16
from bot.sandbox.telegram.errors import ApiError, Refused
from bot.sandbox.telegram.handlers.request import Handler, Request
from bot.sandbox.telegram.updates import MOST_AT_ONCE, WEBHOOK_SET, Update
from bot.sandbox.telegram.webhooks import USUAL_CONNECTIONS, checked_webhook

Json = Any

LONGEST_POLL = 50.0
LONGEST_ANSWER = 200

_BUSY = (
    "Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
# Bot API, answerCallbackQuery: a link to a game, or to the bot itself with a parameter.
_OWN_LINK = re.compile(r"(?:https?://)?t(?:elegram)?\.me/(\w+)\?\w+(?:=.*)?", re.IGNORECASE)


async def get_updates(request: Request) -> list[Update]:
    state = request.state
    if state.webhooks.webhook is not None:
        raise ApiError(409, _BUSY)
    _allow(request)
    timeout = min(max(request.get("timeout", 0), 0), LONGEST_POLL)
    limit = request.get("limit", MOST_AT_ONCE)
    return await state.updates.get(request.get("offset", 0), limit, timeout)


async def set_webhook(request: Request) -> bool:
    if not request["url"]:
        return await delete_webhook(request)
    webhook = checked_webhook(
        request["url"],
        request.get("secret_token", ""),
        request.get("max_connections", USUAL_CONNECTIONS),
    )
    _allow(request)
    _drop_if_asked(request)
    request.state.updates.interrupt(WEBHOOK_SET)
    await request.state.webhooks.set(webhook)
    return True


async def delete_webhook(request: Request) -> bool:
    await request.state.webhooks.remove()
    _drop_if_asked(request)
    return True


async def get_webhook_info(request: Request) -> Json:
    return request.state.webhooks.info()


async def answer_callback_query(request: Request) -> bool:
    text, url = request.get("text", ""), request.get("url", "")
    if utf16(text) > LONGEST_ANSWER:
        raise Refused("MESSAGE_TOO_LONG")
    if url and not _leads_to(request.state.chats.bot.username, url):
        raise Refused("URL_INVALID")
    person = request.state.close_query(request["callback_query_id"])
    answer = {
        "callback_query_id": request["callback_query_id"],
        "text": text,
        "show_alert": request.get("show_alert", False),
        "url": url,
    }
    request.state.timeline(person).add("callback_answer", answer)
    return True


def _leads_to(username: str | None, url: str) -> bool:
    match = _OWN_LINK.fullmatch(url)
    return match is not None and match[1] == username


def _allow(request: Request) -> None:
    # Telegram remembers the list until another is given.
    allowed = request.get("allowed_updates")
    if allowed is not None:
        request.state.updates.allowed = allowed


def _drop_if_asked(request: Request) -> None:
    if request.get("drop_pending_updates"):
        request.state.updates.clear()


HANDLERS: dict[str, Handler] = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_callback_query,
}
