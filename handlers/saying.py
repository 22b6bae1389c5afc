"""A sentence in a group, and the reaction that stands for it from then on."""

import contextlib

from telegram import Message

from bot.domain.access import day_began
from bot.domain.chat import NoteKind
from bot.errors import TelegramFault
from handlers.context import Context, Step
from storage import chats, facts, notes

SEEN, TIRED = "👀", "😴"


async def say(context: Context, step: Step, sentence: str) -> None:
    """As a reply to the message that came; committed with the step, and tidied up if wanted."""
    message, key = context.message, step.key
    about = await chats.find(step.connection, key.chat_id)
    if about is None:
        title, forum = message.chat.title or "", bool(message.chat.is_forum)
        about = await chats.meet(step.connection, key.chat_id, title, is_forum=forum)
    await notes.add(
        step.connection,
        NoteKind.SAID,
        about=about.id,
        place_id=key.chat_id,
        thread_id=key.thread_id,
        user_id=key.user_id,
        reply_to=message.message_id,
        text=sentence,
        now=step.now,
    )
    step.notes_changed()


async def say_once(context: Context, step: Step, why: str, sentence: str) -> None:
    """The sentence, unless it was said here today; `why` tells sentences apart, or is empty."""
    name = f"{facts.CAPPED}{step.key.chat_id}" + (f":{why}" if why else "")
    day = str(day_began(step.now))
    if await facts.get(step.connection, name) != day:
        await facts.put(step.connection, name, day)
        await say(context, step, sentence)


async def shrug(context: Context) -> None:
    """The reaction that says no."""
    await react(context, TIRED)


async def react(context: Context, emoji: str) -> None:
    """On the message that came; where reactions are refused, there is none."""
    message = context.message
    with contextlib.suppress(TelegramFault):
        await context.services.outbox.react(message.chat_id, message.message_id, emoji)


def speaks_as_channel(message: Message) -> bool:
    """Also not as the group, whose anonymous administrators speak so."""
    return message.sender_chat is not None and message.sender_chat.id != message.chat.id


async def send_plainly(context: Context, text: str) -> None:
    message = context.message
    try:
        await context.services.outbox.send_text(
            message.chat_id, text, thread_id=message.message_thread_id
        )
    except TelegramFault:
        context.log.warning("a plain answer could not be sent", exc_info=True)
