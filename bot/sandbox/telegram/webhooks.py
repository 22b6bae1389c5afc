"""Updates sent to the bot's webhook, again and again until it takes them."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.sandbox.telegram.errors import Refused
from bot.sandbox.telegram.updates import Update, UpdateQueue

MOST_CONNECTIONS, USUAL_CONNECTIONS = 100, 40
LONGEST_PAUSE = 60.0
_ANSWER_WITHIN = ClientTimeout(total=60)
_SECRET_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(slots=True)
class Webhook:
    url: str
    secret_token: str = ""
    max_connections: int = USUAL_CONNECTIONS
    last_error_date: int | None = None
    last_error_message: str | None = None


def checked_webhook(url: str, secret_token: str, max_connections: int) -> Webhook:
    """Raises Refused. Other than Telegram's own server, http is taken too, as it is by a
    self-hosted one in local mode.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused("invalid webhook URL specified")
    if len(secret_token) > 256:
        raise Refused("secret token is too long")
    if not set(secret_token) <= _SECRET_CHARACTERS:
        raise Refused("secret token contains unallowed characters")
    return Webhook(url, secret_token, max(1, min(max_connections, MOST_CONNECTIONS)))


@dataclass(slots=True)
class _Lane:
    waiting: deque[Update] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class WebhookSender:
    """Sends each lane's updates in order, lanes beside each other."""

    def __init__(self, queue: UpdateQueue, first_pause: float) -> None:
        self.webhook: Webhook | None = None
        self._queue = queue
        self._first_pause = first_pause
        self._pump: asyncio.Task[None] | None = None
        self._lanes: dict[int | str, _Lane] = {}
        self._taken: set[int] = set()

    async def set(self, webhook: Webhook) -> None:
        await self.remove()
        self.webhook = webhook
        self._queue.recall()
        self._pump = asyncio.create_task(self._run(webhook))

    async def remove(self) -> None:
        tasks = [self._pump, *(lane.task for lane in self._lanes.values())]
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self.webhook = self._pump = None
        self._lanes.clear()
        self._taken.clear()

    def info(self) -> dict[str, Any]:
        """Bot API: WebhookInfo."""
        info: dict[str, Any] = {
            "url": self.webhook.url if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._queue),
        }
        if self._queue.allowed:
            info["allowed_updates"] = self._queue.allowed
        if self.webhook is None:
            return info
        info["max_connections"] = self.webhook.max_connections
        if self.webhook.last_error_date is not None:
            info["last_error_date"] = self.webhook.last_error_date
            info["last_error_message"] = self.webhook.last_error_message
        return info

    async def _run(self, webhook: Webhook) -> None:
        places = asyncio.Semaphore(webhook.max_connections)
        async with ClientSession(timeout=_ANSWER_WITHIN) as session:
            while True:
                for update in await self._queue.arrived():
                    if update.sequence not in self._taken:
                        self._taken.add(update.sequence)
                        self._assign(update, webhook, session, places)

    def _assign(
        self, update: Update, webhook: Webhook, session: ClientSession, places: asyncio.Semaphore
    ) -> None:
        lane = self._lanes.setdefault(update.lane, _Lane())
        lane.waiting.append(update)
        if lane.task is None:
            work = self._drain(update.lane, lane, webhook, session, places)
            lane.task = asyncio.create_task(work)

    async def _drain(
        self,
        name: int | str,
        lane: _Lane,
        webhook: Webhook,
        session: ClientSession,
        places: asyncio.Semaphore,
    ) -> None:
        while lane.waiting:
            update, pause = lane.waiting[0], 0.0
            while (asked := await self._send(update, webhook, session, places)) is not None:
                # The first repetition comes at once, later ones after ever longer pauses.
                await asyncio.sleep(asked or pause)
                pause = min(max(self._first_pause, pause * 2), LONGEST_PAUSE)
            lane.waiting.popleft()
            self._queue.confirm(update)
            self._taken.discard(update.sequence)
        del self._lanes[name]

    async def _send(
        self,
        update: Update,
        webhook: Webhook,
        session: ClientSession,
        places: asyncio.Semaphore,
    ) -> float | None:
        """None if it was taken, else the seconds of Retry-After (0: none given)."""
        headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token
        try:
            async with (
                places,
                session.post(webhook.url, data=update.body.encode(), headers=headers) as answer,
            ):
                if 200 <= answer.status < 300:
                    return None
                self._failed(
                    webhook, f"Wrong response from the webhook: {answer.status} {answer.reason}"
                )
                asked = answer.headers.get("Retry-After", "")
                return float(asked) if asked.isdigit() else 0.0
        except (ClientError, TimeoutError) as error:
            self._failed(webhook, str(error) or "Read timeout expired")
            return 0.0

    @staticmethod
    def _failed(webhook: Webhook, message: str) -> None:
        webhook.last_error_date, webhook.last_error_message = int(time.time()), message
