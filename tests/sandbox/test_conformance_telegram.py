"""The stand-in against the published description of the Bot API."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter

from bot.sandbox.telegram.chats import Topic
from bot.sandbox.telegram.handlers import HANDLERS
from bot.sandbox.telegram.methods import METHODS, NOT_KEPT
from bot.sandbox.telegram.notation import Fields
from bot.sandbox.telegram.objects import OBJECTS, UNIONS, UNOPENED
from tests.sandbox import conformance
from tests.sandbox.telegram.phone import Bot, Person, World, buttons, picture, world

Json = Any

PHOTOS = Path(__file__).resolve().parents[1] / "photos"


class _Reminder:
    """A line at the end of the run, where skipped tests are easily overlooked."""

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        terminalreporter.write_line(
            f"WARNING: the Telegram stand-in was not held against the Bot API:"
            f" {conformance.DESCRIPTION} is not there",
            yellow=True,
        )


@pytest.fixture(autouse=True)
def _described(request: pytest.FixtureRequest) -> None:
    if conformance.available():
        return
    plugins = request.config.pluginmanager
    if not plugins.has_plugin("bot-api-reminder"):
        plugins.register(_Reminder(), "bot-api-reminder")
    pytest.skip(f"the description of the Bot API is not at {conformance.DESCRIPTION}")


@pytest.mark.parametrize("method", METHODS)
def test_a_method_has_all_its_parameters(method: str) -> None:
    assert _spelled(METHODS[method]) == _described_fields(conformance.methods()[method])


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_all_its_fields(name: str) -> None:
    assert _spelled(OBJECTS[name]) == _described_fields(conformance.types()[name])


@pytest.mark.parametrize("union", UNIONS)
def test_unions_are_told_apart_as_described(union: str) -> None:
    subtypes = conformance.types()[union]["subtypes"]
    for kind, name in UNIONS[union].items():
        assert name in subtypes
        assert conformance._fixed_fields(name) == {"type": kind}


def test_every_type_named_exists() -> None:
    scalars = {"String", "Integer", "Boolean", "InputFile"}
    opened = OBJECTS.keys() | UNIONS.keys() | UNOPENED | scalars
    media = {"InputMediaAudio", "InputMediaVideo", "InputMediaLivePhoto"}
    tables = [*METHODS.values(), *OBJECTS.values()]
    named = {
        kind.replace("Array of ", "")
        for table in tables
        for field in table.values()
        for kind in field.types
    }
    assert named <= opened | media
    assert named - scalars <= conformance.types().keys()


def test_every_method_is_handled() -> None:
    assert HANDLERS.keys() == METHODS.keys()
    assert {name for table in METHODS.values() for name in table} >= NOT_KEPT


def _spelled(fields: Fields) -> dict[str, Json]:
    return {field.name: (set(field.types), field.required) for field in fields.values()}


def _described_fields(entry: dict[str, Json]) -> dict[str, Json]:
    return {f["name"]: (set(f["types"]), f["required"]) for f in entry.get("fields", [])}


class Watched(Bot):
    """A bot whose every call and result is checked."""

    seen: set[str]

    async def does(self, method: str, **params: Json) -> Json:
        result = await super().does(method, **params)
        assert conformance.check_result(method, result) == []
        self.seen.add(method)
        return result


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world(samples=PHOTOS) as everything:
        everything.bot = watched = Watched(everything.client)
        watched.seen = set()
        yield everything


@pytest.fixture
async def ana(here: World) -> Person:
    about = {"last_name": "B", "username": "anab", "language_code": "pt"}
    return await here.person(first_name="Ana", profile_photo="astronaut-face.jpg", **about)


async def test_every_kind_of_update(here: World, ana: Person) -> None:
    await ana.says("/start")
    file = ("a.jpg", picture(), "image/jpeg")
    for way in ("photo", "document", "album"):
        await ana.uploads(file, file, as_=way, caption="<me> #tag", forwarded="1")
    number = await ana.says("hello", reply_to=1)
    await ana.does("edit", message_id=number, text="hullo")
    here.standin.add_group(-1001, "Friends", [ana.id], is_forum=True).topics[7] = Topic(7, "A")
    sent = await here.bot.does("sendMessage", chat_id=-1001, text="?", message_thread_id=7)
    assert sent["chat"]["is_forum"]
    sent = await here.bot.does(
        "sendMessage", chat_id=ana.id, text="?", reply_markup=buttons([("A", "a")])
    )
    await ana.does("tap", message_id=sent["message_id"], data="a")
    await ana.does("tap", message_id=999, data="a", forge=True)
    await ana.does("block")
    await ana.does("unblock")
    updates = await here.bot.updates()
    kinds = {kind for update in updates for kind in update} - {"update_id"}
    assert kinds == {"message", "edited_message", "callback_query", "my_chat_member"}


async def test_the_result_of_every_method(here: World, ana: Person) -> None:
    bot, chat = here.bot, {"chat_id": ana.id}
    await ana.says("/start")
    await _sends_and_edits(bot, chat)
    await _asks(bot, chat, ana)
    await _presents_itself(bot)
    assert isinstance(bot, Watched)
    assert METHODS.keys() - bot.seen == {
        "answerCallbackQuery",
        "answerInlineQuery",
        "deleteChatPhoto",
        "getChatAdministrators",
        "getChatMemberCount",
        "leaveChat",
        "pinChatMessage",
        "setChatPhoto",
        "unpinChatMessage",
    }
    await ana.does("tap", message_id=1, data="x", forge=True)
    query = (await bot.updates())[-1]["callback_query"]
    await bot.does("answerCallbackQuery", callback_query_id=query["id"])
    await _works_in_a_group(bot, ana)
    for call in here.standin.calls:
        assert conformance.check_call(call.method, call.view()["params"]) == []


async def _works_in_a_group(bot: Bot, ana: Person) -> None:
    group = await ana.makes("groups", title="Friends", with_bot=True, is_forum=True)
    there, chat = ana.there(group), {"chat_id": group}
    await there.does("slow-mode", seconds=10)
    await there.does("reactions", emoji=["🎉"])
    await there.does("promote", user_id=42, rights=["can_change_info", "can_pin_messages"])
    await bot.does("setChatPhoto", photo=picture(640, 640), **chat)
    await bot.does("getChat", **chat)
    await bot.does("getChatAdministrators", return_bots=True, **chat)
    await bot.does("getChatMemberCount", **chat)
    await bot.does("deleteChatPhoto", **chat)
    sent = await bot.does("sendMessage", text="a", **chat)
    await bot.does("pinChatMessage", message_id=sent["message_id"], **chat)
    await bot.does("unpinChatMessage", **chat)
    for standing in ("restrict", "promote"):
        await there.does(standing, user_id=42, rights=[])
        await bot.does("getChatMember", user_id=42, **chat)
    query = (await there.does("inline", query="a"))["inline_query_id"]
    button = {"text": "Go", "start_parameter": "go"}
    await bot.does("answerInlineQuery", inline_query_id=query, results=[], button=button)
    await bot.does("leaveChat", **chat)


async def test_every_kind_of_update_of_a_group(here: World, ana: Person) -> None:
    kinds = ["message", "my_chat_member", "chat_member", "message_reaction", "edited_message"]
    kinds += ["inline_query", "chosen_inline_result", "callback_query"]
    assert await here.bot.updates(allowed_updates=kinds) == []
    bo = await here.person(first_name="Bo")
    group = await ana.makes("groups", title="Friends", with_bot=True, type="group")
    await ana.there(group).does("add", user_id=bo.id)
    await ana.there(group).does("promote", user_id=42, rights=["can_change_info"])
    group = (await ana.there(group).does("upgrade"))["chat_id"]
    there = ana.there(group)
    await there.does("promote", user_id=ana.id, rights=[], anonymous=True, title="Boss")
    number = await there.says("/avatar@sandbox_bot")
    await there.does("edit", message_id=number, text="/avatar@sandbox_bot as a knight")
    for person in (ana, bo):
        await person.there(group).does("react", message_id=number, emoji="👍")
    await here.bot.does("setChatPhoto", chat_id=group, photo=picture(640, 640))
    channel = await bo.makes("channels", title="News", username="bonews", group=group)
    await bo.there(group).says("hi", as_chat=channel, reply_to=number)
    await bo.there(channel).says("news")
    query = (await there.does("inline", query="a"))["inline_query_id"]
    words = {"message_text": "said"}
    article = {"type": "article", "id": "a", "title": "A", "input_message_content": words}
    article["reply_markup"] = json.loads(buttons([("A", "a")]))
    await here.bot.does("answerInlineQuery", inline_query_id=query, results=[article])
    number = (await there.does("choose", inline_query_id=query, result_id="a"))["message_id"]
    await there.does("tap", message_id=number, text="A")
    await there.does("restrict", user_id=bo.id, rights=["can_send_messages"])
    await there.does("remove", user_id=bo.id)
    await there.does("remove", user_id=42)
    updates = await here.bot.updates()
    assert {kind for update in updates for kind in update} - {"update_id"} == set(kinds)


async def _sends_and_edits(bot: Bot, chat: dict[str, Json]) -> None:
    sent = await bot.does(
        "sendMessage",
        text="<b>a</b> https://a.example",
        parse_mode="HTML",
        link_preview_options={"is_disabled": True},
        protect_content=True,
        message_effect_id="5104841245755180586",
        reply_parameters={"message_id": 1},
        reply_markup=buttons([("A", "a")]),
        **chat,
    )
    where = chat | {"message_id": sent["message_id"]}
    await bot.does("editMessageText", text="b", **where)
    await bot.does("editMessageReplyMarkup", reply_markup=buttons([("B", "b")]), **where)
    photo = {"type": "photo", "media": "attach://p", "caption": "c", "has_spoiler": True}
    await bot.does("editMessageMedia", media=photo, p=picture(), **where)
    await bot.does("editMessageCaption", caption="*d*", parse_mode="MarkdownV2", **where)
    await bot.does("copyMessage", from_chat_id=chat["chat_id"], message_id=1, **chat)
    await bot.does("sendPhoto", photo=picture(), show_caption_above_media=True, **chat)
    await bot.does("sendDocument", document=b"x", caption="e", **chat)
    album = [{"type": "document", "media": f"attach://{name}"} for name in "ab"]
    await bot.does("sendMediaGroup", media=album, a=b"x", b=b"y", **chat)
    await bot.does("sendChatAction", action="typing", **chat)
    await bot.does("setMessageReaction", reaction=[{"type": "emoji", "emoji": "🎉"}], **where)
    await bot.does("deleteMessage", **where)
    await bot.does("deleteMessages", message_ids=[1, 2, 3], **chat)


async def _asks(bot: Bot, chat: dict[str, Json], ana: Person) -> None:
    await bot.does("getMe")
    await bot.does("getChat", **chat)
    await bot.does("getChatMember", user_id=ana.id, **chat)
    photos = await bot.does("getUserProfilePhotos", user_id=ana.id)
    await bot.does("getFile", file_id=photos["photos"][0][0]["file_id"])
    await bot.updates(allowed_updates=["message", "callback_query"])
    await bot.does("setWebhook", url="http://127.0.0.1:9/hook", max_connections=3)
    await bot.does("getWebhookInfo")
    await bot.does("deleteWebhook")


async def _presents_itself(bot: Bot) -> None:
    await bot.does("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
    await bot.does("getMyCommands", scope={"type": "default"})
    await bot.does("deleteMyCommands")
    await bot.does("setMyDescription", description="a")
    await bot.does("getMyDescription")
    await bot.does("setMyShortDescription", short_description="a")
    await bot.does("getMyShortDescription")
    await bot.does("setMyName", name="a")
    await bot.does("getMyDefaultAdministratorRights")
    await bot.does("setMyDefaultAdministratorRights")
    await bot.does("setChatMenuButton", menu_button={"type": "default"})


def test_the_checker_finds_what_is_wrong() -> None:
    user = {"id": 1, "is_bot": False, "first_name": "Ana"}
    assert conformance.check_object("User", user) == []
    assert conformance.check_object("User", user | {"id": "1"}) == [
        "User(User).id is no Integer: '1'"
    ]
    assert conformance.check_object("User", user | {"id": True})
    assert conformance.check_object("User", {"id": 1, "is_bot": False, "name": "Ana"}) == [
        "User(User) has no field name",
        "User(User) lacks first_name",
    ]
    member = {"status": "kicked", "user": user}
    assert conformance.check_object("ChatMember", member) == [
        "ChatMember(ChatMemberBanned) lacks until_date"
    ]
    assert conformance.check_call("sendMessage", {"chat_id": 1, "text": "a"}) == []
    assert conformance.check_call("sendMessage", {"chat_id": 1, "tekst": "a"}) == [
        "sendMessage has no field tekst",
        "sendMessage lacks text",
    ]
    assert conformance.check_call("sendMassage", {}) == ["there is no method sendMassage"]
    assert conformance.check_result("deleteMessages", "yes") == [
        "deleteMessages is no Boolean: 'yes'"
    ]
