"""Taps on the card of an order: cancel, and going on from a picture."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.callbacks import OrderAction, OrderTap
from bot.domain.draft import DraftPhoto, NoticeKind, Page, again_from
from bot.domain.order import Order, OrderState
from bot.domain.photomaker import Recipe, new_seed
from bot.errors import NotSent, OutcomeUnknown, TelegramFault
from handlers.context import Context, Step
from handlers.ordering import cancel, order_again
from handlers.saying import may_be_there
from handlers.standing import learn_standing
from storage import orders
from storage.pictures import note_picture, pictures_of, take_away, want_files

# The model's page: 50 steps and more for a fine picture; 15 to 25 keeps the likeness.
FINE_STEPS: Final = 50
MORE_STRENGTH: Final = 10
MOST_STRENGTH: Final = 50
LEAST_STRENGTH: Final = 15

# What the buttons under a group's cards say.
IN_GROUPS: Final = frozenset({OrderAction.CANCEL, OrderAction.AGAIN, OrderAction.FILE})

Act = Callable[[Context, Step, Order, str], Awaitable[None]]


async def on_order_tap(context: Context, tap: OrderTap) -> None:
    """Does what the button says, if it is this person's order; says why not, if not."""
    await learn_standing(context)
    gone = await _delete(context, tap) if tap.action is OrderAction.DELETE else None
    lost = await _lost_files(context, tap) if tap.action is OrderAction.FILE else []
    async with context.step() as step:
        order = await orders.load(step.connection, tap.order_id)
        step.popup = _why_not(context, order, tap)
        if order is None or step.popup is not None:
            return
        for number in lost:
            nowhere = {"document_file_id": None, "reply_message_id": None, "file_wanted": 0}
            await note_picture(step.connection, order.id, number, **nowhere)
        if tap.action is not OrderAction.DELETE:
            await _ACTS[tap.action](context, step, order, tap.argument)
        elif gone is not None:
            await take_away(step.connection, order.id)
            step.toast, step.popup = step.t.deleted(), None if gone else step.t.not_deleted()


def _why_not(context: Context, order: Order | None, tap: OrderTap) -> str | None:
    """What a pop-up has against the tap."""
    t = context.t
    if order is None:
        return t.too_old()
    if order.user_id != context.key.user_id:
        return t.group_not_yours() if order.in_group else t.not_yours()
    if order.chat_id != context.key.chat_id:
        return t.too_old()
    if order.round_id is not None or (order.in_group and tap.action not in IN_GROUPS):
        return t.group_too_old()
    return None


async def _cancel(_context: Context, step: Step, order: Order, _argument: str) -> None:
    await cancel(step, order)


async def _again(context: Context, step: Step, order: Order, _argument: str) -> None:
    await order_again(context, step, order, replace(order.recipe, seed=new_seed()))


async def _finer(context: Context, step: Step, order: Order, _argument: str) -> None:
    """The same seed with more steps: the same picture, better drawn."""
    recipe = replace(order.recipe, steps=max(order.recipe.steps, FINE_STEPS), outputs=1)
    await order_again(context, step, order, recipe)


async def _stronger(context: Context, step: Step, order: Order, _argument: str) -> None:
    strength = min(MOST_STRENGTH, order.recipe.strength + MORE_STRENGTH)
    await order_again(context, step, order, replace(order.recipe, strength=strength))


async def _four(context: Context, step: Step, order: Order, _argument: str) -> None:
    await order_again(context, step, order, replace(order.recipe, outputs=4, seed=new_seed()))


async def _more_like_me(_context: Context, step: Step, order: Order, _argument: str) -> None:
    """Asks for a second photo, and stays closer to the photos from now on."""
    closer = replace(order.recipe, strength=LEAST_STRENGTH)
    await _draft_from(step, order, closer, NoticeKind.MORE_LIKE_ME)


async def _other_look(_context: Context, step: Step, order: Order, _argument: str) -> None:
    await _draft_from(step, order, order.recipe, NoticeKind.OTHER_LOOK)


async def _words(_context: Context, step: Step, order: Order, _argument: str) -> None:
    await _draft_from(step, order, order.recipe, NoticeKind.NEW_WORDS, Page.WORDS)


async def _menu(_context: Context, step: Step, order: Order, argument: str) -> None:
    page = {"more": "more", "main": ""}.get(argument, order.page)
    if page != order.page:
        await orders.show(step.connection, order.id, page=page)
        step.order_changed(order.id)


async def _turn(_context: Context, step: Step, order: Order, argument: str) -> None:
    count = len(await pictures_of(step.connection, order.id))
    pages = {str(number) for number in range(1, count + 1)} - {str(order.shown_picture)}
    if argument in pages:
        await orders.show(step.connection, order.id, shown_picture=int(argument))
        step.order_changed(order.id)


async def _file(_context: Context, step: Step, order: Order, _argument: str) -> None:
    """The untouched PNG, where it didn't come with the picture."""
    pictures = await pictures_of(step.connection, order.id)
    if all(picture.document_file_id is not None for picture in pictures):
        step.toast = step.t.group_file_is_there()
        return
    step.toast = step.t.group_file_comes()
    withheld = any(picture.file_withheld for picture in pictures)
    if withheld and order.state is OrderState.DELIVERED:
        await want_files(step.connection, order.id, wanted=True)
        await orders.show(step.connection, order.id)
        step.order_changed(order.id)


async def _draft_from(
    step: Step, order: Order, recipe: Recipe, kind: NoticeKind, page: Page = Page.LOOKS
) -> None:
    """A new card below the picture, which stays as it is."""
    row = await step.draft()
    photos = tuple(DraftPhoto(p.file_id, p.unique_id, checked=True) for p in order.photos)
    draft = replace(again_from(photos, recipe, kind), page=page)
    await step.save(row.below(row.newest_message).with_draft(draft))


async def _lost_files(context: Context, tap: OrderTap) -> list[int]:
    """The numbers of the pictures whose files somebody has deleted since."""
    async with context.services.database.reading() as connection:
        order = await orders.load(connection, tap.order_id)
        pictures = await pictures_of(connection, tap.order_id)
    if order is None or _why_not(context, order, tap) is not None:
        return []
    files = [(p.number, p.reply_message_id) for p in pictures if p.document_file_id is not None]
    return [
        number
        for number, message_id in files
        if message_id and not await may_be_there(context, order.chat_id, message_id)
    ]


async def _delete(context: Context, tap: OrderTap) -> bool | None:
    """Takes the picture and its files out of the chat; false if something stays, None if nothing
    is to go.

    Before the step: where this is cut off, the tap comes again, and deleting twice does no harm.
    """
    async with context.services.database.reading() as connection:
        order = await orders.load(connection, tap.order_id)
        pictures = await pictures_of(connection, tap.order_id)
    if order is None or not order.state.over or _why_not(context, order, tap) is not None:
        return None
    replies = [p.reply_message_id for p in pictures if p.reply_message_id is not None]
    gone = [await _take_out(context, number) for number in (*replies, context.tapped)]
    return all(gone)


async def _take_out(context: Context, message_id: int) -> bool:
    try:
        return await context.services.outbox.delete(context.key.chat_id, message_id)
    except (NotSent, OutcomeUnknown):
        raise
    except TelegramFault:
        context.log.warning("a picture could not be deleted", exc_info=True)
        return False


_ACTS: Final[dict[OrderAction, Act]] = {
    OrderAction.CANCEL: _cancel,
    OrderAction.AGAIN: _again,
    OrderAction.FINER: _finer,
    OrderAction.STRONGER: _stronger,
    OrderAction.FOUR: _four,
    OrderAction.MORE_LIKE_ME: _more_like_me,
    OrderAction.OTHER_LOOK: _other_look,
    OrderAction.WORDS: _words,
    OrderAction.MENU: _menu,
    OrderAction.TURN: _turn,
    OrderAction.FILE: _file,
}
