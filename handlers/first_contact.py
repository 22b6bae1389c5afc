"""Taps under the hello in a group, and under what the bot's admins hear of a new group."""

from typing import Final

from bot.callbacks import ChatAction, ChatTap
from bot.domain.chat import Allowance, NoteKind
from handlers.context import Context
from handlers.membership import end_all
from handlers.round_begin import on_draw_all
from handlers.settings import on_settings_tap
from storage import chats, notes

HELLO: Final = frozenset({ChatAction.DRAW_ALL, ChatAction.HOW})
SAYS: Final = {
    ChatAction.ALLOW: Allowance.ALLOW,
    ChatAction.TEN: Allowance.TEN,
    ChatAction.LEAVE: Allowance.LEAVE,
}


async def on_chat_tap(context: Context, tap: ChatTap) -> None:
    """Does what the button says, if it is this person's; says why not, if not."""
    if tap.action in HELLO:
        await on_hello_tap(context, tap)
    elif tap.action in SAYS:
        await on_operator_tap(context, tap)
    else:
        await on_settings_tap(context, tap)


async def on_hello_tap(context: Context, tap: ChatTap) -> None:
    """How it works is read in a pop-up by whoever asks, and by nobody else."""
    if tap.action is ChatAction.DRAW_ALL:
        await on_draw_all(context, tap.about)
        return
    async with context.step() as step:
        step.popup = step.t.group_how_popup(context.bot.username)


async def on_operator_tap(context: Context, tap: ChatTap) -> None:
    """What the first of the bot's admins says, counts."""
    async with context.step() as step:
        chat = await chats.load(step.connection, tap.about)
        admins = context.services.settings.admin_ids
        if not step.person.is_admin and step.key.user_id not in admins:
            step.popup = step.t.operator_only()
        elif chat is None:
            step.popup = step.t.too_old()
        elif chat.allowance.decided:
            return  # the card says what was decided
        elif chat.left_at is not None:
            step.popup = step.t.operator_gone()
        else:
            await chats.decide(step.connection, chat.id, SAYS[tap.action])
            if tap.action is ChatAction.LEAVE:
                await end_all(step, chat.chat_id)
                await notes.add(
                    step.connection,
                    NoteKind.LEAVING,
                    about=chat.id,
                    place_id=chat.chat_id,
                    user_id=step.key.user_id,
                    now=step.now,
                )
            step.notes_changed()
