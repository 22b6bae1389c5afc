"""Every state of a round's card: within Telegram's limits, and every button understood."""

import inspect
import itertools
from dataclasses import replace

import pytest

from bot.callbacks import RoundAction, RoundTap, unpack
from bot.domain.order import Failure, Hold
from bot.domain.photo import PhotoProblem
from bot.domain.photomaker import Style
from bot.domain.round import (
    MOST_IN_CIRCLE,
    Member,
    MemberState,
    Question,
    Round,
    RoundState,
)
from bot.texts import texts
from bot.texts.round import RoundTexts
from bot.views.cards import CAPTION_UNITS, View, utf16_units
from bot.views.round import MOST_NAMES, round_card
from tests.domain.test_round import OPEN, crowd, member
from tests.viewing import BIG, LONG_NAME, LONG_WORDS

T = texts("en")
POPUP_UNITS = 200  # Bot API: answerCallbackQuery


def shown(round_: Round, members: list[Member] | None = None) -> View:
    return round_card(round_, members or [], T, "the_avatar_bot")


@pytest.mark.parametrize("state", RoundState)
@pytest.mark.parametrize("question", Question)
@pytest.mark.parametrize("failure", Failure)
def test_the_longest_names_and_words_fit(
    state: RoundState, question: Question, failure: Failure
) -> None:
    everybody = [
        replace(member(n, kind), name=LONG_NAME, failure=failure)
        for n, kind in enumerate(itertools.islice(itertools.cycle(MemberState), 60))
    ]
    wide = replace(OPEN, id=BIG, name=LONG_NAME, words=LONG_WORDS, look=Style.DIGITAL_ART)
    wide = replace(wide, state=state, question=question, hold=Hold.RESTING)
    view = shown(wide, everybody)
    assert utf16_units(view.caption) <= CAPTION_UNITS
    if state is RoundState.OPEN:
        assert view.caption.splitlines()[5] == T.round_invitation()
        assert not view.caption.endswith("…")
    for button in itertools.chain.from_iterable(view.buttons):
        assert (button.url is None) != (button.callback_data is None)
        if button.callback_data is not None:
            assert len(str(button.callback_data)) <= 64
            tap = unpack(str(button.callback_data))
            assert isinstance(tap, RoundTap)
            assert tap.round_id == BIG


def test_every_action_has_a_button_somewhere() -> None:
    found = set()
    for state, question in itertools.product(RoundState, Question):
        view = shown(replace(OPEN, state=state, question=question))
        for button in itertools.chain.from_iterable(view.buttons):
            tap = unpack(str(button.callback_data))
            found |= {tap.action} if isinstance(tap, RoundTap) else set()
    assert found == set(RoundAction)


def test_more_names_than_fit_are_counted() -> None:
    everybody = [member(n, MemberState.DRAWN) for n in range(MOST_NAMES[MemberState.DRAWN] + 3)]
    line = shown(OPEN, everybody).caption.splitlines()[1]
    assert line.startswith("In it: Nr. 0, Nr. 1, ")
    assert line.endswith("Nr. 8 and 3 more")


def test_a_failed_drawing_is_told_with_its_reason_and_without_what_a_photo_shows() -> None:
    bo = replace(member(8, MemberState.FAILED), name="Bo", failure=Failure.PHOTO)
    cleo = replace(bo, name="Cleo", failure=Failure.TOO_LONG)
    told = "Didn't work out: Bo (the photo can't be used), Cleo (nothing came)."
    lines = shown(OPEN, [bo, cleo]).caption.splitlines()
    assert lines[1] == f"{told} Tap “Put me in” to try again."
    for state in (RoundState.FINISHED, RoundState.ENDED):
        assert shown(replace(OPEN, state=state), [bo, cleo]).caption.splitlines()[1] == told


def test_the_card_says_that_it_takes_longer_while_somebody_waits() -> None:
    waits = [member(8, MemberState.DRAWING)]
    for hold, told in ((Hold.RESTING, T.round_resting()), (Hold.PROVIDER_DOWN, T.round_slow())):
        slow = replace(OPEN, hold=hold)
        assert shown(slow, waits).caption.splitlines()[2] == told
        assert told not in shown(slow).caption


def test_of_a_poster_the_first_nine_become_the_groups_photo() -> None:
    nine, ten = crowd(MOST_IN_CIRCLE), crowd(MOST_IN_CIRCLE + 1)
    asked, done = (replace(OPEN, question=it) for it in (Question.PHOTO, Question.DONE))
    assert shown(asked, nine).caption.endswith("Make this the group's photo?")
    assert "Make the first 9 the group's photo?" in shown(asked, ten).caption
    assert shown(done, ten).caption.endswith("The first 9 are the group's photo now.")


def test_every_pop_up_fits() -> None:
    popups = [
        T.round_first_tap(),
        T.round_starter_only(LONG_NAME),
        *(T.round_no_face(T.problem(problem)) for problem in PhotoProblem),
        *(T.round_yours_failed(T.round_failure(failure)) for failure in Failure),
        *(
            getattr(T, name)()
            for name, text in inspect.getmembers(RoundTexts, inspect.isfunction)
            if len(inspect.signature(text).parameters) == 1
        ),
    ]
    assert [popup for popup in popups if utf16_units(popup) > POPUP_UNITS] == []
