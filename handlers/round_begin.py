"""`/groupavatar` in a group, and the hello's button: the round that they begin."""

import contextlib
from dataclasses import dataclass

from bot.domain.access import Cap
from bot.domain.chat import Bar, NoteKind
from bot.domain.group import ANONYMOUS, command_in, look_named
from bot.domain.round import Begin, Round, begin
from bot.errors import TelegramFault
from handlers.context import Context, Refused, Step
from handlers.ordering import refusal
from handlers.saying import SEEN, may_be_there, react, say, say_once, shrug
from handlers.standing import learn_standing, may_ask
from storage import chats, notes, rounds
from storage.rounds import Opening


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of beginning a round.

    It is `refused`, or another one is `there` already, with a `sentence` that says so; else it has
    begun, and a `stale` card may be left of one that nobody went on with.
    """

    refused: Refused | None = None
    there: Round | None = None
    sentence: str = ""
    stale: int | None = None


async def on_group_avatar(context: Context) -> None:
    """The command; one round a chat."""
    if not await may_ask(context):
        return
    message, said = context.message, False
    async with context.step() as step:
        begun = await _begin(context, step, message.text or message.caption or "")
        if begun.refused is not None:
            said = await say_once(context, step, begun.refused.cap, begun.sentence)
        elif begun.there is not None:
            card = begun.there.card_message_id if _can_answer(step, begun.there) else None
            await say(context, step, begun.sentence, reply_to=card)
    if begun.refused is not None:
        await shrug(context, begun.refused.cap, begun.sentence, said=said)
    elif begun.there is None:
        await react(context, SEEN)
    else:
        await _look_for_card(context, begun.there)
    await _sweep(context, begun)


async def on_draw_all(context: Context, about: int) -> None:
    """The button of the hello begins a round without words, and says in a pop-up why not.

    Args: about: the group's row, as the button names it.
    """
    await learn_standing(context)
    async with context.step() as step:
        if not await _is_hello(context, step, about):
            step.popup = step.t.group_too_old()
            return
        begun = await _begin(context, step, None)
        step.popup = begun.sentence or None
    await _sweep(context, begun)


async def _begin(context: Context, step: Step, text: str | None) -> Begun:
    """Args: text: of the command; None where a button was tapped."""
    refused = await _closed(context, step)
    if refused is not None:
        return Begun(refused, sentence=refused.sentence)
    opening = _opening(context, step, text)
    current = await rounds.under_way(step.connection, opening.chat_id)
    which = begin(current, opening.user_id, step.now)
    # Who writes the command once more thinks better of the words; a button has none.
    own = which is Begin.OWN and text is None
    if current is not None and (own or which in {Begin.OPEN, Begin.UNDECIDED}):
        return Begun(there=current, sentence=_there_already(step, current, which))
    if current is not None:
        await rounds.drop(step.connection, current)
    step.round_changed((await rounds.begin(step.connection, opening, step.now)).id)
    return Begun(stale=current.card_message_id if current is not None else None)


async def _is_hello(context: Context, step: Step, about: int) -> bool:
    """Whether it is under this group's greeting, be it one that Telegram hasn't told us of."""
    chat = await chats.load(step.connection, about)
    if chat is None or chat.chat_id != step.key.chat_id or not context.in_group:
        return False
    note = await notes.by_message(step.connection, chat.chat_id, context.tapped)
    if note is None:
        return await notes.being_sent(step.connection, about, NoteKind.HELLO)
    return note.kind is NoteKind.HELLO


async def _closed(context: Context, step: Step) -> Refused | None:
    """Whether rounds may begin here; it is those who join that pay, each by their own caps."""
    over = await refusal(context, step, step.key, 0)
    no = over is not None and (over.cap is Cap.CLOSED_CHAT or isinstance(over.cap, Bar))
    return over if no else None


async def _sweep(context: Context, begun: Begun) -> None:
    if begun.stale is not None:
        with contextlib.suppress(TelegramFault):
            await context.services.outbox.delete(context.key.chat_id, begun.stale)


def _can_answer(step: Step, round_: Round) -> bool:
    """In another topic its card can't be answered."""
    return round_.card_message_id is not None and round_.thread_id == step.key.thread_id


async def _look_for_card(context: Context, round_: Round) -> None:
    """Somebody looks for it: where it is gone, or never came, it comes."""
    card = round_.card_message_id
    if card is not None and await may_be_there(context, round_.chat_id, card):
        return
    async with context.services.database.writing() as connection:
        await rounds.card_lost(connection, round_)
    context.services.wakeups.round_changed(round_.id)


def _there_already(step: Step, current: Round, which: Begin) -> str:
    if which is Begin.OPEN:
        return step.t.round_open_already()
    if which is Begin.OWN:
        return step.t.round_yours_already()
    return step.t.round_undecided(current.name)


def _opening(context: Context, step: Step, text: str | None) -> Opening:
    anonymous, chat = context.user.id == ANONYMOUS, context.incoming.effective_chat
    command = command_in(text or "")
    look, words = look_named(command.words if command else "")
    return Opening(
        chat_id=step.key.chat_id,
        thread_id=step.key.thread_id,
        user_id=0 if anonymous else context.user.id,
        name="" if anonymous else context.user.first_name,
        title=(chat.title if chat else None) or "",
        words=words,
        look=look,
        command=None if text is None else context.message.message_id,
    )
