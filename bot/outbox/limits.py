"""Telegram's limits, kept so that no latency can overrun them.

When a call is counted at the server is not known: somewhere between its departure and its
answer. So a call in flight counts, an answered one counts as if it had happened when its answer
came, and the next one as if it happened when it leaves. That is the worst case of both, and if
the worst case keeps a limit, every case does.
"""

import math
from collections import deque
from typing import Final, Protocol

# The two clocks need not agree on which side of a window's edge a call lies.
EDGE: Final = 0.001

# Bot API FAQ, "My bot is hitting limits": about one message a second in one chat with short
# bursts above it, 20 a minute in one group.
BURST: Final = 10
GROUP_MESSAGES: Final = 20
GROUP_SECONDS: Final = 60.0


class Limit(Protocol):
    """How often calls of one kind may be made. Times are seconds of one monotonic clock."""

    def free_at(self, now: float, spare: int = 0) -> float:
        """When a call may leave that lets `spare` more follow at once; `now`, if it may now.

        `math.inf` while only the answer to a call in flight can make room.
        """

    def departed(self) -> None:
        """A call leaves."""

    def answered(self, now: float) -> None:
        """One that left was answered, or will never be."""

    def never_left(self) -> None:
        """One that was to leave did not, after all: the server knows nothing of it."""

    def forgotten_at(self, now: float) -> float:
        """From when on, without another call, this is as good as new."""


class Window:
    """At most `capacity` calls in any `seconds`."""

    def __init__(self, capacity: int, seconds: float) -> None:
        self._capacity = capacity
        self._seconds = seconds + EDGE
        self._in_flight = 0
        self._ended: deque[float] = deque()

    def free_at(self, now: float, spare: int = 0) -> float:
        while self._ended and self._ended[0] + self._seconds <= now:
            self._ended.popleft()
        excess = self._in_flight + len(self._ended) + 1 + spare - self._capacity
        if excess <= 0:
            return now
        if excess > len(self._ended):
            return math.inf
        return self._ended[excess - 1] + self._seconds

    def departed(self) -> None:
        self._in_flight += 1

    def answered(self, now: float) -> None:
        self._in_flight -= 1
        self._ended.append(now)

    def never_left(self) -> None:
        self._in_flight -= 1

    def forgotten_at(self, now: float) -> float:
        return self._ended[-1] + self._seconds if self._ended else now


class Bucket:
    """`capacity` calls at once, and one more for each `seconds` since."""

    def __init__(self, capacity: int, seconds: float = 1.0) -> None:
        self._capacity = capacity
        self._seconds = seconds
        self._level = float(capacity)
        self._at = -math.inf
        self._in_flight = 0

    def free_at(self, now: float, spare: int = 0) -> float:
        missing = 1 + spare + self._in_flight - self._level_at(now)
        if missing <= 0:
            return now
        if 1 + spare + self._in_flight > self._capacity:
            return math.inf
        return now + missing * self._seconds + EDGE

    def departed(self) -> None:
        self._in_flight += 1

    def answered(self, now: float) -> None:
        self._in_flight -= 1
        self._level = self._level_at(now) - 1
        self._at = now

    def never_left(self) -> None:
        self._in_flight -= 1

    def forgotten_at(self, now: float) -> float:
        return now + (self._capacity - self._level_at(now)) * self._seconds

    def _level_at(self, now: float) -> float:
        return min(float(self._capacity), self._level + (now - self._at) / self._seconds)


class Unlimited:
    """No limit: a paid allowance, or a load test."""

    def free_at(self, now: float, spare: int = 0) -> float:  # noqa: ARG002
        return now

    def departed(self) -> None: ...

    def answered(self, now: float) -> None: ...

    def never_left(self) -> None: ...

    def forgotten_at(self, now: float) -> float:
        return now


def of_all_chats(messages_per_second: float) -> Limit:
    """Args: messages_per_second: 0 lifts the limit; less than 1 stretches the window."""
    if messages_per_second <= 0:
        return Unlimited()
    if messages_per_second < 1:
        return Window(1, 1 / messages_per_second)
    return Window(int(messages_per_second), 1.0)


def of_chat(chat_id: int) -> Limit:
    """The limit of one chat; groups have negative ids."""
    return Window(GROUP_MESSAGES, GROUP_SECONDS) if chat_id < 0 else Bucket(BURST)
