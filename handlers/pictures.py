"""Taps on the card of an order: cancel, and going on from a picture."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.callbacks import OrderAction, OrderTap
from bot.domain.draft import DraftPhoto, NoticeKind, Page, again_from
from bot.domain.order import Order, OrderState
from bot.domain.photomaker import Recipe
from bot.errors import TelegramFault
from handlers.context import Context, Step
from handlers.ordering import new_seed, order_again
from handlers.standing import learn_standing
from storage import orders
from storage.pictures import pictures_of, take_away, want_files

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
    delete: int | None = None
    await learn_standing(context)
    async with context.step() as step:
        order = await orders.load(step.connection, tap.order_id)
        if order is None:
            step.popup = step.t.too_old()
        elif order.user_id != step.key.user_id:
            step.popup = step.t.group_not_yours() if order.in_group else step.t.not_yours()
        elif order.chat_id != step.key.chat_id:
            step.popup = step.t.too_old()
        elif order.round_id is not None or (order.in_group and tap.action not in IN_GROUPS):
            step.popup = step.t.group_too_old()
        elif tap.action is OrderAction.DELETE:
            delete = context.tapped if order.state.over else None
            if delete:
                await take_away(step.connection, order.id)
                step.toast = step.t.deleted()
        else:
            await _ACTS[tap.action](context, step, order, tap.argument)
    if delete is not None:
        await _delete(context, tap.order_id, delete)


async def _cancel(_context: Context, step: Step, order: Order, _argument: str) -> None:
    if order.state is OrderState.QUEUED:
        await orders.advance(step.connection, order, OrderState.CANCELLED, ended_at=step.now)
    elif await orders.request_cancel(step.connection, order.id):
        step.toast = step.t.stopping()
    elif order.state in {OrderState.DRAWN, OrderState.DELIVERED}:
        step.popup = step.t.too_late_to_cancel()
    step.order_changed(order.id)


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
    withheld = any(p.file_withheld for p in await pictures_of(step.connection, order.id))
    if withheld and order.state is OrderState.DELIVERED:
        await want_files(step.connection, order.id, wanted=True)
        await orders.show(step.connection, order.id)
        step.order_changed(order.id)
        step.toast = step.t.group_file_comes()


async def _draft_from(
    step: Step, order: Order, recipe: Recipe, kind: NoticeKind, page: Page = Page.LOOKS
) -> None:
    """A new card below the picture, which stays as it is."""
    row = await step.draft()
    photos = tuple(DraftPhoto(p.file_id, p.unique_id, checked=True) for p in order.photos)
    draft = replace(again_from(photos, recipe, kind), page=page)
    await step.save(row.below(row.newest_message).with_draft(draft))


async def _delete(context: Context, order_id: int, message_id: int) -> None:
    """Takes the picture and its files out of the chat."""
    async with context.services.database.reading() as connection:
        pictures = await pictures_of(connection, order_id)
    replies = [p.reply_message_id for p in pictures if p.reply_message_id is not None]
    chat_id = context.key.chat_id
    for gone in (message_id, *replies):
        try:
            await context.services.outbox.delete(chat_id, gone)
        except TelegramFault:
            # Bot API: a message older than 48 hours can't be deleted by a bot.
            context.log.info("a picture could not be deleted", exc_info=True)


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
