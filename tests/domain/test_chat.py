"""What a group's admins set, within what the operator allows."""

from dataclasses import replace

import pytest

from bot.domain.access import Cap, Caps, Usage, refuse
from bot.domain.chat import (
    HELLO_AGAIN,
    TEN,
    Allowance,
    Bar,
    Chat,
    ChatSettings,
    Who,
    barred,
    cap_choices,
    caps_there,
    member_choices,
)

GROUP = -100
CHAT = Chat(1, GROUP, "Friends", False, 7, 3, None, None, None, 0.0, Allowance.ASKED)


def there(allowance: Allowance = Allowance.ASKED, **settings: object) -> Chat:
    chosen = ChatSettings(**settings)  # type: ignore[arg-type]
    return replace(CHAT, allowance=allowance, settings=chosen)


@pytest.mark.parametrize(
    ("operator", "chat", "most"),
    [
        (30, None, 30),
        (30, there(), 30),
        (30, there(Allowance.ALLOW), 30),
        (30, there(Allowance.TEN), TEN),
        (5, there(Allowance.TEN), 5),
        (None, there(Allowance.TEN), TEN),
        (None, there(), None),
        (30, there(cap=5), 5),
        (30, there(cap=100), 30),
        (30, there(Allowance.TEN, cap=20), TEN),
        (0, there(cap=20), 0),
    ],
)
def test_the_least_of_all_caps_holds(
    operator: int | None, chat: Chat | None, most: int | None
) -> None:
    assert caps_there(Caps(credits_per_chat=operator), chat).credits_per_chat == most


@pytest.mark.parametrize("allowance", [Allowance.LEAVE, Allowance.ASKED_AGAIN])
def test_where_the_operator_has_left_nothing_is_drawn(allowance: Allowance) -> None:
    caps = caps_there(Caps(), there(allowance))
    assert caps.closed_to(GROUP)
    assert refuse(caps, Usage(), chat_id=GROUP, credits_=1, usd=0.01) is Cap.CLOSED_CHAT


def test_a_members_cap_counts_what_they_had_there() -> None:
    caps = caps_there(Caps(), there(member_cap=2))
    for had, cap in [(1, None), (2, Cap.MEMBER)]:
        usage = Usage(person_credits=2, chat_credits=2, member_credits=had)
        assert refuse(caps, usage, chat_id=GROUP, credits_=1, usd=0.01) is cap


@pytest.mark.parametrize(
    ("settings", "thread_id", "is_admin", "bar"),
    [
        (ChatSettings(), 5, False, None),
        (ChatSettings(on=False), 0, True, Bar.OFF),
        (ChatSettings(who=Who.ADMINS), 0, False, Bar.ADMINS_ONLY),
        (ChatSettings(who=Who.ADMINS), 0, True, None),
        (ChatSettings(topic=5), 5, False, None),
        (ChatSettings(topic=5), 0, True, Bar.ELSEWHERE),
        (ChatSettings(topic=0), 5, False, Bar.ELSEWHERE),
    ],
)
def test_bars(settings: ChatSettings, thread_id: int, is_admin: bool, bar: Bar | None) -> None:
    chat = replace(there(), is_forum=True, settings=settings)
    assert barred(chat, thread_id=thread_id, is_admin=is_admin) is bar


def test_a_topic_that_is_no_more_bars_nothing() -> None:
    chat = replace(there(), is_forum=False, settings=ChatSettings(topic=5))
    assert barred(chat, thread_id=0, is_admin=False) is None


def test_what_is_offered_stays_below_the_operators_caps() -> None:
    caps = Caps(credits_per_person=3, credits_per_chat=30)
    assert cap_choices(caps, there(cap=5)) == (None, 5, 10, 20)
    assert member_choices(caps, there()) == (None, 1, 2)
    assert cap_choices(caps, there(Allowance.TEN)) == (None, 5)
    no_limit = Caps(credits_per_person=None, credits_per_chat=None)
    assert cap_choices(no_limit, there())[-1] == 100
    assert member_choices(no_limit, there(Allowance.TEN)) == (None, 1, 2, 3, 5)
    assert cap_choices(Caps(credits_per_chat=0), there()) == (None,)


def test_a_hello_is_due_once_a_day_and_never_where_the_operator_has_left() -> None:
    assert CHAT.greets(0)
    known = replace(CHAT, hello_at=0.0)
    assert not known.greets(HELLO_AGAIN - 1)
    assert known.greets(HELLO_AGAIN)
    assert not there(Allowance.LEAVE).greets(0)
