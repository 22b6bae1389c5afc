"""A sentence in a group, and the reaction that stands for it from then on."""

from typing import Final

from telegram import Message

from bot.domain.access import Cap, day_began
from bot.domain.chat import NoteKind
from bot.errors import MessageGone, NotSent, OutcomeUnknown, TelegramFault
from handlers.context import Context, Refused, Step
from storage import facts, groups, notes
from storage.connection import Connection

SEEN, PUZZLED, TIRED = "👀", "🤔", "😴"
AGAIN_SECONDS: Final = 60.0


async def say(context: Context, step: Step, sentence: str, *, reply_to: int | None = None) -> None:
    """As a reply to the message that came, or another one; committed with the step, and tidied up
    if wanted.
    """
    await _keep(context, step.connection, sentence, reply_to)
    step.notes_changed()


async def _keep(
    context: Context, connection: Connection, sentence: str, reply_to: int | None = None
) -> None:
    message, key = context.message, context.key
    await groups.say(
        connection,
        sentence,
        context.services.now(),
        chat_id=key.chat_id,
        thread_id=key.thread_id,
        user_id=key.user_id,
        reply_to=reply_to or message.message_id,
        title=message.chat.title or "",
        is_forum=bool(message.chat.is_forum),
    )


async def say_once(context: Context, step: Step, why: str, sentence: str) -> bool:
    """The sentence, unless it was said here today; `why` tells sentences apart."""
    name, day = _said(context, why), str(day_began(step.now))
    if await facts.get(step.connection, name) == day:
        return False
    await facts.put(step.connection, name, day)
    await say(context, step, sentence)
    return True


async def say_no(context: Context, step: Step, over: Refused) -> bool:
    """Why there is no order, once a day; whether it was said now."""
    return await say_once(context, step, _whose(context, over), over.sentence)


async def shrug_at(context: Context, over: Refused, *, said: bool) -> None:
    """The reaction for the same."""
    await shrug(context, _whose(context, over), over.sentence, said=said)


def _whose(context: Context, over: Refused) -> str:
    """Who is told once a day: the person, or the whole chat, of each cap and bar by itself."""
    personal = over.cap in {Cap.PERSON, Cap.MEMBER, Cap.AT_A_TIME}
    return f"{context.user.id}:{over.cap}" if personal else over.cap


async def shrug(context: Context, why: str, sentence: str, *, said: bool) -> None:
    """The reaction that says no, where it isn't said; where reactions are refused the sentence
    again, but not to each of twenty commands a minute.
    """
    if await react(context, TIRED) or said:
        return
    name, now = f"{_said(context, why)}:again", context.services.now()
    async with context.services.database.writing() as connection:
        last = await facts.get(connection, name)
        if last is not None and now - float(last) < AGAIN_SECONDS:
            return
        await facts.put(connection, name, str(now))
        await _keep(context, connection, sentence)
    context.services.wakeups.notes_changed()


def _said(context: Context, why: str) -> str:
    return f"{facts.CAPPED}{context.key.chat_id}:{why}"


async def react(context: Context, emoji: str) -> bool:
    """On the message that came; false where reactions are refused."""
    message = context.message
    try:
        await context.services.outbox.react(message.chat_id, message.message_id, emoji)
    except TelegramFault:
        return False
    return True


async def may_be_there(context: Context, chat_id: int, message_id: int) -> bool:
    """Whether a message of the bot's was deleted: to take away a reaction that isn't there tells,
    and changes nothing.
    """
    try:
        await context.services.outbox.react(chat_id, message_id, None)
    except MessageGone:
        return False
    except TelegramFault:
        context.log.info("message %s could not be looked for", message_id)
    return True


def speaks_as_channel(message: Message) -> bool:
    """Also not as the group, whose anonymous administrators speak so."""
    return message.sender_chat is not None and message.sender_chat.id != message.chat.id


async def tell(step: Step, sentence: str, kind: NoteKind = NoteKind.TOLD) -> None:
    """In the private chat; committed with the step."""
    await notes.add(
        step.connection,
        kind,
        about=0,
        place_id=step.key.chat_id,
        thread_id=step.key.thread_id,
        user_id=step.key.user_id,
        text=sentence,
        now=step.now,
    )
    step.notes_changed()


async def send_plainly(context: Context, text: str) -> None:
    """Before a step, whose card comes below: where this fails for now, the update comes again."""
    message = context.message
    try:
        await context.services.outbox.send_text(
            message.chat_id, text, thread_id=message.message_thread_id
        )
    except (NotSent, OutcomeUnknown):
        raise
    except TelegramFault:
        context.log.warning("a plain answer could not be sent", exc_info=True)
