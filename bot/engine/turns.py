"""Whose turn it is when a slot of the provider is free."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.domain.order import Order
from bot.domain.pace import PACE, Pace
from bot.domain.schedule import PER_PERSON, is_later, next_turn
from bot.engine.ticks import ticks
from bot.errors import DatabaseBusy, StaleState
from storage import orders
from storage.database import Database

log = logging.getLogger(__name__)

# Orders whose photos are being hosted, or that wait for a slot with photos hosted: more than any
# account's limits use up in the time that hosting takes.
NEXT_IN_LINE: Final = 16
# Of them at most so many are faces of rounds, which wait behind all others.
ROUNDS_NEXT_IN_LINE: Final = NEXT_IN_LINE // 2


@dataclass(frozen=True, slots=True)
class _Place:
    order: Order
    given: asyncio.Future[None]


class Turns:
    """Orders wait here twice: until they are next in line, and then, photos hosted, for a slot.

    The slot itself is taken in the database. The account's slots may be used by somebody else too.
    So a refusal teaches how many there are for us; one order at a time tries for one more, later
    and later while that is refused.

    Args:
        concurrency: predictions at a time; 0 stands for no limit.
        per_person: orders of one person that are next in line or hold a slot; likewise.
        crowd: how many hold a slot and wait for the request that creates their prediction.
    """

    def __init__(
        self,
        database: Database,
        concurrency: int,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
        per_person: int = PER_PERSON,
        crowd: Callable[[], int] = lambda: 0,
    ) -> None:
        self._database = database
        self._concurrency = concurrency
        self._per_person = per_person
        self._crowd = crowd
        self._now = now
        self._pace = pace
        self._arrived: dict[int, _Place] = {}
        self._next: dict[int, int] = {}
        self._waiting: dict[int, _Place] = {}
        self._changed = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._learned: int | None = None
        self._next_trial = 0.0
        self._trial: int | None = None
        self._refusals = 0

    @property
    def slots(self) -> int:
        """How many there are for us, as far as refusals tell; 0 stands for no limit."""
        return self._concurrency if self._learned is None else max(1, self._learned)

    @asynccontextmanager
    async def next_in_line(self, order: Order) -> AsyncIterator[None]:
        """Waits until few others go first; inside, the order gets ready and takes its slot.

        So photos are hosted in the order in which they are needed, and not long before.
        """
        try:
            await self._given(self._arrived, order)
            yield
        finally:
            self._next.pop(order.id, None)
            self.check()

    async def take(self, order: Order) -> None:
        """Returns when the order holds a slot and is `submitting`.

        Raises:
            StaleState: the order was cancelled, or is somebody else's.
        """
        await self._given(self._waiting, order)

    async def _given(self, line: dict[int, _Place], order: Order) -> None:
        line[order.id] = place = _Place(order, asyncio.get_running_loop().create_future())
        self.check()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._hand_out(), name="turns")
        try:
            await place.given
        finally:
            line.pop(order.id, None)
            self.check()

    def check(self) -> None:
        """A slot may be free, or somebody left the line."""
        self._changed.set()

    def refused(self, in_flight: int, retry_after: float | None) -> None:
        """The provider had no place beside so many of ours."""
        if self._learned is None or self._trial is not None:
            pause = retry_after or self._pace.pause(self._refusals)
            self._next_trial = ticks() + pause
            self._refusals += 1
        self._learned = in_flight if self._learned is None else min(self._learned, in_flight)
        self._trial = None

    def taken(self, order_id: int) -> None:
        """The provider had a place for this order."""
        if self._learned is None or order_id != self._trial:
            return
        self._trial = None
        self._refusals = 0
        self._next_trial = ticks() + self._pace.first_pause
        self._learned += 1
        if self._learned >= self._concurrency > 0:
            self._learned = None
        self.check()

    async def _hand_out(self) -> None:
        while self._waiting or self._arrived:
            self._changed.clear()
            try:
                await self._admit()
                given = bool(self._waiting) and await self._give()
            except DatabaseBusy as busy:
                log.warning("turns wait for the database: %s", busy)
                given = False
            if given:
                # Whoever got it has to be counted before the next one is looked for.
                await asyncio.sleep(0)
            else:
                await self._next_change()

    async def _admit(self) -> None:
        """Makes orders the next ones in line, in turn."""
        if not self._arrived or len(self._next) >= NEXT_IN_LINE:
            return
        async with self._database.reading() as connection:
            under_way = Counter(await orders.in_flight_by_person(connection))
        under_way.update(self._next.values())
        while len(self._next) < NEXT_IN_LINE:
            chosen = self._next_of(self._arrived, under_way, self._per_person)
            if chosen is None or not self._has_room_for(self._arrived[chosen].order):
                return
            place = self._arrived.pop(chosen)
            if not place.given.done():
                self._next[chosen] = place.order.user_id
                under_way[place.order.user_id] += 1
                place.given.set_result(None)

    def _next_of(
        self, places: dict[int, _Place], under_way: Mapping[int, int], most: int = 0
    ) -> int | None:
        """Faces of rounds come last."""
        line = {n: place.order.user_id for n, place in places.items()}
        later = {n for n, place in places.items() if self._is_later(place.order)}
        return next_turn(line, under_way, most, later)

    def _has_room_for(self, order: Order) -> bool:
        """Faces of rounds leave some of it for whoever comes after them."""
        return len(self._next) < ROUNDS_NEXT_IN_LINE or not self._is_later(order)

    def _is_later(self, order: Order) -> bool:
        return is_later(order.round_id, order.created_at, self._now())

    async def _give(self) -> bool:
        """Gives the next slot to whose turn it is; false where none is free, or of no use yet."""
        if self._crowd() >= NEXT_IN_LINE:
            return False
        async with self._database.reading() as connection:
            in_flight = await orders.in_flight_by_person(connection)
        is_trial = self._learned is not None and sum(in_flight.values()) >= self._learned
        if is_trial and ticks() < self._next_trial:
            return False
        chosen = self._next_of(self._waiting, in_flight)
        if chosen is None:
            return False
        place = self._waiting[chosen]
        try:
            async with self._database.writing() as connection:
                free = await orders.start_submitting(
                    connection, place.order, self._now(), self._concurrency
                )
        except StaleState as stale:
            self._waiting.pop(chosen, None)
            if not place.given.done():
                place.given.set_exception(stale)
            return True
        if not free:
            return False
        if is_trial:
            self._trial = chosen
            self._next_trial = ticks() + self._pace.longest_pause
        self._waiting.pop(chosen, None)
        if not place.given.done():
            place.given.set_result(None)
        return True

    async def _next_change(self) -> None:
        """Another process may free a slot without telling this one: so not for long."""
        try:
            async with asyncio.timeout(self._pace.look):
                await self._changed.wait()
        except TimeoutError:
            return
