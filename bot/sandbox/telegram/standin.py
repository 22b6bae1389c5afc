"""Telegram as this project needs it: one bot, its people, their chats."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.telegram.bot_api import BotApi
from bot.sandbox.telegram.calls import CallLog
from bot.sandbox.telegram.chats import Chat
from bot.sandbox.telegram.control_api import set_options
from bot.sandbox.telegram.faults import Fault
from bot.sandbox.telegram.people_api import PeopleApi
from bot.sandbox.telegram.state import State


class TelegramStandIn:
    """The Bot API and people's phones, for one bot with this `token` ("42:SANDBOX").

    Latencies are in seconds. `samples` is the folder of the pictures that a profile photo may be
    chosen from. `clock` counts seconds, for limits and whatever expires. `webhook_pause` is how
    long the first pause between two attempts at the webhook is, in seconds.
    """

    def __init__(
        self,
        token: str = "42:SANDBOX",  # noqa: S107 - it opens nothing but this
        *,
        flood_limits: bool = True,
        telegram_latency: float = 0.0,
        download_latency: float = 0.0,
        samples: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        webhook_pause: float = 1.0,
    ) -> None:
        self._state = State(token, clock, samples, webhook_pause, flood_limits=flood_limits)
        self.set_options(telegram_latency=telegram_latency, download_latency=download_latency)

    def app(self) -> web.Application:
        """The Bot API: /bot{token}/{method} and /file/bot{token}/{path}."""
        app = BotApi(self._state).app()
        app.on_shutdown.append(self._shut_down)
        return app

    def people_app(self) -> web.Application:
        """What phones show and do, and under /control what tests do."""
        return PeopleApi(self._state).app()

    @property
    def calls(self) -> CallLog:
        return self._state.calls

    def add_fault(self, **fault: Any) -> None:
        """See Fault for the fields."""
        self._state.faults.add(Fault(**fault))

    def clear_faults(self) -> None:
        self._state.faults.clear()

    def put_update(self, update: Any) -> int:
        """Queue any JSON, or any text in the place of an update; returns the update_id."""
        return self._state.updates.put_raw(update)

    def set_options(self, **options: Any) -> None:
        """telegram_latency, download_latency (seconds), flood_limits, inline_mode."""
        set_options(self._state, **options)

    def expire_links(self) -> None:
        """Every download link handed out so far leads to 404."""
        self._state.files.expire_links()

    def add_group(
        self, chat_id: int, title: str, members: Iterable[int], *, is_forum: bool = False
    ) -> Chat:
        """A supergroup with these people, the first of whom owns it, and the bot."""
        return self._state.chats.add_group(chat_id, title, members, is_forum=is_forum)

    async def _shut_down(self, _app: web.Application) -> None:
        # Whoever waits for news would hold up the end.
        self._state.updates.close()
        for timeline in self._state.timelines.values():
            timeline.close()
        await self._state.webhooks.remove()
