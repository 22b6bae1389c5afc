"""When a request is spent, and on what; whose turn it is, and what people are told."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import Durations
from bot.domain.price import asking, price, steady
from bot.domain.scene import MARGIN, WINDOW, Limits, Line, Running, Scene
from bot.domain.schedule import LONGEST, Action, Decision, decide, next_turn, shown_seconds
from tests.properties import PROPERTY

USUAL = Durations(21.0, 0.25)
LIMITS = Limits(per_minute=60, concurrency=10)
NOW = 1000.0


def scene(
    ages: Sequence[float] = (),
    *,
    asked: Sequence[float] = (),
    spent: int = 0,
    line: Line | None = None,
    limits: Limits = LIMITS,
    durations: Durations = USUAL,
    listing: bool = True,
) -> Scene:
    """Predictions of these ages; asked at those ages; `spent` requests, evenly over the minute."""
    seen = [*asked, *[0.0] * (len(ages) - len(asked))]
    running = tuple(
        Running(n, sent=NOW - age, asked=NOW - age + at)
        for n, (age, at) in enumerate(zip(ages, seen, strict=True), start=1)
    )
    used = tuple(NOW - WINDOW + (n + 0.5) * WINDOW / spent for n in range(spent))
    return Scene(NOW, limits, durations, used, running, line or Line(), listing=listing)


# Deciding


def test_a_free_slot_is_filled_first() -> None:
    late = scene([25.0] * 9, line=Line(waiting=3, ready=1, unhosted=2))
    assert decide(late).action is Action.CREATE


def test_without_a_free_slot_none_is_created() -> None:
    full = scene([1.0] * 10, line=Line(waiting=3, ready=3))
    assert decide(full).action is Action.WAIT


def test_without_a_limit_of_slots_there_is_always_one() -> None:
    crowd = scene([1.0] * 50, line=Line(waiting=1, ready=1), limits=Limits(60, 0))
    assert decide(crowd).action is Action.CREATE


@pytest.mark.parametrize("per_minute", [1, 2, 5, 60, 0])
def test_however_few_requests_there_are_orders_begin(per_minute: int) -> None:
    first = scene(line=Line(waiting=1, ready=1), limits=Limits(per_minute, 10))
    assert decide(first).action is Action.CREATE


def test_a_spent_minute_waits_for_its_oldest_request() -> None:
    spent = scene([25.0], spent=60, line=Line(waiting=1, ready=1))
    decision = decide(spent)
    assert decision.action is Action.WAIT
    assert decision.seconds == pytest.approx(spent.used[0] + WINDOW + MARGIN - NOW)


def test_waiting_for_a_spent_minute_never_takes_no_time() -> None:
    spent = scene([25.0], spent=60)
    edge = replace(spent, now=spent.used[0] + WINDOW + MARGIN - 1e-9)
    assert decide(edge).seconds >= 1e-3


def test_nothing_is_created_that_could_not_be_asked_for() -> None:
    quick = Durations(2.1, 0.25)
    short = scene([1.0] * 3, spent=59, line=Line(waiting=9, ready=9), durations=quick)
    assert decide(short).action is not Action.CREATE


def test_what_cannot_be_done_yet_is_not_asked_for() -> None:
    assert decide(scene([5.0, 6.0], asked=[4.5, 5.5])).action is Action.WAIT


def test_several_are_asked_for_at_once_and_one_by_itself() -> None:
    assert decide(scene([22.0, 24.0])).action is Action.ASK_ALL
    assert decide(scene([24.0])) == Decision(Action.ASK_ONE, prediction=1)


def test_where_asking_for_all_does_not_work_the_latest_is_asked_for() -> None:
    late = scene([22.0, 30.0, 24.0], listing=False)
    assert decide(late) == Decision(Action.ASK_ONE, prediction=2)


def test_with_nothing_in_flight_there_is_nothing_to_ask_for() -> None:
    assert decide(scene(line=Line(waiting=3))) == Decision(Action.WAIT, seconds=LONGEST)


def test_what_was_just_asked_for_is_left_alone() -> None:
    assert decide(scene([22.0], asked=[21.9])).action is Action.WAIT


def test_the_moment_that_was_named_is_the_moment_to_ask() -> None:
    before = scene([20.0], asked=[19.9], spent=30)
    pause = decide(before).seconds
    assert decide(replace(before, now=NOW + 0.5 * pause)).action is not Action.ASK_ONE
    assert decide(replace(before, now=NOW + pause + 0.01)).action is Action.ASK_ONE


def test_uploads_take_what_asking_leaves() -> None:
    line = Line(waiting=5, unhosted=4, cost=3)
    assert decide(scene([1.0] * 10, line=line)).action is Action.UPLOAD
    assert decide(scene([25.0] * 10, line=line)).action is Action.ASK_ALL


def test_uploads_are_spread_out_while_nobody_can_start() -> None:
    line = Line(waiting=5, unhosted=4, cost=3)

    def spending(in_flight: int, seconds_ago: float, limits: Limits = LIMITS) -> Scene:
        used = tuple(NOW - seconds_ago + n / 10 for n in range(6))
        return replace(
            scene([2.0] * in_flight, asked=[1.9] * in_flight, line=line, limits=limits), used=used
        )

    assert decide(spending(10, 2.0)).action is Action.WAIT
    assert decide(spending(10, 9.0)).action is Action.UPLOAD
    assert decide(spending(9, 2.0)).action is Action.UPLOAD
    assert decide(spending(10, 2.0, Limits(0, 10))).action is Action.UPLOAD
    assert decide(spending(10, 2.0, Limits(60, 0))).action is Action.UPLOAD


def test_a_line_that_is_over_soon_makes_nobody_save_requests() -> None:
    """With two new photos each ten slots would use up more requests than there are."""
    short, long = (Line(waiting=n, cost=3, wanted=3 * n) for n in (2, 30))

    assert decide(scene([22.0] * 10, spent=30, line=short)).action is Action.ASK_ALL
    assert decide(scene([22.0] * 10, spent=30, line=long)).action is Action.WAIT


def test_without_a_limit_of_requests_asking_is_dense_but_not_endless() -> None:
    free = scene([21.0], asked=[20.9], limits=Limits(0, 10))
    assert 0.1 < decide(free).seconds < 1


# Prices


def test_a_request_is_dearer_the_more_are_spent() -> None:
    prices = [price(scene([20.0], spent=n)).scarce for n in (0, 30, 50)]
    assert prices == sorted(prices)
    assert prices[0] < prices[-1] / 4


def test_a_request_is_dearer_the_more_orders_come() -> None:
    prices = [price(scene([20.0], line=Line(rate=n / 60))).fair for n in (0, 4, 12)]
    assert prices == sorted(prices)
    assert prices[0] < prices[-1] / 2


@pytest.mark.parametrize("rate", [2 / 60, 4 / 60, 12 / 60])
def test_how_often_to_ask_is_told_for_all_that_may_come(rate: float) -> None:
    """At the end of a minute, held against many minutes; at least so often, by Hoelder."""
    dice, often = random.Random(1), []
    for _ in range(1000):
        ages = [dice.random() * WINDOW for _ in range(poisson(dice, rate * WINDOW))]
        often.append(math.sqrt(sum(ending(dice, age) for age in ages)))
    mean, variance = list(asking(scene(line=Line(rate=rate)), rate))[-1]

    assert 0.75 * fmean(often) < mean < fmean(often)
    assert pvariance(often) < variance < 2 * pvariance(often)


def poisson(dice: random.Random, mean: float) -> int:
    """So many come."""
    return next(n for n in range(1000) if (mean := mean - dice.expovariate(1)) < 0)


def ending(dice: random.Random, age: float) -> float:
    """How likely it ends in the next second; 0 if it has ended."""
    still = 1 - USUAL.done(age)
    return USUAL.found(age + 0.01, age) / 0.01 if dice.random() < still else 0.0


BUSY = Line(waiting=30, ready=30)


@pytest.mark.parametrize(
    ("listing", "cost", "spread", "turnover"),
    [
        (True, 1, 0.10, 27.2),
        (True, 1, 0.25, 26.4),
        (True, 1, 0.50, 24.0),
        (False, 1, 0.25, 23.4),
        (False, 1, 0.50, 20.3),
    ],
)
def test_the_pace_of_a_busy_engine(
    listing: bool, cost: float, spread: float, turnover: float
) -> None:
    busy = scene(
        [10.0] * 10,
        line=replace(BUSY, cost=cost),
        durations=Durations(21, spread),
        listing=listing,
    )
    assert steady(busy).turnover * 60 == pytest.approx(turnover, rel=0.03)


def test_the_pace_uses_up_the_requests() -> None:
    course = steady(scene([10.0] * 10, line=BUSY))
    asks = 1 / (2 * course.delay)
    assert course.turnover + asks == pytest.approx(LIMITS.rate, rel=0.01)


# Whose turn it is


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


def test_one_person_has_only_so_many_under_way() -> None:
    assert next_turn({1: 7, 2: 8}, {7: 2, 8: 3}, most=2) is None
    assert next_turn({1: 7, 2: 7, 3: 8}, {7: 2, 8: 1}, most=2) == 3


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
    [(0.0, 5), (7.4, 5), (7.6, 10), (21.0, 20), (57.0, 55), (60.0, 60), (68.0, 75), (600.0, 600)],
)
def test_shown_seconds(real: float, shown: int) -> None:
    assert shown_seconds(real) == shown


@PROPERTY
@given(real=st.floats(5, 10_000))
def test_what_is_shown_is_the_nearest_of_few_figures(real: float) -> None:
    assert abs(shown_seconds(real) - real) <= (2.5 if real < 60 else 7.5)
