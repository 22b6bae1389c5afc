"""When to ask, whose turn it is, and what people are told."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.photomaker import Recipe
from bot.domain.schedule import (
    LONGEST_POLL,
    PACE,
    SHORTEST_POLL,
    Pace,
    backoff,
    deadline,
    next_poll,
    next_turn,
    seconds_left,
    shown_seconds,
    typical_seconds,
    work,
)
from tests.properties import PROPERTY

seconds = st.floats(0.1, 10_000)


@pytest.mark.parametrize(
    ("steps", "outputs", "units"), [(20, 1, 1.0), (20, 4, 4.0), (50, 1, 2.2), (1, 1, 0.24)]
)
def test_work(steps: int, outputs: int, units: float) -> None:
    assert work(Recipe(steps=steps, outputs=outputs)) == pytest.approx(units)


@pytest.mark.parametrize(
    ("seen", "typical"),
    [
        ([], 21.0),
        ([90.0], 21.0),  # one odd duration changes nothing
        ([30.0, 40.0], 30.0),
        ([30.0, 40.0, 50.0], 40.0),
        ([10.0] * 20, 10.0),
    ],
)
def test_typical_seconds_are_learned(seen: list[float], typical: float) -> None:
    assert typical_seconds(21.0, seen) == typical


@pytest.mark.parametrize(
    ("age", "in_flight", "per_minute", "pause"),
    [
        (0.0, 1, 60, 12.0),  # not before six tenths of what it takes
        (11.0, 1, 60, 1.0),
        (11.9, 1, 60, SHORTEST_POLL),
        (12.0, 1, 60, 2.0),  # its share of half the minute's requests
        (12.0, 5, 60, 10.0),
        (12.0, 10, 60, LONGEST_POLL),
        (12.0, 10, 0, 1.0),  # no limit: a twentieth of what it takes
        (100.0, 1, 0, LONGEST_POLL),  # late: rarely
        (60.0, 1, 0, 10.0),
    ],
)
def test_next_poll(age: float, in_flight: int, per_minute: int, pause: float) -> None:
    found = next_poll(age, 20.0, in_flight=in_flight, per_minute=per_minute)
    assert found == pytest.approx(pause)


@PROPERTY
@given(age=seconds, expected=seconds, in_flight=st.integers(1, 100), limit=st.integers(0, 600))
def test_polls_are_bounded(age: float, expected: float, in_flight: int, limit: int) -> None:
    pause = next_poll(age, expected, in_flight=in_flight, per_minute=limit)
    assert pause >= SHORTEST_POLL
    assert pause <= max(LONGEST_POLL, 0.6 * expected)


@pytest.mark.parametrize(("in_flight", "limit"), [(1, 60), (5, 60), (7, 60), (10, 120)])
def test_all_polls_together_leave_half_of_the_budget(in_flight: int, limit: int) -> None:
    pause = next_poll(21.0, 21.0, in_flight=in_flight, per_minute=limit)
    assert in_flight * 60 / pause <= limit / 2 + 1e-9


def test_a_prediction_is_given_up_after_fifteen_times_what_it_takes_and_not_before_the_floor() -> (
    None
):
    assert deadline(1.0) == 300.0
    assert deadline(100.0) == 1500.0
    assert deadline(1.0, 5.0) == 15.0


@pytest.mark.parametrize(
    ("age", "ahead", "concurrency", "per_minute", "left"),
    [
        (None, 0, 10, 60, 20.0),
        (None, 9, 10, 0, 20.0),
        (None, 10, 10, 0, 40.0),
        (None, 25, 10, 0, 60.0),
        (None, 25, 0, 0, 20.0),
        (None, 30, 10, 60, 80.0),  # by slots: 3 rounds of 20 s, as by requests: 2 of each order
        (None, 30, 10, 30, 140.0),  # by requests
        (5.0, 0, 10, 60, 15.0),
        (19.0, 99, 10, 60, 2.0),
        (500.0, 0, 10, 60, 2.0),
    ],
)
def test_seconds_left(
    age: float | None, ahead: int, concurrency: int, per_minute: int, left: float
) -> None:
    found = seconds_left(
        expected=20.0, age=age, ahead=ahead, concurrency=concurrency, per_minute=per_minute
    )
    assert found == pytest.approx(left)


@pytest.mark.parametrize(
    ("waiting", "in_flight", "turn"),
    [
        ({}, {}, None),
        ({1: 7, 2: 8}, {}, 1),
        ({1: 7, 2: 8}, {7: 1}, 2),
        ({1: 7, 2: 8}, {7: 1, 8: 1}, 1),
        ({3: 7, 2: 7, 9: 8}, {7: 2, 8: 3}, 2),
    ],
)
def test_next_turn(waiting: dict[int, int], in_flight: dict[int, int], turn: int | None) -> None:
    assert next_turn(waiting, in_flight) == turn


@PROPERTY
@given(whose=st.lists(st.integers(1, 4), min_size=1, max_size=40), slots=st.integers(1, 5))
def test_everybody_gets_a_turn_and_nobody_two_before_another_has_one(
    whose: list[int], slots: int
) -> None:
    waiting = dict(enumerate(whose))
    flying: list[tuple[int, int]] = []
    drawn: list[int] = []
    while waiting or flying:
        while waiting and len(flying) < slots:
            in_flight = Counter(user for _, user in flying)
            turn = next_turn(waiting, in_flight)
            assert turn is not None
            user = waiting.pop(turn)
            fewest = min((in_flight[other] for other in waiting.values()), default=0)
            assert in_flight[user] <= fewest or not waiting
            flying.append((turn, user))
        drawn.append(flying.pop(0)[0])
    assert sorted(drawn) == list(range(len(whose)))
    for user in set(whose):
        assert [n for n in drawn if whose[n] == user] == [
            n for n, u in enumerate(whose) if u == user
        ]


@pytest.mark.parametrize(
    ("real", "shown"),
    [(0.0, 5), (4.9, 5), (5.0, 5), (5.1, 10), (57.0, 60), (60.0, 60), (61.0, 75), (600.0, 600)],
)
def test_shown_seconds(real: float, shown: int) -> None:
    assert shown_seconds(real) == shown


@PROPERTY
@given(real=st.floats(0, 10_000))
def test_nobody_is_promised_less_than_is_reckoned(real: float) -> None:
    assert real <= shown_seconds(real) < real + 15.001


def test_backoff_doubles_up_to_its_most_and_jitter_shortens_it() -> None:
    assert [backoff(n, jitter=0) for n in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff(3, jitter=1) == 4
    assert backoff(10**6, first=0.2, most=5, jitter=0) == 5
    assert backoff(0, first=0.2) == pytest.approx(0.15)


def test_the_tries_of_a_step_last_about_ten_minutes() -> None:
    assert 420 <= sum(PACE.pause(n) for n in range(PACE.tries)) <= 780


def test_a_test_may_hurry() -> None:
    assert Pace(first_pause=0.1, longest_pause=0.2).pause(9, jitter=0) == 0.2
