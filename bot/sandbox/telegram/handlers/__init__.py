"""What each method of the Bot API does, once its parameters are checked."""

from bot.sandbox.telegram.handlers import about, chats, editing, inline, sending, settings, taking
from bot.sandbox.telegram.handlers.request import Handler

HANDLERS: dict[str, Handler] = {
    **taking.HANDLERS,
    **sending.HANDLERS,
    **editing.HANDLERS,
    **about.HANDLERS,
    **chats.HANDLERS,
    **inline.HANDLERS,
    **settings.HANDLERS,
}
