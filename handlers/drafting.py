"""Taps on the card of a draft."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.callbacks import DraftAction, DraftTap
from bot.domain.draft import (
    DraftPhoto,
    DraftRow,
    NoticeKind,
    Page,
    accept_doubtful,
    add_photo,
    ask_person,
    choose_person,
    drop_photos,
    notify,
    set_words,
    start_over,
    turn_to,
)
from bot.domain.photomaker import Style
from bot.ideas import IDEAS
from handlers.context import Context, Step
from handlers.ordering import order_draft
from handlers.photos import profile_photo
from storage import drafts, orders, people

Change = Callable[[Step, DraftRow, str], Awaitable[DraftRow | None]]


async def on_draft_tap(context: Context, tap: DraftTap) -> None:
    """Does what the button says, if it is this person's card; says why not, if not."""
    photo = None
    if tap.action in {DraftAction.AGREE_PROFILE, DraftAction.PROFILE}:
        photo = await profile_photo(context)
    async with context.step() as step:
        row = await _own_row(context, step, tap)
        if row is None:
            return
        if tap.action in {DraftAction.AGREE, DraftAction.AGREE_PROFILE}:
            await people.consent(step.connection, step.key.user_id, step.now)
            step.person = step.person.agreed(step.now)
        elif not step.person.consented:
            step.popup = step.t.consent_first()
            return
        if tap.action is DraftAction.LOOK:
            await _draw(context, step, row, tap.argument)
            return
        changed = await _change(step, row, tap, photo)
        if changed is not None:
            await step.save(changed)


async def _own_row(context: Context, step: Step, tap: DraftTap) -> DraftRow | None:
    row = await drafts.load(step.connection, tap.draft_id)
    if row is None:
        step.popup = step.t.too_old()
    elif row.draft.ask is not None:
        step.popup = step.t.group_too_old()
    elif row.key != step.key:
        step.popup = step.t.not_yours()
    elif context.tapped == row.card_message_id:
        return row
    elif await _has_become_an_order(context, step):
        pass
    elif context.tapped > row.newest_message and context.tapped not in row.stale_cards:
        return _found(row, context.tapped)
    else:
        # An old card that could not be deleted: what it shows is no longer so.
        step.popup = step.t.too_old()
    return None


def _found(row: DraftRow, card: int) -> DraftRow:
    """A card on their screen of which Telegram has not yet told us, or never will."""
    if row.card_message_id is None:
        return replace(row, card_message_id=card)
    # It was sent once more meanwhile: the twin has to go.
    return replace(row, stale_cards=(*row.stale_cards, card))


async def _has_become_an_order(context: Context, step: Step) -> bool:
    """The second tap of two: the first one made this card the order's."""
    return await orders.by_message(step.connection, step.key.chat_id, context.tapped) is not None


async def _draw(context: Context, step: Step, row: DraftRow, key: str) -> None:
    style = Style.from_key(key)
    if style is None:
        step.popup = step.t.too_old()
    elif not row.draft.usable_photos:
        step.popup = step.t.photo_first()
    else:
        await order_draft(context, step, row, style)


async def _change(
    step: Step, row: DraftRow, tap: DraftTap, photo: DraftPhoto | None
) -> DraftRow | None:
    if tap.action in {DraftAction.AGREE_PROFILE, DraftAction.PROFILE}:
        if photo is None:
            return row.with_draft(notify(row.draft, NoticeKind.NO_PROFILE_PHOTO))
        return row.with_draft(add_photo(row.draft, photo))
    return await _CHANGES[tap.action](step, row, tap.argument)


async def _agree(_step: Step, row: DraftRow, _argument: str) -> DraftRow:
    return row.with_draft(turn_to(row.draft, Page.LOOKS))


async def _latest(step: Step, row: DraftRow, _argument: str) -> DraftRow:
    """The photos of the person's newest order in this chat."""
    order = await orders.latest_of(step.connection, step.key.user_id, step.key.chat_id)
    draft = row.draft
    for photo in order.photos if order else ():
        draft = add_photo(draft, DraftPhoto(photo.file_id, photo.unique_id, checked=True))
    return row.with_draft(draft)


async def _page(_step: Step, row: DraftRow, argument: str) -> DraftRow | None:
    if argument not in list(Page):
        return None
    return row.with_draft(turn_to(row.draft, Page(argument)))


async def _idea(_step: Step, row: DraftRow, argument: str) -> DraftRow | None:
    if not argument.isdecimal() or int(argument) >= len(IDEAS):
        return None
    return row.with_draft(set_words(row.draft, IDEAS[int(argument)].words))


async def _surprise(_step: Step, row: DraftRow, _argument: str) -> DraftRow:
    others = [idea.words for idea in IDEAS if idea.words != row.draft.words]
    return row.with_draft(set_words(row.draft, random.choice(others)))  # noqa: S311 - no secret


async def _no_words(_step: Step, row: DraftRow, _argument: str) -> DraftRow:
    return row.with_draft(set_words(row.draft, ""))


async def _person(step: Step, row: DraftRow, argument: str) -> DraftRow:
    draft = choose_person(row.draft, argument)
    await people.remember_word(step.connection, step.key.user_id, draft.person)
    return row.with_draft(draft)


async def _own_word(_step: Step, row: DraftRow, _argument: str) -> DraftRow:
    return row.with_draft(ask_person(row.draft))


async def _accept(_step: Step, row: DraftRow, _argument: str) -> DraftRow:
    return row.with_draft(accept_doubtful(row.draft))


async def _drop_photos(_step: Step, row: DraftRow, _argument: str) -> DraftRow:
    return row.with_draft(drop_photos(row.draft))


async def _start_over(_step: Step, row: DraftRow, _argument: str) -> DraftRow:
    return row.with_draft(start_over(row.draft))


_CHANGES: Final[dict[DraftAction, Change]] = {
    DraftAction.AGREE: _agree,
    DraftAction.LATEST: _latest,
    DraftAction.PAGE: _page,
    DraftAction.IDEA: _idea,
    DraftAction.SURPRISE: _surprise,
    DraftAction.NO_WORDS: _no_words,
    DraftAction.PERSON: _person,
    DraftAction.OWN_WORD: _own_word,
    DraftAction.ACCEPT: _accept,
    DraftAction.DROP_PHOTOS: _drop_photos,
    DraftAction.START_OVER: _start_over,
}
