"""Who drives what: a task for each unfinished order, under a claim that is kept alive."""

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from typing import Any

from bot.domain.order import Order, OrderState
from bot.engine.cards import Cards
from bot.engine.driver import Driver, Tools
from bot.errors import DatabaseBusy, TelegramFault
from bot.outbox import Outbox
from storage import hosted, orders

log = logging.getLogger(__name__)

CLAIM_SECONDS = 60.0
BEAT_SECONDS = 1.0
# Telegram shows an action for about five seconds.
ACTION_BEATS = 5
PURGE_BEATS = 3600


class Dispatcher:
    """Starts a driver for every order that has none, and tells people how long it takes."""

    def __init__(self, tools: Tools, cards: Cards, outbox: Outbox) -> None:
        self._tools = tools
        self._cards = cards
        self._outbox = outbox
        self._owner = secrets.token_hex(8)
        self._drivers: dict[int, Driver] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wakened = asyncio.Event()
        self._beats = 0

    def order_changed(self, order_id: int) -> None:
        """An order is new, or somebody asked it to stop."""
        driver = self._drivers.get(order_id)
        if driver is not None:
            driver.nudge()
        self._wakened.set()

    async def run(self) -> None:
        """Looks for work until it is cancelled."""
        while True:
            try:
                await self._beat()
            except DatabaseBusy as busy:
                log.warning("the dispatcher waits for the database: %s", busy)
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._wakened.wait()
            except TimeoutError:
                self._beats += 1
            self._wakened.clear()

    async def stop(self) -> None:
        """Drivers go on from their rows at the next start; nothing waits for them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _beat(self) -> None:
        async with self._tools.database.reading() as connection:
            unfinished = await orders.unfinished(connection)
            durations = await orders.durations(connection)
        self._tools.estimates.refresh(unfinished, durations)
        for order in unfinished:
            if order.id not in self._drivers:
                await self._start(order)
        await self._keep_claims()
        for order in unfinished:
            self._tell(order)
        if self._beats % PURGE_BEATS == 0:
            async with self._tools.database.writing() as connection:
                await hosted.purge(connection, self._tools.now())

    async def _start(self, order: Order) -> None:
        now = self._tools.now()
        async with self._tools.database.writing() as connection:
            mine = await orders.claim(connection, order.id, self._owner, now, now + CLAIM_SECONDS)
        if mine:
            driver = self._drivers[order.id] = Driver(self._tools, order.id)
            self._spawn(self._drive(order.id, driver), f"order-{order.id}")

    async def _drive(self, order_id: int, driver: Driver) -> None:
        try:
            await driver.drive()
        except Exception:
            # A bug must not end the others; the order is tried again at the claim's end.
            log.exception("order %s: its driver failed", order_id)
            await asyncio.sleep(CLAIM_SECONDS)
        finally:
            del self._drivers[order_id]

    async def _keep_claims(self) -> None:
        if self._beats % int(CLAIM_SECONDS / 3) or not self._drivers:
            return
        until = self._tools.now() + CLAIM_SECONDS
        async with self._tools.database.writing() as connection:
            await orders.keep_claims(connection, self._owner, until)

    def _tell(self, order: Order) -> None:
        if order.state in {OrderState.QUEUED, OrderState.PROCESSING} and not order.hold:
            self._spawn(self._cards.refresh(order), f"progress-{order.id}")
        if order.state is not OrderState.QUEUED and self._beats % ACTION_BEATS == 0:
            self._spawn(self._act(order), f"action-{order.id}")

    async def _act(self, order: Order) -> None:
        try:
            await self._outbox.action(order.chat_id, order.thread_id or None, "upload_photo")
        except TelegramFault as fault:
            log.debug("no action in the chat of order %s: %s", order.id, fault)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
