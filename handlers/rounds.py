"""Who is in a round: joining, leaving, the look, its end, one's own file."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.callbacks import RoundAction, RoundTap
from bot.deep_links import Start, private
from bot.domain.draft import DraftPhoto
from bot.domain.order import OrderPhoto, OrderRequest
from bot.domain.photo import PhotoProblem
from bot.domain.photomaker import Recipe, Style, new_seed
from bot.domain.round import (
    Join,
    Member,
    MemberState,
    Round,
    RoundState,
    after_change,
    drawing,
    finished,
    gone,
    is_starter,
    join,
    may_run,
    member_of,
    told,
)
from bot.errors import ChatGone, TelegramFault
from bot.texts import Texts
from handlers.context import Context, Step
from handlers.ordering import accept
from handlers.photos import profile_photo
from handlers.round_photos import ANSWERS, answer_photo
from storage import groups, orders, people, round_members, rounds


@dataclass(frozen=True, slots=True)
class Asked:
    """What Telegram was asked about a tap, before its step.

    `is_admin` is asked where the tap isn't the starter's, `photo` and `problem` before somebody
    joins, `reachable` before a file is sent.
    """

    is_admin: bool = False
    photo: DraftPhoto | None = None
    problem: PhotoProblem | None = None
    reachable: bool = True


Act = Callable[[Context, Step, Round, RoundTap, Asked], Awaitable[None]]


async def on_round_tap(context: Context, tap: RoundTap) -> None:
    """Does what the button says, if this person may; says why not, if not."""
    if tap.action in ANSWERS:
        await answer_photo(context, tap.round_id, ANSWERS[tap.action])
        return
    asked = await _ask(context, tap)
    async with context.step() as step:
        round_ = await rounds.load(step.connection, tap.round_id)
        if round_ is None or round_.chat_id != step.key.chat_id:
            step.popup = step.t.group_too_old()
        elif round_.state is RoundState.ENDED:
            step.popup = step.t.round_is_over()
        else:
            await _ACTS[tap.action](context, step, round_, tap, asked)


async def _ask(context: Context, tap: RoundTap) -> Asked:
    """Only what the tap is going to need, so that most taps wait for nobody."""
    user_id, outbox = context.user.id, context.services.outbox
    async with context.services.database.reading() as connection:
        round_ = await rounds.load(connection, tap.round_id)
        members = await round_members.of_round(connection, tap.round_id)
    if round_ is None or round_.chat_id != context.key.chat_id:
        return Asked()
    match tap.action:
        case RoundAction.LOOK | RoundAction.FINISH if not is_starter(round_, user_id):
            return Asked(is_admin=await outbox.is_admin(round_.chat_id, user_id))
        case RoundAction.JOIN if join(round_, members, user_id) is Join.DRAW:
            photo = await profile_photo(context)
            problem = await context.services.faces.problem(photo) if photo else None
            return Asked(photo=photo, problem=problem)
        case RoundAction.MINE if _is_drawn(members, user_id):
            return Asked(reachable=await _is_reachable(context))
        case _:
            return Asked()


async def _is_reachable(context: Context) -> bool:
    """A bot can't write first; that it would have something to send shows whether it may."""
    try:
        await context.services.outbox.action(context.user.id, None, "upload_document")
    except ChatGone:
        return False
    except TelegramFault:
        return True
    return True


async def _look(_context: Context, step: Step, round_: Round, tap: RoundTap, asked: Asked) -> None:
    style = Style.from_key(tap.argument)
    if not may_run(round_, step.key.user_id, is_admin=asked.is_admin):
        step.popup = _not_theirs(step, round_)
    elif style is None:
        step.popup = step.t.group_too_old()
    elif round_.state is RoundState.ASKING:
        await rounds.change(step.connection, round_, state=RoundState.OPEN, look=style)
        step.round_changed(round_.id)


async def _join(context: Context, step: Step, round_: Round, _tap: RoundTap, asked: Asked) -> None:
    members = await round_members.of_round(step.connection, round_.id)
    match join(round_, members, step.key.user_id):
        case Join.TELL:
            await round_members.put(step.connection, told(who(context, round_, members)))
            step.popup = step.t.round_first_tap()
        case Join.DRAW if asked.photo is None:
            step.popup = step.t.round_no_profile_photo()
        case Join.DRAW if asked.problem is not None:
            step.popup = step.t.round_no_face(step.t.problem(asked.problem))
        case Join.DRAW:
            assert asked.photo is not None
            if await draw(context, step, round_, members, asked.photo):
                step.toast = step.t.round_joined()
        case Join.ALREADY | Join.FULL | Join.OVER as no:
            step.popup = why_not(no, step.t)


def why_not(no: Join, t: Texts) -> str:
    """What is said to who can't join."""
    match no:
        case Join.ALREADY:
            return t.round_already_in()
        case Join.FULL:
            return t.round_full()
        case Join.OVER | Join.TELL | Join.DRAW:
            return t.round_is_over()


def who(context: Context, round_: Round, members: list[Member]) -> Member:
    """Whoever acts, as they are called today; somebody new has only been asked."""
    name = context.user.first_name
    known = member_of(members, context.user.id)
    if known is None:
        return Member(round_.id, context.user.id, name, MemberState.ASKED)
    return replace(known, name=name)


async def draw(
    context: Context, step: Step, round_: Round, members: list[Member], photo: DraftPhoto
) -> bool:
    """Somebody is in, and agrees by it; false where a cap stands in the way, as a pop-up says."""
    assert round_.look is not None
    request = OrderRequest(
        chat_id=round_.chat_id,
        thread_id=round_.thread_id,
        user_id=context.user.id,
        photos=(OrderPhoto(photo.file_id, photo.unique_id),),
        recipe=Recipe(round_.words, step.person.person, round_.look, new_seed()),
        round_id=round_.id,
    )
    order = await accept(context, step, request, begun=True)
    if order is None:
        return False
    await people.consent(step.connection, context.user.id, step.now)
    joined = drawing(who(context, round_, members), order.id, step.now)
    await round_members.put(step.connection, joined)
    await _grow(step, round_)
    return True


async def _leave(
    _context: Context, step: Step, round_: Round, _tap: RoundTap, _asked: Asked
) -> None:
    """At any time; who is being drawn isn't any more, and pays nothing."""
    if await take_out(step, round_, step.key.user_id):
        step.toast = step.t.round_left()
    else:
        step.popup = step.t.round_not_in()


async def take_out(step: Step, round_: Round, user_id: int) -> bool:
    """Somebody's face goes; false where they aren't in."""
    member = member_of(await round_members.of_round(step.connection, round_.id), user_id)
    if member is None or member.state is MemberState.LEFT:
        return False
    order = await orders.load(step.connection, member.order_id or 0)
    if member.state is MemberState.DRAWING and order is not None and not order.state.over:
        await groups.stop(step.connection, order, step.now)
        step.order_changed(order.id)
    await round_members.put(step.connection, gone(member))
    await _grow(step, round_, question=after_change(round_.question, [member.state]))
    return True


async def _finish(
    _context: Context, step: Step, round_: Round, _tap: RoundTap, asked: Asked
) -> None:
    if not may_run(round_, step.key.user_id, is_admin=asked.is_admin):
        step.popup = _not_theirs(step, round_)
    elif round_.under_way:
        state = finished(round_, await round_members.of_round(step.connection, round_.id))
        await rounds.change(step.connection, round_, state=state)
        step.round_changed(round_.id)


async def _mine(context: Context, step: Step, round_: Round, _tap: RoundTap, asked: Asked) -> None:
    members = await round_members.of_round(step.connection, round_.id)
    if not _is_drawn(members, step.key.user_id):
        step.popup = why_no_file(step, members)
    elif not asked.reachable:
        step.link = private(context.bot.username, Start.MINE, round_.id)
    else:
        await send_mine(step, round_, members)
        step.toast = step.t.round_file_comes()


async def send_mine(step: Step, round_: Round, members: list[Member]) -> bool:
    """Asks for one's own PNG; false where there is none."""
    mine = member_of(members, step.key.user_id)
    if mine is None or mine.state is not MemberState.DRAWN:
        return False
    await round_members.note(step.connection, mine, wants_file=1)
    step.round_changed(round_.id)
    return True


def why_no_file(step: Step, members: list[Member]) -> str:
    """Why there is no PNG of whoever asks."""
    mine = member_of(members, step.key.user_id)
    match mine.state if mine is not None else MemberState.LEFT:
        case MemberState.FAILED if mine is not None:
            return step.t.round_yours_failed(step.t.round_failure(mine.failure))
        case MemberState.DRAWING:
            return step.t.round_not_drawn()
        case _:
            return step.t.round_not_in()


def _is_drawn(members: list[Member], user_id: int) -> bool:
    mine = member_of(members, user_id)
    return mine is not None and mine.state is MemberState.DRAWN


async def _grow(step: Step, round_: Round, **values: object) -> None:
    await rounds.grow(step.connection, round_.id, **values)
    step.round_changed(round_.id)


def _not_theirs(step: Step, round_: Round) -> str:
    return step.t.round_starter_only(round_.name) if round_.name else step.t.round_admin_only()


_ACTS: Final[dict[RoundAction, Act]] = {
    RoundAction.LOOK: _look,
    RoundAction.JOIN: _join,
    RoundAction.LEAVE: _leave,
    RoundAction.FINISH: _finish,
    RoundAction.MINE: _mine,
}
