"""What each method of the Bot API does, once its parameters are checked."""

from bot.sandbox.telegram.handlers import about, editing, sending, settings, taking
from bot.sandbox.telegram.handlers.request import Handler

HANDLERS: dict[str, Handler] = {
    **taking.HANDLERS,
    **sending.HANDLERS,
    **editing.HANDLERS,
    **about.HANDLERS,
    **settings.HANDLERS,
}
