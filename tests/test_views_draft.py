"""The draft's pages."""

from dataclasses import replace

import pytest

from bot.callbacks import DraftAction, DraftTap
from bot.domain.draft import Draft, DraftPhoto, Notice, NoticeKind, Page
from bot.domain.photo import PhotoProblem
from bot.domain.photomaker import Style
from bot.ideas import IDEAS
from bot.views.cards import (
    draft_view,
)
from tests.viewing import ANNA, BIG, DOUBTS, T, photos, row, taps


def test_before_the_consent_there_is_nothing_but_to_agree() -> None:
    stranger = replace(ANNA, consented=False)
    actions = [tap.action for tap in taps(draft_view(row(Draft()), stranger)).values()]
    assert actions == [DraftAction.AGREE, DraftAction.AGREE_PROFILE]
    waiting = draft_view(row(Draft(photos(2))), stranger)
    assert [tap.action for tap in taps(waiting).values()] == [DraftAction.AGREE]
    assert "2 photos" in waiting.caption
    assert "5 a day" in waiting.caption
    assert "a day" not in draft_view(row(Draft()), replace(stranger, credits_a_day=None)).caption


def test_without_a_photo_one_is_asked_for() -> None:
    actions = [tap.action for tap in taps(draft_view(row(Draft()), ANNA)).values()]
    assert actions == [DraftAction.PROFILE]
    again = draft_view(row(Draft()), replace(ANNA, has_earlier_photo=True))
    assert [tap.action for tap in taps(again).values()] == [DraftAction.PROFILE, DraftAction.LATEST]


@pytest.mark.parametrize("problem", DOUBTS)
def test_a_doubtful_photo_is_named_and_may_be_used_anyway(problem: PhotoProblem) -> None:
    for number in (1, 2):
        view = draft_view(row(Draft(photos(number, problem))), ANNA)
        assert view.caption.count(T.problem(problem)) == number
        assert DraftAction.ACCEPT in {tap.action for tap in taps(view).values()}
    mixed = (*photos(1), DraftPhoto("f", "u", checked=True, problem=problem))
    view = draft_view(row(Draft(mixed)), ANNA)
    assert T.problem(problem) in view.caption
    actions = {tap.action for tap in taps(view).values()}
    assert {DraftAction.ACCEPT, DraftAction.LOOK} <= actions


def test_after_the_first_photo_every_look_is_a_tap_away() -> None:
    view = draft_view(row(Draft(photos(1), look=Style.NEON)), ANNA)
    looks = {
        tap.argument: label for label, tap in taps(view).items() if tap.action is DraftAction.LOOK
    }
    assert [Style.from_key(key) for key in looks] == list(Style)
    assert [label for label in looks.values() if label.startswith("•")] == ["• Neon"]
    pages = [tap.argument for tap in taps(view).values() if tap.action is DraftAction.PAGE]
    assert pages == [Page.WORDS, Page.PERSON, Page.PHOTOS]


@pytest.mark.parametrize("page", [Page.WORDS, Page.PERSON, Page.PHOTOS])
def test_every_page_has_a_way_back(page: Page) -> None:
    found = taps(draft_view(row(Draft(photos(1), page=page)), ANNA)).values()
    assert DraftTap(BIG, DraftAction.PAGE, Page.LOOKS) in found


def test_ideas_stand_for_their_numbers() -> None:
    found = taps(draft_view(row(Draft(photos(1), page=Page.WORDS)), ANNA))
    ideas = {label: tap.argument for label, tap in found.items() if tap.action is DraftAction.IDEA}
    assert ideas == {idea.label: str(number) for number, idea in enumerate(IDEAS)}
    assert DraftAction.NO_WORDS not in {tap.action for tap in found.values()}
    wordy = draft_view(row(Draft(photos(1), "x", page=Page.WORDS)), ANNA)
    assert DraftAction.NO_WORDS in {tap.action for tap in taps(wordy).values()}


def test_the_card_shows_what_was_typed_as_it_was_typed() -> None:
    draft = Draft(photos(1), "<b>img</b> *_[ {0}", person="old man")
    caption = draft_view(row(draft), ANNA).caption
    assert "<b>img</b> *_[ {0}" in caption
    assert "old man" in caption


def test_the_card_says_how_good_the_photos_are() -> None:
    def caption(draft: Draft) -> str:
        return draft_view(row(draft), ANNA).caption

    assert T.photo_good() in caption(Draft(photos(1)))
    assert T.photo_added() in caption(Draft(photos(1, checked=False)))
    assert T.photos_good(3) in caption(Draft(photos(3)))
    accepted = tuple(replace(photo, accepted=True) for photo in photos(1, "blurred"))
    assert T.photo_added() in caption(Draft(accepted))
    going_on = Draft(photos(1), notice=Notice(NoticeKind.OTHER_LOOK))
    assert T.photo_good() not in caption(going_on)
