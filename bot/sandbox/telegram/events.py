"""What happened on each person's phone, kept so that it can be read again."""

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    event: str
    data: Json

    def view(self) -> Json:
        return {"id": self.id, "event": self.event, "data": self.data}


class Timeline:
    """One phone's events, numbered from 1; the last 10,000 are kept."""

    def __init__(self) -> None:
        self.last = 0
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._changed = asyncio.Event()
        self._closed = False

    def add(self, event: str, data: Json) -> None:
        self.last += 1
        self._events.append(Event(self.last, event, data))
        self._wake()

    def after(self, number: int) -> list[Event]:
        if number >= self.last:
            return []
        skipped = max(0, len(self._events) - (self.last - number))
        return list(itertools.islice(self._events, skipped, None))

    async def wait_after(self, number: int, seconds: float) -> list[Event]:
        """The events after `number`; nothing if none comes within so many seconds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not (events := self.after(number)) and not self._closed:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break
        return events

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Let go of everybody who waits."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
