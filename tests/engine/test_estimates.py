"""What people are told about the line and the time: honest, and seldom changing."""

from dataclasses import replace

import pytest

from bot.domain.order import Order, OrderState
from bot.engine.estimates import Estimates
from bot.settings import Settings, load
from storage.orders import Standing, Taken
from tests.engine.workshop import recipe

NOW = 1_000_000.0


def order(
    number: int, state: OrderState = OrderState.QUEUED, age: float = 0.0, user_id: int = 0
) -> Order:
    """Somebody's, each somebody else's unless told otherwise."""
    fields = dict.fromkeys(Order.__dataclass_fields__)
    known = {"id": number, "state": state, "recipe": recipe(), "user_id": user_id or number}
    known |= {"created_at": NOW - age, "submitted_at": NOW - age}
    return Order(**(fields | known))  # type: ignore[arg-type]


def standing(*unfinished: Order) -> list[Standing]:
    return [
        Standing(it.id, it.state, it.user_id, it.created_at, it.submitted_at, 1.0, it.round_id)
        for it in unfinished
    ]


def settings(**changes: int) -> Settings:
    given = {"eachlabs_typical_seconds": 20, "eachlabs_concurrency": 2}
    return load(**(given | {"eachlabs_requests_per_minute": 0} | changes))


def estimates(*unfinished: Order, **changes: int) -> Estimates:
    given = settings(**changes)
    made = Estimates(given, lambda: NOW)
    made.refresh(standing(*unfinished), given.eachlabs_concurrency)
    return made


def test_nobody_ahead_with_a_free_slot() -> None:
    busy, mine = order(1, OrderState.PROCESSING), order(2)

    waiting = estimates(busy, mine).waiting(mine)

    assert (waiting.ahead, waiting.seconds) == (0, 20)


def test_each_round_of_slots_takes_its_time() -> None:
    busy = [order(n, OrderState.PROCESSING) for n in (1, 2)]
    line = [order(n) for n in range(3, 9)]
    told = estimates(*busy, *line)

    waits = [told.waiting(it) for it in line]

    assert [it.ahead for it in waits] == [1, 2, 3, 4, 5, 6]
    seconds = [it.seconds for it in waits]
    assert seconds == sorted(seconds)
    assert seconds[-1] > seconds[0]


def test_whoever_comes_after_ten_of_somebodys_waits_for_one_of_them() -> None:
    busy = [order(n, OrderState.PROCESSING, user_id=7) for n in (1, 2)]
    many, first = [order(n, user_id=7) for n in range(3, 11)], order(11)
    told = estimates(*busy, *many, first)

    assert [told.waiting(one).ahead for one in (first, *many[:2])] == [1, 2, 3]
    assert told.seconds_left(first) < told.seconds_left(many[1])


def test_faces_of_rounds_are_not_ahead_of_anybody() -> None:
    busy = [order(n, OrderState.PROCESSING) for n in (1, 2)]
    faces = [replace(order(n), round_id=1) for n in (3, 4, 5)]
    mine = order(6)

    assert estimates(*busy, *faces, mine).waiting(mine).ahead == 1


@pytest.mark.parametrize(("age", "seconds"), [(0, 35), (15, 25), (60, 35)])
def test_the_next_slot_is_free_when_the_first_drawing_ends(age: float, seconds: int) -> None:
    """Of two that have just begun, one will be quicker. One that is late may take as long again."""
    busy = [order(1, OrderState.PROCESSING, age), order(2, OrderState.PROCESSING)]
    mine = order(3)

    assert estimates(*busy, mine).waiting(mine).seconds == seconds


def test_fewer_slots_than_hoped_for_are_reckoned_with() -> None:
    busy, line = [order(1, OrderState.PROCESSING)], [order(n) for n in range(2, 6)]
    told = estimates(*busy, *line, eachlabs_concurrency=10)
    hoped = told.waiting(line[-1])

    told.refresh(standing(*busy, *line), 1)

    assert (hoped.ahead, told.waiting(line[-1]).ahead) == (0, 4)
    assert told.seconds_left(line[-1]) > 4 * 20


@pytest.mark.parametrize("age", [-1e6, 0.0, 1e6])
def test_a_clock_that_was_set_makes_no_nonsense(age: float) -> None:
    busy, line = [order(n, OrderState.PROCESSING, age) for n in range(300)], order(300)

    assert 20 < estimates(*busy, line, eachlabs_concurrency=1).seconds_left(line) < 60


def test_drawings_that_take_long_hold_their_slots_for_no_longer() -> None:
    """Two of four pictures and 50 steps each: 176 s."""
    busy = [order(n, OrderState.PROCESSING) for n in (1, 2)]
    line = [order(n) for n in range(3, 13)]
    told = estimates(*line)
    long = [one._replace(work=8.8) for one in standing(*busy)]

    told.refresh([*long, *standing(*line)], slots=2)

    seconds = [told.seconds_left(one) for one in line]
    assert seconds[0] == pytest.approx(176 + 20, rel=0.3)
    assert seconds[-1] == pytest.approx(176 + 5 * 21, rel=0.3)


def test_who_came_after_the_last_look_is_behind_all() -> None:
    busy = [order(n, OrderState.PROCESSING) for n in (1, 2)]
    line, new = [order(n) for n in (3, 4)], order(5)
    told = estimates(*busy, *line)

    assert told.waiting(new).ahead == 3
    assert told.seconds_left(new) > told.seconds_left(line[-1])


def test_without_a_limit_nobody_is_ahead() -> None:
    line = [order(n) for n in range(30)]

    assert estimates(*line, eachlabs_concurrency=0).waiting(line[-1]).ahead == 0


def test_few_requests_a_minute_take_their_time_too() -> None:
    line = [order(n) for n in range(40)]

    fast = estimates(*line, eachlabs_requests_per_minute=0, eachlabs_concurrency=100)
    slow = estimates(*line, eachlabs_requests_per_minute=10, eachlabs_concurrency=30)

    assert slow.waiting(line[-1]).seconds > fast.waiting(line[-1]).seconds


@pytest.mark.parametrize(("slots", "held"), [(0, 40), (50, 50), (50, 20)])
def test_where_requests_are_short_slots_make_nobodys_turn_come_sooner(
    slots: int, held: int
) -> None:
    """At less than one a second."""
    busy = [order(n, OrderState.PROCESSING) for n in range(held)]
    line = [order(held + n) for n in range(200)]

    told = estimates(*busy, *line, eachlabs_requests_per_minute=60, eachlabs_concurrency=slots)
    told.line(waiting=200, ready=16, unhosted=0, cost=1.0, wanted=200, free=0.0)

    assert told.seconds_left(line[-1]) > 200
    assert told.seconds_left(line[100]) > 100


def test_a_short_line_waits_for_no_requests_where_some_are_left() -> None:
    """Two of twelve who came at once, with two photos each."""
    busy = [order(n, OrderState.PROCESSING, age=2) for n in range(10)]
    line = [order(10 + n) for n in range(2)]
    limits = {"eachlabs_requests_per_minute": 60, "eachlabs_concurrency": 10}

    def left(free: float) -> float:
        told = estimates(*busy, *line, **limits)
        told.line(waiting=2, ready=0, unhosted=0, cost=3.0, wanted=2, free=free)
        return told.seconds_left(line[-1])

    # The second to be done makes room for it, after 15 of 20 seconds or so.
    assert 30 < left(26) < 38
    assert left(5) > left(26) + 5


def test_where_requests_are_short_slots_are_used_again_later() -> None:
    """With two photos each, at one request a second, three seconds and more for each order."""
    busy = [order(n, OrderState.PROCESSING, age=n) for n in range(10)]
    line = [order(10 + n) for n in range(60)]
    limits = {"eachlabs_requests_per_minute": 60, "eachlabs_concurrency": 10}

    told = [estimates(*busy, *line, **limits) for _ in range(2)]
    told[0].line(waiting=60, ready=0, unhosted=0, cost=1.0, wanted=60, free=0.0)
    told[1].line(waiting=60, ready=0, unhosted=0, cost=3.0, wanted=180, free=0.0)
    hosted, new = (
        [each.seconds_left(one) - each.seconds_left(line[0]) for one in line] for each in told
    )

    assert new[50] > 50 * 3.05 > hosted[50]
    # It is those who come later that wait longer: what is under way ends when it ends.
    assert new[50] - new[40] == pytest.approx(new[40] - new[30], rel=0.3)


@pytest.mark.parametrize(("age", "seconds"), [(0, 20), (7, 15), (19, 5), (100, 20)])
def test_what_is_left_of_a_drawing(age: float, seconds: int) -> None:
    mine = order(1, OrderState.PROCESSING, age)

    assert estimates(mine).waiting(mine).seconds == seconds


def test_more_steps_and_pictures_take_longer() -> None:
    quick = order(1)
    fine = replace(quick, recipe=replace(quick.recipe, steps=80, outputs=4))
    told = estimates(quick)

    assert told.expected(fine) > 8 * told.expected(quick)


def test_what_was_seen_counts_for_more_than_the_setting() -> None:
    mine = order(1)
    told = estimates(mine)
    told.learn([Taken(40.0, 1.0)] * 10)

    assert told.expected(mine) == pytest.approx(40)


@pytest.mark.parametrize(
    ("came", "since", "per_minute"), [(0, 0, 0), (1, 1, 0.2), (40, 600, 4), (120, 9e9, 4)]
)
def test_how_many_orders_come(came: int, since: float, per_minute: float) -> None:
    """The first of all does not stand for sixty a minute."""
    told = estimates()
    told.learn([], came, since)

    assert told.line(waiting=0, ready=0, unhosted=0, cost=1, wanted=0).rate * 60 == pytest.approx(
        per_minute
    )


def test_how_late_pictures_are_noticed_is_seen_and_told() -> None:
    """For whoever waits in line, and for whose picture is being drawn."""
    waits = order(1)
    drawn = replace(order(2), state=OrderState.PROCESSING, submitted_at=NOW - 5)
    told = estimates(waits, drawn)
    told.learn([Taken(21.0, 1.0, late=0.0)] * 20)
    soon = [told.seconds_left(one) for one in (waits, drawn)]
    # One clock that was set counts as one that took as long again.
    told.learn([Taken(21.0, 1.0, late=1e9), *[Taken(21.0, 1.0, late=9.0)] * 19])
    late = [told.seconds_left(one) for one in (waits, drawn)]

    assert [b - a for a, b in zip(soon, late, strict=True)] == pytest.approx([9.6, 9.6], abs=0.1)


def test_what_four_pictures_take_is_learned_from_those() -> None:
    """Not by the rule of three: the provider may draw four at once."""
    quick = order(1)
    four = replace(quick, recipe=replace(quick.recipe, outputs=4))
    told = estimates(quick)
    told.learn([*[Taken(30.0, 4.0)] * 10, *[Taken(20.0, 1.0)] * 30])

    assert told.expected(four) == pytest.approx(30, rel=0.1)


def test_ones_own_orders_go_two_at_a_time_and_that_is_told() -> None:
    mine = [order(n, OrderState.PROCESSING, user_id=7) for n in (1, 2)]
    mine += [order(n, user_id=7) for n in (3, 4, 5)]
    other = order(6)
    told = estimates(*mine, other, eachlabs_concurrency=10)

    waits = [told.waiting(it) for it in mine[2:]]

    assert [it.ahead for it in waits] == [1, 2, 3]
    assert [it.seconds for it in waits] == [30, 30, 50]
    assert (told.waiting(other).ahead, told.waiting(other).seconds) == (0, 20)
