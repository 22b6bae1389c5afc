"""The sheet of looks: the picture on every card that isn't an avatar yet."""

import asyncio
from pathlib import Path

from telegram import InlineKeyboardMarkup

from bot.errors import FileGone, TopicGone
from bot.outbox import Outbox, Priority
from storage import facts
from storage.database import Database
from storage.surely import surely

LOOKS = Path(__file__).parent.parent / "assets" / "looks.jpg"


class Sheet:
    """Uploaded once; from then on Telegram's id of it is enough, across restarts."""

    def __init__(self, database: Database, outbox: Outbox, path: Path = LOOKS) -> None:
        self._database = database
        self._outbox = outbox
        self._data = path.read_bytes()
        self._file_id: str | None = None
        self._uploading = asyncio.Lock()

    async def send(
        self,
        chat_id: int,
        caption: str,
        *,
        thread_id: int = 0,
        keyboard: InlineKeyboardMarkup | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Sends a card with the sheet; returns its message id.

        Raises:
            TelegramFault: as the outbox does.
        """

        async def send_to(
            photo: bytes | str, thread_id: int, reply_to: int | None
        ) -> tuple[int, str]:
            sent = await self._outbox.send_photo(
                chat_id,
                photo,
                caption=caption,
                thread_id=thread_id or None,
                keyboard=keyboard,
                reply_to=reply_to,
                anyway=True,
                priority=Priority.ANSWER,
            )
            return sent.message_id, sent.file_id

        async def send(photo: bytes | str) -> tuple[int, str]:
            try:
                return await send_to(photo, thread_id, reply_to)
            except TopicGone:
                # The next best place: General, or the chat itself.
                return await send_to(photo, 0, None)

        file_id = self._file_id or await self._known()
        if file_id is not None:
            try:
                return (await send(file_id))[0]
            except FileGone:
                self._file_id = None
        async with self._uploading:
            if self._file_id is not None:
                return (await send(self._file_id))[0]
            message_id, self._file_id = await send(self._data)
        known = self._file_id
        await surely(self._database, lambda c: facts.put(c, facts.LOOKS_FILE, known))
        return message_id

    async def picture(self) -> bytes | str:
        """For a card that shows something else: Telegram's id of it, or its bytes."""
        return self._file_id or await self._known() or self._data

    async def _known(self) -> str | None:
        async with self._database.reading() as connection:
            stored = await facts.get(connection, facts.LOOKS_FILE)
        # Somebody may have uploaded it while the database was read.
        self._file_id = self._file_id or stored
        return self._file_id
