"""What somebody may do in a group: asked of Telegram, and only where it makes a difference."""

from bot.domain.chat import Chat, Who
from bot.domain.group import ANONYMOUS
from handlers.context import Context
from handlers.saying import say_once, speaks_as_channel
from storage import chats


async def may_ask(context: Context) -> bool:
    """Whether a group's command is a person's; a channel hears that it has to be, and a post of the
    linked channel asks nobody. What the person may do is known from here on.
    """
    message = context.message
    if message.is_automatic_forward:
        return False
    if speaks_as_channel(message):
        async with context.step() as step:
            speaker = message.sender_chat.id if message.sender_chat else 0
            await say_once(context, step, f"channel:{speaker}", step.t.group_channel())
        return False
    await learn_standing(context)
    return True


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
    if chat is None:
        return
    message = context.incoming.message
    if message is not None and bool(message.chat.is_forum) is not chat.is_forum:
        await _note_topics(context, chat, is_forum=bool(message.chat.is_forum))
    if chat.settings.who is Who.ADMINS:
        context.runs_group = await runs_group(context)


async def _note_topics(context: Context, chat: Chat, *, is_forum: bool) -> None:
    """The group has switched its topics on or off."""
    async with context.services.database.writing() as connection:
        await chats.change(connection, chat.id, is_forum=int(is_forum))
