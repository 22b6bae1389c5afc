"""`/avatar` in a group: one message, from the question to the picture."""

from dataclasses import replace
from typing import Final

from bot.callbacks import GroupAction, GroupTap
from bot.domain.asking import (
    owned_by,
    owner_agrees,
    subject_agrees,
    use_profile,
    with_look,
)
from bot.domain.draft import Draft, DraftRow
from bot.domain.group import ANONYMOUS, Ask, Refusal, refuse_tap
from bot.domain.order import UNFINISHED
from bot.domain.photomaker import Style
from bot.views.group import said_yes_to
from handlers.asks import drop, go_on
from handlers.context import Context, Step
from handlers.meaning import as_asked, meant_by
from handlers.ordering import cancel, refusal
from handlers.saying import SEEN, react, say, say_no, shrug_at
from handlers.standing import may_ask
from storage import drafts, orders, people

# Cards from before a yes named its words.
BEFORE: Final = ""


async def on_avatar(context: Context) -> None:
    """The command, as a reply to a photo, as the caption of one, or alone."""
    if not await may_ask(context):
        return
    message = context.message
    meant, said = await meant_by(context), False
    async with context.step() as step:
        over = await refusal(context, step, step.key, 1)
        if over is not None:
            said = await say_no(context, step, over)
        else:
            key = step.key
            if key.user_id == ANONYMOUS:
                key = key.anonymous(message.message_id)
            row = (await step.draft(key)).below(message.message_id)
            await go_on(context, step, row, as_asked(context, row.draft, meant))
    if over is None:
        await react(context, SEEN)
    else:
        await shrug_at(context, over, said=said)


async def on_group_tap(context: Context, tap: GroupTap) -> None:
    """Does what the button says, if it is this person's; says why not, if not."""
    is_admin = await _asks_for_admin(context, tap)
    async with context.step() as step:
        row = await drafts.load(step.connection, tap.draft_id)
        row = _card_of(context, row)
        if row is None or row.draft.ask is None:
            await _on_order(context, step, tap)
            return
        ask, user_id = row.draft.ask, step.key.user_id
        ends = tap.action is GroupAction.NO
        for_subject = tap.action is GroupAction.FINE or (ends and user_id == ask.subject)
        for_subject = for_subject and not ask.subject_gone
        no = refuse_tap(ask, user_id, for_subject=for_subject, is_admin=is_admin)
        if no is not None:
            _say_why(step, no, ask)
            return
        if ends:
            await drop(step, row)
            if for_subject:
                no_from = step.t.group_subject_no(ask.subject_name)
                await say(context, step, no_from, reply_to=ask.command or None)
            return
        draft = row.draft if ask.owner or for_subject else owned_by(row.draft, user_id)
        if tap.action is GroupAction.AGREE:
            await people.consent(step.connection, user_id, step.now)
        after = _changed(step, draft, tap)
        if after is not None:
            await go_on(context, step, row, after)
            if step.refused is not None and for_subject:
                # It is the asker's order that can't be made: they have a button to hear why.
                step.popup = None
                await step.save(row.with_draft(after))


async def _on_order(context: Context, step: Step, tap: GroupTap) -> None:
    """The question was answered already: by the first tap of two, or its card still shows it."""
    order = await orders.by_message(step.connection, step.key.chat_id, context.tapped)
    if order is None:
        step.popup = step.t.group_too_old()
    elif order.user_id != step.key.user_id:
        step.popup = step.t.group_not_yours()
    elif tap.action is GroupAction.NO:
        await cancel(step, order)
    elif order.state in UNFINISHED:
        step.toast = step.t.group_on_it()


def _card_of(context: Context, row: DraftRow | None) -> DraftRow | None:
    """The draft, if the tapped message is its card, be it one that Telegram hasn't told us of."""
    message_id = context.tapped
    if row is None or row.draft.ask is None or row.key.chat_id != context.key.chat_id:
        return None
    if row.card_message_id == message_id:
        return row
    if row.card_message_id is None and message_id > row.newest_message:
        return replace(row, card_message_id=message_id)
    return None


def _changed(step: Step, draft: Draft, tap: GroupTap) -> Draft | None:
    """What the tap makes of the draft; None where a pop-up says why it makes nothing."""
    match tap.action:
        case GroupAction.FINE if tap.argument not in {said_yes_to(draft.words), BEFORE}:
            step.popup = step.t.group_read_again()
        case GroupAction.FINE:
            return subject_agrees(draft)
        case GroupAction.PROFILE:
            return use_profile(draft)
        case GroupAction.LOOK:
            style = Style.from_key(tap.argument)
            if style is None:
                step.popup = step.t.group_too_old()
            elif not draft.photos:
                step.popup = step.t.photo_first()
            else:
                return with_look(draft, style)
        case GroupAction.AGREE:
            return owner_agrees(draft)
        case GroupAction.DRAW | GroupAction.NO:
            return draft
    return None


async def _asks_for_admin(context: Context, tap: GroupTap) -> bool:
    """Whether the tapping person runs the group; asked only where that matters."""
    async with context.services.database.reading() as connection:
        row = await drafts.load(connection, tap.draft_id)
    if row is None or row.draft.ask is None or row.draft.ask.owner:
        return False
    if row.key.chat_id != context.key.chat_id:
        return False
    return await context.services.outbox.is_admin(row.key.chat_id, context.user.id)


def _say_why(step: Step, no: Refusal, ask: Ask) -> None:
    match no:
        case Refusal.NOT_YOURS:
            step.popup = step.t.group_not_yours()
        case Refusal.NOT_SUBJECT:
            step.popup = step.t.group_not_subject(ask.subject_name)
        case Refusal.NOT_ADMIN:
            step.popup = step.t.group_not_admin()
