"""What a request is worth, in seconds of waiting that it has to save. Times are in seconds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.domain.durations import bisect
from bot.domain.scene import WINDOW, Running, Scene

# Without a limit a request still costs the provider something.
CHEAPEST: Final = 1e-4
# For so many standard deviations of a duration asking goes on alike, often or seldom: until those
# that may end now have ended. Simulated at 2 to 12 orders a minute, and spreads of 0.1 to 0.5, no
# other makes the time from done to noticed shorter by more than 3%.
ALIKE: Final = 3.0
# Moments ahead of now, closer together where they come sooner.
_AHEAD: Final = tuple(WINDOW * (n / 30) ** 2 for n in range(31))


@dataclass(frozen=True, slots=True)
class Price:
    """What a request has to save before it is spent on asking, in seconds of waiting.

    Args:
        fair: what it saves elsewhere.
        scarce: what it has to save for the requests that are left to last.
        longest: how long a finished picture may lie unseen to save requests, for a unit of work.
    """

    fair: float
    scarce: float
    longest: float

    def paid(self, saved: float, finished: float) -> bool:
        """Whether it is worth it.

        Args:
            saved: expected seconds for which pictures have lain unseen.
            finished: the expected work of these pictures.
        """
        return saved > 0 and saved >= max(self.scarce, min(self.fair, self.longest * finished))


def price(scene: Scene) -> Price:
    """With a line that lasts it balances requests and slots; else it thinks of those to come."""
    cheapest = CHEAPEST * scene.durations.median
    longest = scene.patience * scene.durations.median
    if not scene.limits.per_minute:
        return Price(cheapest, 0.0, longest)
    fair = steady(scene).price if scene.line.waiting else math.inf
    if fair == math.inf:
        # What uses up the requests while it lasts may be over before they are.
        fair = max(cheapest, _scarcity(scene, scene.line.rate, scene.line.wanted))
    return Price(fair, _scarcity(scene, 0.0), longest)


@dataclass(frozen=True, slots=True)
class Steady:
    """How a busy engine runs.

    Args:
        price: seconds of waiting that a request is worth.
        delay: seconds from done to noticed.
        turnover: predictions a second.
    """

    price: float
    delay: float
    turnover: float


def steady(scene: Scene) -> Steady:
    """The steady state in which both the slots and the requests are used up.

    While a slot is held for mean + delay, the turnover is slots / (mean + delay), and the requests
    that creates and uploads leave over are for asking. The longer the delay that a price allows,
    the fewer requests it takes; this finds the delay at which the two meet.
    """
    limits, mean, cost = scene.limits, scene.durations.mean(scene.work), scene.line.cost
    slots = scene.in_flight + scene.line.waiting
    slots = min(slots, limits.concurrency) if limits.concurrency else slots
    slots = max(1, slots)
    if not limits.per_minute:
        return Steady(0.0, 0.0, slots / mean)
    balanced = bisect(
        lambda delay: (
            cost * slots / (mean + delay)
            <= limits.rate - _asking_rate(scene, delay, slots / (mean + delay))
        ),
        1e-3 * mean,
        scene.patience * mean,
    )
    by_slots = slots / (mean + balanced)
    turnover = min(by_slots, by_requests(scene, balanced))
    if turnover < by_slots:
        # Slots stand empty for want of requests: nothing but patience has an end.
        return Steady(math.inf, balanced, turnover)
    # Each request is sent when the waiting that it ends has reached the price.
    return Steady(balanced * turnover / _asking_rate(scene, balanced, turnover), balanced, turnover)


def by_requests(scene: Scene, delay: float) -> float:
    """Predictions a second that the requests allow, where pictures lie unseen for so long."""
    rate, cost = scene.limits.rate, scene.line.cost
    return max(
        (rate - _asking_rate(scene, delay, math.inf)) / cost,
        rate / (cost + _asks_each(scene, delay)),
    )


def _asking_rate(scene: Scene, delay: float, turnover: float) -> float:
    """Requests a second that have to ask, for this mean delay."""
    each = turnover * _asks_each(scene, delay)
    # At even gaps a finished picture waits for half a gap until all are asked for.
    return min(each, 1 / (2 * delay)) if scene.listing else each


def _asks_each(scene: Scene, delay: float) -> float:
    """How often a prediction has to be asked for by itself, for this mean delay.

    With the cheapest moments, asks**4 = 1 + (width / price)**2 and delay = price * asks, where
    width is the standard deviation in seconds: a fit to those moments for log-normal durations,
    within 3% for spreads of 0.1 to 0.5 and 1 to 10 asks.
    """
    width = scene.durations.spread * scene.durations.median * scene.work
    ratio = (width / delay) ** 2
    return math.sqrt((ratio + math.sqrt(ratio * ratio + 4)) / 2)


def _scarcity(scene: Scene, rate: float, wanted: float = 0.0) -> float:
    """The price at which the requests that are left last, whatever part of a minute is looked at.

    Asking at the price p goes on at the rate sqrt(ends a second / 2p), so the price grows with the
    square of what has to be asked. That is not known beforehand, and a price for its mean would be
    too low: the mean of a square is the square of the mean and the variance.

    Args:
        scene: with the requests used and what is in flight.
        rate: new predictions a second that have to be reckoned with.
        wanted: requests that are spoken for.
    """
    share = len(scene.running) / max(1, scene.in_flight)
    shortest = scene.durations.median * scene.work / 5
    alike = ALIKE * scene.durations.spread * scene.durations.median * scene.work
    worth = load = doubt = before = 0.0
    for ahead, (often, variance) in zip(_AHEAD[1:], asking(scene, rate), strict=True):
        load += often * (ahead - before)
        doubt += variance * alike * (ahead - before)
        before = ahead
        coming = wanted + rate * scene.line.cost * ahead
        budget = max(0.5, (scene.free(ahead) - coming) * share)
        # What is due within moments can't be evened out.
        if ahead >= shortest:
            worth = max(worth, (load**2 + doubt) / budget**2 / 2)
    return worth


def asking(scene: Scene, rate: float) -> Iterable[tuple[float, float]]:
    """The rate of asking at the price of half a second, and its variance, for each stretch ahead.

    Args:
        scene: with what is in flight.
        rate: new predictions a second.
    """
    alive = [_still(scene, one) for one in scene.running]
    fresh = [scene.durations.done(ahead, scene.work) for ahead in _AHEAD]
    scatter = 0.0
    for n, (start, end) in enumerate(pairwise(_AHEAD), start=1):
        ends = [max(0.0, one[n - 1] - one[n]) / (end - start) for one in alive]
        density = (fresh[n] - fresh[n - 1]) / (end - start)
        if scene.listing:
            scatter += rate * _scatter(density, 1 - (fresh[n] + fresh[n - 1]) / 2) * (end - start)
            still = ((one[n - 1] + one[n]) / 2 for one in alive)
            known = sum(_scatter(e, s) * (1 - s) for e, s in zip(ends, still, strict=True))
            yield _root(sum(ends) + rate * fresh[n], known + scatter)
        else:
            newer = rate * end * math.sqrt(density * (1 - fresh[n]))
            yield sum(math.sqrt(e * one[n]) for e, one in zip(ends, alive, strict=True)) + newer, 0


def _scatter(ends: float, still: float) -> float:
    """The mean square of how likely one ends in the next second: 0 unless it still runs."""
    return ends**2 / still if still > 1e-9 else 0.0


def _root(mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of the square root of what has this mean and variance.

    The mean is what Hoelder's inequality leaves it at least, and exact for what is either 0 or one
    other value, as with one in flight.
    """
    if mean <= 0:
        return 0.0, 0.0
    root = mean * math.sqrt(mean / (mean**2 + variance))
    return root, mean - root**2


def _still(scene: Scene, one: Running) -> list[float]:
    """How likely it still runs, at each moment ahead."""
    age, done = scene.now - one.sent, scene.durations.done
    before = 1 - done(one.asked - one.sent, one.work)
    return [(1 - done(age + ahead, one.work)) / before for ahead in _AHEAD]
