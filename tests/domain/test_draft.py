"""The conversation: every step, and what may come after any of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.draft import (
    MAX_WORDS,
    Draft,
    DraftKey,
    DraftPhoto,
    DraftRow,
    Notice,
    NoticeKind,
    Page,
    accept_doubtful,
    add_photo,
    after_order,
    again_from,
    ask_person,
    check_photo,
    choose_person,
    drop_photos,
    notify,
    recipe_for,
    refuse_photo,
    set_words,
    start_over,
    turn_to,
    without_photo,
    write,
)
from bot.domain.photo import BLOCKING, PhotoProblem
from bot.domain.photomaker import MAX_PHOTOS, Recipe, Style
from tests.properties import PROPERTY, typed


def photo(name: str, problem: str | None = None) -> DraftPhoto:
    return DraftPhoto(f"file-{name}", name, checked=problem is not None, problem=problem)


def drafted(*names: str) -> Draft:
    return Draft(photos=tuple(photo(name) for name in names))


def names(draft: Draft) -> str:
    return "".join(p.unique_id for p in draft.photos)


def kind(draft: Draft) -> NoticeKind | None:
    return draft.notice.kind if draft.notice else None


def test_photos_join_in_their_order_and_the_sheet_lies_on_top() -> None:
    draft = Draft(page=Page.WORDS, typing_person=True, notice=Notice(NoticeKind.TYPE_PERSON))
    for name in "abcd":
        draft = add_photo(draft, photo(name))
    assert names(draft) == "abcd"
    assert (draft.page, draft.typing_person, draft.notice) == (Page.LOOKS, False, None)


def test_a_fifth_photo_is_declined() -> None:
    draft = add_photo(drafted("a", "b", "c", "d"), photo("e"))
    assert names(draft) == "abcd"
    assert kind(draft) is NoticeKind.TOO_MANY_PHOTOS


def test_the_same_photo_twice_is_one() -> None:
    draft = drafted("a", "b", "c", "d")
    assert add_photo(draft, photo("a")) == draft


def test_a_doubtful_photo_makes_room() -> None:
    draft = drafted("a", "b", "c", "d")
    draft = check_photo(draft, "b", PhotoProblem.BLURRED, blocking=False)
    draft = add_photo(draft, photo("e"))
    assert names(draft) == "acde"
    assert draft.notice is None


def test_an_accepted_photo_makes_no_room() -> None:
    draft = check_photo(drafted("a", "b", "c", "d"), "b", PhotoProblem.BLURRED, blocking=False)
    draft = add_photo(accept_doubtful(draft), photo("e"))
    assert names(draft) == "abcd"


def test_an_albums_parts_keep_what_the_last_one_had_to_be_told() -> None:
    draft = drafted("a", "b", "c", "d")
    draft = add_photo(draft, photo("e"), "album")
    draft = add_photo(draft, photo("a"), "album")
    assert kind(draft) is NoticeKind.TOO_MANY_PHOTOS
    assert add_photo(draft, photo("a"), "another").notice is None
    assert add_photo(draft, photo("a")).notice is None


@pytest.mark.parametrize("problem", PhotoProblem)
def test_what_looking_at_a_photo_found(problem: PhotoProblem) -> None:
    blocking = problem in BLOCKING
    draft = check_photo(drafted("a", "b"), "a", problem, blocking=blocking)
    if blocking:
        assert names(draft) == "b"
        assert draft.notice == Notice(NoticeKind.PHOTO_REFUSED, problem)
    else:
        assert [p.unique_id for p in draft.usable_photos] == ["b"]
        assert [p.unique_id for p in draft.doubtful_photos] == ["a"]
        assert [p.unique_id for p in draft.unchecked] == ["b"]
        accepted = accept_doubtful(draft)
        assert accepted.usable_photos == accepted.photos
        assert not accepted.doubtful_photos


def test_a_good_photo_is_just_checked() -> None:
    draft = check_photo(drafted("a", "b"), "b", None, blocking=True)
    assert [p.unique_id for p in draft.unchecked] == ["a"]
    assert draft.notice is None


def test_looking_at_a_photo_that_is_gone_changes_no_other() -> None:
    draft = drafted("a")
    assert check_photo(draft, "x", None, blocking=False) == draft
    assert without_photo(draft, "x") == draft


def test_text_is_the_words_or_the_word_for_the_person_that_was_asked_for() -> None:
    draft = write(Draft(page=Page.WORDS), "  as a knight \n")
    assert (draft.words, draft.page, draft.notice) == ("as a knight", Page.LOOKS, None)

    asked = ask_person(draft)
    assert asked.typing_person
    assert kind(asked) is NoticeKind.TYPE_PERSON

    answered = write(asked, "an old man")
    assert (answered.person, answered.words) == ("old man", "as a knight")
    assert not answered.typing_person
    assert write(answered, "in Rome").words == "in Rome"


@pytest.mark.parametrize(
    ("words", "notice"),
    [
        ("as a knight", None),
        ("рыцарь", NoticeKind.NOT_ENGLISH),
        ("knight " * 200, NoticeKind.SHORTENED),
        ("рыцарь " * 200, NoticeKind.SHORTENED),
        ("", None),
    ],
)
def test_what_is_said_about_words(words: str, notice: NoticeKind | None) -> None:
    assert kind(set_words(Draft(), words)) is notice


def test_words_are_kept_as_typed_up_to_a_messages_length() -> None:
    assert set_words(Draft(), "<b>img</b> *_[").words == "<b>img</b> *_["
    assert len(set_words(Draft(), "x" * 5000).words) == MAX_WORDS


@pytest.mark.parametrize(
    ("word", "notice"), [("old man", None), ("дедушка", NoticeKind.NOT_ENGLISH)]
)
def test_a_word_for_the_person(word: str, notice: NoticeKind | None) -> None:
    draft = choose_person(Draft(page=Page.PERSON), word)
    assert (draft.person, draft.page, kind(draft)) == (word, Page.LOOKS, notice)


def test_pages_are_turned() -> None:
    draft = turn_to(ask_person(Draft()), Page.PHOTOS)
    assert (draft.page, draft.notice, draft.typing_person) == (Page.PHOTOS, None, False)


def test_photos_are_dropped_and_words_stay() -> None:
    draft = drop_photos(set_words(drafted("a", "b"), "as a knight"))
    assert (draft.photos, draft.words, draft.page) == ((), "as a knight", Page.LOOKS)


def test_only_the_word_for_the_person_outlives_an_order_or_a_fresh_start() -> None:
    full = replace(
        drafted("a"), words="x", person="woman", strength=40, look=Style.NEON, page=Page.WORDS
    )
    assert after_order(full) == Draft(person="woman")
    assert start_over(full) == Draft(person="woman", notice=Notice(NoticeKind.STARTED_OVER))


def test_notices() -> None:
    assert notify(Draft(), NoticeKind.NOT_A_PHOTO).notice == Notice(NoticeKind.NOT_A_PHOTO)
    refused = refuse_photo(Draft(), PhotoProblem.TOO_BIG)
    assert refused.notice == Notice(NoticeKind.PHOTO_REFUSED, "too_big")


def test_a_picture_goes_on_as_a_draft_and_becomes_the_same_recipe_again() -> None:
    recipe = Recipe("as a knight", "woman", Style.COMIC, seed=5, strength=30)
    draft = again_from((photo("a"),), recipe, NoticeKind.OTHER_LOOK)
    assert draft.look is Style.COMIC
    assert kind(draft) is NoticeKind.OTHER_LOOK
    assert recipe_for(draft, Style.COMIC, 5) == recipe
    assert recipe_for(draft, Style.NEON, 6) == replace(recipe, style=Style.NEON, seed=6)


ROW = DraftRow(1, DraftKey(7, 0, 7), Draft(), 3, 2, 0.0, None, (), 10)


def test_the_next_card_comes_below_the_newest_message() -> None:
    first = replace(ROW, card_message_id=11).below(12)
    assert (first.card_message_id, first.stale_cards, first.newest_message) == (None, (11,), 12)
    # Messages may be handled while there is no card, or come late.
    assert first.below(14) == replace(first, newest_message=14)
    assert first.below(5) == first
    second = replace(first, card_message_id=15).below(16)
    assert second.stale_cards == (11, 15)


def test_an_order_takes_the_card_along() -> None:
    row = replace(ROW, card_message_id=11).without_card()
    assert (row.card_message_id, row.stale_cards) == (None, ())
    assert row.with_draft(drafted("a")).draft == drafted("a")


Step = Callable[[Draft], Draft]
problems = st.none() | st.sampled_from(PhotoProblem)
ids = st.sampled_from("abcdefgh")
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda name, album: lambda draft: add_photo(draft, photo(name), album),
        ids,
        st.sampled_from([None, "1", "2"]),
    ),
    st.builds(
        lambda name, problem: (
            lambda draft: check_photo(draft, name, problem, blocking=problem in BLOCKING)
        ),
        ids,
        problems,
    ),
    st.builds(lambda text: lambda draft: write(draft, text), typed),
    st.builds(lambda word: lambda draft: choose_person(draft, word), typed),
    st.builds(lambda page: lambda draft: turn_to(draft, page), st.sampled_from(Page)),
    st.sampled_from([ask_person, accept_doubtful, drop_photos, start_over, after_order]),
)


@PROPERTY
@given(walk=st.lists(steps, max_size=25))
def test_after_any_steps_the_draft_can_be_drawn_or_says_what_is_missing(walk: list[Step]) -> None:
    draft = Draft()
    for step in walk:
        draft = step(draft)
        assert len(draft.photos) <= MAX_PHOTOS
        assert len(set(names(draft))) == len(draft.photos)
        assert {*draft.usable_photos, *draft.doubtful_photos} == set(draft.photos)
        assert not any(p.problem in BLOCKING for p in draft.photos)
        assert draft.person
        assert not draft.typing_person or kind(draft) in {
            NoticeKind.TYPE_PERSON,
            NoticeKind.PHOTO_REFUSED,
        }
        recipe = recipe_for(draft, Style.NATURAL, 1)
        if draft.usable_photos:
            urls = tuple(f"https://files.test/{p.unique_id}" for p in draft.usable_photos)
            assert recipe.model_input(urls)["input_image"] == urls[0]
