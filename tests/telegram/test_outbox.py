"""The outbox against a Telegram that is made up call by call, in virtual time."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import (
    ChatGone,
    FileGone,
    MessageGone,
    OutcomeUnknown,
    TokenRefused,
)
from bot.outbox import Outbox, Priority, SentMedia
from bot.transport import AiohttpRequest
from tests.telegram.script import (
    ANNA,
    GROUP,
    MESSAGE,
    NO_ANSWER,
    NO_CONNECTION,
    Answer,
    Telegram,
    _result,
    fails,
    flood,
    refusal,
    with_outbox,
)

from .virtual import now
from .wire import TOKEN, Line, serving

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Cinematic", callback_data="s:1")]])


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
