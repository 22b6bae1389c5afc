"""What is sent in reply to the card of what was asked in a group: a photo, words, a look."""

from collections.abc import Awaitable, Callable

from bot.domain.draft import DraftPhoto, DraftRow
from bot.domain.group import ANONYMOUS
from bot.domain.photo import BLOCKING, PhotoProblem
from handlers.asks import take_photo, take_refusal, take_words
from handlers.context import Context, Step
from handlers.meaning import looked_at
from handlers.photos import photo_in, refused
from handlers.saying import PUZZLED, SEEN, react, say_no, shrug_at
from storage import drafts
from storage.connection import Connection


async def on_answer(context: Context) -> None:
    """A photo in reply to the card takes the place of what is there; only the asker's does."""
    message = context.message
    photo, problem = photo_in(message), refused(message.document) if message.document else None
    if problem is None:
        photo, problem = await _looked_at_for_card(context, photo)

    async def take(step: Step, row: DraftRow) -> str:
        if _is_for_subject(row):
            return ""
        if problem in BLOCKING:
            # What is there already stays.
            return "" if await take_refusal(step, row, problem) else PUZZLED
        words = message.caption or ""
        return SEEN if await take_photo(context, step, row, photo, problem, words) else PUZZLED

    await _take_in(context, take)


async def on_words(context: Context) -> None:
    """Words, or the look that they name, where the command had none; only the asker's count."""

    async def take(step: Step, row: DraftRow) -> str:
        return SEEN if await take_words(context, step, row, context.message.text or "") else PUZZLED

    await _take_in(context, take)


async def _take_in(context: Context, take: Callable[[Step, DraftRow], Awaitable[str]]) -> None:
    """The step of an answer; `take` returns the reaction to it, if there is to be one."""
    async with context.step() as step:
        row = await _asked_by(step.connection, context)
        if row is None:
            return
        reaction, over = await take(step, row), step.refused
        # The order that it would have completed is one too many.
        said = over is not None and await say_no(context, step, over)
    if over is not None:
        await shrug_at(context, over, said=said)
    elif reaction:
        await react(context, reaction)


async def _looked_at_for_card(
    context: Context, photo: DraftPhoto
) -> tuple[DraftPhoto, PhotoProblem | None]:
    """An answer's photo, looked at where the card still asks for a look: so it is edited once.

    Else the order looks at it anyway.
    """
    async with context.services.database.reading() as connection:
        row = await _asked_by(connection, context)
    if row is None or row.draft.ask is None or row.draft.ask.look or _is_for_subject(row):
        return photo, None
    return await looked_at(context, photo)


def _is_for_subject(row: DraftRow) -> bool:
    """Whether it is somebody else's turn: theirs in whose photo it is."""
    ask = row.draft.ask
    return ask is not None and bool(ask.subject) and not ask.subject_agreed


async def _asked_by(connection: Connection, context: Context) -> DraftRow | None:
    """What whoever answers this card has asked; anonymous administrators can't be told apart.

    Nothing is guessed: an answer, unlike a tap, names no draft, and any message of the bot's may be
    answered. The card may lie in another topic than the command.
    """
    replied, user_id = context.message.reply_to_message, context.user.id
    if replied is None:
        return None
    row = await drafts.by_card(connection, context.key.chat_id, replied.message_id)
    if row is None or row.draft.ask is None:
        return None
    theirs = row.key.is_anonymous if user_id == ANONYMOUS else row.owner == user_id
    return row if theirs else None
