"""Stored updates are claimed, conversation by conversation, and each is handed to its handler.

A kill at any moment loses nothing: what was stored is claimed again, what was handled is marked so
in the very transaction of its step.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Final

from telegram import Bot, Update

from bot.domain.pace import backoff
from bot.errors import (
    DatabaseBusy,
    NotSent,
    OutcomeUnknown,
    StaleState,
    TelegramFault,
)
from storage import updates
from storage.database import Database
from storage.surely import surely
from storage.updates import Claimed

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 120.0
# Conversations that are handled at a time; a claim comes before a place among them.
AT_A_TIME: Final = 100
MOST_ATTEMPTS: Final = 6
KEEP_SECONDS: Final = 2 * 24 * 3600.0
LONGEST_SLEEP: Final = 60.0

TRANSIENT: Final = (DatabaseBusy, NotSent, OutcomeUnknown, StaleState)


class Inbox:
    """Handles what is stored: one conversation in order, many conversations at once.

    Args:
        handle: makes an update's step; false for an update that is none of ours.
        apologise: tells the person that a handler failed.
    """

    def __init__(
        self,
        database: Database,
        bot: Bot,
        handle: Callable[[Update, Claimed], Awaitable[bool]],
        apologise: Callable[[Update], Awaitable[None]],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._bot = bot
        self._handle = handle
        self._apologise = apologise
        self._now = now
        self._lease = secrets.token_hex(8)
        self._wakened = asyncio.Event()
        self._places = asyncio.Semaphore(AT_A_TIME)
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to claim."""
        self._wakened.set()

    async def run(self) -> None:
        """Claims and handles until it is cancelled; what runs then ends by `drain`."""
        self._wakened.set()
        next_purge = 0.0
        while True:
            pause = await self._sleep()
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: in Python 3.11 it may lose a cancellation.
                async with asyncio.timeout(pause):
                    await self._wakened.wait()
            self._wakened.clear()
            try:
                await self._claim()
                if self._now() >= next_purge:
                    next_purge = self._now() + 3600
                    await self._purge()
            except DatabaseBusy as error:
                log.warning("updates can't be claimed yet: %s", error)
                await asyncio.sleep(0.5)
                self._wakened.set()

    async def drain(self, seconds: float) -> None:
        """Lets what is being handled come to its end, for so long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _claim(self) -> None:
        now = self._now()
        async with self._database.writing() as connection:
            claimed = await updates.claim(connection, self._lease, now, now + LEASE_SECONDS)
        conversations: dict[str, list[Claimed]] = defaultdict(list)
        for one in claimed:
            conversations[one.conversation].append(one)
        for batch in conversations.values():
            task = asyncio.create_task(self._converse(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(claimed) >= updates.MOST_CLAIMED:
            self._wakened.set()

    async def _converse(self, batch: list[Claimed]) -> None:
        async with self._places:
            for claimed in batch:
                if not await self._one(claimed):
                    await self._release(claimed)
                    break
        if await self._more(batch[0].conversation):
            self.wake()

    async def _more(self, conversation: str) -> bool:
        """What came meanwhile could not be claimed, since the conversation was busy."""
        try:
            async with self._database.reading() as connection:
                return await updates.waits(connection, conversation)
        except DatabaseBusy:
            return True

    async def _one(self, claimed: Claimed) -> bool:
        """Handles an update; false if it has to come again, and the ones behind it with it."""
        try:
            update = Update.de_json(json.loads(claimed.body), self._bot)
            assert update is not None
        except Exception as error:
            log.exception("update %s can't be decoded; it is kept aside", claimed.update_id)
            await self._set_aside(claimed, error)
            return True
        try:
            if not await self._handle(update, claimed):
                async with self._database.writing() as connection:
                    await updates.handled(connection, claimed.update_id, claimed.lease)
        except TRANSIENT as error:
            if claimed.attempts + 1 < MOST_ATTEMPTS:
                await self._postpone(claimed, error)
                return False
            await self._failed(update, claimed, error)
        except Exception as error:  # noqa: BLE001 - a handler's bug must not stop the others
            await self._failed(update, claimed, error)
        return True

    async def _failed(self, update: Update, claimed: Claimed, error: Exception) -> None:
        log.error("update %s could not be handled", claimed.update_id, exc_info=error)
        if await self._set_aside(claimed, error):
            with contextlib.suppress(TelegramFault, DatabaseBusy, StaleState):
                await self._apologise(update)

    async def _set_aside(self, claimed: Claimed, error: Exception) -> bool:
        """Keeps the update with its error; false if a step had marked it handled before."""
        number, lease = claimed.update_id, claimed.lease
        try:
            await surely(self._database, lambda c: updates.fail(c, number, lease, repr(error)))
        except StaleState as trouble:
            log.warning("update %s could not be set aside: %s", claimed.update_id, trouble)
            return False
        return True

    async def _postpone(self, claimed: Claimed, error: Exception) -> None:
        delay = backoff(claimed.attempts, first=0.2, most=30)
        log.info("update %s comes again in %.1f s: %r", claimed.update_id, delay, error)
        due, number, lease = self._now() + delay, claimed.update_id, claimed.lease
        with contextlib.suppress(StaleState):
            await surely(self._database, lambda c: updates.postpone(c, number, lease, due))

    async def _release(self, claimed: Claimed) -> None:
        mine = claimed.conversation, claimed.lease
        await surely(self._database, lambda c: updates.release(c, *mine))

    async def _sleep(self) -> float:
        if self._wakened.is_set():
            return LONGEST_SLEEP
        with contextlib.suppress(DatabaseBusy):
            async with self._database.reading() as connection:
                due = await updates.next_due(connection)
            if due is not None:
                return min(LONGEST_SLEEP, max(0.05, due - self._now()))
        return LONGEST_SLEEP

    async def _purge(self) -> None:
        async with self._database.writing() as connection:
            await updates.purge(connection, self._now() - KEEP_SECONDS)
