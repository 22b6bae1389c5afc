"""One checked call, and what several methods do with it alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.telegram.buttons import checked_keyboard
from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.errors import ApiError, Refused, bad_request
from bot.sandbox.telegram.files import Document, Media, Photo
from bot.sandbox.telegram.pictures import (
    LARGEST_PHOTO,
    BadDimensionsError,
    NotAPictureError,
)
from bot.sandbox.telegram.reading import Upload
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.text import FormattedText, caption_text
from bot.sandbox.telegram.voices import slow_mode_wait

Json = Any

# What the rights to send are for, as errors name it.
WHAT = {
    "can_send_messages": "text messages",
    "can_send_photos": "photos",
    "can_send_documents": "documents",
}


@dataclass(slots=True)
class Request:
    """`uploads` are the files of the form that attach:// can name."""

    state: State
    params: dict[str, Json]
    uploads: dict[str, Upload]

    def __getitem__(self, name: str) -> Json:
        return self.params[name]

    def get(self, name: str, default: Json = None) -> Json:
        return self.params.get(name, default)

    def writable_chat(self, right: str | None = None, count: int = 1) -> Chat:
        """The chat to send or edit `count` messages in, if the bot has the `right` to send them;
        they are counted.

        Raises ApiError 400, 403 or 429.
        """
        chat = self.state.chats.writable(self["chat_id"])
        if right is not None and chat.is_group:
            self._check_may_send(chat, right)
        self.state.flood.charge(chat.id, group=chat.is_group, count=count)
        return chat

    def _check_may_send(self, chat: Chat, right: str) -> None:
        bot = self.state.chats.bot
        if not chat.may(bot.id, right):
            raise bad_request(f"not enough rights to send {WHAT[right]} to the chat")
        wait = slow_mode_wait(chat, bot, self.state.clock())
        if wait:
            # The real server first waits a little by itself; this one says so at once.
            description = f"Too Many Requests: retry after {wait}"
            raise ApiError(429, description, {"retry_after": wait})

    def placement(self, chat: Chat) -> dict[str, Json]:
        """Where in the chat a message goes, as fields of Message."""
        thread = self.get("message_thread_id")
        # General is not among the topics: its id 1 isn't found either.
        if thread is not None and thread not in chat.topics:
            raise bad_request("message thread not found")
        reply = self._reply_to(chat)
        if thread is None and reply is not None:
            thread = chat.messages[reply].thread_id
        topic = chat.topics.get(thread or 0)
        if topic and topic.is_closed and not chat.may(self.state.chats.bot.id, "can_manage_topics"):
            raise bad_request("TOPIC_CLOSED")
        return {"thread_id": thread, "reply_to": reply}

    def _reply_to(self, chat: Chat) -> int | None:
        reply = self.get("reply_parameters") or {}
        if "message_id" not in reply:
            return None
        if reply.get("chat_id", chat.id) != chat.id:
            raise Refused("replies to another chat are not kept by this server")
        if reply["message_id"] in chat.messages:
            number: int = reply["message_id"]
            return number
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")

    def user(self) -> User:
        """Raises ApiError 400."""
        if self["user_id"] <= 0:
            raise Refused("invalid user_id specified")
        user = self.state.chats.users.get(self["user_id"])
        if user is None:
            raise bad_request("user not found")
        return user

    def keyboard(self) -> dict[str, Json] | None:
        """The inline keyboard, if there is one; raises Refused for a button that can't be."""
        markup = self.get("reply_markup") or {}
        return checked_keyboard(markup) if "inline_keyboard" in markup else None

    def caption(self, source: dict[str, Json] | None = None) -> FormattedText:
        """The caption of the call, or of one InputMedia in it."""
        source = self.params if source is None else source
        return caption_text(
            source.get("caption"), source.get("parse_mode"), source.get("caption_entities") or []
        )

    async def photo(self, source: Upload | str) -> Photo:
        """A photo uploaded, or sent before; raises ApiError 400."""
        if isinstance(source, str):
            return self.state.files.photo(source)
        _check_photo_size(source)
        try:
            renditions = await self.state.renderer.renditions(source.data, strict=True)
        except NotAPictureError:
            raise bad_request("IMAGE_PROCESS_FAILED") from None
        except BadDimensionsError:
            raise bad_request("PHOTO_INVALID_DIMENSIONS") from None
        return self.state.files.add_photo(renditions)

    def document(self, source: Upload | str) -> Document:
        """A document uploaded, or sent before; raises ApiError 400."""
        if isinstance(source, str):
            return self.state.files.document(source)
        _check_not_empty(source)
        return self.state.files.add_document(source)

    async def media(self, kind: str, source: Upload | str) -> Media:
        """Bot API: the file of an InputMedia of type "photo" or "document"."""
        return await self.photo(source) if kind == "photo" else self.document(source)

    def attached(self, source: Upload | str, name: str) -> Upload | str:
        """An upload in the place of its attach://name; raises Refused if there is none."""
        if isinstance(source, Upload) or not source.startswith("attach://"):
            return source
        upload = self.uploads.get(source.removeprefix("attach://"))
        if upload is None:
            raise Refused(
                "can't parse InputMedia: media not found"
                if name == "media"
                else f"there is no {name} in the request"
            )
        return upload


Handler = Callable[[Request], Awaitable[Json]]


def right_for(media: Media | None) -> str:
    """Bot API, ChatPermissions: what it takes to send this."""
    if media is None:
        return "can_send_messages"
    return "can_send_photos" if isinstance(media, tuple) else "can_send_documents"


def _check_not_empty(upload: Upload) -> None:
    if not upload.data:
        raise bad_request("file must be non-empty")


def _check_photo_size(upload: Upload) -> None:
    _check_not_empty(upload)
    if len(upload.data) > LARGEST_PHOTO:
        raise bad_request(
            f"file of size {len(upload.data)} bytes is too big for a photo;"
            f" the maximum size is {LARGEST_PHOTO} bytes"
        )
