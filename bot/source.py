"""What comes from Telegram as it is: raw updates, and the bytes of photos."""

import json
from typing import Any
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import TelegramError

from bot.arriving import ALLOWED_UPDATES
from bot.batch import updates_in
from bot.outbox import Outbox, translated
from bot.transport import AiohttpRequest


class TelegramSource:
    """Raw updates, and photos, from Telegram.

    PTB's own `getUpdates` decodes a batch as a whole, so that one strange update would hide all
    the others; here the batch stays JSON.
    """

    def __init__(self, bot: Bot, polling: AiohttpRequest, outbox: Outbox) -> None:
        self._bot = bot
        self._polling = polling
        self._outbox = outbox

    async def get_updates(self, offset: int | None, seconds: int) -> list[object]:
        """Raises TelegramFault."""
        arguments: dict[str, Any] = {
            "timeout": seconds,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if offset is not None:
            arguments["offset"] = offset
        url = f"{self._bot.base_url}/getUpdates?{urlencode(arguments)}"
        try:
            payload = await self._polling.retrieve(url, read_timeout=seconds + 5)
        except TelegramError as error:
            raise translated(error) from None
        return updates_in(payload)

    async def photo(self, file_id: str) -> bytes:
        return await self._outbox.download(file_id)
