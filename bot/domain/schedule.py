"""When to ask the provider, how long to wait, and what to say about it. Times are in seconds."""

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from bot.domain.photomaker import Recipe

# The model's page: about 21 s for 20 steps and one picture.
TYPICAL_STEPS: Final = 20
# What part of a prediction's time does not grow with its steps (loading, decoding).
FIXED_SHARE: Final = 0.2
DEADLINE_FACTOR: Final = 15
SHORTEST_DEADLINE: Final = 300.0
SHORTEST_POLL: Final = 0.5
LONGEST_POLL: Final = 15.0


def work(recipe: Recipe) -> float:
    """How much longer this takes than one picture of 20 steps."""
    steps = FIXED_SHARE + (1 - FIXED_SHARE) * recipe.steps / TYPICAL_STEPS
    return steps * recipe.outputs


def typical_seconds(prior: float, seen: Sequence[float]) -> float:
    """What one unit of work takes: the median of what was seen, led by the prior at first.

    Args:
        prior: EACHLABS_TYPICAL_SECONDS.
        seen: durations divided by their work, of the newest predictions.
    """
    # Three imaginary predictions at the prior: enough that one odd duration changes little.
    return median([*seen, *[prior] * max(0, 3 - len(seen))]) if seen else prior


def next_poll(age: float, expected: float, *, in_flight: int, per_minute: int) -> float:
    """Seconds until asking for a prediction makes sense.

    Nothing is asked before a prediction can be done; after that, as often as the requests that
    all predictions in flight share allow.

    Args:
        age: since the create.
        expected: what this prediction should take.
        in_flight: predictions that share the budget, this one included.
        per_minute: requests a minute; 0 stands for no limit.
    """
    earliest = 0.6 * expected
    if age < earliest:
        return max(SHORTEST_POLL, earliest - age)
    # Half of the budget is for creates, uploads and those who ask out of turn.
    fair_share = in_flight * 60 / (per_minute * 0.5) if per_minute else 0.0
    overdue = (age - expected) / 4 if age > 2 * expected else 0.0
    return min(LONGEST_POLL, max(SHORTEST_POLL, expected / 20, fair_share, overdue))


def deadline(expected: float) -> float:
    """After how long a prediction is given up."""
    return max(SHORTEST_DEADLINE, DEADLINE_FACTOR * expected)


def seconds_left(
    *, expected: float, age: float | None, ahead: int, concurrency: int, per_minute: int
) -> float:
    """An estimate until the picture is there.

    Args:
        expected: what the prediction takes.
        age: since the create; None while in line.
        ahead: orders that go first.
        concurrency: slots, 0 stands for no limit.
        per_minute: requests a minute, 0 stands for no limit.
    """
    if age is not None:
        # Somebody who is late is nearly done, or nobody knows: a tenth remains.
        return max(expected - age, expected / 10)
    rounds = ahead // concurrency if concurrency else 0
    by_requests = ahead * 2 * 60 / per_minute if per_minute else 0.0
    return expected + max(rounds * expected, by_requests)


def next_turn(waiting: Mapping[int, int], in_flight: Mapping[int, int]) -> int | None:
    """The order that gets the next slot: of whoever has fewest in flight, the oldest.

    Args:
        waiting: whose (user id) each waiting order (id, growing with its age) is.
        in_flight: predictions that each person has under way.
    """
    return min(waiting, key=lambda order: (in_flight.get(waiting[order], 0), order), default=None)


def shown_seconds(seconds: float) -> int:
    """Rounded so that a card changes seldom: to 5 s below a minute, to 15 s above."""
    grid = 5 if seconds < 60 else 15
    return max(grid, math.ceil(seconds / grid) * grid)


def backoff(attempt: int, *, first: float = 1.0, most: float = 60.0, jitter: float = 0.5) -> float:
    """Seconds before try number `attempt` + 1; `jitter` in 0..1 shortens it by up to a half."""
    return float(min(most, first * 2 ** min(attempt, 16)) * (1 - jitter / 2))
