"""Who drives what: a task for each unfinished order, under a claim that is kept alive."""

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from typing import Any

from bot.domain.order import Order, OrderState
from bot.engine.driver import Driver
from bot.engine.estimates import RATE_SECONDS
from bot.engine.order_cards import OrderCards
from bot.engine.steps import Tools
from bot.errors import DatabaseBusy, TelegramFault
from bot.outbox import Outbox
from bot.views.cards import Waiting
from storage import claims, hosted, orders

log = logging.getLogger(__name__)

CLAIM_SECONDS = 60.0
KEEP_CLAIM_SECONDS = CLAIM_SECONDS / 3
BEAT_SECONDS = 1.0
# Telegram shows an action for about five seconds.
ACTION_SECONDS = 5.0
PURGE_SECONDS = 3600.0

# The card's versions and what it says of the time.
_Told = tuple[int, int, Waiting]


class Dispatcher:
    """Starts a driver for every order that has none, and tells people how long it takes."""

    def __init__(self, tools: Tools, cards: OrderCards, outbox: Outbox) -> None:
        self._tools = tools
        self._cards = cards
        self._outbox = outbox
        self._owner = secrets.token_hex(8)
        self._drivers: dict[int, Driver] = {}
        self._driving: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wakened = asyncio.Event()
        self._due: dict[str, float] = {}
        # What the cards of orders under way say, and which are being told just now.
        self._told: dict[int, _Told] = {}
        self._telling: set[int] = set()

    def order_changed(self, order_id: int) -> None:
        """An order is new, or somebody asked it to stop."""
        driver = self._drivers.get(order_id)
        if driver is not None:
            driver.nudge()
        self._tools.turns.check()
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
                continue
            finally:
                self._wakened.clear()

    async def stop(self) -> None:
        """Drivers go on from their rows at the next start; only a paid request is waited for."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _beat(self) -> None:
        if self._is_due("learning", BEAT_SECONDS):
            await self._learn()
        async with self._tools.database.reading() as connection:
            standing = await orders.standing(connection)
        self._tools.estimates.refresh(standing, self._tools.turns.slots)
        await self._start([order.id for order in standing if order.id not in self._drivers])
        if self._is_due("claims", KEEP_CLAIM_SECONDS):
            await self._keep_claims()
        if self._is_due("progress", BEAT_SECONDS):
            async with self._tools.database.reading() as connection:
                unfinished = await orders.unfinished(connection)
            self._tell(unfinished)
        if self._is_due("purge", PURGE_SECONDS):
            async with self._tools.database.writing() as connection:
                await hosted.purge(connection, self._tools.now())

    async def _learn(self) -> None:
        async with self._tools.database.reading() as connection:
            durations = await orders.durations(connection)
            now = self._tools.now()
            came = await orders.created_since(connection, now - RATE_SECONDS)
            first = await orders.first_created(connection)
        since = 0.0 if first is None else now - first
        self._tools.estimates.learn(durations, came, since)

    def _is_due(self, what: str, seconds: float) -> bool:
        """True at most once in so many seconds: wake-ups can come much faster than beats."""
        now = asyncio.get_running_loop().time()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + seconds
        return True

    async def _start(self, order_ids: list[int]) -> None:
        if not order_ids:
            return
        now, mine = self._tools.now(), []
        async with self._tools.database.writing() as connection:
            for order_id in order_ids:
                until = now + CLAIM_SECONDS
                if await claims.claim(connection, order_id, self._owner, now, until):
                    mine.append(order_id)
        for order_id in mine:
            driver = self._drivers[order_id] = Driver(self._tools, order_id, self._owner)
            work = self._spawn(self._drive(order_id, driver), f"order-{order_id}")
            self._driving[order_id] = work

    async def _drive(self, order_id: int, driver: Driver) -> None:
        try:
            await driver.drive()
        except Exception:
            # A bug must not end the others; the order is tried again at the claim's end.
            log.exception("order %s: its driver failed", order_id)
            await asyncio.sleep(CLAIM_SECONDS)
        finally:
            del self._drivers[order_id], self._driving[order_id]

    async def _keep_claims(self) -> None:
        if not self._drivers:
            return
        until = self._tools.now() + CLAIM_SECONDS
        async with self._tools.database.writing() as connection:
            kept = await claims.keep(connection, self._owner, until)
        for order_id in self._driving.keys() - kept:
            # It is over, or somebody else's: this process was away for too long.
            self._driving[order_id].cancel()

    def _tell(self, unfinished: list[Order]) -> None:
        acts, now = self._is_due("actions", ACTION_SECONDS), self._tools.now()
        still = {order.id for order in unfinished}
        self._told = {order_id: told for order_id, told in self._told.items() if order_id in still}
        for order in unfinished:
            if order.not_before > now or order.cancel_requested:
                continue  # nothing goes on, and Telegram may have asked for silence
            self._tell_one(order)
            if acts and order.state is not OrderState.QUEUED:
                self._spawn(self._act(order), f"action-{order.id}")

    def _tell_one(self, order: Order) -> None:
        """Whoever has read the same already isn't told again, nor is a group."""
        shown = order.state in {OrderState.QUEUED, OrderState.PROCESSING} and not order.hold
        # With a long line, or a slow Telegram, telling may take longer than a beat.
        if not shown or order.in_group or order.id in self._telling:
            return
        news = order.version, order.rendered_version, self._tools.estimates.waiting(order)
        if self._told.get(order.id) != news:
            self._telling.add(order.id)
            self._spawn(self._refresh(order.id, news), f"progress-{order.id}")

    async def _refresh(self, order_id: int, news: "_Told") -> None:
        try:
            if await self._cards.refresh(order_id):
                self._told[order_id] = news
        finally:
            self._telling.discard(order_id)

    async def _act(self, order: Order) -> None:
        try:
            await self._outbox.action(order.chat_id, order.thread_id or None, "upload_photo")
        except TelegramFault as fault:
            log.debug("no action in the chat of order %s: %s", order.id, fault)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
