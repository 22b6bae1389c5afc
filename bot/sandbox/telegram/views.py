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
    if chat.type != "private":
        forum = {"is_forum": True} if chat.is_forum else {}
        names = {"title": chat.title, "username": chat.username}
        return {"id": chat.id, "type": chat.type} | _given(names) | forum
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
        "date": message.date,
        "chat": chat_object(message.chat, chats),
    }
    if message.chat.type != "channel":
        view["from"] = user_object(message.sender)
    view |= _given(
        {
            "sender_chat": message.sender_chat and chat_object(message.sender_chat, chats),
            "via_bot": message.via_bot and user_object(message.via_bot),
            "edit_date": message.edit_date,
            "media_group_id": message.media_group_id,
            "forward_origin": message.origin,
            "reply_markup": message.keyboard,
        }
    )
    view |= _thread(message)
    replied = _replied(message)
    if replied is not None and with_reply:
        view["reply_to_message"] = message_object(replied, chats, with_reply=False)
    return view | _content(message) | message.extra


def _thread(message: Message) -> Json:
    """A topic; outside of one, whatever is replied to in a supergroup makes a thread, to which
    nothing can be sent.
    """
    if message.thread_id is not None:
        return {"message_thread_id": message.thread_id, "is_topic_message": True}
    root = message
    while above := message.chat.messages.get(root.reply_to or 0):
        root = above
    if root is message or message.chat.type != "supergroup":
        return {}
    return {"message_thread_id": root.message_id}


def _replied(message: Message) -> Message | None:
    """In a topic, what replies to nothing replies to the message that opened the topic."""
    opening = message.thread_id if message.thread_id != message.message_id else None
    return message.chat.messages.get(message.reply_to or opening or 0)


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
        "from": _shown_sender(message),
        "outgoing": message.writer is person,
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
            "service": message.notice,
            "badge": _badge(message),
            "via": message.via_bot and message.via_bot.username,
            "reactions": message.emoji or None,
        }
    )
    entities = {"entities": message.content.entities} if message.content.entities else {}
    return view | entities | shown_media(message.media)


def _shown_sender(message: Message) -> Json:
    shown = message.sender_chat
    if shown is not None:
        return {"id": shown.id, "first_name": shown.title, "is_bot": False}
    sender = message.sender
    return {"id": sender.id, "first_name": sender.first_name, "is_bot": sender.is_bot}


def _badge(message: Message) -> str | None:
    if not message.chat.is_group or message.notice is not None:
        return None
    if message.sender_chat is not None and message.sender_chat is not message.chat:
        return "channel"
    member = message.chat.member(message.writer.id)
    if not member.is_admin:
        return None
    # Who owns the group would give an anonymous administrator away.
    is_owner = member.status == "creator" and message.sender_chat is None
    return member.custom_title or ("owner" if is_owner else "admin")


def _buttons(message: Message) -> list[list[Json]] | None:
    if message.keyboard is None:
        return None
    return [[_button(button) for button in row] for row in message.keyboard["inline_keyboard"]]


def _button(button: Json) -> Json:
    chosen = button.get("switch_inline_query_chosen_chat", {})
    shown = {
        "data": button.get("callback_data"),
        "url": button.get("url"),
        "inline": button.get("switch_inline_query", chosen.get("query")),
    }
    return {"text": button["text"]} | _given(shown)


def shown_media(media: Media | None) -> Json:
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


def inline_message_id(message: Message) -> str:
    """How the bot may call what was sent via it, without knowing where."""
    return f"BAAAA{message.chat.id & 0xFFFFFFFFFF:x}_{message.message_id}"
