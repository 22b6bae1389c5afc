"""An order of a group whose photo comes in private, by a link that only its owner can use."""

from dataclasses import replace

from bot.domain.draft import Draft, DraftPhoto, DraftRow, NoticeKind, notify
from bot.domain.group import Errand, message_link, words_under
from handlers.asks import take_photo
from handlers.context import Context, Step
from storage import drafts


async def set_out(step: Step, draft: Draft, draft_id: int | None) -> tuple[Draft, str]:
    """The draft with the errand that a link names; or as it was, and why there is none."""
    row = await _asked(step, draft_id) if draft_id is not None else None
    if row is None:
        return draft, step.t.errand_over()
    if row.owner != step.key.user_id:
        return draft, step.t.errand_not_yours()
    return replace(draft, errand=Errand(row.id, row.draft.words)), ""


async def bring_back(context: Context, step: Step, row: DraftRow, photo: DraftPhoto) -> str:
    """Takes the photo to the group: the private card says so, or the answer says why not."""
    errand, home = row.draft.errand, replace(row.draft, errand=None)
    asked = await _asked(step, errand.draft) if errand else None
    if asked is None or asked.owner != step.key.user_id:
        await step.save_silently(row.with_draft(home))
        return step.t.errand_over()
    await take_photo(context, step, asked, photo, words=words_under(context.message.caption or ""))
    if step.popup is not None:
        # The order that it would have completed is one too many.
        await step.save_silently(row.with_draft(home))
        return step.popup
    link = message_link(asked.key.chat_id, asked.card_message_id or 0)
    home = notify(home, NoticeKind.BROUGHT, link)
    await step.save(row.below(context.message.message_id).with_draft(home))
    return ""


async def _asked(step: Step, draft_id: int) -> DraftRow | None:
    """What is asked for in a group, while a photo can still be brought to it."""
    row = await drafts.load(step.connection, draft_id)
    ask = row.draft.ask if row else None
    waits_for_another = ask is not None and bool(ask.subject) and not ask.subject_agreed
    return None if ask is None or waits_for_another else row
