"""A request of which nobody knows what came of it: never taken for one that was not sent."""

import asyncio
import logging

import pytest
from telegram import InputFile

from bot.transport import (
    MAX_ANSWER,
    AiohttpRequest,
    OutcomeNotKnown,
)
from tests.telegram.asking import OK, fault, params

from .wire import TOKEN, Line, serving


class TestOutcomeNotKnown:
    async def test_cut_before_the_request_is_read(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.reader.read(1)
            line.writer.transport.abort()

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
            assert server.connections == 1
        assert isinstance(error, OutcomeNotKnown)

    async def test_cut_after_the_request_is_read(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.request()

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
            assert len(server.requests) == 1
        assert isinstance(error, OutcomeNotKnown)

    async def test_a_post_on_a_kept_connection_is_never_sent_twice(
        self, request_: AiohttpRequest
    ) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(OK)
            await line.request()

        async with serving(behave) as server:
            await request_.post(server.url(), params(chat_id=5))
            error = await fault(request_.post(server.url(), params(chat_id=6)))
            await asyncio.sleep(0.05)
            assert len(server.requests) == 2
            assert server.connections == 1
        assert isinstance(error, OutcomeNotKnown)

    async def test_slow(self) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await asyncio.sleep(30)

        async with serving(behave) as server, AiohttpRequest(total_timeout=0.2) as request:
            slow = request.post(server.url(), params(chat_id=5))
            assert isinstance(await fault(slow), OutcomeNotKnown)

    async def test_long_polling_gets_the_time_it_polls_for(self) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await asyncio.sleep(0.5)
            await line.answers(b'{"ok":true,"result":[]}')

        async with serving(behave) as server, AiohttpRequest(total_timeout=0.2) as request:
            assert await request.post(server.url(), read_timeout=1) == []

    async def test_an_answer_that_trickles_for_ever(self) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            line.writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 9999\r\n\r\n")
            while True:
                line.writer.write(b" ")
                await asyncio.sleep(0.02)

        async with serving(behave) as server, AiohttpRequest(total_timeout=0.3) as request:
            started = asyncio.get_running_loop().time()
            error = await fault(request.post(server.url()))
            assert asyncio.get_running_loop().time() - started < 2
        assert isinstance(error, OutcomeNotKnown)

    async def test_an_upload_that_stalls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.transport.SLOWEST_UPLOAD", 80 * 2**20)

        async def behave(line: Line) -> None:
            await line.reader.readexactly(100)
            await asyncio.sleep(30)

        async with serving(behave) as server, AiohttpRequest(total_timeout=0.2) as request:
            upload = params(chat_id=5, photo=InputFile(bytes(8 * 2**20), "a.png"))
            started = asyncio.get_running_loop().time()
            error = await fault(request.post(server.url(), upload))
            assert 0.25 < asyncio.get_running_loop().time() - started < 2
        assert isinstance(error, OutcomeNotKnown)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>Bad gateway</html>",
            b'{"ok":true}',
            b'["result"]',
            b'{"result":',
            b"\xff\xfe\x00result",
        ],
    )
    async def test_rubbish(
        self, request_: AiohttpRequest, body: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(body)

        caplog.set_level(logging.DEBUG)
        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
        assert isinstance(error, OutcomeNotKnown)
        assert TOKEN not in caplog.text

    async def test_no_http_at_all(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            line.writer.write(b"220 smtp.example ESMTP\r\n\r\n")

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
        assert isinstance(error, OutcomeNotKnown)

    async def test_half_a_body(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(OK[:10], length=len(OK))

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
        assert isinstance(error, OutcomeNotKnown)

    @pytest.mark.parametrize("announced", [True, False])
    async def test_an_endless_answer(self, request_: AiohttpRequest, announced: bool) -> None:
        sent = 0

        async def behave(line: Line) -> None:
            nonlocal sent
            await line.request()
            length = f"Content-Length: {2**40}\r\n" if announced else ""
            line.writer.write(f"HTTP/1.1 200 X\r\n{length}\r\n".encode())
            while True:
                line.writer.write(bytes(2**20))
                await line.writer.drain()
                sent += 2**20

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
        assert isinstance(error, OutcomeNotKnown)
        assert sent < MAX_ANSWER * 2

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    async def test_a_server_in_trouble(self, request_: AiohttpRequest, status: int) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b'{"description":"restart ' + TOKEN.encode() + b'"}', status=status)

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
        assert isinstance(error, OutcomeNotKnown)
        assert str(error) == f"HTTP {status}: restart [token]"
