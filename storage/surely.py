"""What must not be forgotten because the database is away for the moment."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.domain.pace import backoff
from bot.errors import DatabaseBusy
from storage.connection import Connection
from storage.database import Database

log = logging.getLogger(__name__)
T = TypeVar("T")


async def surely(database: Database, unit: Callable[[Connection], Awaitable[T]]) -> T:
    """Commits a unit of work, however long the database is locked or full.

    For what has happened already outside: the id of a message that is in the chat, say. It may
    be cancelled. The unit is called anew for each try.
    """
    failures = 0
    while True:
        try:
            async with database.writing() as connection:
                return await unit(connection)
        except DatabaseBusy as busy:
            failures += 1
            if failures == 1:
                log.warning("the database is waited for: %s", busy)
            await asyncio.sleep(backoff(failures, first=0.2, most=5))
