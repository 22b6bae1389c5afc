"""What is said where the bot itself is at fault."""

from collections.abc import Awaitable, Callable

from telegram import Update

from bot.domain.draft import NoticeKind
from bot.outbox import Outbox
from bot.texts import texts


def apology(outbox: Outbox) -> Callable[[Update], Awaitable[None]]:
    """Tells whoever sent an update that its handler failed."""

    async def apologise(update: Update) -> None:
        user, chat = update.effective_user, update.effective_chat
        sentence = texts((user and user.language_code) or "en").notice(NoticeKind.WENT_WRONG, "")
        if update.callback_query is not None:
            await outbox.answer(update.callback_query.id, sentence, alert=True)
        elif chat is not None and chat.type == "private":
            await outbox.send_text(chat.id, sentence)
        elif chat is not None and update.message is not None:
            # Where it was asked; nobody else in a group has to hear of it.
            message = update.message
            thread = message.message_thread_id if message.is_topic_message else None
            asked = message.message_id
            await outbox.send_text(chat.id, sentence, thread_id=thread, reply_to=asked, anyway=True)

    return apologise
