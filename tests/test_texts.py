"""Every sentence: there for every case, without a gap, and within Telegram's limits."""

import inspect
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.domain.access import Cap
from bot.domain.chat import Allowance, Bar
from bot.domain.draft import NoticeKind
from bot.domain.order import Failure, Hold
from bot.domain.photo import PhotoProblem
from bot.domain.photomaker import Style
from bot.ideas import IDEAS
from bot.texts import Texts, texts

ROOT = Path(__file__).parents[1]
# Bot API: answerCallbackQuery's text has 0 to 200 characters.
POPUP = 200
CONTACT = 100  # OPERATOR_CONTACT may be so long
# How a handler writes what a tap is answered with.
ANSWERS = r"(?:step\.(?:popup|toast) = |Refused\()[^\n]*?\bt\.(\w+)\("
# What sentences are made from, by the name of the parameter.
ARGUMENTS: dict[str, list[Any]] = {
    "name": ["", "Anna"],
    "names": ["Anna", "Anna, Bo"],
    "credits_": [None, 5],
    "count": [1, 2, 4],
    "number": [1, 4],
    "seconds": [5, 600],
    "ahead": [1, 7],
    "got": [1],
    "wanted": [4],
    "minutes": [1, 59, 60, 1440],
    "left": [0, 1, 2],
    "needed": [3],
    "seed": [2147483647],
    "words": ["", "as a knight"],
    "person": ["woman"],
    "look": ["Comic"],
    "contact": ["", "@anna", "x" * CONTACT],
    "begun": [True, False],
    "problem": list(PhotoProblem),
    "kind": list(NoticeKind),
    "detail": list(PhotoProblem),
    "style": list(Style),
    "hold": list(Hold),
    "failure": list(Failure),
    "cap": list(Cap),
    "title": ["Anna as a knight"],
    "subject": ["Bo"],
    "goes_on": [True, False],
    "bot_name": ["x" * 32],
    "on": [True, False],
    "everyone": [True, False],
    "anywhere": [True, False],
    "here": [True, False],
    "bar": list(Bar),
    "size": [None, 1, 12],
    "most": [9],
    "why": ["nothing came"],
    "sentence": ["I'm not allowed to send photos here."],
    "allowance": list(Allowance),
}
METHODS = [
    (name, method)
    for name, method in inspect.getmembers(Texts, inspect.isfunction)
    if not name.startswith("_")
]


def sentences(name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each sentence that a method can make, with what it was made from."""
    t = texts("en")
    parameters = list(inspect.signature(getattr(t, name)).parameters)
    for values in product(*(_values(name, parameter) for parameter in parameters)):
        given = dict(zip(parameters, values, strict=True))
        made = getattr(t, name)(**given)
        for part in made if isinstance(made, list) else [made]:
            yield given, " ".join(part) if isinstance(part, tuple) else part


def _values(method: str, parameter: str) -> list[Any]:
    if parameter == "problem" and method in {"which_photo", "round_no_face", "round_send_another"}:
        return [texts("en").problem(problem) for problem in PhotoProblem]
    if parameter == "cap" and method.startswith("settings"):
        return [None, 1, 100]
    return ARGUMENTS[parameter]


@pytest.mark.parametrize("name", [name for name, _ in METHODS])
def test_every_case_has_a_sentence_without_a_gap(name: str) -> None:
    for given, sentence in sentences(name):
        undecided = "allowance" in given and not given["allowance"].decided
        if given.get("hold") is Hold.NONE or undecided:
            assert sentence == ""
            continue
        assert sentence.strip(), given
        assert not re.search(r"[{}]|None|\bTrue\b|[a-z]_[a-z]|<class|object at", sentence), sentence


@pytest.mark.parametrize("name", [name for name, _ in METHODS])
def test_every_sentence_fits_into_a_message(name: str) -> None:
    # Bot API: 4096 characters.
    assert all(len(sentence) <= 4096 for _, sentence in sentences(name))


def test_no_exception_id_or_internal_name_is_in_a_sentence() -> None:
    internal = re.compile(
        r"exception|traceback|predict|webhook|photomaker|\bimg\b|https?://(?!t\.me)|\bNone\b"
        r"|\bqueue|\bdatabase|\b40[0-9]\b|\b50[0-9]\b",
        re.IGNORECASE,
    )
    for name, _ in METHODS:
        for _, sentence in sentences(name):
            assert not internal.search(sentence), sentence


@pytest.mark.parametrize(
    ("method", "members"),
    [
        ("look", Style),
        ("problem", PhotoProblem),
        ("notice", NoticeKind),
        ("hold", Hold),
        ("failure", Failure),
        ("refused", Cap),
    ],
)
def test_every_member_has_a_sentence_of_its_own(method: str, members: type) -> None:
    t = texts("en")
    more: dict[str, Any] = (
        {"detail": PhotoProblem.BLURRED} if method in {"notice", "failure"} else {}
    )
    if method == "refused":
        more = {"minutes": 90, "left": 0, "needed": 1}
    made = [getattr(t, method)(member, **more) for member in members]  # type: ignore[attr-defined]
    assert len(set(made)) == len(made)


def test_every_reason_for_a_failed_order_says_that_no_credit_was_taken() -> None:
    t = texts("en")
    assert all("No credit was taken" in t.failure(failure, None) for failure in Failure)
    assert all("No credit was taken" in t.cancelled(begun=begun) for begun in (True, False))


def _popups() -> set[str]:
    """The methods whose sentence answers a tap."""
    found = {"notice"}  # of an update whose handler failed
    for file in (ROOT / "handlers").glob("*.py"):
        found |= set(re.findall(ANSWERS, file.read_text()))
    return found


def test_popups_are_found() -> None:
    assert _popups() >= {"too_old", "not_yours", "photo_first", "refused"}


@pytest.mark.parametrize("name", sorted(_popups()))
def test_every_popup_fits(name: str) -> None:
    for given, sentence in sentences(name):
        if name == "notice" and given["kind"] is not NoticeKind.WENT_WRONG:
            continue
        assert len(sentence) <= POPUP, sentence


def test_the_profile_fits() -> None:
    """Bot API: description 512, short description 120, commands 1 to 32, their words 1 to 256."""
    t = texts("en")
    assert 0 < len(t.description()) <= 512
    assert 0 < len(t.short_description()) <= 120
    commands = t.commands()
    assert 0 < len(commands) <= 100
    assert len({command for command, _ in commands}) == len(commands)
    for command, words in commands:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", command)
        assert 1 <= len(words) <= 256


def test_labels_are_short_enough_to_be_read_on_a_button() -> None:
    t = texts("en")
    labels = [t.look(style) for style in Style] + [label for _, label in t.people()]
    assert all(len(label) <= 14 for label in labels)
    assert len(set(labels)) == len(labels)
    assert all(len(idea.label) <= 24 for idea in IDEAS)


def test_ideas_are_words_that_the_model_reads() -> None:
    assert len({idea.words for idea in IDEAS}) == len(IDEAS) >= 2
    assert all(idea.words.isascii() and "img" not in idea.words for idea in IDEAS)


@pytest.mark.parametrize("language", ["de", "pt-br", "xx", "", "../../etc"])
def test_a_language_that_nobody_wrote_reads_english(language: str) -> None:
    assert texts(language).look(Style.COMIC) == "Comic"


def test_what_a_person_typed_is_no_template() -> None:
    t = texts("en")
    assert "{name} %s {0}" in t.hello("{name} %s {0}", 5)
    assert "{look}" in t.caption("Comic", "{look}")
    assert "{words}" in t.words_line("{words}")
    assert "{person}" in t.person_line("{person}")
