"""How long predictions take, and how that is learned."""

import math
import random

import pytest

from bot.domain.durations import Durations, learn, observed, work
from bot.domain.photomaker import Recipe

USUAL = Durations(21.0, 0.25)


@pytest.mark.parametrize(
    ("steps", "outputs", "units"), [(20, 1, 1.0), (20, 4, 4.0), (50, 1, 2.2), (1, 1, 0.24)]
)
def test_work(steps: int, outputs: int, units: float) -> None:
    assert work(Recipe(steps=steps, outputs=outputs)) == pytest.approx(units)


# Durations


def test_the_odds_of_being_done_grow_from_none_to_certainty() -> None:
    odds = [USUAL.done(age) for age in (0, 10, 15, 21, 30, 60, 600)]
    assert odds == sorted(odds)
    assert odds[0] == 0
    assert odds[3] == pytest.approx(0.5, abs=0.01)
    assert odds[-1] > 0.99


def test_nothing_can_be_overdue_that_was_just_asked_for() -> None:
    assert USUAL.overdue(18, 18) == 0
    assert USUAL.overdue(17, 18) == 0


def test_overdue_is_the_integral_of_the_odds() -> None:
    steps = [USUAL.found(18 + n * 0.01, 18) * 0.01 for n in range(1000)]
    assert USUAL.overdue(28, 18) == pytest.approx(sum(steps), rel=0.01)


def test_more_work_takes_in_proportion_longer() -> None:
    assert USUAL.done(60, work=3) == pytest.approx(USUAL.done(20))
    assert USUAL.overdue(75, 45, work=3) == pytest.approx(3 * USUAL.overdue(25, 15))


@pytest.mark.parametrize(("age", "left"), [(0, 21), (10, 11), (20, 4.4)])
def test_what_is_left_is_the_median_of_what_is_possible(age: float, left: float) -> None:
    assert USUAL.left(age, age) == pytest.approx(left, rel=0.1)


def test_who_is_far_too_late_has_more_left_the_later_it_is() -> None:
    assert 1 < USUAL.left(60, 60) < USUAL.left(300, 300) < 1000


# Learning


def seen(median: float, count: int, spread: float = 0.25, seed: int = 1) -> list[float]:
    dice = random.Random(seed)
    return [median * math.exp(dice.gauss(0, spread)) for _ in range(count)]


def test_nothing_seen_leaves_the_prior() -> None:
    known = learn(21, [])
    assert known.median == pytest.approx(21)
    assert 0.2 < known.spread < 0.4


@pytest.mark.parametrize("spread", [0.1, 0.25, 0.5])
def test_the_spread_is_learned(spread: float) -> None:
    known = learn(21, seen(21, 60, spread))
    assert known.spread == pytest.approx(spread, rel=0.35)
    assert known.median == pytest.approx(21, rel=0.15)


@pytest.mark.parametrize("truth", [2.1, 210])
def test_a_prior_ten_times_wrong_is_unlearned_after_three(truth: float) -> None:
    assert learn(21, seen(truth, 3)).median == pytest.approx(truth, rel=0.35)


@pytest.mark.parametrize("truth", [2.1, 210])
def test_a_past_that_is_gone_is_unlearned_after_five(truth: float) -> None:
    known = learn(21, [*seen(truth, 5), *seen(21, 100)])
    assert known.median == pytest.approx(truth, rel=0.35)
    assert known.spread < 0.5


def test_chance_is_seldom_taken_for_a_change() -> None:
    """Then the newest five alone would count."""
    pasts = [seen(21, 60, seed=n) for n in range(1000)]
    forgotten = sum(learn(21, past) == learn(21, past[:5]) for past in pasts)

    assert forgotten <= 5


def test_one_odd_duration_changes_little() -> None:
    assert learn(21, [300, *seen(21, 30)]).median == pytest.approx(21, rel=0.25)


def test_old_ones_fade() -> None:
    drifted = [*seen(26, 40), *seen(21, 60, seed=2)]
    assert learn(21, drifted).median == pytest.approx(26, rel=0.1)


@pytest.mark.parametrize(
    ("told", "taken"),
    [(19.0, 19.0), (None, 20.0), (4.0, 20.0), (100.0, 20.0), (22.5, 22.5)],
    ids=["told", "not told", "too short to be true", "too long to be true", "rounded"],
)
def test_what_a_prediction_took(told: float | None, taken: float) -> None:
    assert observed(18.0, 22.0, told) == taken
