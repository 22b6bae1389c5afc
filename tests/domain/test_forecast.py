"""When those in line are going to begin."""

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.forecast import Waiter, in_turn, starts
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


@pytest.mark.parametrize(
    ("until_free", "slots", "found"),
    [
        ([], 2, [0, 0, 10, 10]),
        ([4], 2, [0, 4, 10, 14]),
        ([9, 4], 2, [4, 9, 14, 19]),
        # Of three that are taken the first is not ours to take.
        ([4, 9, 6], 2, [6, 9, 16, 19]),
    ],
)
def test_each_begins_in_the_slot_that_is_free_first(
    until_free: list[float], slots: int, found: list[float]
) -> None:
    assert starts(until_free, slots, [10.0] * 4) == found


@PROPERTY
@given(
    until_free=st.lists(st.floats(0, 50), max_size=5),
    slots=st.integers(1, 5),
    holds=st.lists(st.floats(1, 50), max_size=30),
)
def test_never_more_than_there_are_slots_and_none_stands_empty(
    until_free: list[float], slots: int, holds: list[float]
) -> None:
    found = starts(until_free, slots, holds)
    assert found == sorted(found)
    spans = [(0.0, end) for end in until_free]
    spans += [(at, at + held) for at, held in zip(found, holds, strict=True)]
    for at in found:
        under_way = sum(begin <= at < end for begin, end in spans)
        assert under_way <= max(slots, len(until_free))
        if at > 0:
            assert at in {end for _, end in spans}
