"""Whose turn it is: fairly, never more than there are slots, and not against a wall."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.order import Order, OrderState
from bot.domain.schedule import ROUNDS_WAIT_SECONDS
from bot.engine.turns import NEXT_IN_LINE, ROUNDS_NEXT_IN_LINE, Turns
from bot.errors import StaleState
from storage import orders
from storage.database import Database
from tests.engine.turning import PACE, ends, in_flight, in_virtual_time, load, queued
from tests.engine.virtual import now


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
