"""The table: which update goes where. The first row that fits takes it."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from telegram import Message, Update
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
)
from telegram.ext.filters import (
    COMMAND,
    PHOTO,
    REPLY,
    TEXT,
    ChatType,
    Document,
    MessageFilter,
    StatusUpdate,
    UpdateType,
)

from bot.callbacks import ChatTap, DraftTap, GroupTap, RoundTap, unpack
from bot.deep_links import Start
from bot.domain.group import AVATAR, SETTINGS, command_in
from bot.domain.round import GROUP_AVATAR
from handlers.answers import on_answer, on_words
from handlers.context import Context, Services
from handlers.drafting import on_draft_tap
from handlers.first_contact import on_chat_tap
from handlers.group_commands import on_group_cancel, on_group_help, on_group_privacy
from handlers.groups import on_avatar, on_group_tap
from handlers.membership import on_membership, on_moved, on_person_left
from handlers.photos import on_something_else
from handlers.pictures import on_order_tap
from handlers.round_begin import on_group_avatar
from handlers.round_photos import on_brought
from handlers.rounds import on_round_tap
from handlers.selfies import on_private_photo
from handlers.settings import on_settings
from handlers.start import on_blocked, on_cancel, on_help, on_privacy, on_start
from handlers.words import on_text
from storage.updates import Claimed

Handler = Callable[[Context], Coroutine[Any, Any, None]]


class ForAnotherBot(MessageFilter):
    """A command that names another bot: `/avatar@otherbot`."""

    def filter(self, message: Message) -> bool:
        command = command_in(message.text or message.caption or "")
        return command is not None and command.bot not in {None, _name_of(message)}


def _name_of(message: Message) -> str:
    return message.get_bot().username.lower()


class Asks(MessageFilter):
    """A command of a group that names this bot, or none, in a text or a caption.

    Args:
        words: what the words behind it begin with.
        by_name: only where it names the bot.
    """

    def __init__(self, name: str, words: str = "", *, by_name: bool = False) -> None:
        super().__init__()
        self._name = name
        self._words = words
        self._by_name = by_name

    def filter(self, message: Message) -> bool:
        command = command_in(message.text or message.caption or "")
        if command is None or command.name != self._name:
            return False
        if self._by_name and command.bot is None:
            return False
        return command.words.startswith(self._words)


GROUP: Final = ChatType.GROUPS & UpdateType.MESSAGE & ~ForAnotherBot()
PRIVATE: Final = ChatType.PRIVATE & UpdateType.MESSAGE & ~ForAnotherBot()


async def on_tap(context: Context) -> None:
    """Buttons: each names its row, and is answered whatever it says."""
    query = context.incoming.callback_query
    tap = unpack(query.data or "") if query else None
    if tap is None or context.incoming.effective_chat is None:
        async with context.step() as step:
            step.popup = step.t.too_old()
    elif isinstance(tap, DraftTap):
        await on_draft_tap(context, tap)
    elif isinstance(tap, GroupTap):
        await on_group_tap(context, tap)
    elif isinstance(tap, ChatTap):
        await on_chat_tap(context, tap)
    elif isinstance(tap, RoundTap):
        await on_round_tap(context, tap)
    else:
        await on_order_tap(context, tap)


async def on_member(context: Context) -> None:
    """What became of the bot's membership."""
    await (on_membership(context) if context.in_group else on_blocked(context))


def routes() -> list[BaseHandler[Update, Context, None]]:
    """The rows, in order."""

    def to(handler: Handler) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
        async def callback(_update: Update, context: Context) -> None:
            await handler(context)

        return callback

    return [
        CallbackQueryHandler(to(on_tap)),
        CommandHandler("start", to(on_start), filters=PRIVATE),
        CommandHandler("cancel", to(on_cancel), filters=PRIVATE),
        CommandHandler("help", to(on_help), filters=PRIVATE),
        CommandHandler("privacy", to(on_privacy), filters=PRIVATE),
        MessageHandler(PRIVATE & (PHOTO | Document.ALL), to(on_private_photo)),
        MessageHandler(PRIVATE & COMMAND, to(on_help)),
        MessageHandler(PRIVATE & TEXT, to(on_text)),
        MessageHandler(PRIVATE & ~StatusUpdate.ALL, to(on_something_else)),
        MessageHandler(GROUP & StatusUpdate.MIGRATE, to(on_moved)),
        MessageHandler(GROUP & StatusUpdate.LEFT_CHAT_MEMBER, to(on_person_left)),
        MessageHandler(GROUP & Asks(AVATAR), to(on_avatar)),
        MessageHandler(GROUP & Asks(SETTINGS), to(on_settings)),
        MessageHandler(GROUP & Asks(GROUP_AVATAR), to(on_group_avatar)),
        MessageHandler(GROUP & Asks("start", Start.PHOTO), to(on_brought)),
        MessageHandler(GROUP & Asks("help", by_name=True), to(on_group_help)),
        MessageHandler(GROUP & Asks("start", by_name=True), to(on_group_help)),
        MessageHandler(GROUP & Asks("privacy", by_name=True), to(on_group_privacy)),
        MessageHandler(GROUP & Asks("cancel", by_name=True), to(on_group_cancel)),
        MessageHandler(GROUP & REPLY & (PHOTO | Document.ALL), to(on_answer)),
        MessageHandler(GROUP & REPLY & TEXT & ~COMMAND, to(on_words)),
        ChatMemberHandler(to(on_member), ChatMemberHandler.MY_CHAT_MEMBER),
    ]


class Router:
    """Gives each update to its handler, and lets the handler's errors through."""

    def __init__(
        self, application: Application[Any, Any, Any, Any, Any, Any], services: Services
    ) -> None:
        self._application = application
        self._services = services
        self._routes = routes()

    async def handle(self, update: Update, claimed: Claimed) -> bool:
        """True if the update's step was made, false if it is none of ours."""
        context = Context(self._application, self._services, claimed, update)
        if update.effective_user is None:
            return False
        for route in self._routes:
            check = route.check_update(update)
            if check is not None and check is not False:
                await route.handle_update(update, self._application, check, context)
                break
        return context.handled
