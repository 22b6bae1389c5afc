"""What people do with their phones."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.telegram.chats import Chat, Message, User
from bot.sandbox.telegram.detection import utf16
from bot.sandbox.telegram.errors import PersonError
from bot.sandbox.telegram.files import Media, Photo
from bot.sandbox.telegram.handlers.sending import new_media_group_id
from bot.sandbox.telegram.members import Member
from bot.sandbox.telegram.pictures import BadDimensionsError, NotAPictureError
from bot.sandbox.telegram.reading import Upload
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.text import LONGEST_CAPTION, LONGEST_TEXT, plain_text
from bot.sandbox.telegram.views import (
    chat_object,
    inline_message_id,
    message_object,
    user_object,
)
from bot.sandbox.telegram.voices import Place, check_may_send, check_topic, forward, voice

Json = dict[str, Any]

MOST_IN_ALBUM = 10
WAYS = frozenset({"photo", "document", "album"})


class People:
    """Every method raises PersonError for what a phone wouldn't do."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(
        self,
        first_name: str,
        person_id: int | None,
        sample: str | None,
        *,
        is_bot: bool = False,
        **names: str | None,
    ) -> User:
        """A new person; whoever has the id already is handed back as they are."""
        if person_id in self._state.chats.users:
            return self.person(person_id or 0)
        photo = await self._sample(sample) if sample else None
        person = self._state.chats.add_person(person_id, first_name, is_bot=is_bot, **names)
        person.profile_photos = [photo] if photo else []
        return person

    def person(self, person_id: int) -> User:
        person = self._state.chats.users.get(person_id)
        chats = self._state.chats
        if person is None or person in (chats.bot, *chats.stand_ins.values()):
            raise PersonError("nobody has this id", 404)
        return person

    def chat(self, person: User, chat_id: int) -> Chat:
        chat = self._state.chats.chats.get(chat_id)
        if chat is None or not chat.member(person.id).is_in:
            raise PersonError("this person is in no such chat", 404)
        return chat

    async def set_profile_photo(self, person: User, source: Upload | str | None) -> None:
        """An upload, the name of a sample, or None to have no photo."""
        if source is None:
            person.profile_photos = []
            return
        if isinstance(source, str):
            photo = await self._sample(source)
        else:
            photo = await self._photo(source.data)
        person.profile_photos.insert(0, photo)

    def say(self, person: User, chat: Chat, text: str, place: Place, *, forwarded: bool) -> Message:
        if not text.strip():
            raise PersonError("an empty message is not sent")
        if utf16(text) > LONGEST_TEXT:
            raise PersonError(f"a message has at most {LONGEST_TEXT} characters")
        self._open(chat)
        parts = self._parts(person, chat, place, "can_send_messages", forwarded=forwarded)
        return self._post(chat, content=plain_text(text), **parts)

    async def send_media(
        self,
        person: User,
        chat: Chat,
        uploads: Sequence[Upload],
        caption: str,
        way: str,
        place: Place,
        *,
        forwarded: bool,
    ) -> list[Message]:
        """One message a file; the caption stands under the first."""
        _check_media(uploads, caption, way)
        media = [await self._medium(upload, way) for upload in uploads]
        self._open(chat)
        right = "can_send_documents" if way == "document" else "can_send_photos"
        parts = self._parts(person, chat, place, right, forwarded=forwarded)
        if way == "album":
            parts["media_group_id"] = new_media_group_id()
        captions = [caption] + [""] * (len(media) - 1)
        return [
            self._post(chat, content=plain_text(text), media=item, **parts)
            for item, text in zip(media, captions, strict=True)
        ]

    def send_via(self, person: User, chat: Chat, place: Place, offered: Json) -> Message:
        """Send what the bot offered; `offered` are fields of the Message."""
        self._check_open(chat)
        right = "can_send_other_messages"
        parts = self._parts(person, chat, place, right, forwarded=False)
        return self._post(chat, via_bot=self._state.chats.bot, **(parts | offered))

    def tap(
        self, person: User, chat: Chat, message_id: int, label: str, data: str, *, forge: bool
    ) -> Json:
        """A tap on the button with this label, or with this callback data.

        `forge` sends the bot any data at all, from a message that may be gone, too.
        """
        self._check_open(chat)
        message = chat.messages.get(message_id)
        if not forge:
            button = _button(message, label, data)
            if "url" in button:
                return {"url": button["url"]}
            data = button.get("callback_data", "")
            if not data:
                raise PersonError("this button sends nothing to the bot")
        return {"callback_query_id": self._query(person, chat, message_id, data)}

    def edit(self, person: User, chat: Chat, message_id: int, text: str) -> None:
        self._check_open(chat)
        message = self._own(person, chat, message_id)
        if not text.strip() and message.media is None:
            raise PersonError("an empty message is not sent")
        message.content = plain_text(text)
        message.edit_date = int(time.time())
        self._state.show("edited", message)
        self._state.deliver(message, "edited_message")

    def delete(self, person: User, chat: Chat, message_id: int) -> None:
        """The bot isn't told."""
        message = chat.messages.get(message_id)
        if message is None:
            raise PersonError("there is no such message", 404)
        own = message.writer is person or not chat.is_group
        if not own and not chat.may(person.id, "can_delete_messages"):
            raise PersonError("only administrators delete what others wrote", 403)
        del chat.messages[message_id]
        self._state.tell(chat, "deleted", {"message_id": message_id})

    def set_blocked(self, person: User, chat: Chat, *, blocked: bool) -> None:
        if chat.is_group:
            raise PersonError("only in a private chat can the bot be blocked")
        bot = self._state.chats.bot
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        if chat.members.get(bot.id, Member(old if blocked else "left")).status == old:
            self._state.change_member(chat, person, bot, Member(new))

    def _query(self, person: User, chat: Chat, message_id: int, data: str) -> str:
        message, chats = chat.messages.get(message_id), self._state.chats
        query_id = self._state.open_query(person)
        query = {
            "id": query_id,
            "from": user_object(person),  # from themselves, also where they write as the group
            "chat_instance": str(chat.id * 7919),
            "data": data,
        }
        if message is None:
            gone = {"chat": chat_object(chat, chats), "message_id": message_id, "date": 0}
            query["message"] = gone
        elif message.via_bot is not None:
            query["inline_message_id"] = inline_message_id(message)
        else:
            query["message"] = message_object(message, chats)
        if not chat.is_group or chat.member(chats.bot.id).is_in:
            self._state.updates.put("callback_query", query, chat.id)
        return query_id

    def _open(self, chat: Chat) -> None:
        """The first message is what START sends: from then on the bot may write."""
        self._check_open(chat)
        if chat.type == "private":
            chat.members.setdefault(self._state.chats.bot.id, Member())

    def _check_open(self, chat: Chat) -> None:
        if chat.type == "private" and chat.member(self._state.chats.bot.id).status == "kicked":
            raise PersonError("the bot is blocked: unblock it first", 409)

    def _own(self, person: User, chat: Chat, message_id: int) -> Message:
        message = chat.messages.get(message_id)
        if message is None:
            raise PersonError("there is no such message", 404)
        if message.writer is not person or message.notice is not None:
            raise PersonError("only one's own messages can be edited", 403)
        return message

    def _parts(
        self, person: User, chat: Chat, place: Place, right: str, *, forwarded: bool
    ) -> Json:
        if place.reply_to is not None and place.reply_to not in chat.messages:
            raise PersonError("there is no message to reply to", 404)
        check_topic(person, chat, place.thread_id)
        origin = {
            "type": "hidden_user",
            "sender_user_name": "Hidden account",
            "date": int(time.time()),
        }
        parts = {
            "reply_to": place.reply_to,
            "thread_id": place.thread_id,
            "origin": origin if forwarded else None,
        }
        parts |= voice(self._state.chats, person, chat, place.as_chat)
        check_may_send(person, chat, right, self._state.clock())
        return parts

    def _post(self, chat: Chat, **parts: Any) -> Message:
        number = self._state.chats.next_message_id(chat)
        message = self._state.chats.add(Message(chat, number, **parts))
        if message.writer.is_bot:
            chat.last_bot = message.writer.id
        self._state.show("message", message)
        self._state.deliver(message, "channel_post" if chat.type == "channel" else "message")
        if chat.type == "channel":
            forward(self._state, message)
        return message

    async def _medium(self, upload: Upload, way: str) -> Media:
        if way == "document":
            return self._state.files.add_document(upload)
        return await self._photo(upload.data)

    async def _photo(self, data: bytes) -> Photo:
        try:
            renditions = await self._state.renderer.renditions(data, strict=False)
        except (NotAPictureError, BadDimensionsError):
            raise PersonError("this file can't be sent as a photo") from None
        return self._state.files.add_photo(renditions)

    async def _sample(self, name: str) -> Photo:
        path = (self._state.samples or Path()) / Path(name).name
        if self._state.samples is None or not path.is_file():
            raise PersonError(f"there is no sample {name}", 404)
        return await self._photo(path.read_bytes())


def _check_media(uploads: Sequence[Upload], caption: str, way: str) -> None:
    if way not in WAYS:
        raise PersonError(f"files are sent as one of {', '.join(sorted(WAYS))}")
    if not 1 <= len(uploads) <= MOST_IN_ALBUM:
        raise PersonError(f"from 1 to {MOST_IN_ALBUM} files are sent at once")
    if utf16(caption) > LONGEST_CAPTION:
        raise PersonError(f"a caption has at most {LONGEST_CAPTION} characters")


def _button(message: Message | None, label: str, data: str) -> Json:
    if message is None:
        raise PersonError("there is no such message", 404)
    rows = (message.keyboard or {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if (label and button["text"] == label) or (data and button.get("callback_data") == data):
            found: Json = button
            return found
    raise PersonError("the message has no such button", 404)
