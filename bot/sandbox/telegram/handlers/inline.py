"""What the bot offers to whoever types its name."""

import re
from typing import Any

from bot.sandbox.telegram.buttons import checked_keyboard
from bot.sandbox.telegram.errors import Refused, bad_request
from bot.sandbox.telegram.files import Media
from bot.sandbox.telegram.handlers.request import Handler, Request
from bot.sandbox.telegram.inline import Answer, Offer
from bot.sandbox.telegram.text import FormattedText, message_text
from bot.sandbox.telegram.views import shown_media

Json = Any

# Bot API: answerInlineQuery, InlineQueryResult.id, InlineQueryResultsButton.start_parameter.
MOST_RESULTS = 50
LONGEST_ID = LONGEST_OFFSET = 64
USUAL_CACHE = 300
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def answer_inline_query(request: Request) -> bool:
    results, offset = request["results"], request.get("next_offset", "")
    if len(results) > MOST_RESULTS:
        raise Refused("RESULTS_TOO_MUCH")
    if len(offset.encode()) > LONGEST_OFFSET:
        raise Refused("NEXT_OFFSET_INVALID")
    _check_ids([result["id"] for result in results])
    offers = tuple(_offer(request, result) for result in results)
    answer = Answer(offers, offset, _checked_button(request.get("button")))
    query = request.state.inline.answer(
        request["inline_query_id"],
        answer,
        max(0, request.get("cache_time", USUAL_CACHE)),
        is_personal=request.get("is_personal", False),
    )
    told = {"inline_query_id": query.id} | answer.view()
    request.state.timeline(query.person).add("inline_results", told)
    return True


def _check_ids(ids: list[str]) -> None:
    if any(not 1 <= len(each.encode()) <= LONGEST_ID for each in ids):
        raise Refused("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise Refused("RESULT_ID_DUPLICATE")


def _checked_button(button: Json) -> Json:
    if button is None:
        return None
    if not _START.fullmatch(button.get("start_parameter", "")):
        raise Refused("START_PARAM_INVALID")
    return {"text": button["text"], "start_parameter": button["start_parameter"]}


def _offer(request: Request, result: Json) -> Offer:
    markup = result.get("reply_markup")
    parts: dict[str, Json] = {"keyboard": checked_keyboard(markup) if markup else None}
    media = _media(request, result)
    if "input_message_content" in result:
        parts["content"] = _words(result["input_message_content"])
    else:
        parts |= {"content": request.caption(result), "media": media}
    named = {name: result.get(name) for name in ("id", "type", "title", "description")}
    shown = {name: value for name, value in named.items() if value is not None}
    return Offer(result["id"], parts, shown | shown_media(media))


def _media(request: Request, result: Json) -> Media | None:
    """Sent before, and named by its file id; raises ApiError 400."""
    match result["type"]:
        case "photo":
            return request.state.files.photo(result["photo_file_id"])
        case "document":
            return request.state.files.document(result["document_file_id"])
        case _:
            return None


def _words(content: Json) -> FormattedText:
    if not isinstance(content.get("message_text"), str):
        raise bad_request("message text is empty")
    return message_text(
        content["message_text"], content.get("parse_mode"), content.get("entities") or []
    )


HANDLERS: dict[str, Handler] = {"answerInlineQuery": answer_inline_query}
