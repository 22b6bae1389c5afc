"""A server that counts, and the most that it saw."""

import asyncio
import math
import random
from bisect import bisect_left
from dataclasses import dataclass, field

from bot.outbox.lane import Priority
from bot.outbox.lanes import Lanes

from .virtual import now

ANNA, BEN, GROUP = 1, 2, -100


@dataclass
class Server:
    """Counts each call at some moment between its departure and its answer."""

    lanes: Lanes
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    slowest: float = 0.2
    seen: list[tuple[float, int, str]] = field(default_factory=list)

    async def call(
        self,
        chat_id: int,
        name: str = "",
        priority: Priority = Priority.ANSWER,
        message_id: int | None = None,
        patience: float | None = None,
    ) -> str:
        turning = self.lanes.turn(chat_id, priority, message_id=message_id, patience=patience)
        with turning as turn:
            await self.lanes.go(turn)
            there, back = self.rng.uniform(0, self.slowest), self.rng.uniform(0, self.slowest)
            await asyncio.sleep(there)
            self.seen.append((now(), chat_id, name))
            await asyncio.sleep(back)
            return name

    @property
    def names(self) -> list[str]:
        return [name for _, _, name in self.seen]

    def times(self, chat_id: int | None = None) -> list[float]:
        return sorted(at for at, chat, _ in self.seen if chat_id in (None, chat))


def fullest(times: list[float], seconds: float) -> int:
    """The most calls in any window of that length, both its ends included."""
    return max((i - bisect_left(times, at - seconds) + 1 for i, at in enumerate(times)), default=0)


def lowest(times: list[float], capacity: int, refill: float) -> float:
    """The level that a bucket at the server would have come down to."""
    level, last, low = float(capacity), -math.inf, float(capacity)
    for at in times:
        level = min(capacity, level + (at - last) * refill) - 1
        last, low = at, min(low, level)
    return low
