"""Commands of the private chat that somebody gives in a group, by the bot's name."""

from collections.abc import Callable

from handlers.asks import drop
from handlers.context import Context
from handlers.ordering import cancel
from handlers.saying import PUZZLED, SEEN, react, say
from handlers.standing import may_ask
from storage import orders


async def on_group_help(context: Context) -> None:
    await _say(context, lambda: context.t.group_how_popup(context.bot.username))


async def on_group_privacy(context: Context) -> None:
    contact = context.services.settings.operator_contact
    await _say(context, lambda: context.t.privacy(contact))


async def _say(context: Context, words: Callable[[], str]) -> None:
    if await may_ask(context):
        async with context.step() as step:
            await say(context, step, words())


async def on_group_cancel(context: Context) -> None:
    """Ends what the person has asked there; the cards say so."""
    if not await may_ask(context):
        return
    async with context.step() as step:
        row, key = await step.draft(), step.key
        begun = row.draft.ask is not None
        if begun:
            await drop(step, row)
        under_way = await orders.unfinished_of(step.connection, key.user_id, key.chat_id)
        for order in under_way:
            await cancel(step, order)
    await react(context, SEEN if begun or under_way else PUZZLED)
