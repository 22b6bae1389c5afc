"""The group itself changes: it becomes a supergroup, or the bot is no longer in it."""

from handlers.context import Context
from storage import groups


async def on_moved(context: Context) -> None:
    """What is under way follows to the new chat; Telegram names it in the old one."""
    message = context.message
    async with context.step() as step:
        if message.migrate_to_chat_id is None:
            return
        moved = await groups.move(step.connection, message.chat_id, message.migrate_to_chat_id)
        for draft_id in moved.drafts:
            step.draft_changed(draft_id)
        for order_id in moved.orders:
            step.order_changed(order_id)


async def on_left(context: Context) -> None:
    """Whoever removes the bot stops all that it does there."""
    change = context.incoming.my_chat_member
    gone = change is not None and change.new_chat_member.status in {"kicked", "left"}
    async with context.step() as step:
        if gone:
            for order_id in await groups.leave(step.connection, step.key.chat_id, step.now):
                step.order_changed(order_id)
