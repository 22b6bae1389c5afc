"""Which of a group's messages reach the bot: privacy mode is on, as it is by default.

Bots FAQ, "What messages will my bot get?": service messages always; an administrator gets all
that people write; anybody else only commands meant for them, messages sent via them, and replies
to what is meant for them. Nobody gets what other bots write.
"""

import re

from bot.sandbox.telegram.chats import Message, User

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@([A-Za-z0-9_]{3,32}))?(?![\w/<>])")


def reaches(message: Message, bot: User) -> bool:
    """Whether the bot is told of this message; notes in it whether the bot was meant."""
    chat = message.chat
    if not chat.is_group:
        return bot.id in chat.members
    member = chat.member(bot.id)
    if not member.is_in:
        return False
    if message.notice is not None:
        return True
    if message.sender.is_bot and message.sender_chat is None:
        return False
    message.meant = _is_meant(message, bot)
    return message.meant or member.is_admin


def _is_meant(message: Message, bot: User) -> bool:
    replied = message.chat.messages.get(message.reply_to or 0)
    if replied is not None and replied.notice is None:
        # A reply to another bot is for that one, whatever command is in it.
        if replied.writer.is_bot:
            return replied.writer is bot
        if replied.meant or replied.via_bot is bot:
            return True
    return message.via_bot is bot or _commands(message, bot)


def _commands(message: Message, bot: User) -> bool:
    command = _COMMAND.match(message.content.text)
    if command is None:
        return False
    if command[1] is None:
        return message.chat.last_bot == bot.id
    return command[1].lower() == (bot.username or "").lower()
