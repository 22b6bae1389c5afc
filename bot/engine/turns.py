"""Whose turn it is when a slot of the provider is free."""

import asyncio
import time
from collections.abc import Callable

from bot.domain.order import Order
from bot.domain.schedule import next_turn
from storage import orders
from storage.database import Database

# Another process may free a slot without telling this one.
LOOK_SECONDS = 2.0


class Turns:
    """Orders wait here, photos hosted, for a slot; the slot itself is taken in the database.

    Args:
        concurrency: predictions at a time; 0 stands for no limit.
    """

    def __init__(
        self, database: Database, concurrency: int, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._concurrency = concurrency
        self._now = now
        self._waiting: dict[int, int] = {}
        self._changed = asyncio.Event()

    async def take(self, order: Order) -> None:
        """Returns when the order holds a slot and is `submitting`.

        Raises:
            StaleState: the order was cancelled, or is somebody else's.
        """
        self._waiting[order.id] = order.user_id
        try:
            while not await self._try(order):
                await self._next_change()
        finally:
            del self._waiting[order.id]
            self.check()

    def check(self) -> None:
        """A slot may be free, or somebody left the line."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _try(self, order: Order) -> bool:
        async with self._database.reading() as connection:
            in_flight = await orders.in_flight_by_person(connection)
            fresh = await orders.load(connection, order.id)
        if fresh is None or fresh.state is not order.state:
            # Cancelled in line: the guarded change below says so.
            first = True
        else:
            first = next_turn(self._waiting, in_flight) == order.id
        if not first:
            return False
        async with self._database.writing() as connection:
            return await orders.start_submitting(connection, order, self._now(), self._concurrency)

    async def _next_change(self) -> None:
        changed = self._changed
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await changed.wait()
        except TimeoutError:
            return
