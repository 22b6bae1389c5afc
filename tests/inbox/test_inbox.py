"""Updates that are kept: none is handled twice or out of order, and none is lost."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from telegram import Update

from bot.batch import Undecodable
from bot.errors import DatabaseBusy, NotSent, OutcomeUnknown, StaleState
from bot.inbox import MOST_ATTEMPTS, Inbox
from storage import connection as storage_module
from storage import facts, updates
from storage.database import Database
from storage.updates import Claimed
from tests.inbox.arrivals import (
    BOT,
    Json,
    Steps,
    an_inbox,
    locked,
    message,
    running,
    states,
    store,
    until,
)


async def test_a_conversation_is_handled_in_order_and_one_at_a_time(steps: Steps) -> None:
    await store(steps.database, *(message(n) for n in (3, 1, 2, *range(4, 30))))
    inbox = an_inbox(steps)
    async with running(inbox):
        await until(lambda: len(steps.done[7]) == 29)
        await store(steps.database, message(40), message(41))
        inbox.wake()
        await until(lambda: len(steps.done[7]) == 31)
    assert steps.begun[7] == steps.done[7] == [*range(1, 30), 40, 41]
    assert steps.most_at_once == 1
    assert set((await states(steps.database)).values()) == {"handled"}


async def test_many_conversations_are_handled_at_once(steps: Steps) -> None:
    gates = [steps.gate(n) for n in range(50)]
    await store(steps.database, *(message(n, user=n + 1) for n in range(50)))
    async with running(an_inbox(steps)):
        await until(lambda: steps.at_once == 50)
        for gate in gates:
            gate.set()
    assert steps.all_done == list(range(50))


async def test_one_slow_conversation_holds_up_nobody(steps: Steps) -> None:
    """Also with more messages than places, or than one claim takes."""
    slow = steps.gate(0)
    await store(steps.database, *(message(n) for n in range(250)))
    inbox = an_inbox(steps)
    async with running(inbox):
        await until(lambda: steps.at_once == 1)
        await store(steps.database, *(message(1000 + n, user=100 + n) for n in range(300)))
        inbox.wake()
        await until(lambda: len(steps.all_done) == 300)
        assert steps.done[7] == []
        slow.set()
        await until(lambda: len(steps.done[7]) == 250)
    assert steps.done[7] == list(range(250))


async def test_what_comes_while_a_conversation_is_busy_is_handled_next(steps: Steps) -> None:
    gate = steps.gate(1)
    await store(steps.database, message(1))
    inbox = an_inbox(steps)
    async with running(inbox):
        await until(lambda: steps.at_once == 1)
        await store(steps.database, message(2))
        inbox.wake()
        await asyncio.sleep(0.05)
        assert steps.begun[7] == [1]
        gate.set()
        await until(lambda: steps.done[7] == [1, 2])


@pytest.mark.parametrize(
    "error", [NotSent("x"), OutcomeUnknown("x"), DatabaseBusy("x"), StaleState("x")]
)
async def test_a_passing_fault_brings_the_update_again_in_its_order(
    steps: Steps, error: Exception
) -> None:
    steps.errors[2] = [error] * 3
    await store(steps.database, *(message(n) for n in (1, 2, 3)), message(4, user=8))
    async with running(an_inbox(steps)):
        await until(lambda: len(steps.all_done) == 4)
    assert steps.begun[7] == [1, 2, 2, 2, 2, 3]
    assert steps.done[7] == [1, 2, 3]
    assert steps.apologies == []


async def test_a_fault_that_does_not_pass_is_set_aside_in_the_end(steps: Steps) -> None:
    steps.errors[1] = [NotSent("x")] * 99
    await store(steps.database, message(1), message(2))
    async with running(an_inbox(steps)):
        await until(lambda: steps.done[7] == [2])
    assert steps.begun[7] == [1] * MOST_ATTEMPTS + [2]
    assert steps.apologies == [1]
    assert await states(steps.database) == {1: "failed", 2: "handled"}


async def test_a_bug_is_set_aside_told_and_holds_up_nobody(
    steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    steps.errors[1] = [ZeroDivisionError("a bug")]
    await store(steps.database, message(1), message(2))
    async with running(an_inbox(steps)):
        await until(lambda: steps.done[7] == [2])
    assert steps.begun[7] == [1, 2]
    assert steps.apologies == [1]
    assert await states(steps.database) == {1: "failed", 2: "handled"}
    assert "update 1 could not be handled" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_bug_after_the_step_brings_no_second_step_and_no_apology(steps: Steps) -> None:
    async def handle(update: Update, claimed: Claimed) -> bool:
        await steps.handle(update, claimed)
        raise ZeroDivisionError

    await store(steps.database, message(1), message(2))
    async with running(Inbox(steps.database, BOT, handle, steps.apologise)):
        await until(lambda: steps.done[7] == [1, 2])
    assert steps.apologies == []
    assert await states(steps.database) == {1: "handled", 2: "handled"}


async def test_an_apology_that_cannot_be_sent_holds_up_nobody(steps: Steps) -> None:
    async def fails(_update: Update) -> None:
        raise NotSent("no network")

    steps.errors[1] = [ZeroDivisionError("a bug")]
    await store(steps.database, message(1), message(2))
    async with running(Inbox(steps.database, BOT, steps.handle, fails)):
        await until(lambda: steps.done[7] == [2])


@pytest.mark.parametrize(
    "poison",
    [
        {"update_id": 2, "message": {"message_id": 2, "chat": {"id": 7, "type": "private"}}},
        {"update_id": 2, "message": "nonsense"},
        {"update_id": 2, "callback_query": {"id": 3}},
        Undecodable(2, '{"update_id":2,'),
    ],
    ids=["no date", "no object", "no sender", "no JSON"],
)
async def test_an_update_that_cannot_be_decoded_is_kept_aside_between_good_ones(
    steps: Steps, poison: Json, caplog: pytest.LogCaptureFixture
) -> None:
    await store(steps.database, message(1), poison, message(3))
    async with running(an_inbox(steps)):
        await until(lambda: steps.done[7] == [1, 3])
        await until(lambda: "update 2 can't be decoded" in caplog.text)
    assert await states(steps.database) == {1: "handled", 2: "failed", 3: "handled"}
    assert steps.apologies == []


async def test_an_update_of_no_interest_is_over_too(steps: Steps) -> None:
    steps.ours = False
    await store(steps.database, message(1))
    async with running(an_inbox(steps)):
        await until(lambda: steps.done[7] == [1])
    assert await states(steps.database) == {1: "handled"}


async def test_a_lost_lease_undoes_the_step(steps: Steps) -> None:
    """A frozen process wakes up, and somebody else has its update."""
    gate = steps.gate(1)
    await store(steps.database, message(1))
    async with running(an_inbox(steps)):
        await until(lambda: steps.at_once == 1)
        async with steps.database.writing() as connection:
            await updates.release_all(connection)
            taken = await updates.claim(connection, "somebody else", 0, 2**40)
        assert [claimed.update_id for claimed in taken] == [1]
        gate.set()
        await until(lambda: steps.at_once == 0)
    async with steps.database.writing() as connection:
        assert await facts.get(connection, "1") is None
        await updates.handled(connection, 1, "somebody else")
    assert steps.done[7] == []
    assert steps.apologies == []


async def test_two_processes_handle_each_update_once(database_file: Path, steps: Steps) -> None:
    other = Database(database_file)
    await other.open()
    theirs = Steps(other)
    await store(steps.database, *(message(n, user=n % 20) for n in range(1, 200)))
    async with running(an_inbox(steps), an_inbox(theirs)):
        await until(lambda: len(steps.all_done) + len(theirs.all_done) == 199)
    async with steps.database.reading() as connection:
        times = await connection.execute(text("SELECT value FROM facts"))
        assert list(times.scalars()) == ["1"] * 199
    await other.close()


async def test_draining_waits_for_what_runs_and_leaves_the_rest(steps: Steps) -> None:
    quick, stuck = steps.gate(1), steps.gate(2)
    await store(steps.database, message(1, user=8), message(2, user=9), message(3, user=9))
    inbox = an_inbox(steps)
    loop = asyncio.create_task(inbox.run())
    await until(lambda: steps.at_once == 2)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    quick.set()
    await inbox.drain(0.2)
    assert steps.at_once == 0  # what was stuck is over when the draining is
    assert await states(steps.database) == {1: "handled", 2: "waiting", 3: "waiting"}

    stuck.set()
    async with steps.database.writing() as connection:
        await updates.release_all(connection)  # as the next start does
    async with running(an_inbox(steps)):
        await until(lambda: steps.done[9] == [2, 3])
    assert await states(steps.database) == dict.fromkeys((1, 2, 3), "handled")


async def test_draining_with_nothing_under_way(steps: Steps) -> None:
    await an_inbox(steps).drain(0)


async def test_a_locked_database_holds_up_claiming_and_nothing_is_lost(
    database_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(storage_module, "BUSY_SECONDS", 0.02)
    mine = Database(database_file)
    await mine.open()
    steps = Steps(mine)
    await store(mine, message(1), message(2))
    with locked(database_file):
        task = asyncio.create_task((inbox := an_inbox(steps)).run())
        await until(lambda: "can't be claimed yet" in caplog.text)
        assert steps.all_done == []
    await until(lambda: steps.done[7] == [1, 2])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await inbox.drain(1)
    await mine.close()


async def test_what_is_over_for_long_is_forgotten(steps: Steps) -> None:
    await store(steps.database, message(1), message(2))
    async with running(an_inbox(steps)):
        await until(lambda: steps.done[7] == [1, 2])
    async with steps.database.writing() as connection:
        two_days = 2 * 24 * 3600 + 60
        await connection.execute(
            text(f"UPDATE updates SET received_at = received_at - {two_days} WHERE update_id = 1")
        )
    async with running(an_inbox(steps)):
        for _ in range(1000):
            if 1 not in await states(steps.database):
                break
            await asyncio.sleep(0.01)
    assert set(await states(steps.database)) == {2}
