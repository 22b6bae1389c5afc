"""Whose turn it is: fairly, never more than there are slots, and not against a wall."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.order import Order, OrderPhoto, OrderRequest, OrderState
from bot.domain.pace import Pace
from bot.domain.schedule import ROUNDS_WAIT_SECONDS
from bot.engine.turns import NEXT_IN_LINE, ROUNDS_NEXT_IN_LINE, Turns
from bot.errors import StaleState
from storage import orders
from storage.database import Database
from tests.engine.virtual import now, run
from tests.engine.workshop import a_database, recipe

PACE = Pace(first_pause=2, longest_pause=60, look=2)


async def queued(database: Database, user_id: int = 1, round_id: int | None = None) -> Order:
    photos = (OrderPhoto("f", "u"),)
    request = OrderRequest(user_id, None, user_id, photos, recipe(), round_id=round_id)
    async with database.writing() as connection:
        return await orders.create(connection, request, 0.0, now())


async def load(database: Database, order: Order) -> Order:
    async with database.reading() as connection:
        found = await orders.load(connection, order.id)
    assert found is not None
    return found


async def ends(database: Database, turns: Turns, order: Order) -> None:
    async with database.writing() as connection:
        fresh = await orders.load(connection, order.id)
        assert fresh is not None
        await orders.advance(connection, fresh, OrderState.FAILED)
    turns.check()


async def in_flight(database: Database) -> int:
    async with database.reading() as connection:
        return await orders.in_flight(connection)


def in_virtual_time(folder: Path, main: Callable[[Database], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with a_database(folder) as database:
            await main(database)

    run(whole())


def test_one_persons_many_orders_hold_up_nobodys_first(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 2, now, PACE)
        drawn: list[int] = []

        async def one(order: Order) -> None:
            await turns.take(order)
            drawn.append(order.user_id)
            await asyncio.sleep(10)
            await ends(database, turns, order)

        greedy = [asyncio.create_task(one(await queued(database, 1))) for _ in range(8)]
        await asyncio.sleep(1)
        others = [asyncio.create_task(one(await queued(database, n))) for n in (2, 3, 4)]
        await asyncio.gather(*greedy, *others)

        # Two of the first one's were drawn already; then every second place is somebody else's.
        assert drawn[:2] == [1, 1]
        assert {2, 3, 4} <= set(drawn[2:7])
        assert drawn[7:] == [1, 1, 1, 1]

    in_virtual_time(tmp_path, main)


def test_the_oldest_goes_first_among_equals(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 1, now, PACE)
        line = [await queued(database, n) for n in range(5)]
        drawn: list[int] = []

        async def one(order: Order) -> None:
            await turns.take(order)
            drawn.append(order.user_id)
            await ends(database, turns, order)

        await asyncio.gather(*(one(order) for order in reversed(line)))
        assert sorted(drawn[1:]) == drawn[1:]

    in_virtual_time(tmp_path, main)


@pytest.mark.parametrize("slots", [1, 3])
def test_two_processes_take_no_more_slots_than_there_are(tmp_path: Path, slots: int) -> None:
    async def main(database: Database) -> None:
        other = Database(database.path)
        await other.open()
        most = 0

        async def one(mine: Database, turns: Turns, order: Order) -> None:
            nonlocal most
            await turns.take(order)
            most = max(most, await in_flight(database))
            await asyncio.sleep(5)
            await ends(mine, turns, order)

        offices = [(it, Turns(it, slots, now, PACE)) for it in (database, other)]
        line = [await queued(database, n) for n in range(10)]
        await asyncio.gather(*(one(*offices[n % 2], order) for n, order in enumerate(line)))
        assert most == slots
        await other.close()

    in_virtual_time(tmp_path, main)


def test_a_cancelled_order_at_the_head_of_the_line_holds_up_nobody(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 1, now, PACE)
        first, second, third = [await queued(database, n) for n in range(3)]
        await turns.take(first)
        waiting = [asyncio.create_task(turns.take(order)) for order in (second, third)]
        await asyncio.sleep(0.1)
        async with database.writing() as connection:
            await orders.advance(connection, second, OrderState.CANCELLED)

        await ends(database, turns, first)
        await waiting[1]

        with pytest.raises(StaleState):
            await waiting[0]
        assert (await load(database, second)).state is OrderState.CANCELLED
        assert (await load(database, third)).state is OrderState.SUBMITTING

    in_virtual_time(tmp_path, main)


def test_who_left_the_line_takes_no_slot(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 1, now, PACE)
        first, second, third = [await queued(database, n) for n in range(3)]
        await turns.take(first)
        left = asyncio.create_task(turns.take(second))
        stays = asyncio.create_task(turns.take(third))
        await asyncio.sleep(0.1)
        left.cancel()
        await ends(database, turns, first)
        await stays
        assert (await load(database, second)).state is OrderState.QUEUED

    in_virtual_time(tmp_path, main)


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


# Next in line


def test_one_person_has_two_under_way_and_the_others_do_not_wait_for_the_third(
    tmp_path: Path,
) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 10, now, PACE)
        ready: list[int] = []
        done = asyncio.Event()

        async def one(order: Order) -> None:
            async with turns.next_in_line(order):
                await turns.take(order)
            ready.append(order.user_id)
            await done.wait()
            await ends(database, turns, order)

        greedy = [asyncio.create_task(one(await queued(database, 1))) for _ in range(5)]
        await asyncio.sleep(5)
        others = [asyncio.create_task(one(await queued(database, n))) for n in (2, 3)]
        await asyncio.sleep(5)
        assert ready == [1, 1, 2, 3]
        done.set()
        await asyncio.gather(*greedy, *others)
        assert ready[4:] == [1, 1, 1]

    in_virtual_time(tmp_path, main)


def test_only_few_get_ready_before_there_is_a_slot_and_the_oldest_first(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 1, now, PACE)
        getting_ready: list[int] = []

        async def one(order: Order) -> None:
            async with turns.next_in_line(order):
                getting_ready.append(order.id)
                await turns.take(order)
            await ends(database, turns, order)

        holder = await queued(database, 100)
        await turns.take(holder)
        line = [await queued(database, n) for n in range(30)]
        tasks = [asyncio.create_task(one(order)) for order in line]
        await asyncio.sleep(5)
        assert getting_ready == [order.id for order in line[:NEXT_IN_LINE]]
        tasks[0].cancel()  # who leaves makes room for the next
        await asyncio.sleep(5)
        assert getting_ready[NEXT_IN_LINE:] == [line[NEXT_IN_LINE].id]
        await ends(database, turns, holder)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert getting_ready == [order.id for order in line]

    in_virtual_time(tmp_path, main)


def test_without_a_limit_of_slots_whoever_has_no_request_yet_waits_in_line(
    tmp_path: Path,
) -> None:
    """There they read how long it takes, and can leave at once."""

    async def main(database: Database) -> None:
        crowd: list[Order] = []
        turns = Turns(database, 0, now, PACE, crowd=lambda: len(crowd))

        async def one(order: Order) -> None:
            async with turns.next_in_line(order):
                await turns.take(order)
                crowd.append(order)

        tasks = [asyncio.create_task(one(await queued(database, n))) for n in range(30)]
        await asyncio.sleep(5)
        assert len(crowd) == await in_flight(database) == NEXT_IN_LINE
        crowd.clear()
        await asyncio.gather(*tasks)

    in_virtual_time(tmp_path, main)


def test_faces_of_a_round_wait_behind_others_but_not_for_ever(tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        turns = Turns(database, 1, now, PACE)
        drawn: list[int] = []

        async def one(order: Order) -> None:
            async with turns.next_in_line(order):
                await turns.take(order)
            drawn.append(order.user_id)
            await asyncio.sleep(60)
            await ends(database, turns, order)

        early = [asyncio.create_task(one(await queued(database, n, 1))) for n in range(20)]
        await asyncio.sleep(1)
        assert len(turns._next) == ROUNDS_NEXT_IN_LINE
        singles = [asyncio.create_task(one(await queued(database, 100 + n))) for n in range(5)]
        await asyncio.sleep(ROUNDS_WAIT_SECONDS)
        # One face was there before anybody; then come the others, in spite of their later turn.
        assert drawn[0] < 100
        assert set(drawn[1:6]) == set(range(100, 105))
        more = [asyncio.create_task(one(await queued(database, 200 + n))) for n in range(3)]
        await asyncio.gather(*early, *singles, *more)
        # Ten faces are left, and what has waited for so long is as good as anybody's.
        assert drawn.index(200) > len(drawn) - 4

    in_virtual_time(tmp_path, main)
