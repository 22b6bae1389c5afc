"""Messages that the bot changes or takes away."""

import time
from typing import Any

from bot.sandbox.telegram.chats import Chat, Message
from bot.sandbox.telegram.errors import Refused, bad_request
from bot.sandbox.telegram.files import Media
from bot.sandbox.telegram.handlers.request import WHAT, Handler, Request, right_for
from bot.sandbox.telegram.text import FormattedText, message_text
from bot.sandbox.telegram.views import message_object

Json = Any

# Bot API, deleteMessage: only if it was sent less than 48 hours ago.
DELETABLE_SECONDS = 48 * 3600
MOST_DELETED = 100

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


async def edit_message_text(request: Request) -> Json:
    content = message_text(
        request.get("text", ""), request.get("parse_mode"), request.get("entities") or []
    )
    message = _own(request)
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    return _changed(request, message, content, None)


async def edit_message_caption(request: Request) -> Json:
    content = request.caption()
    message = _own(request)
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    return _changed(request, message, content, message.media)


async def edit_message_media(request: Request) -> Json:
    content = request.caption(request["media"])
    source = request.attached(request["media"]["media"], "media")
    message = _own(request)
    media = await request.media(request["media"]["type"], source)
    if not message.chat.may(request.state.chats.bot.id, right_for(media)):
        raise bad_request(f"not enough rights to send {WHAT[right_for(media)]} to the chat")
    if message.media_group_id is not None and type(media) is not type(message.media):
        raise bad_request("can't change media type in the album")
    return _changed(request, message, content, media)


async def edit_message_reply_markup(request: Request) -> Json:
    message = _own(request)
    return _changed(request, message, message.content, message.media)


async def delete_message(request: Request) -> bool:
    chat = request.state.chats.writable(request["chat_id"])
    message = chat.message(request["message_id"], "to delete")
    if time.time() - message.date > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    if not _may_delete(request, message):
        raise bad_request("message can't be deleted")
    _delete(request, chat, [message.message_id])
    return True


async def delete_messages(request: Request) -> bool:
    if not request["message_ids"]:
        raise Refused("message identifiers are not specified")
    if len(request["message_ids"]) > MOST_DELETED:
        raise Refused("too many message identifiers specified")
    chat = request.state.chats.writable(request["chat_id"])
    # Those that can't be found are skipped.
    found = [chat.messages[n] for n in request["message_ids"] if n in chat.messages]
    mine = [message for message in found if _may_delete(request, message)]
    if len(mine) < len(found):
        raise bad_request("message can't be deleted")
    _delete(request, chat, [message.message_id for message in mine])
    return True


def _may_delete(request: Request, message: Message) -> bool:
    """In a group, others' messages are for administrators with the right."""
    bot = request.state.chats.bot
    own = message.sender is bot or not message.chat.is_group
    return own or message.chat.may(bot.id, "can_delete_messages")


def _own(request: Request) -> Message:
    for name in ("chat_id", "message_id"):
        if request.get(name) is None:
            raise Refused("message identifier is not specified")
    message = request.writable_chat().message(request["message_id"], "to edit")
    if message.sender is not request.state.chats.bot or message.notice is not None:
        raise bad_request("message can't be edited")
    return message


def _changed(
    request: Request, message: Message, content: FormattedText, media: Media | None
) -> Json:
    keyboard = request.keyboard()  # none given: the buttons go away
    if (content, media, keyboard) == (message.content, message.media, message.keyboard):
        raise bad_request(_NOT_MODIFIED)
    message.content, message.media, message.keyboard = content, media, keyboard
    message.edit_date = int(time.time())
    request.state.show("edited", message)
    return message_object(message, request.state.chats)


def _delete(request: Request, chat: Chat, message_ids: list[int]) -> None:
    for number in message_ids:
        del chat.messages[number]
        request.state.tell(chat, "deleted", {"message_id": number})


HANDLERS: dict[str, Handler] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
