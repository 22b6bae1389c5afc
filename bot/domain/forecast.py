"""When orders in line are going to be drawn, if nobody new comes. Times are in seconds."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

# A drawing is looked at in so many steps, and what is under way for as long as so many take.
STEPS: Final = 20
ROUNDS: Final = 3
# Beyond that, where some of it takes far longer, so many steps are as good as one.
STRIDE: Final = 5


@dataclass(frozen=True, slots=True)
class Waiter:
    """An order in line.

    Args:
        id: growing with its age.
        is_later: it waits behind all others.
        work: see `durations.work`.
    """

    id: int
    user_id: int
    is_later: bool = False
    work: float = 1.0


def in_turn(line: Iterable[Waiter], under_way: Mapping[int, int]) -> list[Waiter]:
    """As `schedule.next_turn` is going to choose them, or nearly so.

    Whoever has one under way is behind all who have none, whatever number they have: by the time
    of their turn some of it is over.

    Args:
        line: oldest first.
        under_way: orders that each person (user id) has under way.
    """
    own = Counter(under_way)
    ranks = []
    for waiter in line:
        ranks.append((waiter.is_later, own[waiter.user_id] > 0, waiter.id, waiter))
        own[waiter.user_id] += 1
    return [waiter for *_, waiter in sorted(ranks, key=lambda rank: rank[:3])]


def starts(
    free: Callable[[float], float], holds: Sequence[float], number: int, longest: float = 0.0
) -> list[float]:
    """When each of a line takes its slot, as likely sooner as later.

    By then so many slots are to be expected to have become free, once or again. With all drawings
    begun at once that comes in waves, which get lost as drawings take more or less long.

    Args:
        free: how many of the slots have been free once until that many seconds from now; at least
            one in the end.
        holds: seconds for which one in line holds its slot, each as likely as the others.
        number: of those in line.
        longest: seconds for which any of those under way holds its slot, if that is more.
    """
    step = fmean(holds) / STEPS
    steps = [max(1, round(hold / step)) for hold in holds]
    last = ROUNDS * max(STEPS, math.ceil(longest / step))
    once = 0.0
    found: list[float] = []
    expected: list[float] = []
    while len(found) < number:
        n = len(expected)
        if n <= ROUNDS * STEPS or (n <= last and n % STRIDE == 0):
            once = free(n * step)
        again = sum(expected[n - held] for held in steps if held <= n) / len(steps)
        expected.append(once + again)
        while len(found) < number and expected[n] >= len(found) + 0.5:
            found.append(step * _crossing(expected, len(found) + 0.5))
    return found


def _crossing(expected: Sequence[float], value: float) -> float:
    """Where what has just reached the value did so, between its last two moments."""
    if len(expected) == 1:
        return 0.0
    before, now = expected[-2:]
    return len(expected) - 1 - (now - value) / (now - before)
