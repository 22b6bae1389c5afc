"""The same things as the bot is told of them and as a person sees them."""

from typing import Any

from bot.sandbox.telegram.chats import Chat, Chats, Message, User
from bot.sandbox.telegram.files import Document, Media, Photo

Json = dict[str, Any]


def user_object(user: User) -> Json:
    """Bot API: User."""
    optional = {
        "last_name": user.last_name,
        "username": user.username,
        "language_code": user.language_code,
    }
    return {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name} | _given(optional)


def chat_object(chat: Chat, chats: Chats) -> Json:
    """Bot API: Chat."""
    if chat.is_group:
        forum = {"is_forum": True} if chat.threads else {}
        return {"id": chat.id, "type": chat.type, "title": chat.title} | forum
    person = chats.users[chat.id]
    names = {"last_name": person.last_name, "username": person.username}
    return {"id": chat.id, "type": chat.type, "first_name": person.first_name} | _given(names)


def photo_object(photo: Photo) -> list[Json]:
    """Bot API: Array of PhotoSize."""
    return [
        {
            "file_id": size.file_id,
            "file_unique_id": size.file_unique_id,
            "width": size.width,
            "height": size.height,
            "file_size": len(size.data),
        }
        for size in photo
    ]


def document_object(document: Document) -> Json:
    """Bot API: Document."""
    return {
        "file_id": document.file_id,
        "file_unique_id": document.file_unique_id,
        "file_name": document.file_name,
        "mime_type": document.mime_type,
        "file_size": len(document.data),
    }


def message_object(message: Message, chats: Chats, *, with_reply: bool = True) -> Json:
    """Bot API: Message."""
    view = {
        "message_id": message.message_id,
        "from": user_object(message.sender),
        "date": message.date,
        "chat": chat_object(message.chat, chats),
    }
    view |= _given(
        {
            "edit_date": message.edit_date,
            "media_group_id": message.media_group_id,
            "forward_origin": message.origin,
            "reply_markup": message.keyboard,
        }
    )
    if message.thread_id is not None:
        view |= {"message_thread_id": message.thread_id, "is_topic_message": True}
    replied = message.chat.messages.get(message.reply_to or 0)
    if replied is not None and with_reply:
        view["reply_to_message"] = message_object(replied, chats, with_reply=False)
    return view | _content(message) | message.extra


def _content(message: Message) -> Json:
    if message.media is None:
        return _text("text", "entities", message)
    return _media(message.media) | _text("caption", "caption_entities", message)


def _text(name: str, entities_name: str, message: Message) -> Json:
    content = message.content
    entities = {entities_name: content.entities} if content.entities else {}
    return {name: content.text} | entities if content.text else {}


def _media(media: Media) -> Json:
    if isinstance(media, tuple):
        return {"photo": photo_object(media)}
    return {"document": document_object(media)}


def person_message(message: Message, person: User) -> Json:
    """A message as a phone shows it."""
    view = {
        "message_id": message.message_id,
        "date": message.date,
        "from": {
            "id": message.sender.id,
            "first_name": message.sender.first_name,
            "is_bot": message.sender.is_bot,
        },
        "outgoing": message.sender is person,
        "edited": message.edit_date is not None,
        "forwarded": message.origin is not None,
    }
    view |= _given(
        {
            "text" if message.media is None else "caption": message.content.text or None,
            "media_group_id": message.media_group_id,
            "reply_to": message.reply_to,
            "thread_id": message.thread_id,
            "keyboard": _buttons(message),
        }
    )
    entities = {"entities": message.content.entities} if message.content.entities else {}
    return view | entities | _shown(message.media)


def _buttons(message: Message) -> list[list[Json]] | None:
    if message.keyboard is None:
        return None
    return [[_button(button) for button in row] for row in message.keyboard["inline_keyboard"]]


def _button(button: Json) -> Json:
    shown = {"data": button.get("callback_data"), "url": button.get("url")}
    return {"text": button["text"]} | _given(shown)


def _shown(media: Media | None) -> Json:
    if media is None:
        return {}
    if isinstance(media, tuple):
        largest = media[-1]
        size = {"width": largest.width, "height": largest.height}
        return {"photo": {"url": f"/people/files/{largest.file_unique_id}"} | size}
    return {
        "document": {
            "url": f"/people/files/{media.file_unique_id}",
            "file_name": media.file_name,
            "mime_type": media.mime_type,
            "file_size": len(media.data),
        }
    }


def _given(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}
