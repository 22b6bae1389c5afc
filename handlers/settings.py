"""`/avatarsettings`: what a group's admins choose, in one message that is edited in place."""

from dataclasses import replace
from typing import Final

from bot.callbacks import ChatAction, ChatTap
from bot.domain.access import Caps
from bot.domain.chat import Chat, ChatSettings, NoteKind, Who, cap_choices, member_choices
from handlers.context import Context, Step
from handlers.saying import say_once, shrug
from handlers.standing import runs_group
from storage import chats, notes

_TRUTH: Final = {"1": True, "0": False}


async def on_settings(context: Context) -> None:
    """The card, in the thread of the command; an older one goes."""
    message = context.message
    if message.is_automatic_forward:
        return
    allowed = await runs_group(context)
    why, sentence, said = "settings", context.t.settings_for_admins(), False
    async with context.step() as step:
        if allowed:
            await _show(context, step)
        else:
            said = await say_once(context, step, why, sentence)
    if not allowed:
        await shrug(context, why, sentence, said=said)


async def on_settings_tap(context: Context, tap: ChatTap) -> None:
    """Sets what the button says, if an admin of the group taps; says why not, if not."""
    async with context.services.database.reading() as connection:
        known = await chats.load(connection, tap.about)
    here = known is not None and known.chat_id == context.key.chat_id
    allowed = here and await runs_group(context)
    async with context.step() as step:
        found = await _chat_of(context, step, tap) if here else None
        chat, thread_id = found or (None, 0)
        if chat is None:
            step.popup = step.t.group_too_old()
        elif not allowed:
            step.popup = step.t.settings_admins_only()
        elif tap.action is ChatAction.CLOSE:
            await notes.remove(step.connection, chat.id, NoteKind.SETTINGS, step.now)
            step.notes_changed()
        else:
            await _set(context, step, chat, tap, thread_id)


async def _show(context: Context, step: Step) -> None:
    message, key = context.message, step.key
    title, forum = message.chat.title or "", bool(message.chat.is_forum)
    chat = await chats.meet(step.connection, key.chat_id, title, is_forum=forum)
    await notes.remove(step.connection, chat.id, NoteKind.SETTINGS, step.now)
    await notes.add(
        step.connection,
        NoteKind.SETTINGS,
        about=chat.id,
        place_id=key.chat_id,
        thread_id=key.thread_id,
        user_id=key.user_id,
        reply_to=message.message_id,
        now=step.now,
    )
    step.notes_changed()


async def _chat_of(context: Context, step: Step, tap: ChatTap) -> tuple[Chat, int] | None:
    """The group and the card's thread, if the tapped message is the card, be it one that Telegram
    hasn't told us of. Of an old message Telegram names no thread.
    """
    chat = await chats.load(step.connection, tap.about)
    if chat is None or chat.chat_id != step.key.chat_id:
        return None
    card = await notes.by_message(step.connection, chat.chat_id, context.tapped)
    if card is None:
        unknown = await notes.being_sent(step.connection, chat.id, NoteKind.SETTINGS)
        return (chat, step.key.thread_id) if unknown else None
    return (chat, card.thread_id) if card.kind is NoteKind.SETTINGS else None


async def _set(context: Context, step: Step, chat: Chat, tap: ChatTap, thread_id: int) -> None:
    settings = chosen(chat, context.services.settings.caps, tap, thread_id)
    if settings is None:
        step.popup = step.t.group_too_old()
    elif settings != chat.settings:
        await chats.choose(step.connection, chat.id, settings)
        if settings.tidy != chat.settings.tidy:
            # What is there already goes at once.
            at = step.now if settings.tidy else None
            await notes.tidy(step.connection, chat.id, at)
        step.notes_changed()


def chosen(chat: Chat, caps: Caps, tap: ChatTap, thread_id: int) -> ChatSettings | None:
    """What a tap in this thread makes of the settings; None for what no button offers."""
    settings, value = chat.settings, tap.argument
    made: dict[str, object] | None = None
    match tap.action:
        case ChatAction.ON | ChatAction.FILES | ChatAction.TIDY:
            name = {ChatAction.ON: "on", ChatAction.FILES: "files"}.get(tap.action, "tidy")
            made = {name: _TRUTH[value]} if value in _TRUTH else None
        case ChatAction.WHO:
            made = {"who": Who(value)} if value in set(Who) else None
        case ChatAction.CAP:
            made = _one_of({str(cap or 0): cap for cap in cap_choices(caps, chat)}, "cap", value)
        case ChatAction.MEMBER_CAP:
            choices = {str(cap or 0): cap for cap in member_choices(caps, chat)}
            made = _one_of(choices, "member_cap", value)
        case ChatAction.TOPIC:
            made = _one_of({"any": None, "here": thread_id}, "topic", value)
    return replace(settings, **made) if made is not None else None  # type: ignore[arg-type]


def _one_of(choices: dict[str, int | None], name: str, value: str) -> dict[str, object] | None:
    return {name: choices[value]} if value in choices else None
