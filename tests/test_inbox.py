"""Updates in: nothing acknowledged before it is kept, nothing handled twice or out of order."""

import asyncio
import contextlib
import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from telegram import Bot, Update

from bot.arriving import ALLOWED_UPDATES, NOBODY, Me, conversation, wanted
from bot.batch import Undecodable
from bot.errors import (
    DatabaseBusy,
    NotSent,
    OutcomeUnknown,
    PollerConflict,
    StaleState,
    TelegramFault,
    TokenRefused,
)
from bot.inbox import MOST_ATTEMPTS, Inbox, Intake, Poller
from storage import database as storage_module
from storage import facts, updates
from storage.database import Database
from storage.updates import Claimed

Json = Any
BOT = Bot("42:TEST")


def message(update_id: int, user: int = 7, **more: Json) -> Json:
    about = {
        "message_id": update_id,
        "date": 1,
        "chat": {"id": user, "type": "private"},
        "from": {"id": user, "is_bot": False, "first_name": "Anna"},
        "text": f"#{update_id}",
    }
    return {"update_id": update_id, "message": about | more}


async def until(condition: Callable[[], object]) -> None:
    for _ in range(4000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


async def states(database: Database) -> dict[int, str]:
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT update_id, state FROM updates"))
        return {row[0]: row[1] for row in rows}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are no part of these tests."""
    for where in ("bot.inbox.backoff", "storage.surely.backoff"):
        monkeypatch.setattr(where, lambda *_given, **_more: 0.001)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes and doesn't come to an end."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextlib.asynccontextmanager
async def running(*loops: Poller | Inbox) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    yield
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, asyncio.CancelledError), result
    for loop in loops:
        if isinstance(loop, Inbox):
            await loop.drain(10)


class Telegram:
    """Hands out what was prepared, batch by batch, and then nothing more."""

    def __init__(self, *answers: list[Json] | TelegramFault) -> None:
        self.answers = list(answers)
        self.offsets: list[int | None] = []

    async def get_updates(self, offset: int | None, seconds: int) -> list[object]:
        self.offsets.append(offset)
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, TelegramFault):
            raise answer
        return answer


class Steps:
    """A handler: each update's step writes a fact, and that it was handled, in one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.begun: dict[int, list[int]] = defaultdict(list)
        self.done: dict[int, list[int]] = defaultdict(list)
        self.at_once = 0
        self.most_at_once = 0
        self.gates: dict[int, asyncio.Event] = {}
        self.errors: dict[int, list[Exception]] = {}
        self.ours = True
        self.apologies: list[int] = []

    async def handle(self, update: Update, claimed: Claimed) -> bool:
        assert update.effective_user is not None
        user, number = update.effective_user.id, update.update_id
        self.begun[user].append(number)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if number in self.gates:
                await self.gates[number].wait()
            if self.errors.get(number):
                raise self.errors[number].pop(0)
            if self.ours:
                await self._step(number, claimed)
        finally:
            self.at_once -= 1
        self.done[user].append(number)
        return self.ours

    async def _step(self, number: int, claimed: Claimed) -> None:
        async with self.database.writing() as connection:
            times = int(await facts.get(connection, str(number)) or 0)
            await facts.put(connection, str(number), str(times + 1))
            await updates.handled(connection, claimed.update_id, claimed.lease)

    async def apologise(self, update: Update) -> None:
        self.apologies.append(update.update_id)

    def gate(self, number: int) -> asyncio.Event:
        self.gates[number] = asyncio.Event()
        return self.gates[number]

    @property
    def all_done(self) -> list[int]:
        return sorted(number for numbers in self.done.values() for number in numbers)


@pytest.fixture
def steps(database: Database) -> Steps:
    return Steps(database)


def an_inbox(steps: Steps) -> Inbox:
    return Inbox(steps.database, BOT, steps.handle, steps.apologise)


async def store(database: Database, *raw: Json) -> None:
    """As the poller does."""
    telegram = Telegram(list(raw))
    poller = Poller(telegram, database, lambda: None)
    async with running(poller):
        await until(lambda: len(telegram.offsets) == 2)


# The poller


async def test_the_offset_moves_only_after_the_commit(
    database_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(storage_module, "BUSY_SECONDS", 0.02)
    mine = Database(database_file)
    await mine.open()
    telegram = Telegram([message(5), message(6)])
    woken: list[bool] = []
    async with running(Poller(telegram, mine, lambda: woken.append(True))):
        with locked(database_file):
            await until(lambda: "waited for" in caplog.text)
            await asyncio.sleep(0.1)
            assert (telegram.offsets, woken) == ([None], [])
        await until(lambda: len(telegram.offsets) == 2)
    assert telegram.offsets == [None, 7]
    assert woken == [True]
    assert await states(mine) == {5: "waiting", 6: "waiting"}
    await mine.close()


async def test_the_same_updates_again_are_stored_once(database: Database) -> None:
    await store(database, message(1), message(2))
    await store(database, message(2), message(3))
    assert await states(database) == dict.fromkeys((1, 2, 3), "waiting")


async def test_what_is_not_wanted_is_acknowledged_and_never_stored(
    database: Database,
) -> None:
    group = {"id": -100, "type": "supergroup"}
    telegram = Telegram(
        [
            message(1),
            message(2, chat=group),
            {"update_id": 3, "channel_post": message(0)["message"]},
            {"no": "number"},
            "nonsense",
            {"update_id": 9},
        ],
        [],
    )
    async with running(Poller(telegram, database, lambda: None)):
        await until(lambda: len(telegram.offsets) == 3)
    assert telegram.offsets == [None, 10, 10]
    assert await states(database) == {1: "waiting"}


async def test_updates_without_a_number_are_asked_for_again_and_not_at_once(
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    telegram = Telegram([{"update_id": 2**70}], [{}], [message(1)])
    async with running(Poller(telegram, database, lambda: None)):
        await until(lambda: len(telegram.offsets) == 4)
    assert telegram.offsets == [None, None, None, 2]
    assert "without a number" in caplog.text


async def test_a_fault_is_told_once_and_its_end_too(
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "bot.inbox")
    faults = [TokenRefused("401")] * 3 + [PollerConflict("409")] * 2 + [NotSent("no network")] * 2
    telegram = Telegram(*faults, [message(1)])
    async with running(Poller(telegram, database, lambda: None)):
        await until(lambda: len(telegram.offsets) == len(faults) + 2)
    assert [record.getMessage() for record in caplog.records] == [
        "Telegram does not accept the bot's token; asking again",
        "another process takes this bot's updates; waiting for it to stop",
        "no updates from Telegram: no network",
        "updates from Telegram come in again",
    ]
    assert await states(database) == {1: "waiting"}


async def test_a_lone_surrogate_becomes_a_sign_that_can_be_kept(steps: Steps) -> None:
    words: list[str | None] = []

    async def handle(update: Update, claimed: Claimed) -> bool:
        words.append(update.effective_message.text if update.effective_message else None)
        return False

    await store(steps.database, message(1, text="knight \ud83d!"), message(2, text="👋"))
    async with running(Inbox(steps.database, BOT, handle, steps.apologise)):
        await until(lambda: len(words) == 2)
    assert words == ["knight ?!", "👋"]


# The inbox


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


# What is kept, and which updates belong together


def tap(chat: Json, **more: Json) -> Json:
    query = {"id": "1", "from": {"id": 7}, "message": {"message_id": 3, "chat": chat} | more}
    return {"update_id": 1, "callback_query": query}


PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -100, "type": "supergroup"}
ME = Me(42, "avatar_bot")


@pytest.mark.parametrize(
    ("raw", "kept", "whose"),
    [
        (message(1), True, "7:0:7"),
        (message(1, message_thread_id=5), True, "7:5:7"),
        (tap(PRIVATE), True, "7:0:7"),
        (tap(PRIVATE, message_thread_id=5), True, "7:5:7"),
        ({"update_id": 1, "callback_query": {"id": "1", "from": {"id": 7}}}, True, "0:0:7"),
        ({"update_id": 1, "my_chat_member": {"chat": PRIVATE, "from": {"id": 7}}}, True, "7:0:7"),
        (message(1, chat=GROUP), False, "-100:0:7"),
        (tap(GROUP), True, "-100:0:7"),
        ({"update_id": 1, "my_chat_member": {"chat": GROUP, "from": {"id": 7}}}, True, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar@avatar_bot"), True, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar@AVATAR_BOT as"), True, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar@other_bot"), False, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar"), False, "-100:0:7"),
        (message(1, chat=GROUP, text=None, caption="/avatar"), True, "-100:0:7"),
        (message(1, chat=GROUP, text=None, caption="/help"), False, "-100:0:7"),
        (message(1, chat=GROUP, text=["/avatar"]), False, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar", reply_to_message={}), True, "-100:0:7"),
        (message(1, chat=GROUP, reply_to_message={"from": {"id": 42}}), True, "-100:0:7"),
        (message(1, chat=GROUP, reply_to_message={"from": {"id": 43}}), False, "-100:0:7"),
        (message(1, chat=GROUP, reply_to_message="?"), False, "-100:0:7"),
        (message(1, chat=GROUP, migrate_to_chat_id=-1001), True, "-100:0:7"),
        (
            message(1, chat=GROUP | {"type": "channel"}, text="/avatar@avatar_bot"),
            False,
            "-100:0:7",
        ),
        ({"update_id": 1, "edited_message": message(1)["message"]}, False, "7:0:7"),
        ({"update_id": 1, "channel_post": {"chat": PRIVATE}}, False, "7:0:0"),
        ({"update_id": 1}, False, "0:0:0"),
        ({"update_id": 1, "message": "?"}, True, "0:0:0"),
        (message(1, chat={"id": "\ud800", "type": "private"}), True, "0:0:7"),
        (message(1, chat="?"), True, "0:0:7"),
    ],
)
def test_what_is_kept_and_whose_it_is(raw: Json, kept: bool, whose: str) -> None:
    assert wanted(raw, ME) is kept
    assert conversation(raw) == whose


def test_nothing_of_a_group_is_for_nobody() -> None:
    assert not wanted(tap(GROUP), NOBODY)


def test_telegram_is_asked_for_what_is_kept() -> None:
    kept = {"message", "callback_query", "my_chat_member"}
    assert set(ALLOWED_UPDATES) == kept | {"inline_query"}


async def test_what_is_fleeting_goes_aside_and_is_never_stored(database: Database) -> None:
    query = {"update_id": 2, "inline_query": {"id": "q"}}
    telegram = Telegram([message(1), query, {"update_id": 3, "inline_query": "?"}])
    aside: list[Json] = []
    async with running(Poller(telegram, database, lambda: None, aside=aside.append)):
        await until(lambda: len(telegram.offsets) == 2)
    intake = Intake(database, lambda: None, aside=aside.append)
    assert await intake.take(json.dumps(query).encode())
    assert aside == [query, query]
    assert telegram.offsets == [None, 4]
    assert await states(database) == {1: "waiting"}
