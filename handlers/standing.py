"""What somebody may do in a group: asked of Telegram, and only where it makes a difference."""

from bot.domain.chat import Who
from bot.domain.group import ANONYMOUS
from handlers.context import Context
from storage import chats


async def runs_group(context: Context) -> bool:
    """Whether whoever acts is an admin of the group, be it in the group's own name."""
    chat_id, user_id = context.key.chat_id, context.user.id
    message = context.incoming.message
    if message is not None and message.sender_chat is not None:
        return user_id == ANONYMOUS and message.sender_chat.id == chat_id
    return await context.services.outbox.is_admin(chat_id, user_id)


async def learn_standing(context: Context) -> None:
    """Before a step that orders: who acts in a group, where its settings make a difference."""
    if not context.in_group:
        return
    async with context.services.database.reading() as connection:
        chat = await chats.find(connection, context.key.chat_id)
    if chat is not None and chat.settings.who is Who.ADMINS:
        context.runs_group = await runs_group(context)
