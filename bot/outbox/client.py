"""What the bot can say and ask, each as a call that keeps the limits and the order."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from telegram import (
    Document,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    PhotoSize,
    ReactionTypeEmoji,
    ReplyParameters,
)

from bot.errors import MessageGone, OutcomeUnknown

from .asking import Asking, largest
from .faults import NotModified, TapExpired, Undeletable
from .lane import Priority

LARGEST_DOWNLOAD: Final = 20 * 1024 * 1024  # Bot API: getFile
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class SentMedia:
    """A photo or file that Telegram now keeps; its `file_id` sends it again without its bytes."""

    message_id: int
    file_id: str
    file_unique_id: str


class Sending(TypedDict, total=False):
    """What every send takes beside its content.

    `thread_id`: the topic. `reply_to`: a message; `MessageGone` if it
    isn't there, unless it goes `anyway`. `silent`: no
    sound. `priority`: ANSWER for texts and DELIVERY for media unless told.
    """

    thread_id: int | None
    reply_to: int | None
    anyway: bool
    keyboard: InlineKeyboardMarkup | None
    silent: bool
    priority: Priority


class Outbox(Asking):
    """Every call may raise any `TelegramFault`, and nothing else.

    No text is parsed as markup, and no link is previewed. Sends and edits to one chat arrive in
    order and keep Telegram's limits; other calls go at once. A call that surely was not sent is
    repeated for up to 20 s, one whose outcome is unknown only if repeating does no harm (all
    but sends). `RetryLater` means that Telegram named a delay of more than 30 s: store it, and
    come back after it; until then all calls to that chat raise it at once, in a group all sends:
    slow mode doesn't hold edits back.

    Edits return False where they were progress (`Priority.PROGRESS`) and were dropped: by a
    newer edit of the message, after 3 s of waiting, or at the first trouble.

    Args:
        bot: on `bot.transport.AiohttpRequest`.
        messages_per_second: to all chats together (Bot API FAQ: 30); 0 lifts every limit.
    """

    async def close(self, grace: float = 10.0) -> None:
        """Refuse what waits with `NotSent`; wait `grace` seconds for what is on its way."""
        await self._channel.lanes.close(grace)

    async def send_text(self, chat_id: int, text: str, **how: Unpack[Sending]) -> int:
        """Returns: the message's id."""
        answer = await self._channel.send(
            lambda: self._bot.send_message(
                chat_id, text, link_preview_options=_NO_PREVIEW, **_options(how)
            ),
            chat_id,
            how.get("priority", Priority.ANSWER),
        )
        return _checked(answer).message_id

    async def send_photo(
        self,
        chat_id: int,
        photo: bytes | str,
        *,
        caption: str | None = None,
        **how: Unpack[Sending],
    ) -> SentMedia:
        """Send bytes (Bot API: 10 MB, w + h <= 10,000, ratio <= 20) or a file_id."""
        answer = await self._channel.send(
            lambda: self._bot.send_photo(chat_id, photo, caption=caption, **_options(how)),
            chat_id,
            how.get("priority", Priority.DELIVERY),
        )
        message = _checked(answer)
        return _sent(message, largest(message.photo))

    async def send_document(
        self,
        chat_id: int,
        document: bytes | str,
        *,
        filename: str | None = None,
        caption: str | None = None,
        **how: Unpack[Sending],
    ) -> SentMedia:
        """Send bytes (Bot API: 50 MB) or a file_id."""
        answer = await self._channel.send(
            lambda: self._bot.send_document(
                chat_id,
                document,
                filename=filename,
                caption=caption,
                disable_content_type_detection=True,
                **_options(how),
            ),
            chat_id,
            how.get("priority", Priority.DELIVERY),
        )
        message = _checked(answer)
        return _sent(message, message.document)

    async def edit_text(
        self,
        chat_id: int,
        message_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        priority: Priority = Priority.ANSWER,
    ) -> bool:
        return await self._edit(
            lambda: self._bot.edit_message_text(
                text,
                chat_id,
                message_id,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
            ),
            chat_id,
            message_id,
            priority,
        )

    async def edit_caption(
        self,
        chat_id: int,
        message_id: int,
        caption: str | None,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        priority: Priority = Priority.ANSWER,
    ) -> bool:
        return await self._edit(
            lambda: self._bot.edit_message_caption(
                chat_id, message_id, caption=caption, reply_markup=keyboard
            ),
            chat_id,
            message_id,
            priority,
        )

    async def edit_keyboard(
        self,
        chat_id: int,
        message_id: int,
        keyboard: InlineKeyboardMarkup | None,
        *,
        priority: Priority = Priority.ANSWER,
    ) -> bool:
        return await self._edit(
            lambda: self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=keyboard),
            chat_id,
            message_id,
            priority,
        )

    async def edit_to_photo(
        self,
        chat_id: int,
        message_id: int,
        photo: bytes | str,
        *,
        caption: str | None = None,
        keyboard: InlineKeyboardMarkup | None = None,
        priority: Priority = Priority.DELIVERY,
    ) -> SentMedia | None:
        """Put a photo in the place of a text, a photo or a file.

        Returns:
            None if the message shows just this photo, caption and keyboard already.
        """
        media = InputMediaPhoto(photo, caption=caption)
        message = await self._replace(chat_id, message_id, media, keyboard, priority)
        return _sent(message, largest(message.photo)) if message else None

    async def edit_to_document(
        self,
        chat_id: int,
        message_id: int,
        document: bytes | str,
        *,
        filename: str | None = None,
        caption: str | None = None,
        keyboard: InlineKeyboardMarkup | None = None,
        priority: Priority = Priority.DELIVERY,
    ) -> SentMedia | None:
        """Put a file in the place of a text, a photo or a file; None as for `edit_to_photo`."""
        media = InputMediaDocument(
            document, caption=caption, filename=filename, disable_content_type_detection=True
        )
        message = await self._replace(chat_id, message_id, media, keyboard, priority)
        return _sent(message, message.document) if message else None

    async def delete(self, chat_id: int, message_id: int) -> bool:
        """True: it's gone, or was; False: too old to be deleted (Bot API: 48 hours)."""
        try:
            await self._channel.at_once(
                lambda: self._bot.delete_message(chat_id, message_id), chat_id
            )
        except Undeletable:
            return False
        except MessageGone:
            return True
        return True

    async def action(self, chat_id: int, thread_id: int | None, action: str) -> None:
        """Args: action: as the Bot API names it, "upload_photo"."""
        await self._channel.at_once(
            lambda: self._bot.send_chat_action(chat_id, action, message_thread_id=thread_id),
            chat_id,
        )

    async def set_chat_photo(self, chat_id: int, photo: bytes) -> None:
        """Make this the group's photo; Telegram shows a circle of it.

        Raises:
            CallRejected: among others without the right to.
        """
        await self._channel.at_once(lambda: self._bot.set_chat_photo(chat_id, photo), chat_id)

    async def answer(
        self,
        query_id: str,
        text: str | None = None,
        *,
        alert: bool = False,
        url: str | None = None,
    ) -> None:
        """Answer a tap; if that comes too late, nobody hears of it."""
        try:
            await self._channel.at_once(
                lambda: self._bot.answer_callback_query(query_id, text, show_alert=alert, url=url)
            )
        except TapExpired:
            return  # the tapping person's spinner is gone by now

    async def react(self, chat_id: int, message_id: int, emoji: str | None) -> None:
        """Put one reaction on a message, or take the bot's away."""
        reactions = [ReactionTypeEmoji(emoji)] if emoji else []
        with suppress(NotModified):
            await self._channel.at_once(
                lambda: self._bot.set_message_reaction(chat_id, message_id, reactions), chat_id
            )

    async def _edit(
        self,
        call: Callable[[], Awaitable[object]],
        chat_id: int,
        message_id: int,
        priority: Priority,
    ) -> bool:
        if priority is Priority.PROGRESS:
            return await self._channel.progress(call, chat_id, message_id)
        await self._channel.edit(call, chat_id, message_id, priority)
        return True

    async def _replace(
        self,
        chat_id: int,
        message_id: int,
        media: InputMediaPhoto | InputMediaDocument,
        keyboard: InlineKeyboardMarkup | None,
        priority: Priority,
    ) -> Message | None:
        answer = await self._channel.edit(
            lambda: self._bot.edit_message_media(media, chat_id, message_id, reply_markup=keyboard),
            chat_id,
            message_id,
            priority,
        )
        return None if answer is None else _checked(answer)


def _options(how: Sending) -> dict[str, Any]:
    """As PTB calls them."""
    reply_to, anyway = how.get("reply_to"), how.get("anyway") or None
    replied = ReplyParameters(reply_to, allow_sending_without_reply=anyway) if reply_to else None
    return {
        "message_thread_id": how.get("thread_id"),
        "reply_parameters": replied,
        "reply_markup": how.get("keyboard"),
        "disable_notification": how.get("silent", False),
    }


def _checked(answer: object) -> Message:
    """An answer that PTB passes on as it came, since it is no message."""
    if not isinstance(answer, Message):
        raise OutcomeUnknown("an answer without a message")
    return answer


def _sent(message: Message, media: PhotoSize | Document | None) -> SentMedia:
    if media is None:
        raise OutcomeUnknown("an answer without the file that was sent")
    return SentMedia(message.message_id, media.file_id, media.file_unique_id)
