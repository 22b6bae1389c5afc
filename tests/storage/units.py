"""Units of work on the smallest rows there are, to see what is committed, and with what."""

import asyncio
import contextlib
from typing import Any

from sqlalchemy import text

from storage import facts
from storage.database import Database

ADD = text("INSERT INTO facts (name, value) VALUES (:name, :value)")


async def add(database: Database, *names: str) -> None:
    """One unit: all these facts, or none."""
    async with database.writing() as connection:
        for name in names:
            await facts.put(connection, name, "x")


async def known(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(text("SELECT name FROM facts"))).scalars())


@contextlib.asynccontextmanager
async def one_group(database: Database) -> Any:
    """Whatever is asked for meanwhile goes into one transaction, behind a unit that waits."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.writing() as connection:
            await facts.put(connection, "first", "x")
            entered.set()
            await go_on.wait()

    task = asyncio.create_task(first())
    await entered.wait()
    yield
    await asyncio.sleep(0)  # those asked for join the queue
    go_on.set()
    await task
