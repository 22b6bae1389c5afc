"""Text is the words, whenever it comes."""

from bot.domain.draft import DraftPhoto, DraftRow, NoticeKind, again_from, write
from handlers.context import Context, Step
from storage import orders, people


async def on_text(context: Context) -> None:
    """Words for the draft; as a reply to a picture, new words for that picture."""
    message = context.message
    async with context.step() as step:
        row = (await step.draft()).below(message.message_id)
        if message.reply_to_message is not None:
            row = await _from_picture(step, row, message.reply_to_message.message_id)
        typed_person = row.draft.typing_person
        draft = write(row.draft, message.text or "")
        if typed_person:
            await people.remember_word(step.connection, step.key.user_id, draft.person)
        await step.save(row.with_draft(draft))


async def _from_picture(step: Step, row: DraftRow, message_id: int) -> DraftRow:
    order = await orders.by_message(step.connection, step.key.chat_id, message_id)
    if order is None or order.user_id != step.key.user_id:
        return row
    photos = tuple(DraftPhoto(p.file_id, p.unique_id, checked=True) for p in order.photos)
    return row.with_draft(again_from(photos, order.recipe, NoticeKind.OTHER_LOOK))
