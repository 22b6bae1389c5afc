"""The button that shows one's picture elsewhere."""

from urllib.parse import quote

from telegram import InlineKeyboardButton, SwitchInlineQueryChosenChat

from bot.deep_links import Start, private
from bot.domain.order import Order
from bot.domain.sharing import Key
from bot.texts import Texts


def share_button(order: Order, t: Texts, bot_name: str, *, inline: bool) -> InlineKeyboardButton:
    """Opens the picture in a chat to be chosen; a link where no picture can be offered.

    Args: inline: whether the bot's inline mode is on. Without it, such a button leads nowhere.
    """
    if inline and order.shown_picture:
        key = str(Key(order.id, order.shown_picture))
        chosen = SwitchInlineQueryChosenChat(
            key, allow_user_chats=True, allow_group_chats=True, allow_channel_chats=True
        )
        return InlineKeyboardButton(t.share(), switch_inline_query_chosen_chat=chosen)
    link = private(bot_name, Start.LOOK, order.recipe.style.key)
    url = f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(t.share_words())}"
    return InlineKeyboardButton(t.share(), url=url)
