"""Figures from moments: percentiles, and how evenly people were served."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds."""

    count: int
    p50: float
    p90: float
    p99: float
    worst: float


def spread(seconds: Iterable[float]) -> Spread:
    """Nearest-rank percentiles; zeros where there is nothing."""
    ordered = sorted(seconds)
    if not ordered:
        return Spread(0, 0.0, 0.0, 0.0, 0.0)
    p50, p90, p99 = (percentile(ordered, share) for share in (0.5, 0.9, 0.99))
    return Spread(len(ordered), p50, p90, p99, ordered[-1])


def percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Fairness:
    """How a short supply was shared out. Seconds from the start of the run.

    `ideal` is what all the messages take at the rate that was allowed, so no order of serving
    could let the last person be done before it. `evenness` is Jain's index of the time that
    people spent waiting: 1 if everybody waited alike, 1/n if one person waited for all.
    """

    first: float
    median: float
    last: float
    ideal: float
    evenness: float

    @property
    def overhead(self) -> float:
        """The last person's end, as a multiple of the ideal."""
        return self.last / self.ideal if self.ideal else 0.0


def fairness(finished: Iterable[float], waited: Sequence[float], ideal: float) -> Fairness:
    ordered = sorted(finished) or [0.0]
    squares = sum(seconds**2 for seconds in waited)
    evenness = sum(waited) ** 2 / (len(waited) * squares) if squares else 1.0
    return Fairness(ordered[0], percentile(ordered, 0.5), ordered[-1], ideal, evenness)
