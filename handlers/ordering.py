"""Accepting an order and taking it back: the caps, the recipe, the row.

The engine goes on from the row.
"""

import math

from bot.domain.access import Cap, day_began, expected_usd, refuse, seconds_to_midnight
from bot.domain.chat import Bar, barred, caps_there
from bot.domain.draft import DraftKey, DraftRow, after_order, recipe_for
from bot.domain.group import Ask
from bot.domain.order import Order, OrderPhoto, OrderRequest, OrderState
from bot.domain.photomaker import Recipe, Style, new_seed
from handlers.context import Context, Refused, Step
from storage import chats, drafts, orders, spending

# Two taps within this time are one: people tap again when a button seems slow.
DOUBLE_TAP_SECONDS = 2.0


async def order_draft(context: Context, step: Step, row: DraftRow, style: Style) -> None:
    """A tap on a look: the draft becomes an order, its card the order's card."""
    request = OrderRequest(
        chat_id=row.key.chat_id,
        thread_id=row.key.thread_id,
        user_id=row.key.user_id,
        photos=tuple(OrderPhoto(p.file_id, p.unique_id) for p in row.draft.usable_photos),
        recipe=recipe_for(row.draft, style, new_seed()),
        card_message_id=row.card_message_id,
    )
    if await accept(context, step, request):
        await step.save_silently(row.without_card().with_draft(after_order(row.draft)))


async def order_ask(context: Context, step: Step, row: DraftRow, ask: Ask, style: Style) -> None:
    """Nothing is missing any more: what was asked in a group becomes its owner's order."""
    request = OrderRequest(
        chat_id=row.key.chat_id,
        thread_id=row.key.thread_id,
        user_id=ask.owner,
        photos=tuple(OrderPhoto(p.file_id, p.unique_id) for p in row.draft.photos),
        recipe=recipe_for(row.draft, style, new_seed()),
        card_message_id=row.card_message_id,
        reply_to=ask.command or None,
        messages_left=ask.messages_left,
    )
    order = await accept(context, step, request, begun=True)
    if order is None:
        return
    if not order.says_drawing:
        step.toast = step.t.group_on_it()
    if row.key.is_anonymous:
        await drafts.forget(step.connection, row)
    else:
        await step.save_silently(row.without_card().with_draft(after_order(row.draft)))
        step.draft_changed(row.id)  # cards of what was asked before may have to go


async def order_again(context: Context, step: Step, order: Order, recipe: Recipe) -> None:
    """The same photos once more, on a card of its own; a double tap counts once."""
    latest = await orders.latest_of(step.connection, order.user_id, order.chat_id)
    newer = latest if latest is not None and latest.id != order.id else None
    if newer is not None and step.now - newer.created_at < DOUBLE_TAP_SECONDS:
        return
    if recipe == order.recipe:
        # The same seed and input repeat a picture (the model's page): nobody should pay for that.
        step.popup = step.t.as_far_as_it_goes()
        return
    request = OrderRequest(
        chat_id=order.chat_id,
        thread_id=order.thread_id,
        user_id=order.user_id,
        photos=order.photos,
        recipe=recipe,
        reply_to=order.reply_to,
    )
    await accept(context, step, request)


async def cancel(step: Step, order: Order) -> bool:
    """Ends it at once in line, later as soon as it can be; false, with a pop-up, if too late."""
    ends = order.state is OrderState.QUEUED
    if ends:
        await orders.advance(step.connection, order, OrderState.CANCELLED, ended_at=step.now)
    elif ends := await orders.request_cancel(step.connection, order.id):
        step.toast = step.t.stopping()
    elif order.state in {OrderState.DRAWN, OrderState.DELIVERED}:
        step.popup = step.t.too_late_to_cancel()
    step.order_changed(order.id)
    return ends


async def cancel_all(step: Step) -> int:
    """The person's orders in this chat; how many there were. Who is in a round leaves it there."""
    found = await orders.unfinished_of(step.connection, step.key.user_id, step.key.chat_id)
    return sum([await cancel(step, order) for order in found if order.round_id is None])


async def accept(
    context: Context, step: Step, request: OrderRequest, *, begun: bool = False
) -> Order | None:
    """Makes the order, or says in a pop-up what stands in the way."""
    credits_ = request.recipe.credits
    key = DraftKey(request.chat_id, request.thread_id or 0, request.user_id)
    refused = await refusal(context, step, key, credits_, begun=begun)
    if refused is not None:
        step.popup, step.refused = refused.sentence, refused
        return None
    usd = expected_usd(context.services.settings.eachlabs_typical_seconds, credits_)
    order = await orders.create(step.connection, request, usd, step.now)
    step.order_changed(order.id)
    return order


async def refusal(
    context: Context, step: Step, key: DraftKey, credits_: int, *, begun: bool = False
) -> Refused | None:
    """What stands in the way of an order of so many credits, if anything does.

    What was begun where and by whom it may be goes on, whoever makes the last tap.
    """
    settings, chat_id = context.services.settings, key.chat_id
    chat = await chats.find(step.connection, chat_id) if chat_id < 0 else None
    caps = caps_there(settings.caps, chat)
    if caps.closed_to(chat_id):
        return Refused(Cap.CLOSED_CHAT, step.t.closed(settings.operator_contact))
    bar = None
    if chat is not None:
        bar = barred(chat, thread_id=key.thread_id, is_admin=context.runs_group)
    if bar is not None and (bar is Bar.OFF or not begun):
        return Refused(bar, step.t.barred(bar))
    usd = expected_usd(settings.eachlabs_typical_seconds, credits_)
    usage = await spending.usage(step.connection, key.user_id, chat_id, day_began(step.now))
    cap = refuse(caps, usage, chat_id=chat_id, credits_=credits_, usd=usd)
    if cap is None:
        return None
    minutes = math.ceil(seconds_to_midnight(step.now) / 60)
    left = (caps.credits_per_person or 0) - usage.person_credits
    return Refused(cap, step.t.refused(cap, minutes, left=left, needed=credits_))
