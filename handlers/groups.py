"""`/avatar` in a group: one message, from the question to the picture."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import Message, User

from bot.callbacks import GroupAction, GroupTap
from bot.domain.access import Cap
from bot.domain.asking import (
    asked,
    owned_by,
    owner_agrees,
    subject_agrees,
    use_profile,
    with_look,
)
from bot.domain.draft import Draft, DraftPhoto, DraftRow, check_photo
from bot.domain.group import ANONYMOUS, Ask, Refusal, command_in, look_named, refuse_tap
from bot.domain.order import UNFINISHED
from bot.domain.photo import BLOCKING, PhotoProblem
from bot.domain.photomaker import Style
from handlers.asks import drop, go_on, take_photo, take_refusal, take_words
from handlers.context import Context, Step
from handlers.ordering import Refused, cancel, refusal
from handlers.photos import photo_in, profile_photo, refused
from handlers.saying import PUZZLED, SEEN, TIRED, react, say, say_once, shrug
from handlers.standing import may_ask
from storage import drafts, orders, people


async def on_avatar(context: Context) -> None:
    """The command, as a reply to a photo, as the caption of one, or alone."""
    if not await may_ask(context):
        return
    message = context.message
    meant, said = await _meant(context), False
    async with context.step() as step:
        over = await refusal(context, step, step.key, 1)
        if over is not None:
            said = await say_once(context, step, _whose(context, over), over.sentence)
        else:
            key = step.key
            if key.user_id == ANONYMOUS:
                key = key.anonymous(message.message_id)
            row = (await step.draft(key)).below(message.message_id)
            await go_on(context, step, row, _asked(context, row.draft, meant))
    if over is None:
        await react(context, SEEN)
    else:
        await shrug(context, _whose(context, over), over.sentence, said=said)


async def on_answer(context: Context) -> None:
    """A photo in reply to the card takes the place of what is there; only the asker's does."""
    document, reaction = context.message.document, ""
    photo, problem = photo_in(context.message), refused(document) if document else None
    if problem is None:
        photo, problem = await _looked_at_for_card(context, photo)
    async with context.step() as step:
        row = await _asked_by(step.connection, context)
        if row is None or _is_for_subject(row):
            return
        if problem in BLOCKING:
            # What is there already stays.
            reaction = "" if await take_refusal(step, row, problem) else PUZZLED
        else:
            reaction = SEEN if await take_photo(context, step, row, photo, problem) else PUZZLED
        if step.popup is not None:
            # The order that it would have completed is one too many.
            await say(context, step, step.popup)
            reaction = TIRED
    if reaction:
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
    return await _looked_at(context, photo)


def _is_for_subject(row: DraftRow) -> bool:
    """Whether it is somebody else's turn: theirs in whose photo it is."""
    ask = row.draft.ask
    return ask is not None and bool(ask.subject) and not ask.subject_agreed


async def _asked_by(connection: AsyncConnection, context: Context) -> DraftRow | None:
    """What whoever answers this card has asked; anonymous administrators can't be told apart.

    Nothing is guessed: an answer, unlike a tap, names no draft, and any message of the bot's may be
    answered.
    """
    key, replied = context.key, context.message.reply_to_message
    card = replied.message_id if replied else 0
    if key.user_id == ANONYMOUS:
        row = await drafts.of_anonymous(connection, key.chat_id, key.thread_id, card)
    else:
        row = await drafts.find(connection, key)
    asks = row is not None and row.draft.ask is not None and row.card_message_id == card
    return row if asks else None


async def on_words(context: Context) -> None:
    """Words in reply to the card, where the command had none; only the asker's count."""
    message, taken = context.message, False
    async with context.step() as step:
        row = await _asked_by(step.connection, context)
        if row is None or row.draft.words:
            return
        taken = True
        await take_words(context, step, row, message.text or "")
        if step.popup is not None:
            await say(context, step, step.popup)
    if taken:
        await react(context, SEEN if step.popup is None else TIRED)


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
            return
        draft = row.draft if ask.owner or for_subject else owned_by(row.draft, user_id)
        if tap.action is GroupAction.AGREE:
            await people.consent(step.connection, user_id, step.now)
        after = _changed(step, draft, tap)
        if after is not None:
            await go_on(context, step, row, after)


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
        case GroupAction.AGREE:
            return owner_agrees(draft)
        case GroupAction.DRAW | GroupAction.NO:
            return draft


def _whose(context: Context, over: Refused) -> str:
    """Who is told once a day: the person, or the whole chat, of each cap and bar by itself."""
    personal = over.cap in {Cap.PERSON, Cap.MEMBER, Cap.AT_A_TIME}
    return f"{context.user.id}:{over.cap}" if personal else over.cap


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


@dataclass(frozen=True, slots=True)
class Meant:
    """The photo that a command means, if any, and what speaks against it.

    It is the profile photo of whoever asks, or the `subject`'s, if that is somebody else, who may
    be `gone` from the group.
    """

    photo: DraftPhoto | None
    profile: bool = False
    subject: User | None = None
    gone: bool = False
    problem: PhotoProblem | None = None


async def _meant(context: Context) -> Meant:
    """Looks at the photo before the first card, which then says what is wrong with it.

    Not before the consent, nor where nothing is to be asked: the order fetches it anyway.
    """
    photo, subject = _photo_of(context.message)
    if photo is not None and subject is not None:
        # Nobody looks at somebody else's photo before they have said yes.
        gone = await context.services.outbox.has_left(context.message.chat_id, subject.id)
        return Meant(replace(photo, checked=True), subject=subject, gone=gone)
    profile = photo is None
    if profile and context.user.id != ANONYMOUS:
        photo = await profile_photo(context)
    look, _ = look_named(_words(context.message))
    asks = profile or look is None
    if photo is None or not asks:
        return Meant(photo, profile and photo is not None)
    photo, problem = await _looked_at(context, photo)
    return Meant(photo, profile, problem=problem)


async def _looked_at(context: Context, photo: DraftPhoto) -> tuple[DraftPhoto, PhotoProblem | None]:
    """Whoever has agreed to nothing yet has their photo looked at later."""
    async with context.services.database.reading() as connection:
        person = await people.find(connection, context.user.id)
    if person is None or not person.consented:
        return photo, None
    problem = await context.services.faces.problem(photo)
    return replace(photo, checked=True), problem


def _asked(context: Context, before: Draft, meant: Meant) -> Draft:
    message, subject = context.message, meant.subject
    anonymous = context.user.id == ANONYMOUS
    ask = Ask(
        command=message.message_id,
        name=(message.chat.title or "") if anonymous else context.user.first_name,
        owner=0 if anonymous else context.user.id,
        profile=meant.profile,
        subject=subject.id if subject else 0,
        subject_name=subject.first_name if subject else "",
        subject_gone=meant.gone,
    )
    draft = asked(before, ask, _words(message), meant.photo)
    if meant.photo is None or meant.problem is None:
        return draft
    blocking = meant.problem in BLOCKING
    return check_photo(draft, meant.photo.unique_id, meant.problem, blocking=blocking)


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
