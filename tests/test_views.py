"""Every page and state of the cards: within Telegram's limits, and every button understood."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.draft import Draft, Page
from bot.domain.order import OrderState
from bot.domain.photomaker import Recipe, person_word
from bot.views.cards import (
    WORDS_UNITS,
    Waiting,
    draft_view,
    shorten,
    shorten_caption,
    utf16_units,
)
from tests.properties import PROPERTY, typed
from tests.viewing import ANNA, LONG_NAME, drafts, fits, order, orders, photos, row, shown


@pytest.mark.parametrize("consented", [True, False])
def test_every_card_of_a_draft_fits_whatever_was_typed(consented: bool) -> None:
    reader = replace(
        ANNA, first_name=LONG_NAME, consented=consented, credits_a_day=None, has_earlier_photo=True
    )
    for draft in drafts():
        fits(draft_view(row(draft), reader))


def test_every_card_of_an_order_fits_whatever_was_typed() -> None:
    for one, number in orders():
        for ahead in (0, 123_456):
            fits(shown(one, number, Waiting(ahead, 98_765)))


@PROPERTY
@given(words=typed, person=typed, name=st.text(max_size=64), page=st.sampled_from(Page))
def test_cards_of_anything_typed(words: str, person: str, name: str, page: Page) -> None:
    words = words.encode("utf-8", "replace").decode()
    person = person_word(person)
    draft = Draft(photos(2), words, person, page=page)
    fits(draft_view(row(draft), replace(ANNA, first_name=name)))
    for state in OrderState:
        fits(shown(order(state, Recipe(words, person))))


def test_one_or_two_cards_say_they_are_closed_and_ask_nothing() -> None:
    view = draft_view(row(Draft(photos(1))), replace(ANNA, closed=True, contact="@anna"))
    assert "@anna" in view.caption
    assert view.keyboard is None


@PROPERTY
@given(words=typed, units=st.integers(1, 40))
def test_a_cut_text_fits_and_is_a_beginning(words: str, units: int) -> None:
    cut = shorten(words, units)
    line = " ".join(words.encode("utf-16-le", "replace").decode("utf-16-le").split())
    assert utf16_units(cut) <= units
    assert cut == " ".join(words.split()) or (
        cut.endswith("…") and line.startswith(cut.removesuffix("…"))
    )
    assert utf16_units(shorten_caption(words * 200)) <= 1024


def test_nothing_is_cut_that_fits() -> None:
    assert shorten("x" * WORDS_UNITS) == "x" * WORDS_UNITS
    assert shorten("👋" * 150) == "👋" * 150
    assert shorten("x" + "👋" * 150) == "x" + "👋" * 149 + "…"
    assert shorten_caption("a\n\n" + "b" * 1021) == "a\n\n" + "b" * 1021
