"""When to ask the provider, how long to wait, and what to say about it. Times are in seconds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the engine is, in seconds; only tests hurry it.

    Args:
        first_pause, longest_pause: before another try; each pause is twice the one before.
        tries: of one step, before an order is given up; with these pauses, about ten minutes.
        deadline: no prediction is given up sooner.
        unknown: a prediction may not be known yet for so long after its create.
        cancelling: a prediction that was asked to stop is asked about for so long.
        settle: a create is answered within 30 s, and may show up in the list a little later; that
            it isn't there proves nothing before.
        lost: a create whose outcome can't be found out is given up after this.
        probe: between two tries while the key is refused or the balance is empty.
        look: at rows that another process may have changed.
        card: until a card that could not be shown is tried again.
    """

    first_pause: float = 2.0
    longest_pause: float = 60.0
    tries: int = 14
    deadline: float = SHORTEST_DEADLINE
    unknown: float = 60.0
    cancelling: float = 30.0
    settle: float = 50.0
    lost: float = 900.0
    probe: float = 60.0
    look: float = 2.0
    card: float = 3.0

    def pause(self, attempt: int, jitter: float = 0.5) -> float:
        """Seconds before try number `attempt` + 1."""
        return backoff(attempt, first=self.first_pause, most=self.longest_pause, jitter=jitter)


PACE: Final = Pace()


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


def deadline(expected: float, shortest: float = SHORTEST_DEADLINE) -> float:
    """After how long a prediction is given up."""
    return max(shortest, DEADLINE_FACTOR * expected)


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
