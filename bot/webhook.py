"""How updates come in: to the bot's own address if it has one, else by polling.

Telegram does either, not both: it answers getUpdates with 409 while a webhook is set.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telegram import Bot
from telegram.error import TelegramError

from bot.arriving import ALLOWED_UPDATES
from bot.domain.pace import backoff
from bot.errors import RetryLater, TelegramFault
from bot.intake import Poller
from bot.outbox import translated
from bot.web import Web

log = logging.getLogger(__name__)

# Somebody else may set or delete it meanwhile, and the bot would be deaf without a word.
LOOK_SECONDS: Final = 300.0
# Updates at a time (Bot API, setWebhook: 1 to 100); many of them share a commit.
CONNECTIONS: Final = 100
LONGEST_PAUSE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Polling:
    """Without a public address."""

    bot: Bot
    poller: Poller

    async def run(self) -> None:
        """Polls until it is cancelled; a webhook that was set is removed before."""
        await remove_webhook(self.bot)
        await self.poller.run()


@dataclass(frozen=True, slots=True)
class Listening:
    """With a public address, which leads to `port`; what comes in besides updates is served too."""

    web: Web
    webhook: "Webhook"
    port: int

    async def run(self) -> None:
        """Listens until it is cancelled. Raises ConfigurationError: the port can't be used."""
        async with self.web.serving(self.port):
            await self.webhook.run()


class Webhook:
    """Keeps Telegram's webhook set, however often Telegram is away.

    Args:
        url: where updates go.
        secret: comes back with each update, in X-Telegram-Bot-Api-Secret-Token.
        look: seconds between two looks at what is set.
    """

    def __init__(self, bot: Bot, url: str, secret: str, *, look: float = LOOK_SECONDS) -> None:
        self._bot = bot
        self._url = url
        self._secret = secret
        self._look = look
        self._last_error: datetime | None = None

    async def run(self) -> None:
        """Sets it, and sees to it that it stays, until it is cancelled."""
        # Even if it is set already: its secret may be another now, and that can't be asked for.
        await _surely(self._set)
        while True:
            await asyncio.sleep(self._look)
            await _surely(self._keep)

    async def _set(self) -> None:
        await self._bot.set_webhook(
            self._url,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=CONNECTIONS,
            secret_token=self._secret,
            drop_pending_updates=False,
        )

    async def _keep(self) -> None:
        info = await self._bot.get_webhook_info()
        if info.last_error_date != self._last_error:
            log.warning("Telegram could not send an update here: %s", info.last_error_message)
        self._last_error = info.last_error_date
        if info.url != self._url:
            log.warning("somebody changed where this bot's updates go; it is set again")
            await self._set()


async def remove_webhook(bot: Bot) -> None:
    """Returns once none is set, so that polling is allowed; updates that wait are kept."""

    async def remove() -> None:
        if (await bot.get_webhook_info()).url:
            await bot.delete_webhook(drop_pending_updates=False)
            log.warning("the webhook that was set is removed, since PUBLIC_URL is not set")

    await _surely(remove)


async def _surely(work: Callable[[], Awaitable[None]]) -> None:
    failures, complaint = 0, ""
    while (fault := await _fault(work)) is not None:
        if str(fault) != complaint:
            complaint = str(fault)
            log.error("Telegram can't be told where updates go yet: %s", fault)
        pause = fault.seconds if isinstance(fault, RetryLater) else 0.0
        await asyncio.sleep(max(pause, backoff(failures, most=LONGEST_PAUSE)))
        failures += 1


async def _fault(work: Callable[[], Awaitable[None]]) -> TelegramFault | None:
    try:
        await work()
    except TelegramError as error:
        return translated(error)
    return None
