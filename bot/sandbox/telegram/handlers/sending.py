"""Messages that the bot sends."""

import secrets
from typing import Any

from bot.sandbox.telegram.chats import GENERAL, Chat, Message
from bot.sandbox.telegram.errors import Refused, bad_request
from bot.sandbox.telegram.handlers.request import Handler, Request, right_for
from bot.sandbox.telegram.text import message_text
from bot.sandbox.telegram.views import message_object

Json = Any

ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
# Parameters that come back in the message, under these names.
_HANDED_BACK = {
    "link_preview_options": "link_preview_options",
    "message_effect_id": "effect_id",
    "protect_content": "has_protected_content",
    "show_caption_above_media": "show_caption_above_media",
    "has_spoiler": "has_media_spoiler",
}
ALBUM = range(2, 11)
_ALBUM_RIGHTS = {"photo": "can_send_photos", "document": "can_send_documents"}


async def send_message(request: Request) -> Json:
    content = message_text(
        request["text"], request.get("parse_mode"), request.get("entities") or []
    )
    keyboard = request.keyboard()
    chat = request.writable_chat("can_send_messages")
    return _sent(request, chat, content=content, keyboard=keyboard, **request.placement(chat))


async def send_photo(request: Request) -> Json:
    content, keyboard = request.caption(), request.keyboard()
    source = request.attached(request["photo"], "photo")
    chat = request.writable_chat("can_send_photos")
    placement = request.placement(chat)
    photo = await request.photo(source)
    return _sent(request, chat, content=content, media=photo, keyboard=keyboard, **placement)


async def send_document(request: Request) -> Json:
    content, keyboard = request.caption(), request.keyboard()
    source = request.attached(request["document"], "document")
    chat = request.writable_chat("can_send_documents")
    placement = request.placement(chat)
    document = request.document(source)
    return _sent(request, chat, content=content, media=document, keyboard=keyboard, **placement)


async def send_media_group(request: Request) -> Json:
    items = request["media"]
    if len(items) not in ALBUM:
        raise Refused("album must contain from 2 to 10 items")
    if len({item["type"] for item in items}) > 1:
        raise Refused("document can't be mixed with other media types")
    captions = [request.caption(item) for item in items]
    sources = [(item["type"], request.attached(item["media"], "media")) for item in items]
    chat = request.writable_chat(_ALBUM_RIGHTS[items[0]["type"]], len(items))
    placement = request.placement(chat)
    media = [await request.media(kind, source) for kind, source in sources]
    group = new_media_group_id()
    return [
        _sent(request, chat, content=caption, media=item, media_group_id=group, **placement)
        for caption, item in zip(captions, media, strict=True)
    ]


async def copy_message(request: Request) -> Json:
    source = request.state.chats.known(request["from_chat_id"]).message(
        request["message_id"], "to copy"
    )
    if source.notice is not None:
        raise bad_request("the message can't be copied")
    if "caption" in request.params and source.media is None:
        raise bad_request("there is no caption in the message to copy")
    content = request.caption() if "caption" in request.params else source.content
    keyboard = request.keyboard()
    chat = request.writable_chat(right_for(source.media))
    sent = _sent(
        request,
        chat,
        content=content,
        media=source.media,
        keyboard=keyboard,
        **request.placement(chat),
    )
    return {"message_id": sent["message_id"]}


async def send_chat_action(request: Request) -> bool:
    chat = request.state.chats.writable(request["chat_id"])
    if request["action"] not in ACTIONS:
        raise Refused("wrong parameter action in request")
    thread = request.get("message_thread_id")
    if thread not in (None, *chat.topics) and not (chat.is_forum and thread == GENERAL):
        raise bad_request("message thread not found")
    request.state.tell(chat, "action", {"action": request["action"]})
    return True


def new_media_group_id() -> str:
    return str(13_000_000_000_000_000 + secrets.randbelow(10**15))


def _sent(request: Request, chat: Chat, **parts: Json) -> Json:
    state = request.state
    message = Message(
        chat=chat,
        message_id=state.chats.next_message_id(chat),
        sender=state.chats.bot,
        extra=_handed_back(request),
        **parts,
    )
    state.chats.add(message)
    chat.last_bot, chat.spoke[state.chats.bot.id] = state.chats.bot.id, state.clock()
    state.show("message", message)
    return message_object(message, state.chats)


def _handed_back(request: Request) -> dict[str, Json]:
    given = ((field, request.get(name)) for name, field in _HANDED_BACK.items())
    return {field: value for field, value in given if value}


HANDLERS: dict[str, Handler] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "copyMessage": copy_message,
    "sendChatAction": send_chat_action,
}
