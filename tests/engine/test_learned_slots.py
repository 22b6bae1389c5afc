"""Slots that somebody else uses too: refusals teach how many there are for us."""

import asyncio
from pathlib import Path

from bot.domain.order import Order, OrderState
from bot.engine.turns import Turns
from storage import orders
from storage.database import Database
from tests.engine.turning import PACE, ends, in_flight, in_virtual_time, load, queued
from tests.engine.virtual import now


class Provider:
    """Has room for so many of ours; counts what it refuses."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.inside = 0
        self.most = 0
        self.refused: list[float] = []

    def takes(self) -> bool:
        if self.inside >= self.room:
            self.refused.append(now())
            return False
        self.inside += 1
        self.most = max(self.most, self.inside)
        return True


async def drawn_by(provider: Provider, database: Database, turns: Turns, order: Order) -> float:
    """As the driver does it; when it was taken."""
    while True:
        await turns.take(await load(database, order))
        if provider.takes():
            turns.taken(order.id)
            break
        turns.refused(await in_flight(database) - 1, None)
        async with database.writing() as connection:
            fresh = await load(database, order)
            await orders.advance(connection, fresh, OrderState.QUEUED)
        turns.check()
    taken = now()
    await asyncio.sleep(20)
    provider.inside -= 1
    await ends(database, turns, order)
    return taken


def test_slots_that_others_use_are_learned(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        provider = Provider(room=4)
        turns = Turns(database, 10, now, PACE)
        line = [await queued(database, n) for n in range(40)]
        began = now()

        moments = await asyncio.gather(
            *(drawn_by(provider, database, turns, order) for order in line)
        )

        assert provider.most == 4
        # Ten rounds of twenty seconds, and hardly any longer for the trying.
        assert max(moments) - began < 10 * 20 + 30
        # Six in the first burst; then one now and then, not with each of the forty.
        assert len(provider.refused) < 6 + 12

    in_virtual_time(tmp_path, main)


def test_no_room_at_all_is_asked_about_more_and_more_seldom(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        provider = Provider(room=0)
        turns = Turns(database, 10, now, PACE)
        line = [await queued(database, n) for n in range(20)]
        work = asyncio.gather(*(drawn_by(provider, database, turns, order) for order in line))
        await asyncio.sleep(3600)

        assert len(provider.refused) < 10 + 150
        pauses = [b - a for a, b in zip(provider.refused, provider.refused[1:], strict=False)]
        assert max(pauses) <= 60
        assert min(pauses[-10:]) >= 30

        provider.room = 10
        await work
        assert provider.most == 10  # it finds its way back

    in_virtual_time(tmp_path, main)


def test_retry_after_of_the_slots_is_kept(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 10, now, PACE)
        turns.refused(0, 45.0)
        began = now()
        await turns.take(await queued(database))
        assert 45 <= now() - began < 48

    in_virtual_time(tmp_path, main)


def test_a_clock_that_is_set_back_holds_up_no_trial(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        offset = 0.0
        turns = Turns(database, 10, lambda: now() + offset, PACE)
        turns.refused(0, 45.0)
        began, offset = now(), -86_400.0
        await turns.take(await queued(database))
        assert 45 <= now() - began < 48

    in_virtual_time(tmp_path, main)
