"""The two limits of the provider's page: requests a minute, predictions in flight."""

from collections import deque
from collections.abc import Callable

WINDOW = 60.0  # seconds; the page counts requests "per minute"

Clock = Callable[[], float]


class RequestWindow:
    """So many requests in any 60 seconds; a refused one takes no place.

    busiest: the most requests that arrived within 60 seconds, refused ones included.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self.per_minute = per_minute
        self.busiest = 0
        self._clock = clock
        self._arrived: deque[float] = deque()
        self._admitted: deque[float] = deque()

    def admit(self) -> float:
        """0.0 if the request may pass, else the seconds until one may."""
        now = self._clock()
        self._arrived.append(now)
        _forget(self._arrived, now)
        _forget(self._admitted, now)
        self.busiest = max(self.busiest, len(self._arrived))
        if self.per_minute and len(self._admitted) >= self.per_minute:
            return self._admitted[0] + WINDOW - now
        self._admitted.append(now)
        return 0.0


def _forget(moments: deque[float], now: float) -> None:
    while moments and moments[0] <= now - WINDOW:
        moments.popleft()
