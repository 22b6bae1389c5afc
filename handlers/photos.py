"""Photos in: sent, in an album, as a file, forwarded, or the profile photo."""

from dataclasses import replace

from telegram import Document, Message

from bot.domain.draft import (
    DraftPhoto,
    DraftRow,
    NoticeKind,
    add_photo,
    notify,
    refuse_photo,
    write,
)
from bot.domain.group import words_under
from bot.domain.photo import PhotoProblem
from handlers.context import ALBUM_SECONDS, Context, Step
from handlers.errands import bring_back
from handlers.saying import tell
from storage import facts

# Bot API: a bot can download files of up to 20 MB.
MAX_DOWNLOAD = 20 * 1024 * 1024
# What phones say of a file whose kind they don't know, such as a HEIC.
UNTOLD = "application/octet-stream"


async def on_photo(context: Context) -> None:
    """The photo joins the draft, or goes to a group if it was asked for by a link from there."""
    message = context.message
    problem = refused(message.document) if message.document else None
    async with context.step() as step:
        row = await step.draft()
        if row.draft.errand is not None and problem is None:
            if message.media_group_id is not None:
                # An album comes as several messages, and is one answer.
                await facts.put(step.connection, answered_by(context), message.media_group_id)
            sorry = await bring_back(context, step, row, photo_in(message))
            if sorry:
                await tell(step, sorry)
        else:
            await _join(step, row, message, problem)


def answered_by(context: Context) -> str:
    """The name of the album by which somebody answered, in private, what a group had asked."""
    return f"{facts.ANSWERS}{context.user.id}"


async def _join(step: Step, row: DraftRow, message: Message, problem: PhotoProblem | None) -> None:
    """Its caption, if it has one, is the words."""
    album = message.media_group_id
    # A part that comes after its album was answered joins the card that is there.
    straggler = album is not None and album == row.draft.album_id
    if not (straggler and row.card_message_id is not None):
        row = row.below(message.message_id)
    if problem is None:
        draft = add_photo(row.draft, photo_in(message), album)
    else:
        draft = replace(row.draft, album_id=album)
    if words := words_under(message.caption or ""):
        draft = write(draft, words)
    if problem is not None:
        draft = refuse_photo(draft, problem)
    await step.save(row.with_draft(draft), render_in=ALBUM_SECONDS if album else 0.0)


async def on_something_else(context: Context) -> None:
    """Stickers, voice, videos: kindly declined."""
    moving = context.message.animation or context.message.video or context.message.video_note
    async with context.step() as step:
        row = (await step.draft()).below(context.message.message_id)
        if moving:
            draft = refuse_photo(row.draft, PhotoProblem.ANIMATED)
        else:
            draft = notify(row.draft, NoticeKind.NOT_A_PHOTO)
        await step.save(row.with_draft(draft))


async def profile_photo(context: Context) -> DraftPhoto | None:
    """The person's newest profile photo, if their settings show it to the bot."""
    size = await context.services.outbox.profile_photo(context.user.id)
    return DraftPhoto(size.file_id, size.file_unique_id) if size else None


def photo_in(message: Message) -> DraftPhoto:
    if message.document is not None:
        return DraftPhoto(message.document.file_id, message.document.file_unique_id)
    size = max(message.photo, key=lambda size: size.width * size.height)
    return DraftPhoto(size.file_id, size.file_unique_id)


def refused(document: Document) -> PhotoProblem | None:
    """What can be told without a download; what the bytes are is looked at later."""
    if (document.file_size or 0) > MAX_DOWNLOAD:
        return PhotoProblem.TOO_BIG
    kind = (document.mime_type or UNTOLD).partition("/")[0]
    if kind == "video":
        # What Telegram calls an animation comes as a document, too.
        return PhotoProblem.ANIMATED
    told = kind == "image" or document.mime_type in {None, UNTOLD}
    return None if told else PhotoProblem.NOT_A_PICTURE
