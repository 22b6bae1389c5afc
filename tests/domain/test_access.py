"""Caps, and the day that they are for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.access import (
    Cap,
    Caps,
    Usage,
    day_began,
    expected_usd,
    refuse,
    seconds_to_midnight,
)
from tests.properties import PROPERTY

PRIVATE, GROUP = 7, -100
NO_CAPS = Caps(None, None, None)
NOTHING = Usage()


def asked(caps: Caps, usage: Usage, *, chat_id: int = PRIVATE, credits_: int = 1) -> Cap | None:
    return refuse(caps, usage, chat_id=chat_id, credits_=credits_, usd=0.02 * credits_)


@pytest.mark.parametrize(
    ("caps", "usage", "chat_id", "credits_", "cap"),
    [
        (Caps(), NOTHING, PRIVATE, 1, None),
        (Caps(), Usage(person_credits=4), PRIVATE, 1, None),
        (Caps(), Usage(person_credits=5), PRIVATE, 1, Cap.PERSON),
        (Caps(), Usage(person_credits=3), PRIVATE, 3, Cap.PERSON),
        (Caps(), NOTHING, PRIVATE, 16, Cap.PERSON),
        (NO_CAPS, Usage(10**6, 10**6, 1e6), PRIVATE, 16, None),
        (NO_CAPS, Usage(10**6, 10**6, 1e6), GROUP, 16, None),
        (Caps(credits_per_person=0), NOTHING, PRIVATE, 1, Cap.PERSON),
        (Caps(credits_per_chat=0), NOTHING, GROUP, 1, Cap.CHAT),
        (Caps(budget_usd=0), NOTHING, PRIVATE, 1, Cap.BUDGET),
        (Caps(credits_per_chat=0), NOTHING, PRIVATE, 1, None),  # of groups only
        (Caps(), Usage(chat_credits=30), GROUP, 1, Cap.CHAT),
        (Caps(), Usage(chat_credits=29), GROUP, 1, None),
        (Caps(), Usage(chat_credits=30), PRIVATE, 1, None),
        (Caps(), Usage(spent_usd=1.98), PRIVATE, 1, None),
        (Caps(), Usage(spent_usd=1.99), PRIVATE, 1, Cap.BUDGET),
        (Caps(), Usage(unfinished=1), PRIVATE, 1, None),
        (Caps(), Usage(unfinished=2), PRIVATE, 1, Cap.AT_A_TIME),
        (Caps(allowed_chats=frozenset()), NOTHING, PRIVATE, 1, Cap.CLOSED_CHAT),
        (Caps(allowed_chats=frozenset({GROUP})), NOTHING, PRIVATE, 1, Cap.CLOSED_CHAT),
        (Caps(allowed_chats=frozenset({GROUP})), NOTHING, GROUP, 1, None),
    ],
)
def test_caps(caps: Caps, usage: Usage, chat_id: int, credits_: int, cap: Cap | None) -> None:
    assert asked(caps, usage, chat_id=chat_id, credits_=credits_) is cap


def test_the_narrowest_cap_is_named_first() -> None:
    caps = Caps(allowed_chats=frozenset(), credits_per_member=1)
    usage = Usage(100, 100, 100.0, 100, 100)
    order = []
    while (cap := asked(caps, usage, chat_id=GROUP)) is not None:
        order.append(cap)
        match cap:
            case Cap.CLOSED_CHAT:
                caps = replace(caps, allowed_chats=None)
            case Cap.AT_A_TIME:
                usage = replace(usage, unfinished=0)
            case Cap.PERSON:
                usage = replace(usage, person_credits=0)
            case Cap.CHAT:
                usage = replace(usage, chat_credits=0)
            case Cap.MEMBER:
                usage = replace(usage, member_credits=0)
            case Cap.BUDGET:
                usage = replace(usage, spent_usd=0.0)
    assert order == list(Cap)


@pytest.mark.parametrize(
    ("caps", "closed"),
    [
        (Caps(), False),
        (NO_CAPS, False),
        (Caps(allowed_chats=frozenset({PRIVATE})), False),
        (Caps(allowed_chats=frozenset({GROUP})), True),
        (Caps(credits_per_person=0), True),
        (Caps(budget_usd=0.0), True),
        (Caps(credits_per_chat=0), False),
    ],
)
def test_a_chat_that_is_closed_for_ever(caps: Caps, closed: bool) -> None:
    assert caps.closed_to(PRIVATE) is closed


def test_no_credits_for_groups_close_every_group() -> None:
    assert Caps(credits_per_chat=0).closed_to(GROUP)
    assert not NO_CAPS.closed_to(GROUP)


@PROPERTY
@given(cap=st.integers(0, 50), wishes=st.lists(st.integers(1, 20), max_size=30))
def test_accepted_credits_never_go_over_the_cap(cap: int, wishes: list[int]) -> None:
    caps, spent = Caps(cap, None, None), 0
    for wish in wishes:
        if asked(caps, Usage(person_credits=spent), credits_=wish) is None:
            spent += wish
        else:
            assert spent + wish > cap
    assert spent <= cap


def test_many_cents_that_make_the_budget_are_not_refused_for_their_rounding() -> None:
    spent = Usage(spent_usd=0.1 + 0.1)
    assert refuse(Caps(None, None, 0.3), spent, chat_id=1, credits_=1, usd=0.1) is None


def test_a_picture_costs_about_two_cents() -> None:
    assert expected_usd(21, 1) == pytest.approx(0.02268)
    assert expected_usd(21, 4) == pytest.approx(4 * 0.02268)


@pytest.mark.parametrize(
    ("now", "began", "left"),
    [
        (datetime(2026, 8, 1, 0, 0, 0, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC), 86400),
        (datetime(2026, 8, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC), 1),
        (datetime(2028, 2, 29, 12, 0, 0, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC), 43200),
        (datetime(2026, 12, 31, 18, 0, 0, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC), 21600),
    ],
)
def test_the_day_is_utcs(now: datetime, began: datetime, left: int) -> None:
    assert day_began(now.timestamp()) == began.timestamp()
    assert seconds_to_midnight(now.timestamp()) == left


@PROPERTY
@given(now=st.floats(0, 4e9))
def test_a_moment_lies_in_its_day(now: float) -> None:
    assert 0 <= now - day_began(now) < 86400
    assert 0 < seconds_to_midnight(now) <= 86400
    assert day_began(now) % 86400 == 0
