"""`/avatar` in a group: one message, from the question to the picture."""

import contextlib
from dataclasses import replace

from telegram import Message, User

from bot.callbacks import GroupAction, GroupTap
from bot.domain.access import Cap
from bot.domain.asking import (
    answered,
    asked,
    owned_by,
    subject_agrees,
    use_profile,
    with_look,
    worded,
)
from bot.domain.chat import Bar
from bot.domain.draft import Draft, DraftPhoto, DraftRow, refuse_photo
from bot.domain.group import ANONYMOUS, Ask, Refusal, command_in, refuse_tap
from bot.domain.photomaker import Style
from bot.errors import TelegramFault
from handlers.asks import go_on, has_consented, take_photo, take_words
from handlers.context import Context, Step
from handlers.ordering import Refused, refusal
from handlers.photos import photo_in, profile_photo, refused
from handlers.saying import SEEN, TIRED, react, say, say_once
from handlers.standing import may_ask
from storage import drafts, orders, people


async def on_avatar(context: Context) -> None:
    """The command, as a reply to a photo, as the caption of one, or alone."""
    if not await may_ask(context):
        return
    message = context.message
    photo, subject = _photo_of(message)
    profile = None
    if photo is None and context.user.id != ANONYMOUS:
        profile = await profile_photo(context)
    stale: tuple[int, ...] = ()
    async with context.step() as step:
        over = await refusal(context, step, step.key, 1)
        if over is not None:
            await say_once(context, step, _whose(step, over), over.sentence)
        else:
            key = step.key
            if key.user_id == ANONYMOUS:
                key = key.anonymous(message.message_id)
            row = (await step.draft(key)).below(message.message_id)
            ask = _ask(context, message, subject, profile=profile is not None)
            words = _words(message)
            draft = asked(row.draft, ask, words, _kept(photo or profile, subject))
            row = row.with_draft(draft)
            stale = row.stale_cards
            await go_on(context, step, row, consented=step.person.consented)
    await react(context, SEEN if over is None else TIRED)
    await _sweep(context, stale)


async def on_answer(context: Context) -> None:
    """A photo in reply to the card takes the place of what is there; only the asker's does."""
    message, taken = context.message, False
    replied = message.reply_to_message
    problem = refused(message.document) if message.document else None
    async with context.step() as step:
        row = await _asked_by(step, replied.message_id if replied else 0)
        if row is None or row.draft.ask is None:
            return
        if row.draft.ask.subject and not row.draft.ask.subject_agreed:
            return
        if problem is not None:
            await step.save(row.with_draft(refuse_photo(row.draft, problem)))
            return
        taken = True
        await take_photo(context, step, row.with_draft(answered(row.draft, photo_in(message))))
        if step.popup is not None:
            # The order that it would have completed is one too many.
            await say(context, step, step.popup)
    if taken:
        await react(context, SEEN if step.popup is None else TIRED)


async def _asked_by(step: Step, card: int) -> DraftRow | None:
    """What whoever answers this card has asked; anonymous administrators can't be told apart.

    Nothing is guessed: an answer, unlike a tap, names no draft, and any message of the bot's may be
    answered.
    """
    key = step.key
    if key.user_id == ANONYMOUS:
        return await drafts.of_anonymous(step.connection, key.chat_id, key.thread_id, card)
    row = await drafts.find(step.connection, key)
    return row if row is not None and row.card_message_id == card else None


async def on_words(context: Context) -> None:
    """Words in reply to the card, where the command had none; only the asker's count."""
    message, taken = context.message, False
    replied = message.reply_to_message
    async with context.step() as step:
        row = await _asked_by(step, replied.message_id if replied else 0)
        if row is None or row.draft.ask is None or row.draft.words:
            return
        taken = True
        await take_words(context, step, row.with_draft(worded(row.draft, message.text or "")))
        if step.popup is not None:
            await say(context, step, step.popup)
    if taken:
        await react(context, SEEN if step.popup is None else TIRED)


async def on_group_tap(context: Context, tap: GroupTap) -> None:
    """Does what the button says, if it is this person's; says why not, if not."""
    is_admin = await _asks_for_admin(context, tap)
    async with context.step() as step:
        row = await drafts.load(step.connection, tap.draft_id)
        row = await _card_of(context, step, row)
        if row is None or row.draft.ask is None:
            return
        ask, user_id = row.draft.ask, step.key.user_id
        for_subject = tap.action is GroupAction.FINE
        no = refuse_tap(ask, user_id, for_subject=for_subject, is_admin=is_admin)
        if no is not None:
            _say_why(step, no, ask)
            return
        if not ask.owner and not for_subject:
            row = row.with_draft(owned_by(row.draft, user_id))
        if tap.action is GroupAction.AGREE:
            await people.consent(step.connection, user_id, step.now)
        draft = _changed(step, row.draft, tap)
        if draft is not None:
            row = row.with_draft(draft)
            await go_on(context, step, row, consented=await has_consented(step, row))


async def _card_of(context: Context, step: Step, row: DraftRow | None) -> DraftRow | None:
    """The draft whose card was tapped; what is another's or over is said in a pop-up."""
    found = None
    if row is not None and row.draft.ask is not None and row.key.chat_id == step.key.chat_id:
        found = _with_card(row, context.tapped)
    if found is None:
        order = await orders.by_message(step.connection, step.key.chat_id, context.tapped)
        if order is None:
            step.popup = step.t.group_too_old()
        elif order.user_id != step.key.user_id:
            step.popup = step.t.group_not_yours()
        # Else it is the second tap of two: the first one made this card the order's.
    return found


def _with_card(row: DraftRow, message_id: int) -> DraftRow | None:
    """The draft, if the tapped message is its card, be it one that Telegram hasn't told us of."""
    if row.card_message_id == message_id:
        return row
    if row.card_message_id is None and message_id > row.newest_message:
        return replace(row, card_message_id=message_id)
    return None


def _changed(step: Step, draft: Draft, tap: GroupTap) -> Draft | None:
    """What the tap makes of the draft; None where a pop-up says why it makes nothing."""
    match tap.action:
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
            return None
        case GroupAction.AGREE | GroupAction.DRAW:
            return draft


def _whose(step: Step, over: Refused) -> str:
    """Who is told once a day: the person, or the whole chat, of each bar by itself."""
    if isinstance(over.cap, Bar):
        return over.cap
    personal = over.cap in {Cap.PERSON, Cap.MEMBER, Cap.AT_A_TIME}
    return str(step.key.user_id) if personal else ""


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


# What the message says


def _ask(context: Context, message: Message, subject: User | None, *, profile: bool) -> Ask:
    anonymous = context.user.id == ANONYMOUS
    name = (message.chat.title or "") if anonymous else context.user.first_name
    return Ask(
        command=message.message_id,
        name=name,
        owner=0 if anonymous else context.user.id,
        profile=profile,
        subject=subject.id if subject else 0,
        subject_name=subject.first_name if subject else "",
    )


def _words(message: Message) -> str:
    command = command_in(message.text or message.caption or "")
    return command.words if command else ""


def _photo_of(message: Message) -> tuple[DraftPhoto | None, User | None]:
    """The photo that is meant, and whose it is where it is somebody else's."""
    if _has_photo(message):
        return photo_in(message), None
    replied = message.reply_to_message
    if replied is None or not _has_photo(replied):
        return None, None
    writer = replied.from_user
    if writer is None or writer.id == message.get_bot().id:
        return None, None
    asker = message.from_user
    # A channel or another bot can't be asked: the asker's consent says that they may.
    is_other = asker is not None and writer.id != asker.id and not writer.is_bot
    return photo_in(replied), writer if is_other else None


def _has_photo(message: Message) -> bool:
    document = message.document
    return bool(message.photo) or (document is not None and refused(document) is None)


def _kept(photo: DraftPhoto | None, subject: User | None) -> DraftPhoto | None:
    """Nobody looks at somebody else's photo before they have said yes."""
    return replace(photo, checked=True) if photo is not None and subject is not None else photo


# What can't be in the step


async def _sweep(context: Context, stale: tuple[int, ...]) -> None:
    """What the same person asked before, and left."""
    for message_id in stale:
        with contextlib.suppress(TelegramFault):
            await context.services.outbox.delete(context.key.chat_id, message_id)
