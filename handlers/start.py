"""/start and its links, /help, /privacy, /cancel."""

import hashlib
from dataclasses import replace

from bot.deep_links import Start
from bot.domain.draft import DraftRow, NoticeKind, Page, notify, start_over, turn_to
from bot.domain.order import Order
from bot.domain.photomaker import Style
from handlers.context import Context, Step
from handlers.errands import set_out
from handlers.membership import tell_of_groups
from handlers.ordering import cancel_all
from handlers.saying import send_plainly, tell
from handlers.selfies import forget_selfie, on_round_link
from storage import facts, notes, orders, people


async def on_start(context: Context) -> None:
    """A new card; or, by a link, a friend's look, a group's errand, the admin's claim."""
    argument = _argument(context.message.text or "")
    secret = Start.CLAIM.of(argument)
    if secret is not None:
        await _claim(context, secret)
        return
    if await on_round_link(context, argument):
        return
    async with context.step() as step:
        await forget_selfie(step)
        if await notes.say_parked(step.connection, step.key.chat_id):
            step.notes_changed()
        sorry = ""
        row = (await step.draft()).below(context.message.message_id)
        draft = turn_to(row.draft, Page.LOOKS)
        asks, look = Start.ERRAND.of(argument), Start.LOOK.of(argument)
        if asks is not None and step.person.consented:
            draft, sorry = await set_out(step, draft, Start.ERRAND.number(argument))
        if look is not None and (look := Style.from_key(look)) is not None:
            draft = replace(draft, look=look)
        if sorry:
            await tell(step, sorry)
        else:
            await step.save(row.with_draft(draft))


async def on_help(context: Context) -> None:
    contact = context.services.settings.operator_contact
    await _say(context, context.t.help(contact, context.bot.username))


async def on_privacy(context: Context) -> None:
    contact = context.services.settings.operator_contact
    await _say(context, context.t.privacy(contact))


async def on_cancel(context: Context) -> None:
    """Stops a photo for a group, else what is being drawn; with neither, clears the card."""
    async with context.step() as step:
        row = await step.draft()
        if await forget_selfie(step):
            await tell(step, step.t.no_photo_then())
            return
        if row.draft.errand is not None:
            draft = notify(replace(row.draft, errand=None), NoticeKind.NO_PHOTO)
            await step.save(row.below(context.message.message_id).with_draft(draft))
            return
        if await cancel_all(step):
            # What came of it stands on the orders' cards; a card that is begun stays.
            if row.card_message_id is not None:
                await step.save(row.below(context.message.message_id))
            return
        begun = bool(row.draft.photos or row.draft.words)
        if not begun and await _unfinished(step):
            await tell(step, step.t.too_late_to_cancel())
            return
        draft = start_over(row.draft)
        if not begun:
            draft = notify(draft, NoticeKind.NOTHING_TO_CANCEL)
        await step.save(row.below(context.message.message_id).with_draft(draft))


async def on_blocked(context: Context) -> None:
    """The person blocked the bot, or came back."""
    change = context.incoming.my_chat_member
    gone = change is not None and change.new_chat_member.status in {"kicked", "left"}
    async with context.step() as step:
        if gone:
            await people.block(step.connection, step.key.user_id, step.now)
            await cancel_all(step)


async def _unfinished(step: Step) -> list[Order]:
    return await orders.unfinished_of(step.connection, step.key.user_id, step.key.chat_id)


async def _claim(context: Context, secret: str) -> None:
    """The link printed at the first start makes whoever opens it first the admin."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    async with context.step() as step:
        claimed = await facts.take(step.connection, facts.CLAIM, digest)
        if claimed:
            await people.make_admin(step.connection, step.key.user_id)
            await tell_of_groups(step, step.key.user_id)
        await tell(step, step.t.claimed() if claimed else step.t.not_claimed())


async def _say(context: Context, text: str) -> None:
    """A plain answer, and the card below it again if there was one."""
    await send_plainly(context, text)
    async with context.step() as step:
        row: DraftRow = await step.draft()
        if row.card_message_id is None:
            return
        await step.save(row.below(context.message.message_id))


def _argument(text: str) -> str:
    """What stands behind the command (Bot API: up to 64 characters of a deep link)."""
    _, _, argument = text.partition(" ")
    return argument.strip()
