"""Which of one's own pictures are offered for what is typed, a page at a time."""

import pytest

from bot.domain.photomaker import Recipe, Style
from bot.domain.sharing import LOOKED_THROUGH, MOST_RESULTS, Key, OwnPicture, key_in, page_of


def made(order: int, words: str = "as a knight", style: Style = Style.COMIC) -> OwnPicture:
    return OwnPicture(Key(order, 1), f"photo-{order}", Recipe(words=words, style=style))


@pytest.mark.parametrize("text", ["#12-3", "12-3", " #12-3 "])
def test_a_picture_is_named(text: str) -> None:
    assert key_in(text) == Key(12, 3)
    assert key_in(str(Key(12, 3))) == Key(12, 3)


@pytest.mark.parametrize("text", ["", "12", "#12", "a-1", "12-", "-1-2", "9" * 30 + "-1", "#٣-١"])
def test_anything_else_names_none(text: str) -> None:
    assert key_in(text) is None


@pytest.mark.parametrize(
    ("words", "orders"),
    [("", [3, 2, 1]), ("KNIGHT", [3, 1]), ("neon", [2]), ("low poly", [1]), ("knight neon", [])],
)
def test_every_word_has_to_be_in_it(words: str, orders: list[int]) -> None:
    found = [made(3), made(2, "as a baker", Style.NEON), made(1, style=Style.LOW_POLY)]
    page = page_of(found, words)
    assert [one.key.order_id for one in page.pictures] == orders
    assert page.next_offset == ""


def test_a_page_ends_where_the_next_one_begins() -> None:
    found = [made(order) for order in range(MOST_RESULTS + 1, 0, -1)]
    page = page_of(found, "knight")
    assert len(page.pictures) == MOST_RESULTS
    assert key_in(page.next_offset) == page.pictures[-1].key == Key(2, 1)
    assert page_of(found[:MOST_RESULTS], "").next_offset == ""


def test_where_nothing_fits_the_search_goes_on_behind_what_was_looked_through() -> None:
    found = [made(order) for order in range(LOOKED_THROUGH, 0, -1)]
    assert page_of(found, "baker").next_offset == "#1-1"
    assert page_of(found[1:], "baker").next_offset == ""
