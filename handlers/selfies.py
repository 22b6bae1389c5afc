"""What belongs to a round in the private chat: the selfie that nobody else sees, one's own PNG."""

from dataclasses import replace
from typing import Final

from bot.domain.photo import PhotoProblem
from bot.domain.round import (
    SELFIE_SECONDS,
    Join,
    Round,
    awaits_selfie,
    join_by_selfie,
)
from bot.views import shorten
from bot.views_group import NAME_UNITS
from bot.views_round import round_title
from handlers.context import Context, Step
from handlers.photos import on_photo, photo_in, refused
from handlers.rounds import draw, send_mine, who, why_no_file, why_not
from handlers.saying import send_plainly
from storage import rounds

SELFIE: Final = "selfie-"
MINE: Final = "mine-"


async def on_round_link(context: Context, argument: str) -> bool:
    """/start by a link of a round's; false where it is none."""
    for prefix, act in ((SELFIE, _ask_for_selfie), (MINE, _bring)):
        number = argument.removeprefix(prefix)
        if argument.startswith(prefix) and number.isascii() and number.isdecimal():
            await act(context, int(number[:18]))
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
        if round_ is None or not is_in:
            sentence = step.t.round_is_over()
        else:
            sentence = await _awaited(context, step, round_)
    await send_plainly(context, sentence)


async def _awaited(context: Context, step: Step, round_: Round) -> str:
    """What the person reads, and that a photo is to come if one is."""
    members = await rounds.members(step.connection, round_.id)
    no = join_by_selfie(round_, members, step.key.user_id)
    if no is not Join.DRAW:
        return why_not(no, step.t)
    await rounds.forget_selfie(step.connection, step.key.user_id)
    awaited = replace(who(context, round_, members), selfie_until=step.now + SELFIE_SECONDS)
    await rounds.put(step.connection, awaited)
    return step.t.round_send_selfie(_title(round_), round_title(round_, step.t))


async def _bring(context: Context, round_id: int) -> None:
    sentence = None
    async with context.step() as step:
        round_ = await rounds.load(step.connection, round_id)
        members = await rounds.members(step.connection, round_id)
        if round_ is None or not await send_mine(step, round_, members):
            sentence = why_no_file(step, members)
    if sentence is not None:
        await send_plainly(context, sentence)


async def on_private_photo(context: Context) -> None:
    """A selfie for a round, if one is awaited; else a photo for the person's own draft."""
    now, user_id = context.services.now(), context.user.id
    async with context.services.database.reading() as connection:
        awaited = await rounds.awaiting_selfie(connection, user_id, now)
    if awaited is None or not awaits_selfie(*awaited, now):
        await on_photo(context)
        return
    round_, _ = awaited
    is_in = await context.services.outbox.is_in(round_.chat_id, user_id)
    problem = await _problem(context) if is_in else None
    async with context.step() as step:
        if not is_in:
            sentence = step.t.round_is_over()
        elif problem is not None:
            sentence = step.t.round_send_another(step.t.problem(problem))
        else:
            sentence = await _put_in(context, step, round_.id)
    await send_plainly(context, sentence)


async def _problem(context: Context) -> PhotoProblem | None:
    document = context.message.document
    told = refused(document) if document else None
    return told or await context.services.faces.problem(photo_in(context.message))


async def _put_in(context: Context, step: Step, round_id: int) -> str:
    """The person is in by the photo that they sent; else what stands in the way."""
    round_ = await rounds.load(step.connection, round_id)
    assert round_ is not None
    members = await rounds.members(step.connection, round_id)
    no = join_by_selfie(round_, members, step.key.user_id)
    if no is not Join.DRAW:
        return why_not(no, step.t)
    if await draw(context, step, round_, members, photo_in(context.message)):
        return step.t.round_selfie_in(_title(round_))
    return step.popup or ""


def _title(round_: Round) -> str:
    return shorten(round_.title, NAME_UNITS)
