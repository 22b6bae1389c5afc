"""Drafts, orders and what their cards show, for the tests of the views."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from telegram import InlineKeyboardButton

from bot.callbacks import AnyTap, unpack
from bot.domain.draft import Draft, DraftKey, DraftPhoto, DraftRow, Notice, NoticeKind, Page
from bot.domain.order import Failure, Hold, Order, OrderPhoto, OrderState, Picture
from bot.domain.photo import BLOCKING, PhotoProblem
from bot.domain.photomaker import MAX_SEED, Recipe, Style, person_word
from bot.texts import texts
from bot.views.cards import (
    Reader,
    View,
    Waiting,
    order_view,
    utf16_units,
)

T = texts("en")
BIG = 2**52  # Bot API: ids have at most 52 significant bits
ANNA = Reader(T, "Anna", consented=True, credits_a_day=5, has_earlier_photo=False)
# Bot API: a first name has 1 to 64 characters, each up to two UTF-16 units.
LONG_NAME = "👩" * 64
LONG_WORDS = "👋🏽 " * 1300
DOUBTS = sorted(set(PhotoProblem) - BLOCKING)


def row(draft: Draft, draft_id: int = BIG) -> DraftRow:
    return DraftRow(draft_id, DraftKey(7, 0, 7), draft, 2, 1, 0.0, 21, (), 20)


def photos(
    number: int, problem: str | None = None, *, checked: bool = True
) -> tuple[DraftPhoto, ...]:
    return tuple(DraftPhoto(f"f{n}", f"u{n}", checked, problem) for n in range(number))


def order(state: OrderState = OrderState.QUEUED, recipe: Recipe | None = None) -> Order:
    return Order(
        id=BIG,
        chat_id=7,
        thread_id=0,
        user_id=7,
        photos=(OrderPhoto("f", "u"),),
        recipe=recipe or Recipe(),
        credits=1,
        usd=0.02,
        state=state,
        hold=Hold.NONE,
        failure=None,
        detail=None,
        attempts=0,
        not_before=0.0,
        photo_urls=None,
        prediction_id=None,
        cancel_requested=False,
        created_at=0.0,
        submitted_at=None,
        drawn_at=None,
        ended_at=None,
        shown_picture=0,
        page="",
        version=2,
        rendered_version=1,
        render_at=0.0,
        card_message_id=21,
        reply_to=None,
    )


def pictures(number: int) -> list[Picture]:
    return [Picture(BIG, n, "https://x", "p", 9, "d") for n in range(1, number + 1)]


NO_LINE = Waiting(0, 20)


def shown(one: Order, number: int = 1, waiting: Waiting = NO_LINE) -> View:
    return order_view(one, pictures(number), T, waiting, "the_avatar_bot")


def buttons(view: View) -> list[InlineKeyboardButton]:
    return [button for line in view.buttons for button in line]


def taps(view: View) -> dict[str, AnyTap]:
    """What each button with data says to the bot, by its label."""
    found = {}
    for button in buttons(view):
        if button.callback_data is not None:
            tap = unpack(str(button.callback_data))
            assert tap is not None
            found[button.text] = tap
    return found


def drafts() -> Iterator[Draft]:
    """Every page, with every number of photos, every notice, and the longest words."""
    notices = [None, *(Notice(kind, detail="too_dark") for kind in NoticeKind)]
    loads = [
        *(photos(n) for n in range(5)),
        photos(1, checked=False),
        photos(1, "blurred"),
        photos(4, "several_faces"),
        (*photos(3), DraftPhoto("f", "u", checked=True, problem="too_dark")),
    ]
    for page, load, notice, words in itertools.product(
        Page, loads, notices, ["", "as a knight", LONG_WORDS]
    ):
        person = person_word("🧙" * 30) if words else "person"
        yield Draft(load, words, person, look=Style.COMIC, page=page, notice=notice)


def orders() -> Iterator[tuple[Order, int]]:
    recipes = [
        Recipe(),
        Recipe(LONG_WORDS, person_word("🧙" * 30), Style.PHOTO, MAX_SEED, steps=100, outputs=4),
    ]
    for state, recipe, cancel, page, number in itertools.product(
        OrderState, recipes, [False, True], ["", "more"], [1, 3, 4]
    ):
        one = replace(
            order(state, recipe), cancel_requested=cancel, page=page, shown_picture=number
        )
        yield one, number
        if state is OrderState.FAILED:
            for failure, problem in itertools.product(Failure, [None, *PhotoProblem]):
                yield replace(one, failure=failure, detail=problem), number
        for hold in Hold:
            yield replace(one, hold=hold), number


def fits(view: View) -> None:
    """Bot API: caption 1024, data 1 to 64 bytes, 8 buttons a row, copied text 1 to 256."""
    assert 0 < utf16_units(view.caption) <= 1024
    assert view.caption == view.caption.strip()
    for line in view.buttons:
        assert 0 < len(line) <= 8
    for button in buttons(view):
        assert 0 < len(button.text) <= 64
        if button.callback_data is not None:
            assert 1 <= len(str(button.callback_data).encode()) <= 64
        if button.copy_text is not None:
            assert 1 <= utf16_units(button.copy_text.text) <= 256
    taps(view)
