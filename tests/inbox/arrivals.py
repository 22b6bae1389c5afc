"""Updates as Telegram hands them out, and somebody who handles them."""

import asyncio
import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text
from telegram import Bot, Update

from bot.arriving import Me
from bot.errors import TelegramFault
from bot.inbox import Inbox
from bot.intake import Poller, Shelf
from storage import facts, updates
from storage.database import Database
from storage.updates import Claimed

Json = Any
BOT = Bot("42:TEST")
ME = Me(42, "avatar_bot")


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


def an_inbox(steps: Steps) -> Inbox:
    return Inbox(steps.database, BOT, steps.handle, steps.apologise)


def nothing(*_given: object) -> None:
    """Nobody hears of it."""


def a_shelf(
    database: Database,
    wake: Callable[[], None] = nothing,
    aside: Callable[[Json], None] = nothing,
) -> Shelf:
    """Of a bot with a name."""
    return Shelf(database, ME, wake, aside)


async def store(database: Database, *raw: Json) -> None:
    """As the poller does."""
    telegram = Telegram(list(raw))
    poller = Poller(telegram, a_shelf(database))
    async with running(poller):
        await until(lambda: len(telegram.offsets) == 2)
