"""How patient the bot is."""

import pytest

from bot.domain.pace import PACE, Pace, backoff, deadline


def test_a_prediction_is_given_up_after_fifteen_times_what_it_takes_and_not_before_the_floor() -> (
    None
):
    assert deadline(1.0) == 300.0
    assert deadline(100.0) == 1500.0
    assert deadline(1.0, 5.0) == 15.0


def test_backoff_doubles_up_to_its_most_and_jitter_shortens_it() -> None:
    assert [backoff(n, jitter=0) for n in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff(3, jitter=1) == 4
    assert backoff(10**6, first=0.2, most=5, jitter=0) == 5
    assert backoff(0, first=0.2) == pytest.approx(0.15)


def test_the_tries_of_a_step_last_about_ten_minutes() -> None:
    assert 420 <= sum(PACE.pause(n) for n in range(PACE.tries)) <= 780


def test_a_test_may_hurry() -> None:
    assert Pace(first_pause=0.1, longest_pause=0.2).pause(9, jitter=0) == 0.2
