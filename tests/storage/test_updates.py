"""The inbox table: claimed together, in order, by one at a time, and never lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.errors import StaleState
from storage import updates
from storage.connection import Connection
from storage.database import Database
from storage.updates import Arrival, Claimed
from tests.properties import PROPERTY

NOW = 1_000.0
SOON = NOW + 120


def arrival(number: int, conversation: str = "anna") -> Arrival:
    return Arrival(number, conversation, f'{{"update_id":{number}}}')


async def store(database: Database, *arrivals: Arrival, now: float = NOW) -> None:
    async with database.writing() as connection:
        await updates.add(connection, arrivals, now)


async def claim(
    database: Database, lease: str = "mine", now: float = NOW, until: float = SOON
) -> list[Claimed]:
    async with database.writing() as connection:
        return await updates.claim(connection, lease, now, until)


async def states(database: Database) -> dict[int, tuple[str, str | None]]:
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT update_id, state, body FROM updates"))
        return {row[0]: (row[1], row[2]) for row in rows}


def numbers(claimed: Iterable[Claimed]) -> list[int]:
    return [one.update_id for one in claimed]


async def test_what_came_is_claimed_in_order_with_all_that_it_needs(database: Database) -> None:
    await store(database, arrival(3), arrival(1), arrival(2, "ben"))
    claimed = await claim(database)
    assert numbers(claimed) == [1, 2, 3]
    assert claimed[1] == Claimed(2, "ben", '{"update_id":2}', 0, "mine")


async def test_an_update_that_comes_three_times_is_stored_once(database: Database) -> None:
    await store(database, arrival(1))
    await store(database, Arrival(1, "ben", "other"), arrival(2))
    claimed = await claim(database)
    assert numbers(claimed) == [1, 2]
    assert claimed[0].conversation == "anna"
    async with database.writing() as connection:
        await updates.handled(connection, 1, "mine")
    await store(database, arrival(1))
    assert (await states(database))[1] == ("handled", None)


async def test_nothing_to_store_is_fine(database: Database) -> None:
    await store(database)
    assert await claim(database) == []


async def test_a_busy_conversation_waits_and_the_others_dont(database: Database) -> None:
    await store(database, arrival(1), arrival(2, "ben"))
    assert numbers(await claim(database)) == [1, 2]
    await store(database, arrival(3), arrival(4, "cleo"))
    assert numbers(await claim(database, "other")) == [4]


async def test_when_a_conversation_is_free_the_rest_is_claimed(database: Database) -> None:
    await store(database, arrival(1), arrival(2))
    await claim(database)
    async with database.writing() as connection:
        await updates.handled(connection, 1, "mine")
    await store(database, arrival(3))
    assert await claim(database, "other") == []
    async with database.writing() as connection:
        await updates.release(connection, "anna", "mine")
    assert numbers(await claim(database, "other")) == [2, 3]


async def test_two_claimants_never_get_the_same(path: Path, database: Database) -> None:
    """Two processes, as far as the database can tell."""
    second = Database(path)
    await second.open()
    await store(database, *(arrival(n, str(n)) for n in range(400)))
    found: list[list[Claimed]] = []
    while len(found) < 2 or found[-1] or found[-2]:
        found += await asyncio.gather(claim(database, "one"), claim(second, "two"))
    await second.close()

    got = [one for batch in found for one in batch]
    assert len(got) == 400
    assert len({one.update_id for one in got}) == 400


async def test_a_claim_takes_a_bounded_number_and_the_next_the_rest(database: Database) -> None:
    many = updates.MOST_CLAIMED
    await store(database, *(arrival(n, str(n)) for n in range(many + 5)))
    assert numbers(await claim(database)) == list(range(many))
    assert numbers(await claim(database)) == list(range(many, many + 5))


async def test_a_lease_that_ran_out_is_somebody_elses(database: Database) -> None:
    await store(database, arrival(1))
    await claim(database, "slow", until=NOW + 10)
    assert await claim(database, "fast", now=NOW + 9) == []
    assert numbers(await claim(database, "fast", now=NOW + 10)) == [1]
    ways: list[Callable[[Connection], Awaitable[None]]] = [
        lambda c: updates.handled(c, 1, "slow"),
        lambda c: updates.fail(c, 1, "slow", "error"),
        lambda c: updates.postpone(c, 1, "slow", NOW),
    ]
    for leave in ways:
        with pytest.raises(StaleState):
            async with database.writing() as connection:
                await leave(connection)
    async with database.writing() as connection:
        await updates.release(connection, "anna", "slow")
    assert await claim(database, "third", now=NOW + 11) == []
    async with database.writing() as connection:
        await updates.handled(connection, 1, "fast")
    assert await states(database) == {1: ("handled", None)}


async def test_what_is_over_is_over(database: Database) -> None:
    await store(database, arrival(1))
    await claim(database)
    async with database.writing() as connection:
        await updates.handled(connection, 1, "mine")
    with pytest.raises(StaleState):
        async with database.writing() as connection:
            await updates.handled(connection, 1, "mine")
    assert await claim(database) == []


async def test_an_unknown_update_cant_be_handled(database: Database) -> None:
    with pytest.raises(StaleState):
        async with database.writing() as connection:
            await updates.handled(connection, 99, "mine")


async def test_a_failed_update_keeps_its_body_and_holds_up_nobody(database: Database) -> None:
    await store(database, arrival(1), arrival(2))
    await claim(database)
    async with database.writing() as connection:
        await updates.fail(connection, 1, "mine", "ValueError('x')")
        await updates.release(connection, "anna", "mine")
    assert numbers(await claim(database)) == [2]
    assert (await states(database))[1] == ("failed", '{"update_id":1}')


async def test_a_postponed_update_holds_its_conversation_until_it_is_due(
    database: Database,
) -> None:
    await store(database, arrival(1), arrival(2), arrival(3, "ben"))
    await claim(database)
    async with database.writing() as connection:
        assert await updates.waits(connection, "anna")
        await updates.postpone(connection, 1, "mine", NOW + 5)
        await updates.release(connection, "anna", "mine")
        await updates.release(connection, "ben", "mine")
    assert numbers(await claim(database, now=NOW + 4)) == [3]
    claimed = await claim(database, now=NOW + 5)
    assert [(one.update_id, one.attempts) for one in claimed] == [(1, 1), (2, 0)]


async def test_next_due_is_when_something_can_be_claimed(database: Database) -> None:
    async def next_due() -> float | None:
        async with database.reading() as connection:
            return await updates.next_due(connection)

    await store(database, arrival(1), arrival(2, "ben"))
    assert await next_due() is None  # what is new is told by a wake-up
    await claim(database)
    assert await next_due() == SOON
    async with database.writing() as connection:
        await updates.postpone(connection, 1, "mine", NOW + 5)
        await updates.handled(connection, 2, "mine")
    assert await next_due() == NOW + 5
    # While it is handled it is not due: no busy loop until its lease ends.
    await claim(database, now=NOW + 6, until=NOW + 126)
    assert await next_due() == NOW + 126


async def test_at_the_start_what_a_killed_process_had_claimed_is_free(database: Database) -> None:
    await store(database, arrival(1), arrival(2, "ben"))
    await claim(database, "killed")
    async with database.writing() as connection:
        await updates.release_all(connection)
    assert numbers(await claim(database)) == [1, 2]


async def test_purge_forgets_what_is_over_and_old(database: Database) -> None:
    await store(database, *(arrival(n, str(n)) for n in (1, 2, 3)))
    await store(database, arrival(4, "4"), now=NOW + 100)
    await claim(database)
    async with database.writing() as connection:
        await updates.handled(connection, 1, "mine")
        await updates.fail(connection, 2, "mine", "error")
        await updates.handled(connection, 4, "mine")
        await updates.purge(connection, NOW + 50)
        assert not await updates.waits(connection, "1")
        assert await updates.waits(connection, "3")
    assert set(await states(database)) == {3, 4}


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("abc")),
        st.tuples(st.just("claim"), st.sampled_from(["one", "two"])),
        st.tuples(st.sampled_from(["handle", "postpone", "fail", "release"]), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.sampled_from([1, 6, 130])),
    ),
    max_size=40,
)


class Walk:
    """Claimants at work on one table; what they hold, and what became of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.stored: dict[int, str] = {}
        self.held: list[Claimed] = []
        self.over: list[int] = []

    async def step(self, what: str, argument: str | int) -> None:
        if what == "add":
            number = len(self.stored) + 1
            self.stored[number] = str(argument)
            await store(self.database, arrival(number, str(argument)), now=self.now)
        elif what == "wait":
            self.now += float(argument)
        elif what == "claim":
            self.held += await claim(self.database, str(argument), self.now, self.now + 120)
        elif self.held:
            whose = self.held[int(argument) % len(self.held)]
            batch = [h for h in self.held if _of(h) == _of(whose)]
            await self.leave(what, min(batch, key=lambda h: h.update_id))

    async def leave(self, what: str, one: Claimed) -> None:
        """As the inbox does: the oldest first, and what is put off takes the rest along."""
        goes_on = what in {"handle", "fail"}
        self.held = [h for h in self.held if h != one and (goes_on or _of(h) != _of(one))]
        try:
            async with self.database.writing() as connection:
                match what:
                    case "handle":
                        await updates.handled(connection, one.update_id, one.lease)
                    case "fail":
                        await updates.fail(connection, one.update_id, one.lease, "error")
                    case "postpone":
                        due = self.now + 5
                        await updates.postpone(connection, one.update_id, one.lease, due)
                if not goes_on:
                    await updates.release(connection, one.conversation, one.lease)
        except StaleState:
            return
        if goes_on:
            self.over.append(one.update_id)


def _of(one: Claimed) -> tuple[str, str]:
    return one.conversation, one.lease


@settings(PROPERTY, max_examples=60)
@given(steps=steps)
def test_whatever_claimants_do_each_update_is_handled_once_in_order_and_none_is_lost(
    migrated: Path, steps: list[tuple[str, str | int]]
) -> None:
    async def walk() -> None:
        database = Database(migrated)
        await database.open()
        try:
            await _walked(database, steps)
        finally:
            async with database.writing() as connection:
                await connection.execute(text("DELETE FROM updates"))
            await database.close()

    asyncio.run(walk())


async def _walked(database: Database, steps: list[tuple[str, str | int]]) -> None:
    walk = Walk(database)
    for step in steps:
        await walk.step(*step)
    assert len(walk.over) == len(set(walk.over))
    for conversation in set(walk.stored.values()):
        done = [n for n in walk.over if walk.stored[n] == conversation]
        assert done == sorted(done)
    later = walk.now + 1000
    left = sorted(set(walk.stored) - set(walk.over))
    assert numbers(await claim(database, "last", later, later + 1)) == left
