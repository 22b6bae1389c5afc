"""What a draft or an order looks like in the chat: its text, its picture, its buttons.

A view is a value made from rows alone, so that whoever renders it, and when, makes no difference.
"""

from dataclasses import dataclass, field
from typing import Final

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import DraftAction, DraftTap, OrderAction, OrderTap
from bot.domain.draft import Draft, DraftRow, NoticeKind, Page
from bot.domain.order import Failure, Hold, Order, OrderState, Picture
from bot.domain.photomaker import Style
from bot.ideas import IDEAS
from bot.texts import Texts
from bot.views.share import share_button

# Bot API: a caption has at most 1024 UTF-16 units after parsing; words that the person typed get
# a part of it, so that our own sentences always fit.
CAPTION_UNITS: Final = 1024
WORDS_UNITS: Final = 300
# Bot API: 256 characters for CopyTextButton; in units it is the least that this can mean.
COPY_UNITS: Final = 256

Rows = list[list[InlineKeyboardButton]]


@dataclass(frozen=True, slots=True)
class View:
    """A card: a caption without markup, the picture above it, the buttons below.

    `picture` is the number of an order's picture; None stands for the sheet of looks.
    """

    caption: str
    buttons: Rows = field(default_factory=list)
    picture: int | None = None

    @property
    def keyboard(self) -> InlineKeyboardMarkup | None:
        return InlineKeyboardMarkup(self.buttons) if self.buttons else None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a draft's card."""

    texts: Texts
    first_name: str
    consented: bool
    credits_a_day: int | None
    has_earlier_photo: bool
    closed: bool = False
    contact: str = ""
    bot_name: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An honest estimate: orders that go first, and seconds left."""

    ahead: int
    seconds: int


def draft_view(row: DraftRow, reader: Reader) -> View:
    if reader.closed or not reader.consented:
        return _hello(row, reader)
    if not row.draft.usable_photos and row.draft.page is Page.LOOKS:
        return _photo_page(row, reader)
    match row.draft.page:
        case Page.LOOKS:
            return _looks_page(row, reader.texts)
        case Page.WORDS:
            return _words_page(row, reader.texts)
        case Page.PERSON:
            return _person_page(row, reader.texts)
        case Page.PHOTOS:
            return _photos_page(row, reader.texts)


def order_view(
    order: Order,
    pictures: list[Picture],
    t: Texts,
    waiting: Waiting,
    bot_name: str,
    *,
    inline: bool = False,
) -> View:
    """Args: inline: whether the bot's inline mode is on."""
    match order.state:
        case OrderState.QUEUED | OrderState.SUBMITTING | OrderState.PROCESSING:
            return _waiting_view(order, t, waiting)
        case OrderState.DRAWN | OrderState.DELIVERED:
            share = share_button(order, t, bot_name, inline=inline)
            return _picture_view(order, pictures, t, share)
        case OrderState.FAILED | OrderState.CANCELLED:
            return _ended_view(order, t)


def shorten(words: str, units: int = WORDS_UNITS) -> str:
    """The beginning of a text, at most so many UTF-16 units long, on one line."""
    line = " ".join(words.split())
    if utf16_units(line) <= units:
        return line
    encoded = line.encode("utf-16-le", "replace")[: 2 * (units - 1)]
    return encoded.decode("utf-16-le", "ignore") + "…"


def utf16_units(text: str) -> int:
    """How Telegram counts a text's length."""
    return len(text.encode("utf-16-le", "replace")) // 2


def picture_caption(order: Order, t: Texts) -> str:
    return t.caption(t.look(order.recipe.style), shorten(order.recipe.words))


def _paragraphs(*parts: str) -> str:
    return shorten_caption("\n\n".join(part for part in parts if part))


def shorten_caption(caption: str) -> str:
    """What Telegram takes as a caption, with its line breaks."""
    if utf16_units(caption) <= CAPTION_UNITS:
        return caption
    encoded = caption.encode("utf-16-le", "replace")[: 2 * (CAPTION_UNITS - 1)]
    return encoded.decode("utf-16-le", "ignore") + "…"


# The draft's pages


def _hello(row: DraftRow, reader: Reader) -> View:
    t, draft = reader.texts, row.draft
    if reader.closed:
        return View(t.closed(reader.contact))
    hello = t.hello(reader.first_name, reader.credits_a_day)
    said = (_notice(draft, t), _words_line(draft, t))
    if draft.photos:
        button = _tap(row, t.agree_go_on(), DraftAction.AGREE)
        return View(_paragraphs(*said, t.photo_waits(len(draft.photos)), hello), [[button]])
    return View(
        _paragraphs(*said, hello),
        [
            [_tap(row, t.agree_send(), DraftAction.AGREE)],
            [_tap(row, t.agree_profile(), DraftAction.AGREE_PROFILE)],
        ],
    )


def _photo_page(row: DraftRow, reader: Reader) -> View:
    t, draft = reader.texts, row.draft
    buttons: Rows = []
    if draft.doubtful_photos:
        ask = _paragraphs("\n".join(_doubts(draft, t)), t.photos_doubtful())
        buttons.append([_tap(row, t.use_anyway(), DraftAction.ACCEPT)])
    else:
        ask = t.ask_photo()
    buttons.append([_tap(row, t.use_profile(), DraftAction.PROFILE)])
    if reader.has_earlier_photo:
        buttons.append([_tap(row, t.use_latest(), DraftAction.LATEST)])
    return View(_paragraphs(_notice(draft, t), _words_line(draft, t), ask), buttons)


def _looks_page(row: DraftRow, t: Texts) -> View:
    draft = row.draft
    doubts = "\n".join(_doubts(draft, t))
    invite = "" if draft.words or draft.notice else t.invite_words()
    person = "" if draft.person == "person" else t.person_line(draft.person)
    about = "\n".join(part for part in (_words_line(draft, t), person) if part)
    caption = _paragraphs(_notice(draft, t), doubts, about, _photo_line(draft, t), invite)
    buttons = grid([_look_button(row, style, t) for style in Style], 3)
    if draft.doubtful_photos:
        buttons.append([_tap(row, t.use_anyway(), DraftAction.ACCEPT)])
    words = _tap(row, t.words_button(), DraftAction.PAGE, Page.WORDS)
    person_label = t.person_button(shorten(draft.person, 20))
    who = _tap(row, person_label, DraftAction.PAGE, Page.PERSON)
    photos = _tap(row, t.photos_button(len(draft.photos)), DraftAction.PAGE, Page.PHOTOS)
    over = _tap(row, t.start_over(), DraftAction.START_OVER)
    return View(caption, [*buttons, [words, who], [photos, over]])


def _words_page(row: DraftRow, t: Texts) -> View:
    ideas = [_tap(row, i.label, DraftAction.IDEA, str(n)) for n, i in enumerate(IDEAS)]
    ends = [_tap(row, t.surprise(), DraftAction.SURPRISE)]
    if row.draft.words:
        ends.append(_tap(row, t.no_words(), DraftAction.NO_WORDS))
    ask = _notice(row.draft, t) or t.ask_words()
    caption = _paragraphs(_words_line(row.draft, t), ask)
    return View(caption, [*grid(ideas, 2), ends, [_back(row, t)]])


def _person_page(row: DraftRow, t: Texts) -> View:
    people = [_tap(row, label, DraftAction.PERSON, word) for word, label in t.people()]
    own = _tap(row, t.own_word(), DraftAction.OWN_WORD)
    caption = _notice(row.draft, t) or t.ask_person()
    return View(caption, [*grid([*people, own], 3), [_back(row, t)]])


def _photos_page(row: DraftRow, t: Texts) -> View:
    drop = _tap(row, t.drop_photos(), DraftAction.DROP_PHOTOS)
    profile = _tap(row, t.use_profile(), DraftAction.PROFILE)
    return View(t.photos_page(len(row.draft.photos)), [[profile], [drop], [_back(row, t)]])


def _notice(draft: Draft, t: Texts) -> str:
    return t.notice(draft.notice.kind, draft.notice.detail) if draft.notice else ""


def _doubts(draft: Draft, t: Texts) -> list[str]:
    """What speaks against photos; where there are several, with their numbers."""
    numbered = [(n, p.problem) for n, p in enumerate(draft.photos, start=1) if not p.usable]
    if len(draft.photos) == 1:
        return [t.problem(problem or "") for _, problem in numbered]
    return [t.which_photo(number, t.problem(problem or "")) for number, problem in numbered]


def _words_line(draft: Draft, t: Texts) -> str:
    return t.words_line(shorten(draft.words)) if draft.words else ""


def _photo_line(draft: Draft, t: Texts) -> str:
    if draft.notice and draft.notice.kind in {NoticeKind.OTHER_LOOK, NoticeKind.MORE_LIKE_ME}:
        return ""
    usable = draft.usable_photos
    if len(usable) > 1:
        return t.photos_good(len(usable))
    return t.photo_good() if usable[0].checked and not usable[0].problem else t.photo_added()


def _look_button(row: DraftRow, style: Style, t: Texts) -> InlineKeyboardButton:
    label = t.look(style)
    marked = f"• {label}" if style is row.draft.look else label
    return _tap(row, marked, DraftAction.LOOK, style.key)


def _back(row: DraftRow, t: Texts) -> InlineKeyboardButton:
    return _tap(row, t.back(), DraftAction.PAGE, Page.LOOKS)


# The order's cards


def _waiting_view(order: Order, t: Texts, waiting: Waiting) -> View:
    what = picture_caption(order, t)
    if order.cancel_requested:
        return View(_paragraphs(t.cancelling(), what))
    if order.hold is not Hold.NONE:
        line = t.hold(order.hold)
    elif waiting.ahead and order.state is OrderState.QUEUED:
        line = t.in_line(waiting.ahead, waiting.seconds)
    else:
        line = t.drawing(waiting.seconds)
    return View(_paragraphs(line, what), [[_order_tap(order, t.cancel(), OrderAction.CANCEL)]])


def _picture_view(
    order: Order, pictures: list[Picture], t: Texts, share: InlineKeyboardButton
) -> View:
    if order.state is OrderState.DRAWN and not order.shown_picture:
        return View(_paragraphs(t.delivering(), picture_caption(order, t)))
    wanted = order.recipe.outputs
    missing = t.some_missing(len(pictures), wanted) if len(pictures) < wanted else ""
    rows = _menu_rows(order, t) if order.page == "more" else _main_rows(order, t, share)
    home = t.group_came_home() if order.failure is Failure.TAKEN_OUT else ""
    caption = _paragraphs(home, picture_caption(order, t), missing)
    return View(caption, [*_pager(order, pictures), *rows], picture=max(1, order.shown_picture))


def _main_rows(order: Order, t: Texts, share: InlineKeyboardButton) -> Rows:
    return [
        [
            _order_tap(order, t.more_like_me(), OrderAction.MORE_LIKE_ME),
            _order_tap(order, t.again(), OrderAction.AGAIN),
        ],
        [
            _order_tap(order, t.other_look(), OrderAction.OTHER_LOOK),
            _order_tap(order, t.words_button(), OrderAction.WORDS),
        ],
        [
            share,
            _order_tap(order, "⋯", OrderAction.MENU, "more"),
        ],
    ]


def _menu_rows(order: Order, t: Texts) -> Rows:
    recipe = shorten(t.recipe(order.recipe.seed, order.recipe.prompt.text), COPY_UNITS)
    return [
        [
            _order_tap(order, t.finer(), OrderAction.FINER),
            _order_tap(order, t.stronger(), OrderAction.STRONGER),
        ],
        [_order_tap(order, t.four(), OrderAction.FOUR)],
        [InlineKeyboardButton(t.copy_recipe(), copy_text=CopyTextButton(recipe))],
        [
            _order_tap(order, t.delete(), OrderAction.DELETE),
            _order_tap(order, t.back(), OrderAction.MENU, "main"),
        ],
    ]


def _pager(order: Order, pictures: list[Picture]) -> Rows:
    if len(pictures) < 2:
        return []
    shown = max(1, order.shown_picture)
    before = (shown - 2) % len(pictures) + 1
    after = shown % len(pictures) + 1
    return [
        [
            _order_tap(order, "‹", OrderAction.TURN, str(before)),
            _order_tap(order, f"{shown}/{len(pictures)}", OrderAction.TURN, str(shown)),
            _order_tap(order, "›", OrderAction.TURN, str(after)),
        ]
    ]


def _ended_view(order: Order, t: Texts) -> View:
    if order.failure is not None:
        line = t.failure(order.failure, order.detail)
    elif order.state is OrderState.CANCELLED:
        line = t.cancelled(begun=order.submitted_at is not None)
    else:
        line = ""
    buttons = [
        _order_tap(order, t.try_again(), OrderAction.AGAIN),
        _order_tap(order, t.other_look(), OrderAction.OTHER_LOOK),
    ]
    return View(_paragraphs(line, picture_caption(order, t)), [buttons])


def _tap(
    row: DraftRow, label: str, action: DraftAction, argument: str = ""
) -> InlineKeyboardButton:
    data = DraftTap(row.id, action, argument).pack()
    return InlineKeyboardButton(label, callback_data=data)


def _order_tap(
    order: Order, label: str, action: OrderAction, argument: str = ""
) -> InlineKeyboardButton:
    data = OrderTap(order.id, action, argument).pack()
    return InlineKeyboardButton(label, callback_data=data)


def grid(buttons: list[InlineKeyboardButton], width: int) -> Rows:
    return [buttons[at : at + width] for at in range(0, len(buttons), width)]
