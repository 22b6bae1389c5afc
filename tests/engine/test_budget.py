"""The requests of a minute: all of them used, none too many. In virtual time."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.domain.schedule import Pace
from bot.engine.budget import Budget, Need
from bot.errors import DatabaseBusy
from storage.database import Database
from tests.engine.virtual import now, run
from tests.engine.workshop import a_database

MINUTE = 60.0


def test_a_request_may_be_slow_on_its_way(tmp_path: Path) -> None:
    chance = random.Random(5)

    async def main() -> list[float]:
        arrived: list[float] = []
        async with a_database(tmp_path) as database:
            budget = Budget(database, 20, now)

            async def one() -> None:
                await budget.take(Need.POLL)
                await asyncio.sleep(chance.uniform(0.05, 1.0))
                arrived.append(now())

            await asyncio.gather(*(one() for _ in range(100)))
        return arrived

    assert busiest(run(main())) <= 20


def busiest(moments: list[float]) -> int:
    """The most requests within any sixty seconds."""
    return max(sum(start <= other < start + MINUTE for other in moments) for start in moments)


async def takers(budget: Budget, count: int, taken: list[float]) -> None:
    async def one() -> None:
        await budget.take(Need.POLL)
        taken.append(now())

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one())


def test_two_hundred_at_once_get_sixty_a_minute_and_never_more(tmp_path: Path) -> None:
    async def main() -> list[float]:
        taken: list[float] = []
        async with a_database(tmp_path) as database:
            await takers(Budget(database, 60, now), 200, taken)
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
                takers(Budget(one, 20, now), 40, taken), takers(Budget(other, 20, now), 40, taken)
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
            budget = Budget(database, 10, now)

            async def one() -> None:
                await asyncio.sleep(chance.uniform(0, 600))
                await budget.take(chance.choice(list(Need)))
                taken.append(now())

            await asyncio.gather(*(one() for _ in range(80)))
        return taken

    assert busiest(run(main())) <= 10


def test_a_restart_forgets_no_request_of_the_minute(tmp_path: Path) -> None:
    async def main() -> list[float]:
        taken: list[float] = []
        async with a_database(tmp_path) as database:
            await takers(Budget(database, 10, now), 10, taken)
        async with a_database(tmp_path) as database:
            await takers(Budget(database, 10, now), 1, taken)
        return taken

    taken = run(main())

    assert taken[-1] - taken[0] >= MINUTE


def test_who_needs_it_most_goes_first(tmp_path: Path) -> None:
    async def main() -> list[Need]:
        order: list[Need] = []
        async with a_database(tmp_path) as database:
            budget = Budget(database, 1, now)
            await budget.take(Need.POLL)

            async def one(need: Need) -> None:
                await budget.take(need)
                order.append(need)

            tasks = [asyncio.create_task(one(need)) for need in reversed(Need)]
            await asyncio.sleep(30)
            tasks.append(asyncio.create_task(one(Need.CREATE)))  # late, and still first
            await asyncio.gather(*tasks)
        return order

    order = run(main())

    assert order == [Need.CREATE, *sorted(Need)]


def test_somebody_who_left_takes_no_request(tmp_path: Path) -> None:
    async def main() -> float:
        async with a_database(tmp_path) as database:
            budget = Budget(database, 1, now)
            await budget.take(Need.POLL)
            began = now()
            left = [asyncio.create_task(budget.take(Need.CREATE)) for _ in range(5)]
            await asyncio.sleep(1)
            for task in left:
                task.cancel()
            await budget.take(Need.UPLOAD)
        return now() - began

    assert run(main()) <= MINUTE + 2


def test_retry_after_holds_everybody(tmp_path: Path) -> None:
    async def main() -> list[float]:
        async with a_database(tmp_path) as database:
            budget = Budget(database, 0, now)
            budget.hold(90)
            taken: list[float] = []
            began = now()
            await takers(budget, 3, taken)
        return [moment - began for moment in taken]

    assert all(90 <= moment < 91 for moment in run(main()))


def test_429_without_retry_after_holds_longer_and_longer(tmp_path: Path) -> None:
    async def main() -> list[float]:
        pauses = []
        async with a_database(tmp_path) as database:
            budget = Budget(database, 0, now, Pace(first_pause=2, longest_pause=60))
            for _ in range(7):
                began = now()
                for _ in range(10):  # ten that were on their way are one refusal
                    budget.hold(None)
                await budget.take(Need.POLL)
                pauses.append(now() - began)
            await asyncio.sleep(300)
            began = now()
            budget.hold(None)
            await budget.take(Need.POLL)
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
                await Budget(database, 60, now).take(Need.CREATE)
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
