"""What a decision about the next request is made from. Times are in seconds.

`now`, `sent`, `asked` and `used` are read from one clock.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.durations import Durations

WINDOW: Final = 60.0
# A request may travel faster than the one whose place it takes: the provider counts arrivals.
MARGIN: Final = 0.25
# Finished pictures don't lie unseen for longer than this share of a duration to save requests.
PATIENCE: Final = 0.15
# One by one it takes so many requests that longer is better for everybody in line.
PATIENCE_EACH: Final = 0.35


@dataclass(frozen=True, slots=True)
class Limits:
    """The provider's limits; 0 stands for none."""

    per_minute: int
    concurrency: int

    @property
    def rate(self) -> float:
        """Requests a second that can be kept up."""
        return self.per_minute / (WINDOW + MARGIN)


@dataclass(frozen=True, slots=True)
class Running:
    """A prediction in flight.

    Args:
        sent: when it was created.
        asked: when it was last asked for; at first the same as `sent`.
    """

    id: int
    sent: float
    asked: float
    work: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """Orders that have no prediction yet.

    Args:
        waiting: all of them.
        ready: those that may have a slot now, photos hosted.
        unhosted: photos of those next in line that have to be uploaded.
        cost: requests of an order besides those that ask: its create and its uploads.
        rate: orders a second that came in the last minutes.
        wanted: requests that all of them need until each has its prediction.
    """

    waiting: int = 0
    ready: int = 0
    unhosted: int = 0
    cost: float = 1.0
    rate: float = 0.0
    wanted: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a decision is made from.

    Args:
        used: when each request of the last minute was sent, oldest first, by all processes.
        running: predictions that this process waits for.
        elsewhere: how many others there are in flight.
        listing: whether one request can ask for all of them.
    """

    now: float
    limits: Limits
    durations: Durations
    used: Sequence[float] = ()
    running: Sequence[Running] = ()
    line: Line = Line()
    elsewhere: int = 0
    listing: bool = True

    @property
    def in_flight(self) -> int:
        return len(self.running) + self.elsewhere

    @property
    def patience(self) -> float:
        """For what share of a duration finished pictures may lie unseen to save requests.

        To ask for all every 2d seconds leaves (rate - 1 / 2d) / cost orders a second. Somebody
        behind a line of that many waits least, for it and for d, where d is the root of line *
        cost / 2, by the rate: longer with the root of what an order costs.
        """
        share = PATIENCE if self.listing else PATIENCE_EACH
        return share * math.sqrt(self.line.cost)

    def free(self, ahead: float = 0.0) -> float:
        """Requests that can be sent until `ahead` seconds from now, if none is sent before."""
        if not self.limits.per_minute:
            return math.inf
        since = self.now + ahead - WINDOW - MARGIN
        return self.limits.per_minute - (len(self.used) - bisect_right(self.used, since))

    def free_in(self) -> float:
        """Seconds until a request can be sent."""
        if self.free() > 0:
            return 0.0
        # Never 0 here: rounding must not make a moment too early look like now.
        return max(1e-3, self.used[-self.limits.per_minute] + WINDOW + MARGIN - self.now)

    @property
    def work(self) -> float:
        """Of a prediction in flight, on average."""
        works = [one.work for one in self.running]
        return sum(works) / len(works) if works else 1.0
