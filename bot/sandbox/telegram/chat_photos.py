"""A group's photo, whoever changes it."""

from collections.abc import Iterable

from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.pictures import Rendition
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.views import photo_object


def set_photo(state: State, chat: Chat, actor: User, renditions: Iterable[Rendition]) -> None:
    chat.photo = state.files.add_photo(renditions)
    shown = photo_object(chat.photo)
    state.announce(chat, actor, "changed the group's photo", new_chat_photo=shown)
    state.changed(chat)
