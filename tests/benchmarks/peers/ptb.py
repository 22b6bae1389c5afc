"""python-telegram-bot as its documentation shows a conversation: ConversationHandler, in memory."""

import warnings
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.warnings import PTBUserWarning

from tests.benchmarks.peers import words

CONSENT, MAKING = range(2)
Context = ContextTypes.DEFAULT_TYPE
sheet = words.Sheet()


def keyboard(rows: list[list[tuple[str, str]]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


async def show(message: Message, context: Context, caption: str, rows: Any) -> None:
    """A new card below; the old one goes."""
    data = context.user_data
    assert data is not None
    photo = sheet.file_id or words.SHEET
    sent = await message.reply_photo(photo, caption=caption, reply_markup=keyboard(rows))
    sheet.file_id = sent.photo[-1].file_id
    old, data["card"] = data.get("card"), sent.message_id
    if old is not None:
        await context.bot.delete_message(message.chat_id, old)


async def start(update: Update, context: Context) -> int:
    assert update.message is not None
    assert context.user_data is not None
    context.user_data.update(photos=[], words="")
    await show(update.message, context, words.HELLO, words.HELLO_BUTTONS)
    return CONSENT


async def agree(update: Update, context: Context) -> int:
    query = update.callback_query
    assert query is not None
    await query.answer()
    await query.edit_message_caption(words.ASK_PHOTO)
    return MAKING


async def photo(update: Update, context: Context) -> int:
    message, data = update.message, context.user_data
    assert message is not None
    assert data is not None
    data["photos"].append(message.photo[-1].file_id)
    count = len(data["photos"])
    caption = words.PHOTOS.format(count=count)
    await show(message, context, caption, words.looks_buttons(count))
    return MAKING


async def text(update: Update, context: Context) -> int:
    message, data = update.message, context.user_data
    assert message is not None
    assert data is not None
    data["words"] = message.text
    caption = words.WORDS.format(words=message.text)
    await show(message, context, caption, words.looks_buttons(len(data["photos"])))
    return MAKING


async def look(update: Update, context: Context) -> int:
    query, data = update.callback_query, context.user_data
    assert query is not None
    assert query.data is not None
    assert data is not None
    await query.answer()
    label = words.LOOKS[int(query.data.partition(":")[2])]
    await query.edit_message_caption(words.DRAWING.format(look=label, words=data["words"]))
    return ConversationHandler.END


async def ready(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    print("ready", flush=True)


def main() -> None:
    # Of ConversationHandler's default, per_message=False, which is what is wanted here.
    warnings.simplefilter("ignore", PTBUserWarning)
    application = (
        Application.builder()
        .token(words.TOKEN)
        .base_url(f"{words.API_URL}/bot")
        .base_file_url(f"{words.API_URL}/file/bot")
        .post_init(ready)
        .build()
    )
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("start", start)],
            states={
                CONSENT: [CallbackQueryHandler(agree, pattern="^agree$")],
                MAKING: [
                    MessageHandler(filters.PHOTO, photo),
                    MessageHandler(filters.TEXT & ~filters.COMMAND, text),
                    CallbackQueryHandler(look, pattern="^look:"),
                ],
            },
            fallbacks=[CommandHandler("start", start)],
        )
    )
    application.run_polling()


if __name__ == "__main__":
    main()
