"""When orders in line are going to be drawn, if nobody new comes. Times are in seconds."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


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


def starts(until_free: Iterable[float], slots: int, holds: Iterable[float]) -> list[float]:
    """When each of a line takes its slot.

    Args:
        until_free: seconds until each slot that is taken will be free.
        slots: how many there are, at least 1; where more are taken, the first ones are nobody's.
        holds: for how long each of the line holds its slot, in the order of their turns.
    """
    taken = sorted(until_free)
    free = [0.0] * (slots - len(taken)) + taken[max(0, len(taken) - slots) :]
    heapq.heapify(free)
    found = []
    for seconds in holds:
        found.append(free[0])
        heapq.heapreplace(free, free[0] + seconds)
    return found
