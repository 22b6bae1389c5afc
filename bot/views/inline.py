"""What is offered in any chat to whoever types the bot's name: their own pictures."""

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
)

from bot.deep_links import Start, private
from bot.domain.sharing import OwnPicture
from bot.texts import Texts
from bot.views.cards import shorten

# Bot API: what /start is told by the button above the results.
START = "inline"


def offer(picture: OwnPicture, t: Texts, bot_name: str) -> InlineQueryResultCachedPhoto:
    """A picture as it is sent to a chat, with a link that makes another of the same look."""
    look = picture.recipe.style
    link = private(bot_name, Start.LOOK, look.key)
    button = InlineKeyboardButton(t.group_make_yours(), url=link)
    words = shorten(picture.recipe.words)
    return InlineQueryResultCachedPhoto(
        str(picture.key),
        picture.photo_file_id,
        title=t.look(look),
        description=words or None,
        caption=t.caption(t.look(look), words),
        reply_markup=InlineKeyboardMarkup([[button]]),
    )


def to_private(t: Texts) -> InlineQueryResultsButton:
    """For whoever has nothing to offer yet."""
    return InlineQueryResultsButton(t.inline_none(), start_parameter=START)
