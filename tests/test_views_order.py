"""The order's cards."""

from dataclasses import replace

import pytest

from bot.callbacks import OrderAction, OrderTap
from bot.domain.order import Failure, Hold, OrderState
from bot.domain.photomaker import Recipe, Style
from bot.views.cards import (
    Waiting,
)
from tests.viewing import BIG, T, buttons, order, shown, taps


def test_waiting_can_be_cancelled_until_it_is_asked_for() -> None:
    for state in (OrderState.QUEUED, OrderState.SUBMITTING, OrderState.PROCESSING):
        view = shown(order(state))
        assert [tap.action for tap in taps(view).values()] == [OrderAction.CANCEL]
        stopping = shown(replace(order(state), cancel_requested=True))
        assert stopping.keyboard is None
        assert T.cancelling() in stopping.caption


def test_the_line_is_shown_only_while_there_is_one() -> None:
    assert "3 before you" in shown(order(), waiting=Waiting(3, 45)).caption
    assert "45 s" in shown(order(), waiting=Waiting(3, 45)).caption
    assert shown(order(), waiting=Waiting(0, 20)).caption.startswith(T.drawing(20))
    processing = shown(order(OrderState.PROCESSING), waiting=Waiting(3, 15))
    assert processing.caption.startswith(T.drawing(15))


@pytest.mark.parametrize("hold", sorted(set(Hold) - {Hold.NONE}))
def test_a_hold_says_why(hold: Hold) -> None:
    assert shown(replace(order(), hold=hold)).caption.startswith(T.hold(hold))


def test_until_it_is_brought_over_the_card_shows_no_picture() -> None:
    drawn = order(OrderState.DRAWN)
    assert (shown(drawn).picture, shown(drawn).keyboard) == (None, None)
    assert shown(replace(drawn, shown_picture=1)).picture == 1


def test_under_the_picture_it_goes_on() -> None:
    view = shown(order(OrderState.DELIVERED, Recipe("as a knight", style=Style.COMIC)))
    assert view.picture == 1
    assert view.caption == "Comic · as a knight"
    actions = {tap.action for tap in taps(view).values()}
    assert actions == {
        OrderAction.MORE_LIKE_ME,
        OrderAction.AGAIN,
        OrderAction.OTHER_LOOK,
        OrderAction.WORDS,
        OrderAction.MENU,
    }
    share = next(button.url for button in buttons(view) if button.url)
    assert "https%3A%2F%2Ft.me%2Fthe_avatar_bot%3Fstart%3Dlook-comic" in share


@pytest.mark.parametrize("style", Style)
def test_a_shared_look_fits_into_a_start_link(style: Style) -> None:
    # Bot API: 1 to 64 of A-Z, a-z, 0-9, _ and -.
    payload = f"look-{style.key}"
    assert len(payload) <= 64
    assert payload.replace("_", "").replace("-", "").isalnum()


def test_the_menu_leads_back() -> None:
    view = shown(replace(order(OrderState.DELIVERED, Recipe(seed=42)), page="more"))
    found = taps(view)
    assert OrderTap(BIG, OrderAction.MENU, "main") in found.values()
    copied = next(button.copy_text for button in buttons(view) if button.copy_text)
    assert copied.text.startswith("seed 42: ")


@pytest.mark.parametrize(
    ("number", "page", "before", "after"),
    [(2, 1, "2", "2"), (4, 1, "4", "2"), (4, 3, "2", "4"), (4, 4, "3", "1"), (4, 0, "4", "2")],
)
def test_several_pictures_are_pages_in_a_ring(
    number: int, page: int, before: str, after: str
) -> None:
    one = replace(order(OrderState.DELIVERED, Recipe(outputs=number)), shown_picture=page)
    found = taps(shown(one, number))
    assert found["‹"] == OrderTap(BIG, OrderAction.TURN, before)
    assert found["›"] == OrderTap(BIG, OrderAction.TURN, after)
    assert f"{max(1, page)}/{number}" in found


def test_one_picture_has_no_pages_and_a_missing_one_is_told() -> None:
    assert "‹" not in taps(shown(order(OrderState.DELIVERED)))
    partly = shown(order(OrderState.DELIVERED, Recipe(outputs=4)), 3)
    assert T.some_missing(3, 4) in partly.caption


@pytest.mark.parametrize("state", [OrderState.FAILED, OrderState.CANCELLED])
def test_an_order_without_a_picture_says_why_and_how_to_go_on(state: OrderState) -> None:
    for failure in Failure if state is OrderState.FAILED else [None]:
        view = shown(replace(order(state), failure=failure))
        said = T.failure(failure, None) if failure else T.cancelled(begun=False)
        assert view.caption.startswith(said)
        actions = [tap.action for tap in taps(view).values()]
        assert actions == [OrderAction.AGAIN, OrderAction.OTHER_LOOK]
        assert view.picture is None


def test_a_cancel_says_whether_anything_was_made() -> None:
    begun = replace(order(OrderState.CANCELLED), submitted_at=1.0)
    assert shown(begun).caption.startswith(T.cancelled(begun=True))
