"""What a draft or an order looks like in a group: few words, few buttons, nobody else's."""

import zlib
from dataclasses import replace

from telegram import InlineKeyboardButton

from bot.callbacks import DraftAction, DraftTap, GroupAction, GroupTap, OrderAction, OrderTap
from bot.deep_links import Start, private
from bot.domain.asking import needs
from bot.domain.draft import DraftRow, Notice, NoticeKind, Page
from bot.domain.group import Errand, Need
from bot.domain.order import Order, OrderState, Picture
from bot.domain.photomaker import Style, continues
from bot.texts import Texts
from bot.views.cards import (
    Reader,
    Rows,
    View,
    Waiting,
    draft_view,
    grid,
    order_view,
    shorten,
    shorten_caption,
)

LOOKS_IN_A_ROW = 3
# Of a person's name and words, in UTF-16 units: the card is to be taken in at a glance.
NAME_UNITS = 40


def draft_card(row: DraftRow, reader: Reader) -> View:
    """The draft's card, wherever it is."""
    draft = row.draft
    if draft.ask is not None:
        return _asking(row, reader)
    if draft.errand is not None and reader.consented:
        return _on_errand(row, draft.errand, reader.texts)
    if draft.notice is not None and draft.notice.kind is NoticeKind.BROUGHT:
        return _brought(draft.notice, reader.texts)
    return draft_view(row, reader)


def order_card(
    order: Order,
    pictures: list[Picture],
    t: Texts,
    waiting: Waiting,
    bot_name: str,
    *,
    inline: bool = False,
) -> View:
    """The order's card, wherever it is."""
    view = order_view(order, pictures, t, waiting, bot_name, inline=inline)
    if not order.in_group or not view.buttons:
        return view
    match order.state:
        case OrderState.DRAWN | OrderState.DELIVERED:
            again = _order_button(order, t.again(), OrderAction.AGAIN)
            link = private(bot_name, Start.LOOK, order.recipe.style.key)
            yours = InlineKeyboardButton(t.group_make_yours(), url=link)
            # Also where the file comes by itself: it may not be allowed there, or be deleted.
            file = _order_button(order, t.group_png(), OrderAction.FILE)
            return replace(view, buttons=[[again, file], [yours]])
        case OrderState.FAILED | OrderState.CANCELLED:
            return replace(view, buttons=[[_order_button(order, t.try_again(), OrderAction.AGAIN)]])
        case _:
            return view


def _asking(row: DraftRow, reader: Reader) -> View:
    t, need = reader.texts, needs(row.draft, consented=reader.consented)
    lines = _lines(row, t, need)
    theirs = need is Need.SUBJECT and row.draft.ask is not None and not row.draft.ask.subject_gone
    no = t.group_no() if theirs else t.group_never_mind()
    out = [_button(row, no, GroupAction.NO)]
    buttons = [*_buttons(row, t, need), *_private_link(row, reader, need), out]
    return View(shorten_caption("\n".join(line for line in lines if line)), buttons)


def _on_errand(row: DraftRow, errand: Errand, t: Texts) -> View:
    """In private: asks for the photo of what was asked in a group."""
    lines = [_said(row, t), t.errand(shorten(errand.words))]
    back = DraftTap(row.id, DraftAction.PAGE, Page.LOOKS).pack()
    button = InlineKeyboardButton(t.back(), callback_data=back)
    return View(shorten_caption("\n\n".join(line for line in lines if line)), [[button]])


def _brought(notice: Notice, t: Texts) -> View:
    """`notice.detail` is the link to the group's message, where there can be one."""
    link = notice.detail
    buttons = [[InlineKeyboardButton(t.group_back(), url=link)]] if link else []
    return View(t.notice(notice.kind, link), buttons)


def _private_link(row: DraftRow, reader: Reader, need: Need) -> Rows:
    """Where no photo is there that will do: the asker sends one where nobody else sees it."""
    ask, draft = row.draft.ask, row.draft
    assert ask is not None
    wanted = need is Need.PHOTO or (bool(draft.doubtful_photos) and not ask.subject)
    if not (wanted and ask.owner and need not in {Need.CONSENT, Need.SUBJECT}):
        return []
    url = private(reader.bot_name, Start.ERRAND, row.id)
    return [[InlineKeyboardButton(reader.texts.group_send_privately(), url=url)]]


def _lines(row: DraftRow, t: Texts, need: Need) -> list[str]:
    ask, title = row.draft.ask, _title(row, t)
    assert ask is not None
    if need is Need.CONSENT:
        return [t.group_consent(shorten(ask.name, NAME_UNITS))]
    if need is Need.SUBJECT:
        asks = t.group_subject_gone if ask.subject_gone else t.group_subject
        return [asks(shorten(ask.subject_name, NAME_UNITS), title)]
    question = t.group_which_look(title) if ask.look is None else f"{title}."
    if need in {Need.PHOTO, Need.PROFILE}:
        return [_said(row, t), question, t.group_answer_with_photo()]
    if need is Need.LOOK and ask.profile:
        return [_said(row, t), question, t.group_profile_or_answer()]
    return [_said(row, t), question]


def _buttons(row: DraftRow, t: Texts, need: Need) -> Rows:
    ask = row.draft.ask
    assert ask is not None
    match need:
        case Need.CONSENT:
            return [[_button(row, t.group_agree(), GroupAction.AGREE)]]
        case Need.SUBJECT:
            label = t.group_have_ok() if ask.subject_gone else t.group_fine()
            words = said_yes_to(row.draft.words)
            return [[_button(row, label, GroupAction.FINE, words)]]
        case Need.PROFILE:
            return [[_button(row, t.use_profile(), GroupAction.PROFILE)]]
        case Need.LOOK | Need.PHOTO:
            return _looks(row, t) if ask.look is None else []
        case Need.OWNER | Need.NOTHING:
            return [[_button(row, t.group_draw(), GroupAction.DRAW)]]


def said_yes_to(words: str) -> str:
    """Which words a yes is about, for the button that says it: others may have come since."""
    return format(zlib.crc32(words.encode()), "x")


def _said(row: DraftRow, t: Texts) -> str:
    """What is wrong with a photo, if something is."""
    draft = row.draft
    if draft.notice is not None:
        return t.notice(draft.notice.kind, draft.notice.detail)
    return " ".join(t.problem(photo.problem or "") for photo in draft.doubtful_photos)


def _title(row: DraftRow, t: Texts) -> str:
    ask, words = row.draft.ask, shorten(row.draft.words)
    assert ask is not None
    name = shorten(ask.name, NAME_UNITS)
    return t.group_title(name, words.rstrip(".!"), goes_on=continues(words))


def _looks(row: DraftRow, t: Texts) -> Rows:
    buttons = [_button(row, t.look(style), GroupAction.LOOK, style.key) for style in Style]
    return grid(buttons, LOOKS_IN_A_ROW)


def _button(
    row: DraftRow, label: str, action: GroupAction, argument: str = ""
) -> InlineKeyboardButton:
    data = GroupTap(row.id, action, argument).pack()
    return InlineKeyboardButton(label, callback_data=data)


def _order_button(order: Order, label: str, action: OrderAction) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=OrderTap(order.id, action).pack())
