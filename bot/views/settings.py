"""Notes as they are read: a group's hello and settings, and what the operator hears of it."""

from telegram import InlineKeyboardButton

from bot.callbacks import ChatAction, ChatTap
from bot.domain.access import Caps
from bot.domain.chat import (
    Chat,
    Who,
    cap_choices,
    group_bound,
    member_bound,
    member_choices,
)
from bot.texts import Texts
from bot.views.cards import Rows, View, shorten

# Of a group's title and a person's name, in UTF-16 units.
NAME_UNITS = 60


def hello_view(chat: Chat, t: Texts, bot_name: str) -> View:
    draw = _button(chat, t.group_draw_all(), ChatAction.DRAW_ALL)
    return View(t.group_hello(bot_name), [[draw], [_button(chat, t.group_how(), ChatAction.HOW)]])


def operator_view(chat: Chat, adder: str, t: Texts, *, closed: bool) -> View:
    """Args: closed: the operator's settings let nothing be drawn there."""
    told = t.operator_new_group(
        shorten(chat.title, NAME_UNITS), chat.size, shorten(adder, NAME_UNITS)
    )
    lines = [told]
    if closed:
        lines.append(t.operator_closed())
    if chat.allowance.decided:
        return _said(*lines, t.operator_decided(chat.allowance))
    if chat.left_at is not None:
        return _said(*lines, t.operator_gone())
    if chat.allowance.closed:
        lines.append(t.operator_waits())
    return View("\n".join(lines), _answers(chat, t))


def settings_view(chat: Chat, thread_id: int, t: Texts, caps: Caps) -> View:
    """The card as it lies in a thread. Each button says what is, and sets what comes next."""
    here, rows = chat.settings, _switches(chat, t)
    cap, member = _least(here.cap, group_bound(caps, chat)), member_bound(caps, chat)
    rows[2:2] = [
        [_next(chat, t.settings_cap(cap), ChatAction.CAP, cap_choices(caps, chat), here.cap)],
        [
            _next(
                chat,
                t.settings_member_cap(_least(here.member_cap, member)),
                ChatAction.MEMBER_CAP,
                member_choices(caps, chat),
                here.member_cap,
            )
        ],
    ]
    if chat.is_forum:
        anywhere = here.topic is None
        label = t.settings_topic(anywhere=anywhere, here=here.topic == thread_id)
        rows.append([_button(chat, label, ChatAction.TOPIC, "here" if anywhere else "any")])
    rows.append([_button(chat, t.settings_close(), ChatAction.CLOSE)])
    return View(t.settings(shorten(chat.title, NAME_UNITS)), rows)


def _switches(chat: Chat, t: Texts) -> Rows:
    now = chat.settings
    everyone = now.who is Who.EVERYONE
    other = Who.ADMINS if everyone else Who.EVERYONE
    return [
        [_switch(chat, t.settings_on(on=now.on), ChatAction.ON, on=now.on)],
        [_button(chat, t.settings_who(everyone=everyone), ChatAction.WHO, other)],
        [_switch(chat, t.settings_files(on=now.files), ChatAction.FILES, on=now.files)],
        [_switch(chat, t.settings_tidy(on=now.tidy), ChatAction.TIDY, on=now.tidy)],
    ]


def _switch(chat: Chat, label: str, action: ChatAction, *, on: bool) -> InlineKeyboardButton:
    return _button(chat, label, action, "0" if on else "1")


def _next(
    chat: Chat, label: str, action: ChatAction, choices: tuple[int | None, ...], now: int | None
) -> InlineKeyboardButton:
    """Cycles; 0 stands for no cap of the group's own, as which one that is too high is shown."""
    at = choices.index(now) + 1 if now in choices else 1
    return _button(chat, label, action, str(choices[at % len(choices)] or 0))


def _least(*caps: int | None) -> int | None:
    return min((cap for cap in caps if cap is not None), default=None)


def _answers(chat: Chat, t: Texts) -> Rows:
    allow = _button(chat, t.operator_allow(), ChatAction.ALLOW)
    ten = _button(chat, t.operator_ten(), ChatAction.TEN)
    return [[allow, ten, _button(chat, t.operator_leave(), ChatAction.LEAVE)]]


def _said(*lines: str) -> View:
    return View("\n".join(lines))


def _button(chat: Chat, label: str, action: ChatAction, argument: str = "") -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=ChatTap(chat.id, action, argument).pack())
