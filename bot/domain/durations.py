"""How long predictions take, as far as those that were seen tell. Times are in seconds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Final

from bot.domain.photomaker import Recipe

# The model's page: about 21 s for 20 steps and one picture.
TYPICAL_STEPS: Final = 20
# What part of a prediction's time does not grow with its steps (loading, decoding).
FIXED_SHARE: Final = 0.2

# One in fifty is like nothing seen before: a cold start, another model. Without this tail a
# prediction that outlives all that were seen would be asked for without end.
STRANGE: Final = 0.02
# Before anything is seen the logarithm of a duration spreads so much, with the weight of so many.
PRIOR_SPREAD: Final = 0.3
PRIOR_WEIGHT: Final = 2.0
NARROWEST: Final = 0.03
# What one weighs more than the next older one: half of what is known is from the newest 34.
FADING: Final = 0.98
# So many of the newest that contradict all before them outweigh these altogether.
NEWEST: Final = 5
FEWEST: Final = 3
# In standard errors: by chance less than once in 100 times.
CONTRADICTION: Final = 3.0
# In logarithms: what took more than three times as long, or as short, counts as three times.
ODD: Final = 1.2
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Durations:
    """What a unit of work takes: log-normal, with a tail for what was never seen.

    Args:
        median: seconds.
        spread: the standard deviation of the logarithm.
    """

    median: float
    spread: float

    def mean(self, work: float = 1.0) -> float:
        return self.median * work * math.exp(self.spread**2 / 2)

    def quantiles(self, count: int, work: float = 1.0) -> list[float]:
        """The middles of so many parts that are equally likely: they stand for all durations."""
        middles = (_NORMAL.inv_cdf((n + 0.5) / count) for n in range(count))
        return [self.median * work * math.exp(self.spread * middle) for middle in middles]

    def done(self, age: float, work: float = 1.0) -> float:
        """How likely a prediction is done at `age`, if nothing else is known."""
        if age <= 0:
            return 0.0
        typical = self.median * work
        usual = _below(math.log(age / typical) / self.spread)
        return (1 - STRANGE) * usual + STRANGE * age / (age + typical)

    def found(self, age: float, asked: float, work: float = 1.0) -> float:
        """How likely it is done at `age`, given that it was not at `asked`."""
        before = self.done(asked, work)
        return max(0.0, (self.done(age, work) - before) / (1 - before))

    def overdue(self, age: float, asked: float, work: float = 1.0) -> float:
        """The expected seconds since it was done, given that it was not at `asked`."""
        if age <= asked:
            return 0.0
        before = self.done(asked, work)
        area = self._area(age, work) - self._area(asked, work)
        return max(0.0, (area - (age - asked) * before) / (1 - before))

    def left(self, age: float, asked: float, work: float = 1.0) -> float:
        """Seconds until it is done, as likely more as less; at least a twentieth of the usual."""
        middle = (1 + self.done(asked, work)) / 2
        longest = 100 * max(asked, self.median * work)
        until = bisect(lambda t: self.done(t, work) >= middle, asked, longest)
        return max(until - age, self.median * work / 20)

    def _area(self, age: float, work: float) -> float:
        """The integral of `done` from 0 to `age`."""
        if age <= 0:
            return 0.0
        typical = self.median * work
        z = math.log(age / typical) / self.spread
        usual = age * _below(z) - self.mean(work) * _below(z - self.spread)
        strange = age - typical * math.log1p(age / typical)
        return (1 - STRANGE) * usual + STRANGE * strange


def learn(prior: float, seen: Sequence[float]) -> Durations:
    """Durations as what was seen suggests.

    Args:
        prior: EACHLABS_TYPICAL_SECONDS; counts as one that was seen before all others.
        seen: seconds a unit of work took, newest first.
    """
    known = seen if len(seen) >= NEWEST else (*seen, prior)
    logs = [math.log(max(seconds, 1e-3)) for seconds in known]
    newest = logs[: min(NEWEST, len(seen))]
    older = logs[len(newest) :]
    if older and len(newest) >= FEWEST:
        mean, spread, weight = _fit(older)
        # A median scatters by pi / 2 more than a mean.
        error = spread * math.sqrt(math.pi / 2 / len(newest) + 1 / weight)
        if abs(median(newest) - mean) > CONTRADICTION * error:
            logs = newest
    mean, spread, _ = _fit(logs)
    return Durations(math.exp(mean), spread)


def observed(asked: float, found: float, told: float | None) -> float:
    """What a prediction took.

    Args:
        asked: its age when it was last seen unfinished.
        found: its age when it was seen finished.
        told: the provider's own figure; not believed where it can't be true.
    """
    if told is not None and asked - 1 <= told <= found + 1:
        return told
    return (asked + found) / 2


def work(recipe: Recipe) -> float:
    """How much longer this takes than one picture of 20 steps."""
    steps = FIXED_SHARE + (1 - FIXED_SHARE) * recipe.steps / TYPICAL_STEPS
    return steps * recipe.outputs


def _fit(logs: Sequence[float]) -> tuple[float, float, float]:
    """Mean, standard deviation and weight of logarithms, newest first, older ones fading."""
    middle = median(logs)
    logs = [min(max(x, middle - ODD), middle + ODD) for x in logs]
    weights = [FADING**n for n in range(len(logs))]
    total = sum(weights)
    mean = sum(w * x for w, x in zip(weights, logs, strict=True)) / total
    squares = sum(w * (x - mean) ** 2 for w, x in zip(weights, logs, strict=True))
    variance = (squares + PRIOR_WEIGHT * PRIOR_SPREAD**2) / (max(0.0, total - 1) + PRIOR_WEIGHT)
    return mean, max(NARROWEST, math.sqrt(variance)), total


def bisect(
    reached: Callable[[float], bool], low: float, high: float, *, halvings: int = 40
) -> float:
    """Where a condition that stays true once reached becomes true; `high` if it doesn't before."""
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _below(z: float) -> float:
    """The normal distribution."""
    return math.erfc(-z / math.sqrt(2)) / 2
