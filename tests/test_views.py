"""Every page and state of the cards: within Telegram's limits, and every button understood."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardButton

from bot.callbacks import AnyTap, DraftAction, DraftTap, OrderAction, OrderTap, unpack
from bot.domain.draft import Draft, DraftKey, DraftPhoto, DraftRow, Notice, NoticeKind, Page
from bot.domain.order import Failure, Hold, Order, OrderPhoto, OrderState, Picture
from bot.domain.photo import BLOCKING, PhotoProblem
from bot.domain.photomaker import MAX_SEED, Recipe, Style, person_word
from bot.ideas import IDEAS
from bot.texts import texts
from bot.views.cards import (
    WORDS_UNITS,
    Reader,
    View,
    Waiting,
    draft_view,
    order_view,
    shorten,
    shorten_caption,
    utf16_units,
)
from tests.properties import PROPERTY, typed

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


# The draft's pages


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


# The order's cards


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


# Texts cut to size


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


# Callback data

ids = st.integers(0, 10**18 - 1)
arguments = st.from_regex(r"[A-Za-z0-9_-]{0,30}", fullmatch=True)


@PROPERTY
@given(number=ids, action=st.sampled_from(DraftAction), argument=arguments)
def test_a_tap_on_a_draft_comes_back(number: int, action: DraftAction, argument: str) -> None:
    tap = DraftTap(number, action, argument)
    assert unpack(tap.pack()) == tap
    assert len(tap.pack().encode()) <= 64


@PROPERTY
@given(number=ids, action=st.sampled_from(OrderAction), argument=arguments)
def test_a_tap_on_an_order_comes_back(number: int, action: OrderAction, argument: str) -> None:
    tap = OrderTap(number, action, argument)
    assert unpack(tap.pack()) == tap
    assert len(tap.pack().encode()) <= 64


@pytest.mark.parametrize(
    "data",
    [
        "", "d", "d1", "d1:", "d1:nope", "o1:okp", "d1:4", "x1:ok", "d-1:ok", "d1:ok:" + "a" * 31,
        "d" + "9" * 19 + ":ok", "d1:ok:a b", "d1:ok:ä", "d١:ok", "d1:ok\n", " d1:ok", "d1:ok:a:b",
        "D1:OK", "\x00", "🎲" * 16, "d1:l:\ud800",
    ],
)  # fmt: skip
def test_data_that_nobody_made_means_nothing(data: str) -> None:
    assert unpack(data) is None


@PROPERTY
@given(data=st.text(max_size=64) | st.from_regex(r"[do][0-9]{1,20}:[a-z0-9]{1,5}(:.{0,40})?"))
def test_whatever_comes_is_understood_the_same_way_again_or_means_nothing(data: str) -> None:
    tap = unpack(data)
    assert tap is None or unpack(tap.pack()) == tap
