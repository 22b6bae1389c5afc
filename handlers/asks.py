"""Going on with what was asked in a group: it is drawn, or the card says what is missing."""

from bot.domain.asking import answered, needs
from bot.domain.draft import DraftPhoto, DraftRow, after_order
from bot.domain.group import Need
from handlers.context import Context, Step
from handlers.ordering import order_ask
from storage import people


async def go_on(context: Context, step: Step, row: DraftRow, *, consented: bool) -> None:
    """Draws, or shows what is still missing."""
    ask = row.draft.ask
    assert ask is not None
    if needs(row.draft, consented=consented) is not Need.NOTHING or ask.look is None:
        await step.save(row)
    else:
        await order_ask(context, step, row, ask, ask.look)


async def take_photo(context: Context, step: Step, row: DraftRow, photo: DraftPhoto) -> None:
    """Where a look is still to be tapped, the card says what it said, and stays: that saves an
    edit. What it has against the photo before goes with that one.
    """
    clean = row.draft.notice is None and not row.draft.doubtful_photos
    row = row.with_draft(answered(row.draft, photo))
    consented = await has_consented(step, row)
    if needs(row.draft, consented=consented) is not Need.LOOK or not clean:
        await go_on(context, step, row, consented=consented)
        return
    await step.save_silently(row)
    step.after.append(lambda wakeups: wakeups.photos_came(row.id))


async def take_words(context: Context, step: Step, row: DraftRow) -> None:
    """The card asks for what it asked for: where it would only repeat itself, it stays.

    Whoever is asked whether a photo of theirs may be drawn reads the words first.
    """
    consented = await has_consented(step, row)
    need, ask = needs(row.draft, consented=consented), row.draft.ask
    shows = need in {Need.NOTHING, Need.SUBJECT} or row.draft.notice is not None
    if shows or (ask is not None and ask.look is not None):
        await go_on(context, step, row, consented=consented)
        return
    await step.save_silently(row)


async def drop(step: Step, row: DraftRow) -> None:
    """Nothing comes of it: the card goes, and what was asked is forgotten."""
    await step.save_silently(row.below(row.newest_message).with_draft(after_order(row.draft)))
    step.draft_changed(row.id)


async def has_consented(step: Step, row: DraftRow) -> bool:
    owner = await people.find(step.connection, row.owner)
    return owner is not None and owner.consented
