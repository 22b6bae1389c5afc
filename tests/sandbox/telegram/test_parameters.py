"""Calls that are refused before anything else is looked at."""

import json
from typing import Any

import pytest

from tests.sandbox.telegram.phone import Bot, Person, World, buttons

Json = Any

WRONG: list[tuple[str, dict[str, Json], str]] = [
    ("sendMessage", {"text": "hi"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 1}, "message text is empty"),
    ("sendMessage", {"chat_id": 1, "text": ""}, "message text is empty"),
    ("sendMessage", {"chat_id": 1, "text": "a", "txt": "b"}, 'unknown parameter "txt"'),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "disable_notification": "maybe"},
        'field "disable_notification" must be of type Boolean',
    ),
    (
        "deleteMessage",
        {"chat_id": 1, "message_id": "seven"},
        'field "message_id" must be of type Number',
    ),
    ("deleteMessage", {"chat_id": 1}, "message identifier is not specified"),
    (
        "deleteMessages",
        {"chat_id": 1, "message_ids": "[]"},
        "message identifiers are not specified",
    ),
    ("sendPhoto", {"chat_id": 1}, "there is no photo in the request"),
    ("sendPhoto", {"chat_id": 1, "photo": "attach://p"}, "there is no photo in the request"),
    ("sendDocument", {"chat_id": 1}, "there is no document in the request"),
    ("sendDocument", {"chat_id": 1, "document": b"x", "other": b"y"}, 'unknown parameter "other"'),
    ("getFile", {}, "file_id not specified"),
    ("getUserProfilePhotos", {}, "invalid user_id specified"),
    ("sendChatAction", {"chat_id": 1}, "wrong parameter action in request"),
    ("answerCallbackQuery", {}, 'parameter "callback_query_id" is required'),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "reply_markup": "{"},
        "can't parse reply_markup JSON object",
    ),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "reply_markup": "[]"},
        "object expected as reply markup",
    ),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "reply_markup": {"keys": []}},
        "can't parse reply_markup: none of InlineKeyboardMarkup, ReplyKeyboardMarkup,"
        " ReplyKeyboardRemove, ForceReply",
    ),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "reply_parameters": {"message": 1}},
        "can't parse reply_parameters: can't find field \"message_id\" of ReplyParameters",
    ),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "reply_parameters": {"message_id": 1, "loud": True}},
        'can\'t parse reply_parameters: unknown field "loud" of ReplyParameters',
    ),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "reply_parameters": {"message_id": "1"}},
        'field "reply_parameters.message_id" must be of type Number',
    ),
    (
        "sendMediaGroup",
        {"chat_id": 1, "media": [{"type": "poll", "media": "x"}] * 2},
        'can\'t parse InputMedia: type "poll" is unsupported',
    ),
    (
        "sendMediaGroup",
        {"chat_id": 1, "media": [{"type": "photo", "media": "x"}]},
        "album must contain from 2 to 10 items",
    ),
    (
        "editMessageMedia",
        {"chat_id": 1, "message_id": 1, "media": {"type": "photo"}},
        "can't parse media: can't find field \"media\" of InputMediaPhoto",
    ),
    ("editMessageText", {"text": "a", "chat_id": 1}, "message identifier is not specified"),
    (
        "sendMessage",
        {"chat_id": 1, "text": "a", "business_connection_id": "b"},
        'parameter "business_connection_id" addresses what this server does not keep',
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "up"}]},
        "can't parse commands: can't find field \"description\" of BotCommand",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "Up", "description": "x"}]},
        "BOT_COMMAND_INVALID",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "up", "description": ""}]},
        "command description must be non-empty",
    ),
    (
        "setMyDescription",
        {"description": "x" * 513},
        "bot description is longer than 512 characters",
    ),
    ("setMyDescription", {"language_code": "english"}, "BOT_LANG_CODE_INVALID"),
    ("setWebhook", {"url": "ftp://x"}, "invalid webhook URL specified"),
    (
        "setWebhook",
        {"url": "https://a.example", "secret_token": "a b"},
        "secret token contains unallowed characters",
    ),
    (
        "setWebhook",
        {"url": "https://a.example", "certificate": "x"},
        'parameter "certificate" must be uploaded as an InputFile',
    ),
]


@pytest.mark.parametrize(("method", "params", "reason"), WRONG)
async def test_wrong_calls_are_refused_and_counted(
    here: World, method: str, params: dict[str, Json], reason: str
) -> None:
    assert await here.bot.fails(method, **params) == reason
    assert here.standin.calls.refused == 1


async def test_every_error_of_a_right_call_is_not_counted_as_refused(here: World) -> None:
    assert await here.bot.fails("sendMessage", chat_id=1, text="a") == "chat not found"
    assert here.standin.calls.refused == 0


async def test_null_bytes_that_are_no_unicode_are_refused(here: World) -> None:
    body = b"chat_id=1&text=%ff%fe"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    path = "/telegram/bot42:SANDBOX/sendMessage"
    async with here.client.post(path, data=body, headers=kind) as response:
        answer = await response.json()
    assert answer["description"] == "Bad Request: strings must be encoded in UTF-8"


@pytest.mark.parametrize("how", ["query", "form", "json", "json in json", "multipart"])
async def test_parameters_arrive_in_every_way(here: World, ana: Person, how: str) -> None:
    markup = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    plain = {"chat_id": str(ana.id), "text": "hé 👋", "reply_markup": json.dumps(markup)}
    path = "/telegram/bot42:SANDBOX/SENDmessage"
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    ways: dict[str, dict[str, Json]] = {
        "query": {"params": plain},
        "form": {"data": plain},
        "json": {"json": {"chat_id": ana.id, "text": "hé 👋", "reply_markup": markup}},
        "json in json": {"json": plain},
        "multipart": {"data": _multipart(plain), "headers": form},
    }
    async with here.client.post(path, **ways[how]) as response:
        result = (await response.json())["result"]
    assert result["text"] == "hé 👋"
    assert result["reply_markup"] == markup


def _multipart(fields: dict[str, str]) -> bytes:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + "--x--\r\n").encode()


async def test_the_token_opens_the_door(here: World) -> None:
    for path, status, description in [
        ("/telegram/bot42:OTHER/getMe", 401, "Unauthorized"),
        ("/telegram/botnonsense/getMe", 404, "Not Found"),
        ("/telegram/bot42:SANDBOX/getMoney", 404, "Not Found: method not found"),
    ]:
        async with here.client.get(path) as response:
            answer = await response.json()
        assert (response.status, answer["description"]) == (status, description)


async def test_buttons(bot: Bot, ana: Person) -> None:
    async def refused(markup: Json) -> str:
        return await bot.fails("sendMessage", chat_id=ana.id, text="a", reply_markup=markup)

    assert await refused(buttons([("A", "x" * 65)])) == "BUTTON_DATA_INVALID"
    assert await refused(buttons([("A", "é" * 33)])) == "BUTTON_DATA_INVALID"
    assert await refused(buttons([("A", "")])) == "BUTTON_DATA_INVALID"
    assert "Text buttons are unallowed" in await refused({"inline_keyboard": [[{"text": "A"}]]})
    assert "exactly one action" in await refused(
        {"inline_keyboard": [[{"text": "A", "callback_data": "a", "url": "https://a.example"}]]}
    )
    assert "Unsupported URL protocol" in await refused(
        {"inline_keyboard": [[{"text": "A", "url": "javascript://x"}]]}
    )
    assert await refused(buttons([(str(n), "a") for n in range(9)])) == "reply markup is too long"
    await bot.does("sendMessage", chat_id=ana.id, text="a", reply_markup=buttons([("A", "x" * 64)]))
