"""The outbox against a Telegram that is made up call by call, in virtual time."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import RetryAfter, TelegramError

from bot import errors
from bot.errors import (
    CallRejected,
    ChatGone,
    ChatMoved,
    FileGone,
    MediaForbidden,
    MessageGone,
    NotSent,
    OutcomeUnknown,
    PollerConflict,
    RetryLater,
    TelegramFault,
    TokenRefused,
    TopicGone,
)
from bot.outbox import Outbox, Priority, SentMedia, translated
from bot.transport import AiohttpRequest, OutcomeNotKnown, SurelyNotSent

from .virtual import now, run
from .wire import TOKEN, Line, serving

ANNA, BEN, GROUP = 1, 2, -100
Answer = tuple[int, object] | Exception
KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Cinematic", callback_data="s:1")]])


@dataclass(frozen=True)
class Call:
    at: float
    method: str
    params: dict[str, str]
    body: bytes


@dataclass(eq=False, repr=False)
class Telegram(AiohttpRequest):
    """In the place of the network: answers with what was prepared, else with a success."""

    prepared: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    latency: float = 0.1

    def __post_init__(self) -> None:
        super().__init__()

    async def _exchange(
        self, method: str, url: str, *, body: Any = None, **_: object
    ) -> tuple[int, bytes]:
        content = body.decode("latin-1") if body else ""
        params = {key: values[0] for key, values in parse_qs(content).items()}
        name = url.rpartition("/")[2]
        self.calls.append(Call(now(), name, params, content.encode("latin-1")))
        await asyncio.sleep(self.latency)
        answer = self.prepared.pop(0) if self.prepared else (200, _result(name))
        if isinstance(answer, Exception):
            raise answer
        status, content_ = answer
        return status, content_ if isinstance(content_, bytes) else json.dumps(content_).encode()

    @property
    def methods(self) -> list[str]:
        return [call.method for call in self.calls]


def _photo(size: int) -> dict[str, object]:
    name = f"photo{size}"
    return {"file_id": name, "file_unique_id": "u" + name, "width": size, "height": size}


MESSAGE: dict[str, object] = {
    "message_id": 77,
    "date": 1,
    "chat": {"id": ANNA, "type": "private"},
    "photo": [_photo(90), _photo(1280), _photo(320)],
    "document": {"file_id": "doc", "file_unique_id": "udoc"},
}


def _result(name: str) -> dict[str, object]:
    results: dict[str, object] = {
        "getFile": {
            "file_id": "f",
            "file_unique_id": "u",
            "file_size": 5,
            "file_path": "photos/file_1.jpg",
        },
        "getUserProfilePhotos": {"total_count": 1, "photos": [[_photo(160), _photo(640)]]},
        "getMyCommands": [{"command": "start", "description": "Begin"}],
        "getMyDescription": {"description": "Long"},
        "getMyShortDescription": {"short_description": "Short"},
    }
    bare = name.startswith(("delete", "answer", "set", "sendChatAction"))
    return {"ok": True, "result": True if bare else results.get(name, MESSAGE)}


def refusal(status: int, words: str, **parameters: int) -> Answer:
    said: dict[str, object] = {"ok": False, "error_code": status, "description": words}
    if parameters:
        said["parameters"] = parameters
    return status, said


def flood(seconds: int) -> Answer:
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


NO_CONNECTION = SurelyNotSent("not sent: ClientConnectorError ECONNREFUSED")
NO_ANSWER = OutcomeNotKnown("no answer: ServerDisconnectedError")

Script = Callable[[Outbox, Telegram], Coroutine[Any, Any, None]]


def with_outbox(script: Script, *prepared: Answer, messages_per_second: float = 30) -> Telegram:
    telegram = Telegram(list(prepared))
    bot = Bot(TOKEN, request=telegram, get_updates_request=AiohttpRequest())

    async def main() -> None:
        await script(Outbox(bot, messages_per_second), telegram)

    run(main())
    return telegram


async def fails(call: Awaitable[object], kind: type[TelegramFault]) -> TelegramFault:
    """The fault that a call ends in, of exactly that kind, without the token anywhere."""
    with pytest.raises(TelegramFault) as caught:
        await call
    assert type(caught.value) is kind
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    return caught.value


# What Telegram says: status, words, and what they mean to a send.
SAID: list[tuple[int, str, type[TelegramFault]]] = [
    (403, "Forbidden: bot was blocked by the user", ChatGone),
    (403, "Forbidden: user is deactivated", ChatGone),
    (403, "Forbidden: bot was kicked from the group chat", ChatGone),
    (403, "Forbidden: bot was kicked from the supergroup chat", ChatGone),
    (403, "Forbidden: bot is not a member of the supergroup chat", ChatGone),
    (403, "Forbidden: bot is not a member of the group chat", ChatGone),
    (403, "Forbidden: the group chat was deleted", ChatGone),
    (403, "Forbidden: bot can't initiate conversation with a user", ChatGone),
    (403, "Forbidden: bot can't send messages to bots", ChatGone),
    (400, "Bad Request: chat not found", ChatGone),
    (400, "Bad Request: private chat not found", ChatGone),
    (400, "Bad Request: PEER_ID_INVALID", ChatGone),
    (400, "Bad Request: user is deactivated", ChatGone),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", ChatGone),
    (400, "Bad Request: CHAT_RESTRICTED", ChatGone),
    (400, "Bad Request: CHANNEL_PRIVATE", ChatGone),
    (400, "Bad Request: have no write access to the chat", ChatGone),
    (400, "Bad Request: not enough rights to send text messages to the chat", ChatGone),
    (400, "Bad Request: message to edit not found", MessageGone),
    (400, "Bad Request: message can't be edited", MessageGone),
    (400, "Bad Request: message media can't be edited", MessageGone),
    (400, "Bad Request: message to be replied not found", MessageGone),
    (400, "Bad Request: replied message not found", MessageGone),
    (400, "Bad Request: message to react not found", MessageGone),
    (400, "Bad Request: MESSAGE_ID_INVALID", MessageGone),
    (400, "Bad Request: REPLY_MESSAGE_ID_INVALID", MessageGone),
    (400, "Bad Request: message thread not found", TopicGone),
    (400, "Bad Request: TOPIC_CLOSED", TopicGone),
    (400, "Bad Request: TOPIC_DELETED", TopicGone),
    (400, "Bad Request: not enough rights to send photos to the chat", MediaForbidden),
    (400, "Bad Request: not enough rights to send documents to the chat", MediaForbidden),
    (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", MediaForbidden),
    (400, "Bad Request: CHAT_SEND_DOCS_FORBIDDEN", MediaForbidden),
    (400, "Bad Request: CHAT_SEND_MEDIA_FORBIDDEN", MediaForbidden),
    (400, "Bad Request: wrong file_id or the file is temporarily unavailable", FileGone),
    (400, "Bad Request: invalid file_id", FileGone),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", FileGone),
    (400, "Bad Request: wrong remote file identifier specified: can't unserialize it", FileGone),
    (400, "Bad Request: file is too big", FileGone),
    (400, "Bad Request: FILE_REFERENCE_EXPIRED", FileGone),
    (401, "Unauthorized", TokenRefused),
    (404, "Not Found", TokenRefused),
    (404, "Not Found: method not found", CallRejected),
    (409, "Conflict: terminated by other getUpdates request", PollerConflict),
    (400, "Bad Request: message text is empty", CallRejected),
    (400, "Bad Request: there is no text in the message to edit", CallRejected),
    (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", CallRejected),
    (403, "Forbidden: something new", CallRejected),
    (413, "Request Entity Too Large", CallRejected),
    (302, "Found", CallRejected),
    (500, "Internal Server Error: restart", OutcomeUnknown),
    (502, "Bad Gateway", OutcomeUnknown),
]


class TestTranslation:
    @pytest.mark.parametrize(("status", "words", "kind"), SAID)
    def test_what_telegram_says(self, status: int, words: str, kind: type[TelegramFault]) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_text(ANNA, "hello"), kind)
            assert len(telegram.calls) == 1

        with_outbox(script, refusal(status, words))

    def test_a_group_that_became_a_supergroup(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            fault = await fails(outbox.send_text(GROUP, "hello"), ChatMoved)
            assert isinstance(fault, ChatMoved)
            assert fault.new_chat_id == -1009

        words = "Bad Request: group chat was upgraded to a supergroup chat"
        with_outbox(script, refusal(400, words, migrate_to_chat_id=-1009))

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_ptbs_own_way_to_say_429(self) -> None:
        fault = translated(RetryAfter(8))
        assert isinstance(fault, RetryLater)
        assert fault.seconds == 8

    def test_anything_else_is_unknown(self) -> None:
        assert type(translated(TelegramError("Invalid server response"))) is OutcomeUnknown

    @pytest.mark.parametrize("result", [True, None, 5, [], {}, {"message_id": "x"}])
    def test_a_result_that_makes_no_sense(self, result: object) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            await fails(outbox.send_photo(ANNA, "photo-id"), OutcomeUnknown)

        with_outbox(script, (200, {"ok": True, "result": result}))

    def test_every_kind_of_fault_is_told(self) -> None:
        told = {kind for _, _, kind in SAID} | {ChatMoved, RetryLater, NotSent}
        tree = {
            it
            for it in vars(errors).values()
            if isinstance(it, type) and issubclass(it, TelegramFault)
        }
        assert told == tree - {TelegramFault}


class TestSaying:
    def test_text(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            message_id = await outbox.send_text(
                ANNA,
                "<b>*_[ as typed",
                thread_id=3,
                reply_to=5,
                keyboard=KEYBOARD,
                silent=True,
                priority=Priority.DELIVERY,
            )
            assert message_id == 77
            params = telegram.calls[0].params
            assert telegram.methods == ["sendMessage"]
            assert params["text"] == "<b>*_[ as typed"
            assert "parse_mode" not in params
            assert json.loads(params["link_preview_options"]) == {"is_disabled": True}
            assert json.loads(params["reply_parameters"])["message_id"] == 5
            assert params["message_thread_id"] == "3"
            assert params["disable_notification"] == "true"
            assert "Cinematic" in params["reply_markup"]

        with_outbox(script)

    def test_photo_by_bytes_and_by_id(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            sent = await outbox.send_photo(ANNA, b"\x89PNG\xff", caption="Ana")
            assert sent == SentMedia(77, "photo1280", "uphoto1280")
            assert b"\x89PNG\xff" in telegram.calls[0].body
            await outbox.send_photo(ANNA, "photo1280")
            assert telegram.calls[1].params["photo"] == "photo1280"

        with_outbox(script)

    def test_document(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            sent = await outbox.send_document(ANNA, b"\x89PNG\xff", filename="ana.png", reply_to=5)
            assert sent == SentMedia(77, "doc", "udoc")
            assert b'filename="ana.png"' in telegram.calls[0].body

        with_outbox(script)

    def test_edits(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            assert await outbox.edit_text(ANNA, 7, "hi", keyboard=KEYBOARD)
            assert await outbox.edit_caption(ANNA, 7, "hi")
            assert await outbox.edit_keyboard(ANNA, 7, None)
            photo = await outbox.edit_to_photo(ANNA, 7, b"bytes", caption="c", keyboard=KEYBOARD)
            assert photo == SentMedia(77, "photo1280", "uphoto1280")
            file = await outbox.edit_to_document(ANNA, 7, b"bytes", filename="ana.png")
            assert file == SentMedia(77, "doc", "udoc")
            assert telegram.methods == [
                "editMessageText",
                "editMessageCaption",
                "editMessageReplyMarkup",
                "editMessageMedia",
                "editMessageMedia",
            ]
            assert b'filename="ana.png"' in telegram.calls[4].body

        with_outbox(script)

    def test_an_edit_that_changes_nothing_is_fine(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            assert await outbox.edit_text(ANNA, 7, "hi")
            assert await outbox.edit_text(ANNA, 7, "hi", priority=Priority.PROGRESS)
            assert await outbox.edit_to_photo(ANNA, 7, "id") is None

        words = "Bad Request: message is not modified: specified new message content and reply"
        with_outbox(script, *[refusal(400, words)] * 3)

    def test_delete(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            assert await outbox.delete(ANNA, 7) is True
            assert await outbox.delete(ANNA, 7) is True
            assert await outbox.delete(ANNA, 7) is False
            await fails(outbox.delete(ANNA, 7), ChatGone)

        with_outbox(
            script,
            (200, {"ok": True, "result": True}),
            refusal(400, "Bad Request: message to delete not found"),
            refusal(400, "Bad Request: message can't be deleted for everyone"),
            refusal(400, "Bad Request: chat not found"),
        )

    def test_taps_are_answered_quietly(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await outbox.answer("q1", "Not yours", alert=True)
            await outbox.answer("q2")
            assert telegram.calls[0].params["show_alert"] == "true"

        late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        with_outbox(script, (200, {"ok": True, "result": True}), refusal(400, late))

    def test_action_and_reaction(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await outbox.action(GROUP, 3, "upload_photo")
            await outbox.react(GROUP, 7, "👀")
            await outbox.react(GROUP, 7, None)
            assert telegram.calls[0].params["action"] == "upload_photo"
            assert json.loads(telegram.calls[1].params["reaction"])[0]["emoji"] == "👀"
            assert json.loads(telegram.calls[2].params["reaction"]) == []

        with_outbox(script)

    def test_what_no_limit_counts_goes_at_once(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            waiting = [asyncio.create_task(outbox.send_text(GROUP, "hi")) for _ in range(25)]
            await asyncio.sleep(3)
            started = now()
            await outbox.delete(GROUP, 7)
            await outbox.action(GROUP, None, "typing")
            await outbox.answer("q")
            await outbox.open_file("f")
            assert now() - started == pytest.approx(0.4)
            await asyncio.gather(*waiting)
            assert now() > 60

        with_outbox(script)


class TestProgress:
    def test_dropped_rather_than_delayed(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await asyncio.gather(*(outbox.send_text(ANNA, "hi") for _ in range(10)))
            started = now()
            assert not await outbox.edit_text(ANNA, 7, "50%", priority=Priority.PROGRESS)
            assert now() - started == pytest.approx(3)
            assert "editMessageText" not in telegram.methods

        with_outbox(script)

    @pytest.mark.parametrize("trouble", [NO_CONNECTION, NO_ANSWER, flood(5), flood(3600)])
    def test_given_up_at_the_first_trouble(self, trouble: Answer) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            assert not await outbox.edit_text(ANNA, 7, "50%", priority=Priority.PROGRESS)
            assert len(telegram.calls) == 1
            assert now() < 1

        with_outbox(script, trouble)

    def test_a_message_that_is_gone_is_told(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            edit = outbox.edit_caption(ANNA, 7, "50%", priority=Priority.PROGRESS)
            await fails(edit, MessageGone)

        with_outbox(script, refusal(400, "Bad Request: message to edit not found"))


class TestFlood:
    def test_a_short_delay_is_sat_out_in_order_and_by_its_chat_only(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            first = asyncio.create_task(outbox.send_text(ANNA, "first"))
            await asyncio.sleep(0.05)
            second = asyncio.create_task(outbox.send_text(ANNA, "second"))
            await asyncio.sleep(0.1)
            await outbox.send_text(BEN, "other")
            await asyncio.gather(first, second)
            texts = [(call.params["text"], round(call.at)) for call in telegram.calls]
            assert texts == [("first", 0), ("other", 0), ("first", 5), ("second", 5)]

        with_outbox(script, flood(5))

    def test_without_a_number_it_is_five_seconds(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await outbox.send_text(ANNA, "hi")
            assert [round(call.at) for call in telegram.calls] == [0, 5]

        with_outbox(script, (429, b"<html>slow down</html>"))

    def test_a_long_one_is_for_a_database(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            fault = await fails(outbox.send_text(ANNA, "hi"), RetryLater)
            assert isinstance(fault, RetryLater)
            assert fault.seconds == 3600
            await asyncio.sleep(600)
            with pytest.raises(RetryLater) as caught:
                await outbox.edit_text(ANNA, 7, "hi")
            assert caught.value.seconds == pytest.approx(3000, abs=0.2)
            with pytest.raises(RetryLater):
                await outbox.delete(ANNA, 7)
            assert len(telegram.calls) == 1
            await outbox.send_text(BEN, "hi")
            await asyncio.sleep(3000)
            await outbox.send_text(ANNA, "hi")
            assert len(telegram.calls) == 3

        with_outbox(script, flood(3600))

    def test_short_ones_do_not_add_up_for_ever(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_text(ANNA, "hi"), RetryLater)
            assert len(telegram.calls) == 4
            assert 30 < now() < 32

        with_outbox(script, *[flood(10)] * 9)

    def test_of_a_call_that_no_limit_counts(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            deleting = asyncio.create_task(outbox.delete(ANNA, 7))
            await asyncio.sleep(0.5)
            await asyncio.gather(outbox.send_text(ANNA, "hi"), outbox.send_text(BEN, "hi"))
            assert await deleting
            assert [(call.method, round(call.at)) for call in telegram.calls[1:2]] == [
                ("sendMessage", 0)
            ]
            assert sorted(round(call.at) for call in telegram.calls) == [0, 0, 5, 5]

        with_outbox(script, flood(5))

    def test_a_long_one_of_such_a_call_is_its_own_affair(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            with pytest.raises(RetryLater, match="3600"):
                await outbox.react(GROUP, 7, "👀")
            assert await outbox.send_text(GROUP, "hi") == 77
            assert now() < 1

        with_outbox(script, flood(3600))

    def test_of_a_call_without_a_chat(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await outbox.open_file("f")
            assert [round(call.at) for call in telegram.calls] == [0, 5]
            with pytest.raises(RetryLater, match="3600"):
                await outbox.answer("q")

        with_outbox(script, flood(5), (200, _result("getFile")), flood(3600))


class TestTrouble:
    def test_what_was_not_sent_is_sent_again(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            assert await outbox.send_text(ANNA, "hi") == 77
            assert len(telegram.calls) == 4

        with_outbox(script, *[NO_CONNECTION] * 3)

    def test_but_not_for_ever(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_text(ANNA, "hi"), NotSent)
            assert 5 <= len(telegram.calls) <= 6
            assert 12 < now() < 21

        with_outbox(script, *[NO_CONNECTION] * 99)

    def test_nothing_else_of_the_chat_overtakes_it(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await asyncio.gather(
                outbox.send_text(ANNA, "first", priority=Priority.PROGRESS),
                outbox.send_text(ANNA, "second"),
            )
            texts = [call.params["text"] for call in telegram.calls]
            assert texts == ["first", "first", "second"]

        with_outbox(script, NO_CONNECTION)

    def test_a_send_whose_outcome_is_unknown_is_not_repeated(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_document(ANNA, "file"), OutcomeUnknown)
            assert len(telegram.calls) == 1

        with_outbox(script, NO_ANSWER)

    @pytest.mark.parametrize("trouble", [NO_ANSWER, refusal(502, "Bad Gateway"), (200, b"<html>")])
    def test_harmless_calls_are(self, trouble: Answer) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            calls: list[Coroutine[Any, Any, object]] = [
                outbox.edit_text(ANNA, 7, "hi"),
                outbox.edit_to_photo(ANNA, 7, b"bytes"),
                outbox.delete(ANNA, 7),
                outbox.action(ANNA, None, "typing"),
                outbox.answer("q"),
                outbox.react(ANNA, 7, "👀"),
                outbox.open_file("f"),
            ]
            for number, call in enumerate(calls, start=1):
                telegram.prepared = [trouble]
                await call
                assert len(telegram.calls) == 2 * number

        with_outbox(script)

    def test_a_repeated_edit_that_had_worked_is_fine(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            assert await outbox.edit_text(ANNA, 7, "hi")

        with_outbox(script, NO_ANSWER, refusal(400, "Bad Request: message is not modified"))

    def test_a_lost_connection_frees_the_place_it_had(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            telegram.latency = 0
            failing = [asyncio.create_task(outbox.send_text(i, "hi")) for i in range(1, 6)]
            await asyncio.sleep(0.1)
            await outbox.send_text(99, "hi")
            assert now() == pytest.approx(0.1)
            await asyncio.gather(*failing)

        with_outbox(script, *[NO_CONNECTION] * 5, messages_per_second=1)

    def test_closing_ends_the_repeats(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            sending = asyncio.create_task(outbox.send_text(ANNA, "hi"))
            deleting = asyncio.create_task(outbox.delete(BEN, 7))
            await asyncio.sleep(4)
            await outbox.close()
            await fails(sending, NotSent)
            await fails(deleting, NotSent)
            assert now() == pytest.approx(4)
            await fails(outbox.send_text(BEN, "hi"), NotSent)

        with_outbox(script, *[NO_CONNECTION] * 99)

    def test_closing_waits_for_what_is_on_its_way(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            telegram.latency = 5
            sending = asyncio.create_task(outbox.send_text(ANNA, "hi"))
            await asyncio.sleep(1)
            await outbox.close()
            assert now() == 5
            assert await sending == 77

        with_outbox(script)


class TestFiles:
    def test_download(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            assert await outbox.download("f") == b"bytes"
            assert telegram.methods == ["getFile", "file_1.jpg"]

        with_outbox(script, (200, _result("getFile")), (200, b"bytes"))

    def test_a_dead_link_is_asked_for_anew_once(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            assert await outbox.download("f") == b"bytes"
            await fails(outbox.download("f"), FileGone)
            assert telegram.methods == ["getFile", "file_1.jpg"] * 4

        link, dead = (200, _result("getFile")), (404, b"gone")
        with_outbox(script, link, dead, link, (200, b"bytes"), link, dead, link, dead, link, dead)

    def test_half_a_file_and_no_connection_are_tried_again(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            assert await outbox.download("f") == b"bytes"
            assert telegram.methods == ["getFile"] + ["file_1.jpg"] * 4

        bad: list[Answer] = [(200, b"byt"), NO_CONNECTION, NO_ANSWER]
        with_outbox(script, (200, _result("getFile")), *bad, (200, b"bytes"))

    def test_half_a_file_for_ever(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            await fails(outbox.download("f"), OutcomeUnknown)
            assert now() < 22

        with_outbox(script, (200, _result("getFile")), *[(200, b"byt")] * 99)

    def test_too_big(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.download("f", limit=4), FileGone)
            assert "file_1.jpg" not in telegram.methods

        with_outbox(script)

    def test_profile_photo(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            photo = await outbox.profile_photo(ANNA)
            assert photo is not None
            assert photo.file_id == "photo640"
            assert await outbox.profile_photo(ANNA) is None
            assert await outbox.profile_photo(ANNA) is None

        with_outbox(
            script,
            (200, _result("getUserProfilePhotos")),
            (200, {"ok": True, "result": {"total_count": 0, "photos": []}}),
            refusal(400, "Bad Request: user not found"),
        )


class TestDescribing:
    def test_only_what_differs_is_set(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await outbox.describe({"start": "Begin"}, "Long", "Short")
            assert [it for it in telegram.methods if it.startswith("set")] == []
            await outbox.describe({"start": "Begin", "help": "Help"}, "Long", "New", language="de")
            changed = [it for it in telegram.calls if it.method.startswith("set")]
            assert [it.method for it in changed] == ["setMyCommands", "setMyShortDescription"]
            assert all(it.params["language_code"] == "de" for it in changed)

        with_outbox(script)


class TestOnTheWire:
    """The same through aiohttp, on real connections."""

    @pytest.fixture
    async def bot(self) -> AsyncIterator[Callable[[str], Bot]]:
        request = AiohttpRequest(connect_timeout=2, total_timeout=2)

        def at(origin: str) -> Bot:
            return Bot(
                TOKEN,
                base_url=f"{origin}/bot",
                base_file_url=f"{origin}/file/bot",
                request=request,
                get_updates_request=AiohttpRequest(),
            )

        async with request:
            yield at

    async def test_cut_off_after_the_effect(self, bot: Callable[[str], Bot]) -> None:
        async def behave(line: Line) -> None:
            await line.request()

        async with serving(behave) as server:
            outbox = Outbox(bot(server.origin))
            await fails(outbox.send_photo(ANNA, b"x" * 300_000), OutcomeUnknown)
            assert len(server.requests) == 1

    async def test_an_edit_survives_a_cut(self, bot: Callable[[str], Bot]) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            if len(line.server.requests) > 1:
                await line.answers(json.dumps({"ok": True, "result": MESSAGE}).encode())

        async with serving(behave) as server:
            outbox = Outbox(bot(server.origin))
            assert await outbox.edit_to_photo(ANNA, 7, b"x" * 300_000)
            assert len(server.requests) == 2

    async def test_a_refused_token(self, bot: Callable[[str], Bot]) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(f"<html>no bot{TOKEN}</html>".encode(), status=404)

        async with serving(behave) as server:
            fault = await fails(Outbox(bot(server.origin)).send_text(ANNA, "hi"), TokenRefused)
            assert TOKEN not in str(fault)

    async def test_a_download(self, bot: Callable[[str], Bot]) -> None:
        async def behave(line: Line) -> None:
            while True:
                await line.request()
                if line.server.requests[-1].startswith(b"GET"):
                    await line.answers(b"bytes")
                else:
                    await line.answers(json.dumps(_result("getFile")).encode())

        async with serving(behave) as server:
            assert await Outbox(bot(server.origin)).download("f") == b"bytes"
            path = f"/file/bot{TOKEN}/photos/file_1.jpg"
            assert server.requests[-1].startswith(f"GET {path} ".encode())

    async def test_ptbs_own_network_layer_is_not_enough(self) -> None:
        with pytest.raises(TypeError, match="download"):
            Outbox(Bot(TOKEN))
