"""What a group asks for: the command, the look in its words, who may tap, what is missing."""

from dataclasses import replace

import pytest

from bot.domain.asking import (
    answered,
    asked,
    has_room_for_remark,
    needs,
    owned_by,
    owner_agrees,
    subject_agrees,
    use_profile,
    with_card,
    with_look,
)
from bot.domain.draft import Draft, DraftKey, DraftPhoto, DraftRow
from bot.domain.group import (
    Ask,
    Command,
    Need,
    Refusal,
    command_in,
    look_named,
    needed,
    refuse_tap,
)
from bot.domain.photomaker import Style, continues

PHOTO, OTHER = DraftPhoto("f", "u"), DraftPhoto("g", "v")
ASK = Ask(command=5, name="Ana", owner=7)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/avatar", Command("avatar", None, "")),
        ("/avatar@Avatar_Bot", Command("avatar", "avatar_bot", "")),
        ("/AVATAR@avatar_bot  as a\nknight ", Command("avatar", "avatar_bot", "as a\nknight")),
        ("/avatar\nas a knight", Command("avatar", None, "as a knight")),
        ("/avatar@x", None),
        ("/avatar: a knight", Command("avatar", None, "a knight")),
        ("/avatar@avatar_bot, comic", Command("avatar", "avatar_bot", "comic")),
        ("/avatar@avatar_bot\u00a0as a knight", Command("avatar", "avatar_bot", "as a knight")),
        ("/avatar.comic", None),
        ("see /avatar", None),
        ("/", None),
        ("", None),
    ],
)
def test_a_command_is_found_at_the_beginning(text: str, command: Command | None) -> None:
    assert command_in(text) == command


@pytest.mark.parametrize(
    ("words", "look", "rest"),
    [
        ("comic", Style.COMIC, ""),
        ("Comic style", Style.COMIC, ""),
        ("comic as a knight", Style.COMIC, "as a knight"),
        ("comic: a knight", Style.COMIC, "a knight"),
        ("line art, as a knight", Style.LINE_ART, "as a knight"),
        ("as a knight, comic", Style.COMIC, "as a knight"),
        ("as a knight, in low-poly style", Style.LOW_POLY, "as a knight"),
        ("as a knight  in comic style!", Style.COMIC, "as a knight"),
        ("as a knight in a Digital Art look", Style.DIGITAL_ART, "as a knight"),
        ("as a knight comic", Style.COMIC, "as a knight comic"),
        ("as a stand-up comic", Style.COMIC, "as a stand-up comic"),
        ("reading a comic", None, "reading a comic"),
        ("photo of a knight", None, "photo of a knight"),
        ("as a knight", None, "as a knight"),
        ("", None, ""),
    ],
)
def test_a_look_in_the_words(words: str, look: Style | None, rest: str) -> None:
    assert look_named(words) == (look, rest)


@pytest.mark.parametrize("style", Style)
def test_every_look_can_be_named(style: Style) -> None:
    for name in (style.key, style.key.replace("_", " "), style.key.replace("_", "")):
        assert look_named(name) == (style, "")


@pytest.mark.parametrize(
    ("ask", "photo", "consented", "need"),
    [
        (ASK, True, False, Need.CONSENT),
        (ASK, True, True, Need.LOOK),
        (ASK, False, True, Need.PHOTO),
        (Ask(5, "Ana", 7, Style.COMIC), True, True, Need.NOTHING),
        (Ask(5, "Ana", 7, Style.COMIC), False, True, Need.PHOTO),
        (Ask(5, "Ana", 7, Style.COMIC, profile=True), True, True, Need.PROFILE),
        (Ask(5, "Ana", 7, profile=True), True, True, Need.LOOK),
        (Ask(5, "Ana", 7, Style.COMIC, subject=8), True, True, Need.SUBJECT),
        (Ask(5, "Ana", 7, Style.COMIC, subject=8), True, False, Need.CONSENT),
        (Ask(5, "Ana", 7, Style.COMIC, subject=8, subject_agreed=True), True, True, Need.NOTHING),
        (Ask(5, "Friends", 0, Style.COMIC), True, False, Need.OWNER),
        (Ask(5, "Friends", 0), True, False, Need.LOOK),
    ],
)
def test_what_is_missing(ask: Ask, photo: bool, consented: bool, need: Need) -> None:
    assert needed(ask, photo=photo, consented=consented) is need


@pytest.mark.parametrize(
    ("owner", "user_id", "for_subject", "is_admin", "refused"),
    [
        (7, 7, False, False, None),
        (7, 8, False, False, Refusal.NOT_YOURS),
        (7, 9, False, True, Refusal.NOT_YOURS),
        (7, 8, True, False, None),
        (7, 7, True, False, Refusal.NOT_SUBJECT),
        (7, 9, True, True, Refusal.NOT_SUBJECT),
        (0, 9, False, True, None),
        (0, 9, False, False, Refusal.NOT_ADMIN),
    ],
)
def test_whose_tap_counts(
    owner: int, user_id: int, for_subject: bool, is_admin: bool, refused: Refusal | None
) -> None:
    ask = Ask(5, "Ana", owner, subject=8)
    assert refuse_tap(ask, user_id, for_subject=for_subject, is_admin=is_admin) is refused


def test_from_the_command_to_the_order() -> None:
    draft = asked(Draft(words="old", person="old man", photos=(OTHER,)), ASK, "as a knight", PHOTO)
    assert (draft.words, draft.person, draft.photos) == ("as a knight", "old man", (PHOTO,))
    assert needs(draft, consented=False) is Need.CONSENT
    assert needs(draft, consented=True) is Need.LOOK
    assert needs(with_look(draft, Style.COMIC), consented=True) is Need.NOTHING


def test_a_tap_on_a_look_takes_a_doubtful_photo() -> None:
    doubtful = DraftPhoto("f", "u", checked=True, problem="blurred")
    draft = with_look(asked(Draft(), ASK, "", doubtful), Style.COMIC)
    assert draft.usable_photos == draft.photos


def test_a_photo_in_an_answer_takes_the_profile_photos_place() -> None:
    ask = Ask(5, "Ana", 7, profile=True)
    draft = asked(Draft(), ask, "comic", PHOTO)
    assert needs(draft, consented=True) is Need.PROFILE
    assert needs(use_profile(draft), consented=True) is Need.NOTHING
    assert answered(draft, OTHER).photos == (OTHER,)
    assert needs(answered(draft, OTHER), consented=True) is Need.NOTHING


def test_somebody_elses_yes_and_an_order_that_becomes_somebodys() -> None:
    draft = asked(Draft(), Ask(5, "Ana", 0, subject=8), "comic", PHOTO)
    assert needs(draft, consented=True) is Need.SUBJECT
    draft = subject_agrees(draft)
    assert needs(draft, consented=True) is Need.OWNER
    assert needs(owned_by(draft, 9), consented=True) is Need.NOTHING


def shown(draft: Draft, times: int) -> Draft:
    for _ in range(times):
        draft = with_card(draft)
    return draft


def test_each_card_leaves_less_for_the_order() -> None:
    draft = asked(Draft(), ASK, "", PHOTO)
    assert left(draft) == 5
    assert left(shown(draft, 2)) == 3
    assert left(owner_agrees(shown(draft, 2))) == 5
    assert left(subject_agrees(shown(draft, 2))) == 5
    assert left(asked(shown(draft, 4), ASK, "", PHOTO)) == 5  # another order


def test_a_remark_leaves_room_for_what_must_be_shown() -> None:
    draft = asked(Draft(), ASK, "", PHOTO)
    assert [has_room_for_remark(shown(draft, n)) for n in (3, 4)] == [True, False]
    # Words may come to which the person in the picture has to say yes anew, and then a look.
    theirs = subject_agrees(asked(Draft(), replace(ASK, subject=8), "", PHOTO))
    assert [has_room_for_remark(shown(theirs, n)) for n in (3, 4)] == [True, False]
    assert has_room_for_remark(shown(replace(theirs, words="as a knight"), 5))


def test_in_private_nothing_is_counted() -> None:
    assert with_card(Draft()) == Draft()
    assert has_room_for_remark(Draft())


def left(draft: Draft) -> int:
    assert draft.ask is not None
    return draft.ask.messages_left


def test_whose_card_it_is() -> None:
    def owner(draft: Draft) -> int:
        return DraftRow(1, DraftKey(-5, 0, 70), draft, 1, 0, 0.0, None, (), 0).owner

    assert owner(Draft()) == 70
    assert owner(Draft(ask=Ask(5, "Friends", 0))) == 70
    assert owner(Draft(ask=Ask(5, "Friends", 9))) == 9


def test_words_that_continue_a_name() -> None:
    assert continues("as a knight")
    assert not continues("a knight")
