"""People, hosted photos, the minute's requests, facts."""

import asyncio

import pytest
from sqlalchemy import text

from storage import facts, hosted, people, requests
from storage.database import Database
from storage.hosted import HostedPhoto
from storage.people import Person

NOW = 1_000_000.0

# People


async def test_a_person_is_met_and_brought_up_to_date(database: Database) -> None:
    async with database.writing() as connection:
        anna = await people.meet(connection, 7, "Anna", "de", NOW)
        assert anna == Person(7, "Anna", "de", "person", None, is_admin=False)
        assert not anna.consented
        await people.consent(connection, 7, NOW)
        await people.remember_word(connection, 7, "woman")
        await people.make_admin(connection, 7)
        again = await people.meet(connection, 7, "Ana", "en", NOW + 5)
        assert again == Person(7, "Ana", "en", "woman", NOW, is_admin=True)
        assert again == await people.find(connection, 7)
        assert await people.find(connection, 8) is None
        assert await people.admins(connection) == [7]


async def test_consent_keeps_its_first_date(database: Database) -> None:
    async with database.writing() as connection:
        anna = await people.meet(connection, 7, "Anna", "de", NOW)
        await people.consent(connection, 7, NOW)
        await people.consent(connection, 7, NOW + 99)
        found = await people.find(connection, 7)
    assert found is not None
    assert found.consented_at == NOW
    assert anna.agreed(NOW) == found
    assert found.agreed(NOW + 99) == found


async def test_whoever_writes_has_not_blocked_the_bot(database: Database) -> None:
    async def blocked() -> float | None:
        found = await connection.execute(text("SELECT blocked_at FROM people"))
        value: float | None = found.scalar_one()
        return value

    async with database.writing() as connection:
        await people.meet(connection, 7, "Anna", "de", NOW)
        await people.block(connection, 7, NOW + 1)
        assert await blocked() == NOW + 1
        await people.meet(connection, 7, "Anna", "de", NOW + 2)
        assert await blocked() is None


# Hosted photos


async def test_a_hosted_photo_is_good_as_long_as_it_stays(database: Database) -> None:
    first = HostedPhoto("u1", "up1", "https://files.test/1", NOW + 100)
    second = HostedPhoto("u1", "up2", "https://files.test/2", NOW + 500)
    async with database.writing() as connection:
        await hosted.put(connection, first)
        assert await hosted.find(connection, "u1", NOW + 100) == first
        assert await hosted.find(connection, "u1", NOW + 101) is None
        assert await hosted.find(connection, "u2", NOW) is None
        await hosted.put(connection, second)
        assert await hosted.find(connection, "u1", NOW + 101) == second
        await hosted.purge(connection, NOW + 500)
        assert await hosted.find(connection, "u1", NOW) == second
        await hosted.purge(connection, NOW + 501)
        assert await hosted.find(connection, "u1", NOW) is None


# Requests


async def took(database: Database, now: float, times: int, limit: int = 60) -> int:
    async with database.writing() as connection:
        rows = [await requests.take(connection, now, limit, 60.0) for _ in range(times)]
    given = [row for row in rows if row is not None]
    assert len(set(given)) == len(given)
    return len(given)


async def used(database: Database, since: float) -> list[float]:
    async with database.reading() as connection:
        return await requests.used(connection, since)


async def test_a_minute_has_so_many_requests(database: Database) -> None:
    assert await took(database, NOW, 59) == 59
    assert await took(database, NOW + 10, 5) == 1
    assert await took(database, NOW + 59.9, 1) == 0
    assert await took(database, NOW + 60, 70) == 59
    assert await took(database, NOW + 70, 2) == 1


async def test_what_was_used_is_told_oldest_first(database: Database) -> None:
    for moment in (NOW + 5, NOW, NOW + 9):
        await took(database, moment, 1)
    assert await used(database, NOW) == [NOW + 5, NOW + 9]
    assert await used(database, NOW - 1) == [NOW, NOW + 5, NOW + 9]


async def test_a_late_answer_counts_from_when_it_came(database: Database) -> None:
    async with database.writing() as connection:
        row = await requests.take(connection, NOW, 60, 60.0)
        assert row is not None
        await requests.arrived(connection, row, NOW + 20)
    assert await used(database, NOW) == [NOW + 20]


async def test_many_who_ask_at_once_share_one_budget(database: Database) -> None:
    assert sum(await asyncio.gather(*(took(database, NOW, 2) for _ in range(50)))) == 60


@pytest.mark.parametrize("jump", [-5.0, -59.0, -3600.0, -1e6])
async def test_a_clock_set_back_gives_no_second_budget_and_stops_nothing_for_long(
    database: Database, jump: float
) -> None:
    assert await took(database, NOW, 60) == 60
    earlier = NOW + jump
    async with database.writing() as connection:
        await requests.set_back(connection, earlier)
    assert await took(database, earlier, 5) == 0
    assert await took(database, earlier + 60, 100) == 60


@pytest.mark.parametrize("jump", [61.0, 3600.0, 1e6])
async def test_a_clock_set_forward_stops_nothing(database: Database, jump: float) -> None:
    assert await took(database, NOW, 60) == 60
    assert await took(database, NOW + jump, 100) == 60


async def test_old_requests_are_forgotten(database: Database) -> None:
    for minute in range(5):
        await took(database, NOW + 60 * minute, 60)
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT count(*) FROM requests"))
        assert rows.scalar_one() == 60


# Facts


async def test_facts(database: Database) -> None:
    async with database.writing() as connection:
        assert await facts.get(connection, "a") is None
        assert await facts.put_first(connection, "a", "1")
        assert not await facts.put_first(connection, "a", "2")
        assert await facts.get(connection, "a") == "1"
        await facts.put(connection, "a", "3")
        assert await facts.get(connection, "a") == "3"
        assert not await facts.take(connection, "a", "1")
        assert await facts.take(connection, "a", "3")
        assert not await facts.take(connection, "a", "3")
        await facts.put(connection, "a", "4")
        assert await facts.forget(connection, "a")
        assert not await facts.forget(connection, "a")


async def test_of_many_who_claim_at_once_one_gets_it(database: Database) -> None:
    async with database.writing() as connection:
        await facts.put(connection, facts.CLAIM, "digest")

    async def claims() -> bool:
        async with database.writing() as connection:
            return await facts.take(connection, facts.CLAIM, "digest")

    assert sum(await asyncio.gather(*(claims() for _ in range(20)))) == 1
