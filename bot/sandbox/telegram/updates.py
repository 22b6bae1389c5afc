"""The bot's updates, from when they happen until the bot confirms them."""

import asyncio
import itertools
import json
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.sandbox.telegram.errors import ApiError

Json = Any

# Bot API, getUpdates: what is sent only to bots that ask for it.
ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MOST_AT_ONCE = 100

CONFLICT = (
    "Conflict: terminated by other getUpdates request;"
    " make sure that only one bot instance is running"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"


@dataclass(frozen=True, slots=True)
class Update:
    """`body` is the JSON as it will be sent; updates of one `lane` stay in order.

    `sequence` is unique here, which an update_id put in by a test need not be.
    """

    sequence: int
    update_id: int
    lane: int | str
    body: str


class UpdateQueue:
    def __init__(self) -> None:
        self.allowed: list[str] = []
        self._pending: OrderedDict[int, Update] = OrderedDict()
        self._sequence = itertools.count()
        self._newest = 0
        self._poll: asyncio.Future[None] | None = None
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, payload: Json, lane: int) -> None:
        """Queue an update, unless the bot asked not to be sent this kind."""
        if (kind in self.allowed) if self.allowed else (kind not in ASKED_FOR):
            number = self._newest + 1
            self._append(number, lane, _dumped({"update_id": number, kind: payload}))

    def put_raw(self, update: Json | str) -> int:
        """Queue any JSON, or any text in the place of one; returns the update_id.

        An object without an update_id gets one; one may be queued again and again.
        """
        number = self._newest + 1
        if isinstance(update, dict):
            update = {"update_id": number} | update
            if isinstance(update["update_id"], int):
                number = update["update_id"]
        self._append(number, "raw", update if isinstance(update, str) else _dumped(update))
        return number

    async def get(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """The updates from `offset` on; all before it are confirmed and gone.

        Waits so many `seconds` for the first. A negative offset keeps only that many of the
        last ones. Raises ApiError 409 if somebody else asks meanwhile.
        """
        self.interrupt(CONFLICT)
        self._confirm(offset)
        if not self._pending and seconds > 0:
            await self._wait(seconds)
        return list(islice(self._pending.values(), max(1, min(limit, MOST_AT_ONCE))))

    def interrupt(self, description: str) -> None:
        """End the poll that waits, if one does, with 409."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, description))

    def close(self) -> None:
        """End the poll that waits, with nothing."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def clear(self) -> None:
        self._pending.clear()

    def confirm(self, update: Update) -> None:
        self._pending.pop(update.sequence, None)

    async def arrived(self) -> list[Update]:
        """All that is pending, once something has been put since the last time."""
        await self._arrived.wait()
        self._arrived.clear()
        return list(self._pending.values())

    def recall(self) -> None:
        """Have `arrived` report what is pending already."""
        self._arrived.set()

    def _append(self, update_id: int, lane: int | str, body: str) -> None:
        self._newest = max(self._newest, update_id)
        sequence = next(self._sequence)
        self._pending[sequence] = Update(sequence, update_id, lane, body)
        self._arrived.set()
        self.close()

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            for _ in range(len(self._pending) + offset):
                self._pending.popitem(last=False)
            return
        while self._pending and next(iter(self._pending.values())).update_id < offset:
            self._pending.popitem(last=False)

    async def _wait(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            return


def _dumped(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))
