"""The table: every kind of update goes to the handler that it should."""

from typing import Any, cast

import pytest
from telegram import Update, User
from telegram.ext import ApplicationBuilder, ExtBot

import handlers.routes
from bot.callbacks import (
    ChatAction,
    ChatTap,
    DraftAction,
    DraftTap,
    GroupAction,
    GroupTap,
    OrderAction,
    OrderTap,
)
from bot.domain.draft import DraftKey
from bot.outbox import Outbox
from bot.settings import load
from bot.texts import texts
from handlers.context import Context, Faces, Services, Wakeups
from handlers.routes import Router
from storage import updates
from storage.database import Database
from storage.updates import Arrival, Claimed

Json = Any
ANNA = {"id": 7, "is_bot": False, "first_name": "Anna"}
CHAT = {"id": 7, "type": "private"}
GROUP = {"id": -100, "type": "supergroup", "title": "Friends"}
SIZE = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
FILE = {"file_id": "f", "file_unique_id": "u"}
TO_US = {"message_id": 2, "date": 1, "chat": GROUP, "text": "x"}
HANDLERS = (
    "on_start",
    "on_cancel",
    "on_help",
    "on_privacy",
    "on_private_photo",
    "on_something_else",
    "on_text",
    "on_blocked",
    "on_draft_tap",
    "on_order_tap",
    "on_avatar",
    "on_group_avatar",
    "on_brought",
    "on_group_help",
    "on_group_privacy",
    "on_group_cancel",
    "on_round_tap",
    "on_answer",
    "on_words",
    "on_group_tap",
    "on_moved",
    "on_person_left",
    "on_chat_tap",
    "on_settings",
    "on_membership",
)


def message(kind: str = "message", chat: Json = CHAT, **content: Json) -> Json:
    text = content.get("text", "")
    if text.startswith("/"):
        length = len(text.split()[0])
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    about = {"message_id": 3, "date": 1, "chat": chat, "from": ANNA}
    return {"update_id": 1, kind: about | content}


def tap(data: str | None, **more: Json) -> Json:
    shown = {"message_id": 3, "date": 1, "chat": CHAT}
    query = {"id": "1", "from": ANNA, "chat_instance": "1", "message": shown} | more
    return {"update_id": 1, "callback_query": query | ({"data": data} if data else {})}


def member(status: str, chat: Json = CHAT) -> Json:
    bot = {"id": 42, "is_bot": True, "first_name": "Bot"}
    old, new = (
        {"status": word, "user": bot} | ({"until_date": 0} if word == "kicked" else {})
        for word in ("member" if status == "kicked" else "kicked", status)
    )
    change = {"chat": chat, "from": ANNA, "date": 1, "old_chat_member": old, "new_chat_member": new}
    return {"update_id": 1, "my_chat_member": change}


@pytest.fixture
def went(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the handlers that were asked; none of them does anything."""
    asked: list[str] = []

    def recorder(name: str) -> Any:
        async def handler(context: Context, *_tap: object) -> None:
            asked.append(name)
            context.handled = True

        return handler

    for name in HANDLERS:
        monkeypatch.setattr(handlers.routes, name, recorder(name))
    return asked


def a_router(services: Services | None = None) -> tuple[Router, ExtBot[None]]:
    bot: ExtBot[None] = ExtBot("42:TEST")
    bot._bot_user = User(42, "Avatar", is_bot=True, username="avatar_bot")
    application = ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()
    return Router(application, services or cast("Services", None)), bot


async def handled(raw: Json) -> bool:
    router, bot = a_router()
    update = Update.de_json(raw, bot)
    assert update is not None
    return await router.handle(update, Claimed(1, "7:0:7", "", 0, "mine"))


@pytest.mark.parametrize(
    ("raw", "handler"),
    [
        (message(text="/start"), "on_start"),
        (message(text="/start look-comic"), "on_start"),
        (message(text="/start@avatar_bot"), "on_start"),
        (message(text="/START"), "on_start"),
        (message(text="/cancel"), "on_cancel"),
        (message(text="/help"), "on_help"),
        (message(text="/privacy"), "on_privacy"),
        (message(text="/unknown"), "on_help"),
        (message(text="as a knight"), "on_text"),
        (message(text="as a /start knight"), "on_text"),
        (message(text="https://example.com"), "on_text"),
        (message(photo=[SIZE]), "on_private_photo"),
        (message(photo=[SIZE], caption="as a knight"), "on_private_photo"),
        (message(photo=[SIZE], media_group_id="1"), "on_private_photo"),
        (message(document=FILE | {"mime_type": "image/png"}), "on_private_photo"),
        (message(document=FILE | {"mime_type": "application/pdf"}), "on_private_photo"),
        (message(document=FILE), "on_private_photo"),
        (message(voice=FILE | {"duration": 1}), "on_something_else"),
        (message(video=SIZE | {"duration": 1}), "on_something_else"),
        (message(location={"latitude": 1.0, "longitude": 1.0}), "on_something_else"),
        (message(contact={"phone_number": "1", "first_name": "x"}), "on_something_else"),
        (tap(DraftTap(1, DraftAction.LOOK, "comic").pack()), "on_draft_tap"),
        (tap(OrderTap(1, OrderAction.CANCEL).pack()), "on_order_tap"),
        (tap(GroupTap(1, GroupAction.AGREE).pack()), "on_group_tap"),
        (message(chat=GROUP, text="/avatar@avatar_bot as a knight"), "on_avatar"),
        (message(chat=GROUP, text="/avatar"), "on_avatar"),
        (message(chat=GROUP, text="/groupavatar@avatar_bot as pirates"), "on_group_avatar"),
        (message(chat=GROUP, text="/start@avatar_bot photo-7"), "on_brought"),
        (message(chat=GROUP, text="/start@avatar_bot"), "on_group_help"),
        (message(chat=GROUP, text="/help@avatar_bot"), "on_group_help"),
        (message(chat=GROUP, text="/privacy@avatar_bot"), "on_group_privacy"),
        (message(chat=GROUP, text="/cancel@avatar_bot"), "on_group_cancel"),
        (tap("r1:in"), "on_round_tap"),
        (message(chat=GROUP, photo=[SIZE], caption="/AVATAR@avatar_bot"), "on_avatar"),
        (message(chat=GROUP, text="/avatarsettings@avatar_bot"), "on_settings"),
        (message(chat=GROUP, photo=[SIZE], reply_to_message=TO_US), "on_answer"),
        (message(chat=GROUP, document=FILE, reply_to_message=TO_US), "on_answer"),
        (message(chat=GROUP, text="as a knight", reply_to_message=TO_US), "on_words"),
        (message(chat=GROUP, migrate_to_chat_id=-1001), "on_moved"),
        (message(chat=GROUP, left_chat_member=ANNA), "on_person_left"),
        (member("kicked", GROUP), "on_membership"),
        (member("member", GROUP), "on_membership"),
        (tap(ChatTap(1, ChatAction.HOW).pack()), "on_chat_tap"),
        (member("kicked"), "on_blocked"),
        (member("member"), "on_blocked"),
    ],
)
async def test_each_update_goes_to_its_handler(went: list[str], raw: Json, handler: str) -> None:
    assert await handled(raw)
    assert went == [handler]


@pytest.mark.parametrize(
    "raw",
    [
        message("edited_message", text="/start"),
        message("edited_message", photo=[SIZE], caption="as a knight"),
        message("channel_post", text="/start"),
        message("business_message", text="/start"),
        message(chat=GROUP, text="/start"),
        message(chat=GROUP, photo=[SIZE]),
        message(chat=GROUP, text="as a knight"),
        message(chat=GROUP, text="/avatar@other_bot"),
        message("edited_message", chat=GROUP, text="/avatar@avatar_bot"),
        message(pinned_message={"message_id": 2, "date": 1, "chat": CHAT}),
        {"update_id": 1},
    ],
)
async def test_what_is_none_of_ours_is_left_alone(went: list[str], raw: Json) -> None:
    assert not await handled(raw)
    assert went == []


async def test_a_handlers_error_comes_through(
    went: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_context: Context) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(handlers.routes, "on_text", fails)
    with pytest.raises(ZeroDivisionError):
        await handled(message(text="x"))


async def test_a_handler_that_made_no_step_is_known(
    went: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def makes_none(_context: Context) -> None:
        went.append("on_text")

    monkeypatch.setattr(handlers.routes, "on_text", makes_none)
    assert not await handled(message(text="x"))
    assert went == ["on_text"]


async def test_a_tap_under_a_message_that_is_gone_is_understood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bot API: of a message that is gone there is only its chat and id, and its date is 0."""
    seen: list[Context] = []

    async def on_draft_tap(context: Context, _tap: DraftTap) -> None:
        seen.append(context)

    monkeypatch.setattr(handlers.routes, "on_draft_tap", on_draft_tap)
    gone = {"message_id": 3, "date": 0, "chat": CHAT}
    await handled(tap(DraftTap(1, DraftAction.AGREE).pack(), message=gone))
    assert (seen[0].tapped, seen[0].key) == (3, DraftKey(7, 0, 7))


class Answers:
    """In the outbox's place: what taps were answered with."""

    def __init__(self) -> None:
        self.given: list[str | None] = []

    async def answer(self, _query_id: str, text: str | None, **_how: object) -> None:
        self.given.append(text)


@pytest.mark.parametrize(
    "raw",
    [
        tap("nonsense"),
        tap("d1:nope"),
        tap(None),
        {"update_id": 1, "callback_query": {"id": "1", "from": ANNA, "chat_instance": "1",
                                            "inline_message_id": "x", "data": "d1:ok"}},
    ],
)  # fmt: skip
async def test_a_tap_that_nobody_made_is_answered_and_over(database: Database, raw: Json) -> None:
    answers = Answers()
    services = Services(
        load(),
        database,
        outbox=cast("Outbox", answers),
        wakeups=cast("Wakeups", None),
        faces=cast("Faces", None),
    )
    router, bot = a_router(services)
    async with database.writing() as connection:
        await updates.add(connection, [Arrival(1, "7:0:7", "{}")], 0)
        [claimed] = await updates.claim(connection, "mine", 0, 60)
    update = Update.de_json(raw, bot)
    assert update is not None

    assert await router.handle(update, claimed)

    assert answers.given == [texts("en").too_old()]
    async with database.reading() as connection:
        assert not await updates.waits(connection, "7:0:7")
