"""Going on with what was asked in a group: it is drawn, or the card says what is missing."""

from bot.domain.asking import answered, has_room_for_remark, needs, remarks, said
from bot.domain.draft import Draft, DraftPhoto, DraftRow, after_order, check_photo, refuse_photo
from bot.domain.group import Need
from bot.domain.photo import PhotoProblem
from handlers.context import Context, Step
from handlers.ordering import order_ask
from storage import people


async def go_on(context: Context, step: Step, row: DraftRow, draft: Draft) -> None:
    """With what an answer or a tap made of the draft: draws, or shows what is still missing."""
    changed, row = draft != row.draft, row.with_draft(draft)
    ask, consented = draft.ask, await has_consented(step, row)
    if ask is not None and ask.look and needs(draft, consented=consented) is Need.NOTHING:
        await order_ask(context, step, row, ask, ask.look)
    elif changed:
        await step.save(row)


async def take_photo(
    context: Context,
    step: Step,
    row: DraftRow,
    photo: DraftPhoto,
    problem: PhotoProblem | None = None,
    words: str = "",
) -> bool:
    """Where a look is still to be tapped, the card says what it said, and stays: that saves an
    edit. What it has against the photo before goes with that one.

    A `problem` speaks against a photo that can be used all the same. False where that stays unsaid,
    because the group has no edit left for it. The `words` are the photo's caption.
    """
    before, draft = remarks(row.draft), answered(row.draft, photo)
    draft = (said(draft, words) if words else None) or draft
    draft = check_photo(draft, photo.unique_id, problem, blocking=False) if problem else draft
    need = needs(draft, consented=await has_consented(step, row.with_draft(draft)))
    stays = need in {Need.LOOK, Need.PHOTO, Need.CONSENT}
    says = need is not Need.CONSENT and remarks(draft) != before and has_room_for_remark(draft)
    if says or not stays:
        await go_on(context, step, row, draft)
        return True
    await step.save_silently(row.with_draft(draft))
    if draft.unchecked:
        step.after.append(lambda wakeups: wakeups.photos_came(row.id))
    return problem is None


async def take_words(context: Context, step: Step, row: DraftRow, words: str) -> bool:
    """The card asks for what it asked for: where it would only repeat itself, it stays. False where
    nothing more was to be said.

    Whoever is asked whether a photo of theirs may be drawn reads the words first.
    """
    draft = said(row.draft, words)
    if draft is None:
        return False
    need = needs(draft, consented=await has_consented(step, row))
    named = draft.ask is not None and draft.ask.look is not None
    says = draft.notice is not None and has_room_for_remark(draft)
    if need in {Need.NOTHING, Need.SUBJECT} or (need is not Need.CONSENT and (named or says)):
        await go_on(context, step, row, draft)
    else:
        await step.save_silently(row.with_draft(draft))
    return True


async def take_refusal(step: Step, row: DraftRow, problem: str) -> bool:
    """Says on the card what is wrong with a file; false where a group has no edit left for it."""
    row = row.with_draft(refuse_photo(row.draft, problem))
    if not has_room_for_remark(row.draft):
        return False
    await step.save(row)
    return True


async def drop(step: Step, row: DraftRow) -> None:
    """Nothing comes of it: the card goes, and what was asked is forgotten."""
    await step.save_silently(row.below(row.newest_message).with_draft(after_order(row.draft)))
    step.draft_changed(row.id)


async def has_consented(step: Step, row: DraftRow) -> bool:
    owner = await people.find(step.connection, row.owner)
    return owner is not None and owner.consented
