"""Rounds: who may do what, whose faces are shown, and when the card follows."""

from dataclasses import replace

import pytest

from bot.domain.order import Failure, Hold, OrderState
from bot.domain.photomaker import Style
from bot.domain.round import (
    MOST_FACES,
    MOST_IN_CIRCLE,
    OPEN_SECONDS,
    UNDECIDED_SECONDS,
    Begin,
    Join,
    Member,
    MemberState,
    Question,
    Round,
    RoundState,
    after_change,
    awaits_selfie,
    begin,
    drawing,
    due_at,
    ending,
    faces,
    finished,
    gone,
    held_by,
    is_starter,
    is_whole,
    join,
    join_by_selfie,
    may_run,
    member_of,
    needs_smaller,
    settled,
    signature,
    told,
)
from bot.domain.round_photo import Answer, next_question

ANA, BO = 7, 8
OPEN = Round(
    id=1,
    chat_id=-5,
    thread_id=0,
    user_id=ANA,
    name="Ana",
    title="Friends",
    words="as pirates",
    look=Style.COMIC,
    state=RoundState.OPEN,
    question=Question.NONE,
    hold=Hold.NONE,
    composed="",
    file_id=None,
    command=3,
    card_message_id=4,
    version=2,
    rendered_version=2,
    urgent_version=1,
    shown_at=100.0,
    opened_at=50.0,
    closes_at=50.0 + OPEN_SECONDS,
)
ASKING = replace(OPEN, state=RoundState.ASKING, look=None)
FINISHED = replace(OPEN, state=RoundState.FINISHED, composed="1")
ENDED = replace(OPEN, state=RoundState.ENDED)
HIDDEN = replace(ASKING, user_id=0, name="")


def member(user_id: int, state: MemberState, joined_at: float = 0.0) -> Member:
    name = f"Nr. {user_id}"
    return Member(1, user_id, name, state, order_id=user_id * 10, joined_at=joined_at)


def crowd(number: int) -> list[Member]:
    return [member(100 + n, MemberState.DRAWN, float(n)) for n in range(number)]


@pytest.mark.parametrize(
    ("current", "user_id", "later", "found"),
    [
        (None, ANA, 0, Begin.NEW),
        (OPEN, ANA, 0, Begin.OPEN),
        (OPEN, BO, UNDECIDED_SECONDS + 1, Begin.OPEN),
        (ASKING, ANA, 0, Begin.OWN),
        (ASKING, ANA, UNDECIDED_SECONDS + 1, Begin.INSTEAD),
        (ASKING, BO, UNDECIDED_SECONDS, Begin.UNDECIDED),
        (ASKING, BO, UNDECIDED_SECONDS + 1, Begin.INSTEAD),
        (HIDDEN, BO, 0, Begin.UNDECIDED),
        (HIDDEN, 0, 0, Begin.OWN),
    ],
)
def test_one_round_a_chat(current: Round | None, user_id: int, later: float, found: Begin) -> None:
    assert begin(current, user_id, OPEN.opened_at + later) is found


@pytest.mark.parametrize(
    ("mine", "was_told", "found", "by_selfie"),
    [
        (None, False, Join.TELL, Join.DRAW),
        (MemberState.ASKED, True, Join.DRAW, Join.DRAW),
        # Who followed the link knows of selfies only.
        (MemberState.ASKED, False, Join.TELL, Join.DRAW),
        (MemberState.FAILED, True, Join.DRAW, Join.DRAW),
        (MemberState.FAILED, False, Join.TELL, Join.DRAW),
        (MemberState.LEFT, False, Join.TELL, Join.DRAW),
        (MemberState.DRAWING, True, Join.ALREADY, Join.ALREADY),
        (MemberState.DRAWN, False, Join.ALREADY, Join.ALREADY),
    ],
)
def test_the_second_tap_agrees(
    mine: MemberState | None, was_told: bool, found: Join, by_selfie: Join
) -> None:
    members = [member(BO, MemberState.DRAWN)]
    if mine is not None:
        members.append(replace(member(ANA, mine), told=was_told))
    assert join(OPEN, members, ANA) is found
    assert join_by_selfie(OPEN, members, ANA) is by_selfie


def test_what_becomes_of_a_member() -> None:
    failed = replace(member(BO, MemberState.FAILED), failure=Failure.FLAGGED, selfie_until=9.0)
    once = told(failed)
    assert (once.state, once.told, once.selfie_until) == (MemberState.FAILED, True, 9.0)
    assert told(replace(failed, state=MemberState.LEFT)).state is MemberState.ASKED
    again = drawing(once, 5, 7.0)
    assert (again.state, again.order_id, again.failure) == (MemberState.DRAWING, 5, None)
    assert (again.told, again.joined_at, again.selfie_until) == (True, 7.0, 0.0)
    out = gone(replace(again, wants_file=True))
    assert (out.state, out.told, out.wants_file) == (MemberState.LEFT, False, False)


@pytest.mark.parametrize("round_", [ASKING, FINISHED, ENDED])
def test_nobody_joins_what_is_not_open(round_: Round) -> None:
    assert join(round_, [], ANA) is Join.OVER
    assert join_by_selfie(round_, [], ANA) is Join.OVER


def test_a_full_round_takes_nobody_until_somebody_leaves() -> None:
    full = crowd(MOST_FACES)
    assert join(OPEN, full, ANA) is Join.FULL
    assert join(OPEN, [replace(full[0], state=MemberState.LEFT), *full[1:]], ANA) is Join.TELL


def test_a_selfie_is_awaited_for_a_while_and_by_who_is_not_in() -> None:
    asked = replace(member(BO, MemberState.ASKED), selfie_until=10.0)
    assert awaits_selfie(OPEN, asked, 9.0)
    assert not awaits_selfie(OPEN, asked, 10.0)
    assert not awaits_selfie(FINISHED, asked, 9.0)
    assert not awaits_selfie(OPEN, replace(asked, state=MemberState.DRAWING), 9.0)


def test_who_runs_a_round() -> None:
    assert may_run(OPEN, ANA, is_admin=False)
    assert not may_run(OPEN, BO, is_admin=False)
    assert may_run(OPEN, BO, is_admin=True)
    assert not is_starter(HIDDEN, 0)
    assert not may_run(HIDDEN, 0, is_admin=False)


@pytest.mark.parametrize(
    ("round_", "state", "found"),
    [
        (OPEN, MemberState.DRAWN, RoundState.FINISHED),
        (OPEN, MemberState.DRAWING, RoundState.FINISHED),
        (OPEN, MemberState.ASKED, RoundState.ENDED),
        (OPEN, MemberState.LEFT, RoundState.ENDED),
        (ASKING, MemberState.DRAWN, RoundState.ENDED),
    ],
)
def test_what_comes_of_a_closed_round(round_: Round, state: MemberState, found: RoundState) -> None:
    assert finished(round_, [member(BO, state)]) is found


@pytest.mark.parametrize(
    ("round_", "state", "later", "found"),
    [
        (OPEN, MemberState.DRAWN, OPEN_SECONDS, RoundState.FINISHED),
        (OPEN, MemberState.DRAWN, OPEN_SECONDS - 1, None),
        (OPEN, MemberState.LEFT, OPEN_SECONDS - 1, None),
        (ASKING, MemberState.ASKED, OPEN_SECONDS, RoundState.ENDED),
        (FINISHED, MemberState.DRAWING, 0, None),
        (FINISHED, MemberState.FAILED, 0, RoundState.ENDED),
        (FINISHED, MemberState.LEFT, 0, RoundState.ENDED),
        (ENDED, MemberState.DRAWN, OPEN_SECONDS, None),
    ],
)
def test_how_it_ends_without_a_tap(
    round_: Round, state: MemberState, later: float, found: RoundState | None
) -> None:
    assert ending(round_, [member(BO, state)], OPEN.opened_at + later) is found


def test_it_is_whole_when_nobody_is_waited_for() -> None:
    bo = member(BO, MemberState.DRAWN)
    assert is_whole(FINISHED, [bo, member(ANA, MemberState.FAILED)])
    assert not is_whole(FINISHED, [bo, member(ANA, MemberState.DRAWING)])
    assert not is_whole(FINISHED, [member(ANA, MemberState.FAILED)])
    assert not is_whole(OPEN, [bo])


def test_the_card_tells_of_the_longest_wait() -> None:
    assert held_by([Hold.NONE, Hold.PROVIDER_DOWN, Hold.RESTING]) is Hold.RESTING
    assert held_by([Hold.LOOKING, Hold.PROVIDER_DOWN]) is Hold.PROVIDER_DOWN
    assert held_by([Hold.LOOKING]) is Hold.NONE
    assert held_by([]) is Hold.NONE


def test_under_way() -> None:
    assert [r.under_way for r in (ASKING, OPEN, FINISHED, ENDED)] == [True, True, False, False]


@pytest.mark.parametrize("state", OrderState)
def test_an_order_settles_only_who_waits_for_it(state: OrderState) -> None:
    expected = {
        OrderState.DELIVERED: MemberState.DRAWN,
        OrderState.FAILED: MemberState.FAILED,
        OrderState.CANCELLED: MemberState.FAILED,
    }
    assert settled(member(BO, MemberState.DRAWING), state) is expected.get(
        state, MemberState.DRAWING
    )
    assert settled(member(BO, MemberState.LEFT), state) is MemberState.LEFT


def test_faces_come_in_the_order_in_which_people_joined() -> None:
    members = [
        member(1, MemberState.DRAWN, 3.0),
        member(2, MemberState.DRAWING, 1.0),
        member(3, MemberState.DRAWN, 2.0),
        member(4, MemberState.LEFT, 0.0),
    ]
    assert [face.user_id for face in faces(members)] == [3, 1]
    assert signature(faces(members)) == "30,10"
    assert signature([]) == ""
    assert member_of(members, 3) == members[2]
    assert member_of(members, 9) is None


def test_a_poster_has_more_faces_than_a_circle_holds() -> None:
    assert not needs_smaller(crowd(MOST_IN_CIRCLE))
    assert needs_smaller(crowd(MOST_IN_CIRCLE + 1))
    assert len(faces(crowd(MOST_FACES + 3))) == MOST_FACES


@pytest.mark.parametrize(
    ("version", "rendered", "urgent", "at"),
    [
        (2, 2, 2, None),
        (1, 0, 1, 0.0),
        (3, 2, 1, 115.0),
        (4, 2, 3, 0.0),
        (4, 3, 3, 115.0),
    ],
)
def test_a_new_face_waits_and_an_answer_does_not(
    version: int, rendered: int, urgent: int, at: float | None
) -> None:
    row = replace(OPEN, version=version, rendered_version=rendered, urgent_version=urgent)
    assert due_at(row, 15.0) == at


@pytest.mark.parametrize(
    ("question", "answer", "bot_may", "found"),
    [
        (Question.NONE, Answer.ASK, True, Question.PHOTO),
        (Question.NONE, Answer.ASK, False, Question.RIGHT),
        (Question.RIGHT, Answer.ASK, True, Question.PHOTO),
        (Question.PHOTO, Answer.YES, True, Question.SETTING),
        (Question.PHOTO, Answer.YES, False, Question.RIGHT),
        (Question.PHOTO, Answer.NO, True, Question.NONE),
        (Question.RIGHT, Answer.NO, False, Question.NONE),
        (Question.NONE, Answer.YES, True, None),
        (Question.RIGHT, Answer.YES, True, None),
        (Question.NONE, Answer.NO, True, None),
        (Question.SETTING, Answer.YES, True, None),
        (Question.DONE, Answer.ASK, True, None),
    ],
)
def test_the_way_to_the_groups_photo(
    question: Question, answer: Answer, bot_may: bool, found: Question | None
) -> None:
    row = replace(FINISHED, question=question)
    assert next_question(row, answer, bot_may=bot_may) is found
    assert next_question(replace(row, composed=""), answer, bot_may=bot_may) is None
    assert next_question(replace(row, state=RoundState.OPEN), answer, bot_may=bot_may) is None


def test_a_photo_that_was_set_is_older_than_a_face_that_came_or_went() -> None:
    drawn, others = [MemberState.DRAWN], [MemberState.FAILED, MemberState.DRAWING]
    assert after_change(Question.DONE, drawn) is Question.NONE
    assert after_change(Question.DONE, others) is Question.DONE
    assert after_change(Question.PHOTO, drawn) is Question.PHOTO
