"""The trigger word by two readings of the published model, and the model's ranges."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.photomaker import (
    DEFAULT_WORDS,
    MAX_PERSON_CHARACTERS,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    Recipe,
    Style,
    build_prompt,
    person_word,
    plain,
    reads_as_english,
    without_trigger,
)
from tests.properties import PROPERTY, typed

CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def clip_words(text: str) -> list[str]:
    r"""The first cut of CLIP's tokenizer: contractions, runs of letters, single numbers, the rest.

    `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`, on lower case.
    """
    rest, words = text.lower(), []
    while rest:
        end = _first_word(rest)
        words.append(rest[:end])
        rest = rest[end:]
    return [word for word in words if not word.isspace()]


def _first_word(text: str) -> int:
    for contraction in CONTRACTIONS:
        if text.startswith(contraction):
            return len(contraction)
    kind = _kind(text[0])
    if kind == "N":
        return 1
    return next((n for n, c in enumerate(text) if _kind(c) != kind), len(text))


def _kind(c: str) -> str:
    if c.isspace():
        return "space"
    category = unicodedata.category(c)[0]
    return category if category in "LN" else "rest"


def test_the_oracle_cuts_as_clip_does() -> None:
    assert clip_words("It's an IMG_1, imgur 42!?") == [
        "it", "'s", "an", "img", "_", "1", ",", "imgur", "4", "2", "!?",
    ]  # fmt: skip
    assert clip_words("it'simg") == ["it", "'s", "img"]


@PROPERTY
@given(words=typed, person=typed, style=st.sampled_from(Style))
def test_whatever_is_typed_the_trigger_word_stands_there_once_and_early(
    words: str, person: str, style: Style
) -> None:
    text = build_prompt(words, person, style).text

    assert clip_words(text).count("img") == 1
    assert text.lower().count("img") == 1  # as a tokenizer reads it that has the word added
    # The encoder reads 77 tokens, two its own, and a token has at least one byte.
    before = text[: text.index("img")]
    assert len(before.replace(" ", "").encode()) <= 75 - 1
    assert before.endswith(" ")
    assert before.strip()
    assert len(text) <= MAX_PROMPT_CHARACTERS


@PROPERTY
@given(words=typed, person=typed)
def test_no_word_gets_lost_but_the_trigger(words: str, person: str) -> None:
    prompt = build_prompt(words, person, Style.COMIC)
    kept = [word for word in plain(words).split() if "img" not in word.casefold()]

    text = "".join(prompt.text.replace(" img", "").split())
    for word in kept if not prompt.shortened else []:
        assert word in text
        text = text[text.index(word) + len(word) :]
    if prompt.shortened:
        assert len(prompt.text) > MAX_PROMPT_CHARACTERS // 2


@PROPERTY
@given(person=typed)
def test_a_word_for_the_person_is_short_and_never_empty(person: str) -> None:
    word = person_word(person)

    assert 1 <= len(word) <= MAX_PERSON_CHARACTERS
    assert word == word.strip(" ,.;:!?")
    assert "img" not in word.lower()
    assert "\n" not in word


@pytest.mark.parametrize(
    ("words", "person", "prompt"),
    [
        ("as a knight", "person", "a person img as a knight"),
        ("with a dog", "old man", "an old man img with a dog"),
        ("castle, sunset", "woman", "a woman img, castle, sunset"),
        ("a woman in Paris", "person", "a woman img in Paris"),
        ("Portrait of a MAN's face", "woman", "Portrait of a MAN img's face"),
        ("a womanly knight", "man", "a man img, a womanly knight"),
        ("img", "woman", f"a woman img, {DEFAULT_WORDS[Style.COMIC]}".replace(", as", " as")),
        ("a man img img IMG in space", "man", "a man img in space"),
        ("imgur and simg", "man", "a man img, im gur and sim g"),
        ("img_1 2img", "man", "a man img, _1 2"),
        ("<b>*_[", "man", "a man img, <b>*_["),
        ("in\x00the\nrain", "man", "a man img in the rain"),
        ("ｉｎ  ｒａｉｎ\u200b", "man", "a man img in rain"),
        ("\ud800", "man", f"a man img {DEFAULT_WORDS[Style.COMIC]}"),
    ],
)
def test_prompts(words: str, person: str, prompt: str) -> None:
    assert build_prompt(words, person, Style.COMIC).text == prompt


def test_words_that_name_a_person_late_get_one_in_front() -> None:
    late = "a very long description of a castle above a lake in the evening with a small man in it"
    assert build_prompt(late, "woman", Style.NATURAL).text == f"a woman img, {late}"
    glued = "x" * 300 + " man"
    assert build_prompt(glued, "boy", Style.NATURAL).text.startswith("a boy img, xxx")


@pytest.mark.parametrize("style", Style)
def test_without_words_the_looks_own_sentence_is_drawn(style: Style) -> None:
    prompt = build_prompt(" \n ", "", style)
    assert prompt.text.startswith("a person img")
    assert prompt.text.endswith(DEFAULT_WORDS[style])
    assert not prompt.shortened


def test_long_words_end_at_a_word_where_there_are_words() -> None:
    prompt = build_prompt("knight " * 600, "man", Style.COMIC)
    assert prompt.shortened
    assert prompt.text.endswith(" knight")
    assert len(prompt.text) > MAX_PROMPT_CHARACTERS - 10

    unbroken = build_prompt("騎" * 4096, "man", Style.COMIC)
    assert unbroken.shortened
    assert len(unbroken.text) == MAX_PROMPT_CHARACTERS


def test_words_of_just_the_length_that_is_read_stay_whole() -> None:
    beginning = len("a man img, ")
    whole = build_prompt("x" * (MAX_PROMPT_CHARACTERS - beginning), "man", Style.COMIC)
    assert not whole.shortened
    assert build_prompt("x" * (MAX_PROMPT_CHARACTERS - beginning + 1), "man", Style.COMIC).shortened


@pytest.mark.parametrize(
    ("typed_word", "word"),
    [
        ("old man", "old man"),
        ("an old man", "old man"),
        ("The queen!", "queen"),
        ("  my  grandma. ", "grandma"),
        ("a", "a"),
        ("", "person"),
        ("img", "person"),
        (" ,.!", "person"),
        ("<b>", "<b>"),
        ("x" * 50, "x" * 30),
        ("騎" * 50, "騎" * 20),  # 60 bytes
        ("🧙" * 50, "🧙" * 15),
    ],
)
def test_words_for_the_person(typed_word: str, word: str) -> None:
    assert person_word(typed_word) == word


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("as a knight", True),
        ("", True),
        ("👋 42 !?", True),
        ("in a café in Malmö with friends", True),
        ("рыцарь", False),
        ("騎士", False),
        ("şövalye olarak", False),
        ("knight рыцарь", False),
    ],
)
def test_english(words: str, english: bool) -> None:
    assert reads_as_english(words) is english


def test_invisible_signs_hide_no_trigger_word() -> None:
    assert without_trigger(plain("i\u200bmg here")) == "here"


def test_every_look_has_a_short_key_of_its_own() -> None:
    keys = [style.key for style in Style]
    assert len(set(keys)) == len(Style) == len(DEFAULT_WORDS)
    assert all(1 <= len(key) <= 11 and key.replace("_", "").isalpha() for key in keys)
    assert [Style.from_key(key) for key in keys] == list(Style)
    assert Style.from_key("nothing") is None


@pytest.mark.parametrize(
    ("steps", "outputs", "credits_"),
    [(1, 1, 1), (20, 1, 1), (21, 1, 2), (50, 1, 3), (80, 4, 16), (100, 4, 20), (20, 4, 4)],
)
def test_a_credit_is_cost(steps: int, outputs: int, credits_: int) -> None:
    assert Recipe(steps=steps, outputs=outputs).credits == credits_


@pytest.mark.parametrize(
    ("name", "low", "high", "step"),
    [
        ("seed", 0, MAX_SEED, 1),
        ("strength", 15, 50, 1),
        ("guidance", 1.0, 10.0, 0.01),
        ("steps", 1, 100, 1),
        ("outputs", 1, 4, 1),
    ],
)
def test_ranges(name: str, low: float, high: float, step: float) -> None:
    recipe = Recipe()
    for good in (low, high):
        replace(recipe, **{name: good})  # type: ignore[arg-type]
    for bad in (low - step, high + step):
        with pytest.raises(ValueError, match="must be between"):
            replace(recipe, **{name: bad})  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_models_input(number: int) -> None:
    urls = tuple(f"https://files.test/{n}" for n in range(number))
    recipe = Recipe("as a knight", "woman", Style.ANIMATED, seed=7, strength=30, guidance=6.5)

    given_input = recipe.model_input(urls)

    names = ["input_image", "input_image2", "input_image3", "input_image4"][:number]
    assert [given_input.pop(name) for name in names] == list(urls)
    assert given_input == {
        "prompt": "a woman img as a knight",
        "style_name": "Disney Charactor",
        "style_strength_ratio": 30,
        "guidance_scale": 6.5,
        "num_steps": 20,
        "num_outputs": 1,
        "seed": 7,
    }


@pytest.mark.parametrize("number", [0, 5])
def test_no_photo_or_a_fifth_is_no_input(number: int) -> None:
    with pytest.raises(ValueError, match="photos"):
        Recipe().model_input(("https://files.test/1",) * number)
