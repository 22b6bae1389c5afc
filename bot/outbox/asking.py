"""What the bot asks Telegram, and what it tells about itself."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, Protocol, runtime_checkable

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    File,
    InlineQueryResult,
    InlineQueryResultsButton,
    PhotoSize,
)

from bot.errors import ChatGone, FileGone, OutcomeUnknown
from bot.transport import SLOWEST_UPLOAD

from .channel import Channel
from .faults import TapExpired
from .members import Members

LARGEST_DOWNLOAD: Final = 20 * 1024 * 1024  # Bot API: getFile


@runtime_checkable
class Downloads(Protocol):
    """What `bot.transport.AiohttpRequest` has beyond PTB's `BaseRequest`."""

    async def download(self, url: str, *, limit: int, within: float) -> bytes:
        """At most `limit` bytes in at most `within` seconds."""


class Asking(Members):
    """The half of the outbox that leaves no trace in a chat.

    Args:
        bot: on `bot.transport.AiohttpRequest`.
        messages_per_second: to all chats together (Bot API FAQ: 30); 0 lifts every limit.
    """

    def __init__(self, bot: Bot, messages_per_second: float = 30.0) -> None:
        if not isinstance(bot.request, Downloads):
            raise TypeError("the bot's request must be able to download")
        self._bot = bot
        self._files: Downloads = bot.request
        self._channel = Channel(messages_per_second)

    async def profile_photo(self, user_id: int) -> PhotoSize | None:
        """The newest one in its largest size; None if there is none to be seen."""
        try:
            photos = await self._channel.at_once(
                lambda: self._bot.get_user_profile_photos(user_id, limit=1)
            )
        except ChatGone:
            return None
        return largest(photos.photos[0]) if photos.photos else None

    async def leave(self, chat_id: int) -> None:
        """Leaves a group; one that the bot isn't in is left already."""
        with suppress(ChatGone):
            await self._channel.at_once(lambda: self._bot.leave_chat(chat_id), chat_id)

    async def offer(
        self,
        query_id: str,
        results: Sequence[InlineQueryResult],
        *,
        next_offset: str,
        button: InlineQueryResultsButton | None,
        cache_seconds: int,
    ) -> None:
        """Answer an inline query, for whoever asked alone; too late, nobody hears of it.

        Args: results: at most 50 (Bot API).
        """
        with suppress(TapExpired):
            await self._channel.at_once(
                lambda: self._bot.answer_inline_query(
                    query_id,
                    results,
                    cache_time=cache_seconds,
                    is_personal=True,
                    next_offset=next_offset,
                    button=button,
                )
            )

    async def open_file(self, file_id: str) -> File:
        """Where a file can be downloaded for the next hour (Bot API: up to 20 MB)."""
        return await self._channel.at_once(lambda: self._bot.get_file(file_id))

    async def download(self, file_id: str, limit: int = LARGEST_DOWNLOAD) -> bytes:
        """A file's bytes.

        Raises:
            FileGone: Telegram doesn't hand it out, or it has more than `limit` bytes.
        """
        try:
            return await self._download(await self.open_file(file_id), limit)
        except FileGone:
            # A link can die before its hour is over; a new one tells whether the file did.
            return await self._download(await self.open_file(file_id), limit)

    async def describe(
        self,
        commands: Mapping[str, str],
        description: str,
        short_description: str,
        *,
        language: str | None = None,
    ) -> None:
        """Set what people see before START and in the menu, where it isn't so already.

        Args:
            commands: what each does, by its name without the slash.
            description: up to 512 characters.
            short_description: up to 120 characters.
            language: of these texts, ISO 639-1; None: for everybody else.
        """
        bot, ask = self._bot, self._channel.at_once
        menu = [BotCommand(name, does) for name, does in commands.items()]
        if list(await ask(lambda: bot.get_my_commands(language_code=language))) != menu:
            await ask(lambda: bot.set_my_commands(menu, language_code=language))
        long = await ask(lambda: bot.get_my_description(language))
        if long.description != description:
            await ask(lambda: bot.set_my_description(description, language))
        short = await ask(lambda: bot.get_my_short_description(language))
        if short.short_description != short_description:
            await ask(lambda: bot.set_my_short_description(short_description, language))

    async def set_menu(self, commands: Mapping[str, str], scope: BotCommandScope) -> None:
        """Set what the menu offers in some chats, where it isn't so already."""
        bot, ask = self._bot, self._channel.at_once
        menu = [BotCommand(name, does) for name, does in commands.items()]
        if list(await ask(lambda: bot.get_my_commands(scope))) != menu:
            await ask(lambda: bot.set_my_commands(menu, scope))

    async def _download(self, file: File, limit: int) -> bytes:
        size = file.file_size or 0
        if size > limit or not file.file_path:
            raise FileGone(f"a file of {size} bytes")
        path, within = file.file_path, 30 + (size or limit) / SLOWEST_UPLOAD

        async def whole() -> bytes:
            data = await self._files.download(path, limit=limit, within=within)
            if len(data) < size:
                raise OutcomeUnknown("the download stopped half-way")
            return data

        return await self._channel.at_once(whole)


def largest(sizes: Sequence[PhotoSize]) -> PhotoSize | None:
    return max(sizes, key=lambda it: it.width * it.height, default=None)
