"""Updates in: Telegram hears that they arrived only once they are committed."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from bot.arriving import Me, arrival_of, is_fleeting, number_of
from bot.batch import update_in
from bot.domain.pace import backoff
from bot.errors import OutcomeUnknown, PollerConflict, TelegramFault, TokenRefused
from storage import updates
from storage.database import Database
from storage.surely import surely
from storage.updates import Arrival

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 50


class Shelf:
    """Where updates are put before anything is done about them.

    Args:
        me: who the bot is; what is for others isn't kept.
        wake: whoever handles what is there.
        aside: whoever answers at once what is never kept.
    """

    def __init__(
        self,
        database: Database,
        me: Me,
        wake: Callable[[], None],
        aside: Callable[[dict[str, Any]], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._me = me
        self._wake = wake
        self._aside = aside
        self._now = now

    def sort(self, raw: Iterable[object]) -> list[Arrival]:
        """What is to be kept of it; the rest is answered or dropped."""
        found = list[Arrival | None]()
        for one in raw:
            if is_fleeting(one):
                self._aside(one)
            found.append(arrival_of(one, self._me))
        return [arrival for arrival in found if arrival is not None]

    async def keep(self, arrivals: list[Arrival], *, patiently: bool) -> None:
        """Commits them, `patiently` as long as it takes.

        Raises:
            DatabaseBusy: they are not stored; not where it is patient.
        """
        if not arrivals:
            return
        if patiently:
            await surely(self._database, lambda c: updates.add(c, arrivals, self._now()))
        else:
            async with self._database.writing() as connection:
                await updates.add(connection, arrivals, self._now())
        self._wake()


class Source(Protocol):
    """Where raw updates come from."""

    async def get_updates(self, offset: int | None, seconds: int) -> list[object]:
        """Telegram's getUpdates, as `batch.updates_in` says; confirms all before `offset`."""


class Poller:
    """Long polling that acknowledges nothing before it is stored, and never stays deaf."""

    def __init__(self, source: Source, shelf: Shelf) -> None:
        self._source = source
        self._shelf = shelf
        self._complaint = ""

    async def run(self) -> None:
        """Polls until it is cancelled."""
        offset: int | None = None
        failures = 0
        while True:
            try:
                batch = await self._source.get_updates(offset, POLL_SECONDS)
                numbers = [number for raw in batch if (number := number_of(raw)) is not None]
                if batch and not numbers:
                    # Nothing to acknowledge it by: it comes again, and must not come at once.
                    raise OutcomeUnknown("updates without a number")
            except TelegramFault as error:
                failures += 1
                self._complain(error)
                await asyncio.sleep(backoff(failures, most=30))
                continue
            failures = 0
            self._recovered()
            # As long as that fails, nothing is acknowledged.
            await self._shelf.keep(self._shelf.sort(batch), patiently=True)
            # Not the highest ever: after a quiet week Telegram counts from anywhere (Bot API).
            offset = max(numbers) + 1 if numbers else offset

    def _complain(self, error: TelegramFault) -> None:
        sentence = {
            TokenRefused: "Telegram does not accept the bot's token; asking again",
            PollerConflict: "another process takes this bot's updates; waiting for it to stop",
        }.get(type(error), f"no updates from Telegram: {error}")
        if sentence != self._complaint:
            log.error(sentence)
        self._complaint = sentence

    def _recovered(self) -> None:
        if self._complaint:
            log.warning("updates from Telegram come in again")
        self._complaint = ""


class Intake:
    """Takes updates by webhook: whatever isn't stored, Telegram sends again."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def take(self, body: bytes) -> bool:
        """Commits an update; false if the body is none. Raises DatabaseBusy: it isn't stored."""
        raw = update_in(body)
        await self._shelf.keep(self._shelf.sort([raw]), patiently=False)
        return number_of(raw) is not None
