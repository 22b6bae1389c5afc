"""An order's life as a table."""

import itertools
from dataclasses import replace

import pytest

from bot.domain.order import (
    ENDED,
    FOLLOWS,
    HOLDS_SLOT,
    KEEPS_CREDITS,
    UNFINISHED,
    Hold,
    OrderState,
    Told,
    may_follow,
)
from tests.viewing import order

Q, S, P, D = OrderState.QUEUED, OrderState.SUBMITTING, OrderState.PROCESSING, OrderState.DRAWN
DELIVERED, FAILED, CANCELLED = OrderState.DELIVERED, OrderState.FAILED, OrderState.CANCELLED

ALLOWED = {
    (Q, S), (Q, FAILED), (Q, CANCELLED),
    (S, P), (S, Q), (S, FAILED), (S, CANCELLED),
    (P, D), (P, FAILED), (P, CANCELLED),
    (D, DELIVERED), (D, FAILED),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(itertools.product(OrderState, repeat=2)))
def test_every_pair_of_states(before: OrderState, after: OrderState) -> None:
    assert may_follow(before, after) is ((before, after) in ALLOWED)


def test_every_state_has_its_row() -> None:
    assert set(FOLLOWS) == set(OrderState)


def test_what_is_over_is_left_by_nothing_and_everything_else_comes_to_an_end() -> None:
    assert {state for state in OrderState if not FOLLOWS[state]} == ENDED
    assert set(OrderState) == ENDED | UNFINISHED
    assert not ENDED & UNFINISHED
    assert all(OrderState.FAILED in FOLLOWS[state] for state in UNFINISHED)
    assert [state for state in OrderState if state.over] == [DELIVERED, FAILED, CANCELLED]


def test_a_slot_is_held_while_the_provider_may_work_and_no_longer() -> None:
    assert {S, P} == HOLDS_SLOT


def test_a_credit_is_taken_only_for_a_picture() -> None:
    assert {FAILED, CANCELLED} == KEEPS_CREDITS


def test_a_group_reads_each_thing_once() -> None:
    def news(told: Told, **now: object) -> bool:
        return replace(order(), chat_id=-1, told=told, **now).is_news  # type: ignore[arg-type]

    assert news(Told.NOTHING)
    assert not news(Told.DRAWING)
    assert news(Told.DRAWING, hold=Hold.RESTING)
    assert not news(Told.HELD, hold=Hold.PROVIDER_DOWN)
    assert not news(Told.HELD)
    assert news(Told.HELD, cancel_requested=True)
    # Where there is little room, all that is said is why it takes so long; where only the picture
    # has any, nothing is.
    assert not news(Told.NOTHING, messages_left=2)
    assert news(Told.NOTHING, messages_left=2, hold=Hold.RESTING)
    assert not news(Told.NOTHING, messages_left=1, hold=Hold.RESTING)


def test_the_file_comes_by_itself_where_a_group_has_room_for_it() -> None:
    def brings(told: Told, messages_left: int, chat_id: int = -1) -> bool:
        made = replace(order(), chat_id=chat_id, told=told, messages_left=messages_left)
        return made.brings_file

    assert [brings(Told.DRAWING, left) for left in (5, 4, 3)] == [True, True, False]
    assert [brings(Told.HELD, left) for left in (5, 4)] == [True, False]
    assert brings(Told.NOTHING, 3)
    assert brings(Told.STOPPING, 0, chat_id=7)
