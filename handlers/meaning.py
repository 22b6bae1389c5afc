"""What a group's command means: whose photo, which words, and what speaks against it."""

from dataclasses import dataclass, replace
from typing import Final

from telegram import (
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
    User,
)

from bot.domain.asking import asked
from bot.domain.draft import Draft, DraftPhoto, check_photo
from bot.domain.group import ANONYMOUS, Ask, command_in, look_named
from bot.domain.photo import BLOCKING, PhotoProblem
from handlers.context import Context
from handlers.photos import photo_in, profile_photo, refused
from storage import people

# Whoever forbids that a forwarded message leads to them; Telegram's ids of people are positive.
HIDDEN: Final = -1


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose photo it is, by Telegram's id; who is `gone`, or no person, can't be asked there."""

    id: int
    name: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Meant:
    """The photo that a command means, if any, and what speaks against it.

    It is the profile photo of whoever asks, or the `subject`'s, if that is somebody else.
    """

    photo: DraftPhoto | None
    profile: bool = False
    subject: Subject | None = None
    problem: PhotoProblem | None = None


async def meant_by(context: Context) -> Meant:
    """Looks at the photo before the first card, which then says what is wrong with it.

    Not before the consent, nor where nothing is to be asked: the order fetches it anyway.
    """
    photo, subject = _photo_of(context.message)
    if photo is not None and subject is not None:
        # Nobody looks at somebody else's photo before they have said yes.
        if not subject.gone:
            gone = await context.services.outbox.has_left(context.message.chat_id, subject.id)
            subject = replace(subject, gone=gone)
        return Meant(replace(photo, checked=True), subject=subject)
    profile = photo is None
    if profile and context.user.id != ANONYMOUS:
        photo = await profile_photo(context)
    look, _ = look_named(_words(context.message))
    asks = profile or look is None
    if photo is None or not asks:
        return Meant(photo, profile and photo is not None)
    photo, problem = await looked_at(context, photo)
    return Meant(photo, profile, problem=problem)


async def looked_at(context: Context, photo: DraftPhoto) -> tuple[DraftPhoto, PhotoProblem | None]:
    """Whoever has agreed to nothing yet has their photo looked at later."""
    async with context.services.database.reading() as connection:
        person = await people.find(connection, context.user.id)
    if person is None or not person.consented:
        return photo, None
    problem = await context.services.faces.problem(photo)
    return replace(photo, checked=True), problem


def as_asked(context: Context, before: Draft, meant: Meant) -> Draft:
    """The draft that the command begins."""
    message, subject = context.message, meant.subject
    anonymous = context.user.id == ANONYMOUS
    ask = Ask(
        command=message.message_id,
        name=(message.chat.title or "") if anonymous else context.user.first_name,
        owner=0 if anonymous else context.user.id,
        profile=meant.profile,
        subject=subject.id if subject else 0,
        subject_name=subject.name if subject else "",
        subject_gone=bool(subject and subject.gone),
    )
    draft = asked(before, ask, _words(message), meant.photo)
    if meant.photo is None or meant.problem is None:
        return draft
    blocking = meant.problem in BLOCKING
    return check_photo(draft, meant.photo.unique_id, meant.problem, blocking=blocking)


def _words(message: Message) -> str:
    command = command_in(message.text or message.caption or "")
    return command.words if command else ""


def _photo_of(message: Message) -> tuple[DraftPhoto | None, Subject | None]:
    """The photo that is meant, and whose it is where it is somebody else's."""
    if _has_photo(message):
        return photo_in(message), _first_sender(message, message.from_user)
    replied = message.reply_to_message
    if replied is None or not _has_photo(replied):
        return None, None
    writer = replied.from_user
    if writer is not None and writer.id == message.get_bot().id:
        return None, None
    first = _first_sender(replied, message.from_user)
    return photo_in(replied), first or _writer_of(replied, message.from_user)


def _first_sender(message: Message, asker: User | None) -> Subject | None:
    """Somebody else who sent it before it was forwarded: that doesn't make a photo one's own."""
    match message.forward_origin:
        case MessageOriginUser(sender_user=user):
            own = asker is not None and user.id == asker.id
            return None if own else Subject(user.id, user.first_name, gone=user.is_bot)
        case MessageOriginHiddenUser(sender_user_name=name):
            return Subject(HIDDEN, name, gone=True)
        case MessageOriginChat(sender_chat=chat) | MessageOriginChannel(chat=chat):
            return Subject(chat.id, chat.title or "", gone=True)
        case _:
            return None


def _writer_of(replied: Message, asker: User | None) -> Subject | None:
    """Somebody else; None for the asker's own. A channel, an anonymous admin or another bot can't
    be asked.
    """
    voice, writer = replied.sender_chat, replied.from_user
    if voice is not None:
        return Subject(voice.id, replied.author_signature or voice.title or "", gone=True)
    if writer is None or (asker is not None and writer.id == asker.id):
        return None
    return Subject(writer.id, writer.first_name, gone=writer.is_bot)


def _has_photo(message: Message) -> bool:
    document = message.document
    return bool(message.photo) or (document is not None and refused(document) is None)
