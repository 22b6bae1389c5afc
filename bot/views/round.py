"""What a round looks like in its group: one card, whose picture grows."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton

from bot.callbacks import RoundAction, RoundTap
from bot.deep_links import Start, group_right, private
from bot.domain.order import Hold
from bot.domain.photomaker import Style, continues
from bot.domain.round import (
    MOST_IN_CIRCLE,
    Member,
    MemberState,
    Question,
    Round,
    RoundState,
    needs_smaller,
)
from bot.texts import Texts
from bot.views.cards import Rows, View, grid, shorten, shorten_caption
from bot.views.group import LOOKS_IN_A_ROW

# More names than these, or longer words (in UTF-16 units), leave no room for the other lines.
MOST_NAMES = {MemberState.DRAWN: 9, MemberState.DRAWING: 5, MemberState.FAILED: 3}
NAME_UNITS = 20
WORDS_UNITS = 120


def round_card(round_: Round, members: Sequence[Member], t: Texts, bot_name: str) -> View:
    """The picture's faces are not the view's: `Round.composed` says which are shown."""
    lines = [round_title(round_, t), *_lines(round_, members, t)]
    if round_.state is RoundState.ASKING:
        lines = [t.round_which_look(_name(round_.name), lines[0])]
    caption = "\n".join(line for line in lines if line)
    return View(shorten_caption(caption), _buttons(round_, t, bot_name))


def round_title(round_: Round, t: Texts) -> str:
    words = shorten(round_.words, WORDS_UNITS).rstrip(".!")
    look = t.look(round_.look) if round_.look else ""
    return t.round_title(words, look, goes_on=continues(words))


def _lines(round_: Round, members: Sequence[Member], t: Texts) -> list[str]:
    """Those that say nothing are empty."""
    failed = _failed(round_, members, t)
    if round_.state is RoundState.ENDED:
        return [failed, t.round_over()]
    drawn, drawing = (_names(members, it, t) for it in (MemberState.DRAWN, MemberState.DRAWING))
    return [
        t.round_members(drawn) if drawn else "",
        t.round_drawing(drawing) if drawing else "",
        _held(round_.hold, t) if drawing else "",
        failed,
        t.round_invitation() if round_.state is RoundState.OPEN else "",
        _said(round_.question, t, of_nine=needs_smaller(members)),
    ]


def _held(hold: Hold, t: Texts) -> str:
    match hold:
        case Hold.RESTING:
            return t.round_resting()
        case Hold.PROVIDER_DOWN:
            return t.round_slow()
        case Hold.NONE | Hold.LOOKING:
            return ""


def _failed(round_: Round, members: Sequence[Member], t: Texts) -> str:
    """Whose drawing failed, why, and what they can do while they can do something."""
    names = _names(members, MemberState.FAILED, t)
    if not names:
        return ""
    failed = t.round_failed(names)
    return f"{failed} {t.round_try_again()}" if round_.state is RoundState.OPEN else failed


def _said(question: Question, t: Texts, *, of_nine: bool) -> str:
    """Args: of_nine: more faces are on the card than a chat photo has room for."""
    match question:
        case Question.PHOTO:
            return t.round_ask_first(MOST_IN_CIRCLE) if of_nine else t.round_ask_photo()
        case Question.RIGHT:
            return t.round_no_right()
        case Question.DONE:
            return t.round_first_set(MOST_IN_CIRCLE) if of_nine else t.round_photo_set()
        case Question.NONE | Question.SETTING:
            return ""


def _names(members: Sequence[Member], state: MemberState, t: Texts) -> str:
    found = [member for member in members if member.state is state]
    most = MOST_NAMES[state]
    line = ", ".join(_named(member, t) for member in found[:most])
    more = len(found) - most
    return t.and_more(line, more) if more > 0 else line


def _named(member: Member, t: Texts) -> str:
    name = _name(member.name)
    if member.state is MemberState.FAILED:
        return t.round_why(name, t.round_failure(member.failure))
    return name


def _name(name: str) -> str:
    return shorten(name, NAME_UNITS)


def _buttons(round_: Round, t: Texts, bot_name: str) -> Rows:
    match round_.state:
        case RoundState.ASKING:
            never = _button(round_, t.round_never_mind(), RoundAction.FINISH)
            return [*_looks(round_, t), [never]]
        case RoundState.OPEN:
            link = private(bot_name, Start.SELFIE, round_.id)
            selfie = InlineKeyboardButton(t.round_selfie(), url=link)
            finish = _button(round_, t.round_finish(), RoundAction.FINISH)
            join = _button(round_, t.round_join(), RoundAction.JOIN)
            return [[join, selfie], [*_ones_own(round_, t), finish]]
        case RoundState.FINISHED:
            return _finished_buttons(round_, t, bot_name)
        case RoundState.ENDED:
            return []


def _finished_buttons(round_: Round, t: Texts, bot_name: str) -> Rows:
    """Whatever an admin is asked, everybody's own buttons stay."""
    no = _button(round_, t.round_no(), RoundAction.NO)
    below: Rows = []
    match round_.question:
        case Question.PHOTO:
            below = [[_button(round_, t.round_yes(), RoundAction.YES), no]]
        case Question.RIGHT:
            link = group_right(bot_name, Start.PHOTO, round_.id, "change_info")
            below = [[InlineKeyboardButton(t.round_allow(), url=link), no]]
        case Question.NONE:
            below = [[_button(round_, t.round_set_photo(), RoundAction.PHOTO)]]
        case Question.SETTING | Question.DONE:
            pass
    return [_ones_own(round_, t), *below]


def _ones_own(round_: Round, t: Texts) -> list[InlineKeyboardButton]:
    mine = _button(round_, t.round_mine(), RoundAction.MINE)
    return [mine, _button(round_, t.round_leave(), RoundAction.LEAVE)]


def _looks(round_: Round, t: Texts) -> Rows:
    buttons = [_button(round_, t.look(style), RoundAction.LOOK, style.key) for style in Style]
    return grid(buttons, LOOKS_IN_A_ROW)


def _button(
    round_: Round, label: str, action: RoundAction, argument: str = ""
) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=RoundTap(round_.id, action, argument).pack())
