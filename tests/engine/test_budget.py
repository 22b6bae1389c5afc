"""The requests of a minute: all of them used, none too many. In virtual time."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from bot.domain.pace import PACE, Pace
from bot.domain.scene import Limits
from bot.engine.budget import Budget, Need
from bot.engine.estimates import Estimates
from bot.errors import DatabaseBusy
from bot.settings import load
from storage.connection import Connection
from storage.database import Database
from tests.engine.test_estimates import order
from tests.engine.virtual import now, run
from tests.engine.workshop import a_database

MINUTE = 60.0


def a_budget(database: Database, per_minute: int, pace: Pace = PACE) -> Budget:
    limits = Limits(per_minute, concurrency=0)
    return Budget(database, limits, Estimates(load(), now), now, pace)


async def took(budget: Budget, need: Need) -> None:
    """One call that is answered at once."""
    async with budget.request(need):
        pass


def test_a_request_may_be_slow_on_its_way(tmp_path: Path) -> None:
    chance = random.Random(5)

    async def main() -> list[float]:
        arrived: list[float] = []
        async with a_database(tmp_path) as database:
            budget = a_budget(database, 20)

            async def one() -> None:
                async with budget.request(Need.LOOK_UP):
                    await asyncio.sleep(chance.choice((0.05, 0.2, 1.0, 20.0)))
                    arrived.append(now())

            await asyncio.gather(*(one() for _ in range(100)))
        return arrived

    assert busiest(run(main())) <= 20


def busiest(moments: list[float]) -> int:
    """The most requests within any sixty seconds."""
    return max(sum(start <= other < start + MINUTE for other in moments) for start in moments)


async def takers(budget: Budget, count: int, taken: list[float]) -> None:
    async def one() -> None:
        await took(budget, Need.LOOK_UP)
        taken.append(now())

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one())


def test_two_hundred_at_once_get_sixty_a_minute_and_never_more(tmp_path: Path) -> None:
    async def main() -> list[float]:
        taken: list[float] = []
        async with a_database(tmp_path) as database:
            await takers(a_budget(database, 60), 200, taken)
        return taken

    taken = run(main())

    assert len(taken) == 200
    assert busiest(taken) == 60
    assert 3 * MINUTE <= taken[-1] - taken[0] <= 3.1 * MINUTE  # and no time was lost


def test_two_processes_share_one_budget(tmp_path: Path) -> None:
    async def main() -> list[float]:
        taken: list[float] = []
        async with a_database(tmp_path) as one, _second(tmp_path) as other:
            await asyncio.gather(
                takers(a_budget(one, 20), 40, taken), takers(a_budget(other, 20), 40, taken)
            )
        return taken

    taken = run(main())

    assert len(taken) == 80
    assert busiest(taken) == 20


def test_requests_that_come_at_any_time_are_never_over_the_limit(tmp_path: Path) -> None:
    chance = random.Random(3)

    async def main() -> list[float]:
        taken: list[float] = []
        async with a_database(tmp_path) as database:
            budget = a_budget(database, 10)

            async def one() -> None:
                await asyncio.sleep(chance.uniform(0, 600))
                await took(budget, chance.choice(list(Need)))
                taken.append(now())

            await asyncio.gather(*(one() for _ in range(80)))
        return taken

    assert busiest(run(main())) <= 10


def test_a_restart_forgets_no_request_of_the_minute(tmp_path: Path) -> None:
    async def main() -> list[float]:
        taken: list[float] = []
        async with a_database(tmp_path) as database:
            await takers(a_budget(database, 10), 10, taken)
        async with a_database(tmp_path) as database:
            await takers(a_budget(database, 10), 1, taken)
        return taken

    taken = run(main())

    assert taken[-1] - taken[0] >= MINUTE


def test_who_needs_it_most_goes_first(tmp_path: Path) -> None:
    async def main() -> list[Need]:
        order: list[Need] = []
        async with a_database(tmp_path) as database:
            budget = a_budget(database, 1)
            await took(budget, Need.LOOK_UP)

            async def one(need: Need) -> None:
                await took(budget, need)
                order.append(need)

            tasks = [asyncio.create_task(one(need)) for need in reversed(Need)]
            await asyncio.sleep(30)
            tasks.append(asyncio.create_task(one(Need.CANCEL)))  # late, and still first
            await asyncio.gather(*tasks)
        return order

    order = run(main())

    assert order == [Need.CANCEL, *sorted(Need)]


def test_somebody_who_left_takes_no_request(tmp_path: Path) -> None:
    async def main() -> float:
        async with a_database(tmp_path) as database:
            budget = a_budget(database, 1)
            await took(budget, Need.LOOK_UP)
            began = now()
            left = [asyncio.create_task(took(budget, Need.CREATE)) for _ in range(5)]
            await asyncio.sleep(1)
            for task in left:
                task.cancel()
            await took(budget, Need.UPLOAD)
        return now() - began

    assert run(main()) <= MINUTE + 2


def test_a_clock_that_was_set_back_costs_one_minute_and_no_more(tmp_path: Path) -> None:
    async def main() -> tuple[float, list[float]]:
        taken: list[float] = []
        async with a_database(tmp_path) as database:
            hour = 3600.0
            ahead = Budget(
                database, Limits(5, 0), Estimates(load(), now), lambda: now() + hour, PACE
            )
            for _ in range(5):
                await took(ahead, Need.LOOK_UP)
            began = now()
            await takers(a_budget(database, 5), 5, taken)
        return began, taken

    began, taken = run(main())

    assert all(MINUTE <= moment - began < MINUTE + 2 for moment in taken)


@pytest.mark.parametrize("jump", [-7200.0, -90.0, 90.0, 7200.0])
def test_a_clock_that_is_set_meanwhile_changes_nothing(tmp_path: Path, jump: float) -> None:
    async def main() -> tuple[float, list[float]]:
        taken: list[float] = []
        offset = 0.0
        async with a_database(tmp_path) as database:
            limits = Limits(5, 0)
            budget = Budget(database, limits, Estimates(load(), now), lambda: now() + offset, PACE)
            await takers(budget, 5, taken)
            began = now()
            offset = jump
            await takers(budget, 5, taken)
        return began, taken

    began, taken = run(main())

    assert all(MINUTE <= moment - began < MINUTE + 2 for moment in taken[5:])


@pytest.mark.parametrize("jump", [-20.0, 20.0])
def test_a_clock_that_two_processes_see_being_set_gives_nobody_more(
    tmp_path: Path, jump: float
) -> None:
    async def main() -> list[float]:
        taken: list[float] = []
        offset = 0.0
        async with a_database(tmp_path) as one, _second(tmp_path) as other:
            both = [
                Budget(it, Limits(20, 0), Estimates(load(), now), lambda: now() + offset, PACE)
                for it in (one, other)
            ]
            for budget in both:
                await takers(budget, 10, taken)
            await asyncio.sleep(20)
            offset = jump
            await asyncio.gather(*(takers(budget, 10, taken) for budget in both))
        return taken

    assert busiest(run(main())) <= 20


def test_a_request_that_the_database_held_up_counts_from_when_it_left(tmp_path: Path) -> None:
    async def main() -> list[float]:
        left: list[float] = []
        async with a_database(tmp_path) as database:
            budget = a_budget(cast("Database", _Slow(database)), 1)
            for _ in range(2):
                async with budget.request(Need.LOOK_UP):
                    left.append(now())
        return left

    assert busiest(run(main())) == 1


def test_retry_after_holds_everybody(tmp_path: Path) -> None:
    async def main() -> list[float]:
        async with a_database(tmp_path) as database:
            budget = a_budget(database, 0)
            budget.hold(90)
            taken: list[float] = []
            began = now()
            await takers(budget, 3, taken)
        return [moment - began for moment in taken]

    assert all(90 <= moment < 91 for moment in run(main()))


def test_retry_after_is_part_of_what_people_are_told(tmp_path: Path) -> None:
    async def main() -> tuple[int, int]:
        estimates = Estimates(load(eachlabs_typical_seconds=20), now)
        async with a_database(tmp_path) as database:
            budget = Budget(database, Limits(60, 10), estimates, now)
            budget.hold(3600)
            told = estimates.waiting(order(1)).seconds
            await asyncio.sleep(3600)
        return told, estimates.waiting(order(1)).seconds

    assert run(main()) == (3615, 20)


def test_429_without_retry_after_holds_longer_and_longer(tmp_path: Path) -> None:
    async def main() -> list[float]:
        pauses = []
        async with a_database(tmp_path) as database:
            budget = a_budget(database, 0, Pace(first_pause=2, longest_pause=60))
            for _ in range(7):
                began = now()
                for _ in range(10):  # ten that were on their way are one refusal
                    budget.hold(None)
                await took(budget, Need.LOOK_UP)
                pauses.append(now() - began)
            await asyncio.sleep(300)
            began = now()
            budget.hold(None)
            await took(budget, Need.LOOK_UP)
        return [*pauses, now() - began]

    *pauses, last = run(main())

    assert pauses == sorted(pauses)
    assert pauses[0] >= 1
    assert pauses[-1] >= 30
    assert last < 2.1  # after quiet times it begins small again


def test_a_busy_database_stops_nobody_for_ever(tmp_path: Path) -> None:
    async def main() -> Counter[str]:
        events: Counter[str] = Counter()
        async with _stumbling(tmp_path, events) as database:
            async with asyncio.timeout(100):
                await took(a_budget(database, 60), Need.CREATE)
        return events

    assert run(main())["stumbled"] == 2


@asynccontextmanager
async def _second(folder: Path) -> AsyncIterator[Database]:
    database = Database(folder / "bot.db")
    await database.open()
    yield database
    await database.close()


@asynccontextmanager
async def _stumbling(folder: Path, events: Counter[str]) -> AsyncIterator[Database]:
    """A database that is locked for the first two who write."""

    class Stumbling(Database):
        @asynccontextmanager
        async def writing(self):  # type: ignore[no-untyped-def]
            if events["stumbled"] < 2:
                events["stumbled"] += 1
                raise DatabaseBusy("locked")
            async with super().writing() as connection:
                yield connection

    async with a_database(folder):
        database = Stumbling(folder / "bot.db")
        await database.open()
        yield database
        await database.close()


class _Slow:
    """A database that somebody else writes to for three seconds, at the first commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seconds = 3.0
        self.reading = database.reading

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        await asyncio.sleep(self._seconds)
        self._seconds = 0.0
        async with self._database.writing() as connection:
            yield connection
