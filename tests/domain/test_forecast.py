"""When those in line are going to begin."""

import math
import random
from bisect import insort
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import Durations
from bot.domain.forecast import STEPS, Waiter, in_turn, starts
from tests.properties import PROPERTY


def line(*whose: int, later: frozenset[int] = frozenset()) -> list[Waiter]:
    """Orders 0, 1, … of these people."""
    return [Waiter(number, user, number in later) for number, user in enumerate(whose)]


@pytest.mark.parametrize(
    ("whose", "under_way", "turns"),
    [
        ([], {}, []),
        ([7, 8, 9], {}, [0, 1, 2]),
        ([7, 7, 7, 8], {}, [0, 3, 1, 2]),
        ([7, 8], {7: 2}, [1, 0]),
        ([7, 8], {7: 2, 8: 1}, [0, 1]),
    ],
)
def test_whoever_has_none_under_way_goes_first(
    whose: list[int], under_way: Mapping[int, int], turns: list[int]
) -> None:
    assert [waiter.id for waiter in in_turn(line(*whose), under_way)] == turns


def test_faces_of_rounds_come_last() -> None:
    waiting = line(7, 8, 9, later=frozenset({0}))
    assert [waiter.id for waiter in in_turn(waiting, {})] == [1, 2, 0]


@PROPERTY
@given(whose=st.lists(st.integers(1, 4), max_size=30), busy=st.sets(st.integers(1, 4)))
def test_everybody_is_there_once_and_first_orders_before_second_ones(
    whose: list[int], busy: set[int]
) -> None:
    turns = in_turn(line(*whose), Counter(busy))
    assert sorted(waiter.id for waiter in turns) == list(range(len(whose)))
    for user in set(whose):
        own = [waiter.id for waiter in turns if waiter.user_id == user]
        assert own == sorted(own)
    firsts = len(set(whose) - busy)
    assert {waiter.user_id for waiter in turns[:firsts]} == set(whose) - busy


HOLD = 20.0


def at_once(*moments: float) -> Callable[[float], float]:
    """Slots that become free at known moments."""
    return lambda ahead: float(sum(moment <= ahead for moment in moments))


@pytest.mark.parametrize(
    ("moments", "found"),
    [
        ([0, 0], [0, 0, 20, 20, 40]),
        ([0, 8], [0, 8, 20, 28, 40]),
        ([4, 4, 4], [4, 4, 4, 24, 24, 24, 44]),
        ([55], [55, 75]),
    ],
)
def test_each_begins_when_a_slot_is_free_once_or_again(
    moments: list[float], found: list[float]
) -> None:
    assert starts(at_once(*moments), [HOLD], len(found)) == pytest.approx(found, abs=HOLD / STEPS)


def test_drawings_of_all_ages_end_evenly() -> None:
    ages = [2.0 * n for n in range(1, 11)]
    found = starts(at_once(*ages), [HOLD], 40)
    assert [b - a for a, b in pairwise(found)] == pytest.approx([2.0] * 39, abs=1.0)
    assert found[-1] == pytest.approx(80, abs=1.5)


def test_those_begun_at_once_end_in_a_wave() -> None:
    durations = Durations(20.0, 0.1)
    found = starts(lambda ahead: 10 * durations.done(ahead), [HOLD], 20)
    assert found[0] < 18 < found[4] < 20 < found[5] < 22 < found[9] + 1
    assert found[10] > 35


@pytest.mark.parametrize("spread", [0.1, 0.25, 0.5])
def test_drawings_take_more_or_less_long(spread: float) -> None:
    """Begun at once, and held against a thousand lines as they might come to pass."""
    durations, slots = Durations(20.0, spread), 10
    found = starts(lambda t: slots * durations.done(t), durations.quantiles(8), 31)

    dice = random.Random(1)
    lines: list[list[float]] = []
    for _ in range(1000):
        ends = sorted(20.0 * math.exp(dice.gauss(0, spread)) for _ in range(slots))
        lines.append([])
        for _ in found:
            lines[-1].append(ends.pop(0))
            insort(ends, lines[-1][-1] + 20.0 * math.exp(dice.gauss(0, spread)))
    for place in range(0, 31, 5):
        assert found[place] == pytest.approx(median(one[place] for one in lines), abs=1.0)


@PROPERTY
@given(moments=st.lists(st.floats(0, 59), min_size=1, max_size=12), number=st.integers(0, 60))
def test_everybody_begins_and_nobody_before_those_ahead(moments: list[float], number: int) -> None:
    found = starts(at_once(*moments), [HOLD], number)
    assert len(found) == number
    assert found == sorted(found)
