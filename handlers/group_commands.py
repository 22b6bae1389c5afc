"""Commands of the private chat that somebody gives in a group, by the bot's name."""

from collections.abc import Callable

from handlers.asks import drop
from handlers.context import Context
from handlers.ordering import cancel_all
from handlers.saying import PUZZLED, SEEN, react, say
from handlers.standing import may_ask
from storage import drafts


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
        row = await drafts.find(step.connection, step.key)
        begun = row is not None and row.draft.ask is not None
        if row is not None and begun:
            await drop(step, row)
        cancelled = await cancel_all(step)
    await react(context, SEEN if begun or cancelled else PUZZLED)
