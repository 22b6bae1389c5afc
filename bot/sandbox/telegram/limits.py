"""Telegram's flood limits, kept to the letter."""

import math
from collections import deque
from collections.abc import Callable

from bot.sandbox.telegram.errors import Flooded

# Bots FAQ: 30 messages a second in total, about one a second to a chat, 20 a minute to a group.
IN_TOTAL, SECOND = 30, 1.0
IN_GROUP, MINUTE = 20, 60.0
BURST, PER_SECOND = 10, 1.0


class _Window:
    """At most `most` events in any stretch of `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque()

    def wait(self, now: float, count: int) -> float:
        """Seconds until `count` more would fit."""
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        over = len(self._times) + count - self._most
        if over <= 0:
            return 0.0
        return self._times[min(over, len(self._times)) - 1] + self._seconds - now

    def take(self, now: float, count: int) -> None:
        self._times.extend([now] * count)


class _Bucket:
    """A burst of ten, filled again at one a second."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST)
        self._at = now

    def wait(self, now: float, count: int) -> float:
        self._tokens = min(BURST, self._tokens + (now - self._at) * PER_SECOND)
        self._at = now
        return max(0.0, (count - self._tokens) / PER_SECOND)

    def take(self, _now: float, count: int) -> None:
        self._tokens -= count


class FloodLimits:
    """Counts messages sent and edited; `enabled` may be changed at any time."""

    def __init__(self, *, enabled: bool, clock: Callable[[], float]) -> None:
        self.enabled = enabled
        self._clock = clock
        self._total = _Window(IN_TOTAL, SECOND)
        self._chats: dict[int, _Window | _Bucket] = {}

    def charge(self, chat_id: int, *, group: bool, count: int = 1) -> None:
        """Count `count` messages to a chat, or none of them.

        Raises Flooded with the whole seconds to wait in parameters.retry_after.
        """
        if not self.enabled:
            return
        now = self._clock()
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = self._chats[chat_id] = _Window(IN_GROUP, MINUTE) if group else _Bucket(now)
        wait = max(self._total.wait(now, count), chat.wait(now, count))
        if wait > 1e-9:  # refilling by fractions of a second leaves crumbs
            raise Flooded(math.ceil(wait))
        self._total.take(now, count)
        chat.take(now, count)
