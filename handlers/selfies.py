"""What belongs to a round in the private chat: the selfie that nobody else sees, one's own PNG."""

from dataclasses import replace

from bot.deep_links import Start
from bot.domain.chat import NoteKind
from bot.domain.photo import PhotoProblem
from bot.domain.round import (
    SELFIE_SECONDS,
    Join,
    Round,
    awaits_selfie,
    join_by_selfie,
)
from bot.views.cards import shorten
from bot.views.group import NAME_UNITS
from bot.views.round import round_title
from handlers.context import Context, Step
from handlers.photos import answered_by, on_photo, photo_in, refused
from handlers.rounds import draw, send_mine, who, why_no_file, why_not
from handlers.saying import tell
from storage import facts, notes, round_members, rounds


async def on_round_link(context: Context, argument: str) -> bool:
    """/start by a link of a round's; false where it is none."""
    for start, act in ((Start.SELFIE, _ask_for_selfie), (Start.MINE, _bring)):
        number = start.number(argument)
        if number is not None:
            await act(context, number)
            return True
    return False


async def _ask_for_selfie(context: Context, round_id: int) -> None:
    """The next photo is for the round; only of people who are in its group."""
    async with context.services.database.reading() as connection:
        round_ = await rounds.load(connection, round_id)
    is_in = round_ is not None and await context.services.outbox.is_in(
        round_.chat_id, context.user.id
    )
    async with context.step() as step:
        round_ = await rounds.load(step.connection, round_id)
        if round_ is None:
            await tell(step, step.t.round_is_over())
        elif not is_in:
            await tell(step, step.t.round_stranger())
        else:
            await _await(context, step, round_)


async def _await(context: Context, step: Step, round_: Round) -> None:
    """A photo is to come, if one may, and means what the person reads before."""
    members = await round_members.of_round(step.connection, round_.id)
    no = join_by_selfie(round_, members, step.key.user_id)
    if no is not Join.DRAW:
        await tell(step, why_not(no, step.t))
        return
    await forget_selfie(step)
    awaited = replace(who(context, round_, members), selfie_until=step.now + SELFIE_SECONDS)
    await round_members.put(step.connection, awaited)
    words = step.t.round_send_selfie(_title(round_), round_title(round_, step.t))
    await tell(step, words, NoteKind.SELFIE)


async def forget_selfie(step: Step) -> bool:
    """The person's next photo is their own affair again; whether it wasn't."""
    await notes.unsay(step.connection, step.key.chat_id, NoteKind.SELFIE)
    return await round_members.forget_selfie(step.connection, step.key.user_id)


async def _bring(context: Context, round_id: int) -> None:
    async with context.step() as step:
        round_ = await rounds.load(step.connection, round_id)
        members = await round_members.of_round(step.connection, round_id)
        if round_ is None or not await send_mine(step, round_, members):
            await tell(step, why_no_file(step, members))


async def on_private_photo(context: Context) -> None:
    """A selfie for a round, if one is awaited; else a photo for the person's own draft, or for what
    a group has asked.
    """
    user_id, album = context.user.id, context.message.media_group_id
    round_ = await _round_that_waits(context)
    async with context.services.database.reading() as connection:
        last = await facts.get(connection, answered_by(context))
    # An album comes as several messages, and is one answer.
    same = album is not None and album == last
    if round_ is None and not same:
        await on_photo(context)
        return
    is_in = round_ is not None and await context.services.outbox.is_in(round_.chat_id, user_id)
    problem = await _problem(context) if is_in else None
    async with context.step() as step:
        if round_ is None:
            return
        if album is not None:
            await facts.put(step.connection, answered_by(context), album)
        if not is_in:
            taken, sentence = False, step.t.round_stranger()
        elif problem is not None:
            taken, sentence = False, step.t.round_send_another(step.t.problem(problem))
        else:
            taken, sentence = await _put_in(context, step, round_.id)
        if taken or not same:
            await tell(step, sentence)


async def _round_that_waits(context: Context) -> Round | None:
    """For a selfie of who sends a photo, and has read what that means."""
    now, user_id = context.services.now(), context.user.id
    async with context.services.database.reading() as connection:
        member = await round_members.awaiting_selfie(connection, user_id, now)
        if member is None:
            return None
        if await notes.waits(connection, context.key.chat_id, NoteKind.SELFIE):
            return None
        round_ = await rounds.load(connection, member.round_id)
    return round_ if round_ is not None and awaits_selfie(round_, member, now) else None


async def _problem(context: Context) -> PhotoProblem | None:
    document = context.message.document
    told = refused(document) if document else None
    return told or await context.services.faces.problem(photo_in(context.message))


async def _put_in(context: Context, step: Step, round_id: int) -> tuple[bool, str]:
    """Whether the person is in by the photo that they sent, and what they read of it."""
    round_ = await rounds.load(step.connection, round_id)
    assert round_ is not None
    members = await round_members.of_round(step.connection, round_id)
    no = join_by_selfie(round_, members, step.key.user_id)
    if no is not Join.DRAW:
        return False, why_not(no, step.t)
    if await draw(context, step, round_, members, photo_in(context.message)):
        return True, step.t.round_selfie_in(_title(round_))
    return False, step.popup or ""


def _title(round_: Round) -> str:
    return shorten(round_.title, NAME_UNITS)
