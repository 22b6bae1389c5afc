"""Files that are fetched from Telegram: whole, or not at all."""

import asyncio

import pytest
from telegram.error import TelegramError

from bot.errors import FileGone
from bot.transport import (
    AiohttpRequest,
    OutcomeNotKnown,
    SurelyNotSent,
    TooManyRequests,
)
from tests.telegram.asking import fault

from .wire import TOKEN, Line, RawServer, refusing_origin, serving


class TestDownload:
    PATH = f"/file/bot{TOKEN}/photos/file_1.jpg"

    async def get(self, request: AiohttpRequest, server: RawServer, limit: int = 1000) -> bytes:
        return await request.download(server.url(self.PATH), limit=limit, within=2)

    async def test_bytes(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b"x" * 1000)

        async with serving(behave) as server:
            assert await self.get(request_, server) == b"x" * 1000
            assert server.requests[0].startswith(f"GET {self.PATH} HTTP/1.1".encode())

    @pytest.mark.parametrize("status", [302, 400, 403, 404, 410])
    async def test_a_link_that_is_no_longer_good(
        self, request_: AiohttpRequest, status: int
    ) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b"gone", status=status)

        async with serving(behave) as server:
            with pytest.raises(FileGone, match=str(status)) as caught:
                await self.get(request_, server)
        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize("announced", [True, False])
    async def test_one_byte_too_many(self, request_: AiohttpRequest, announced: bool) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            length = "Content-Length: 1001\r\n" if announced else ""
            line.writer.write(f"HTTP/1.1 200 X\r\n{length}\r\n".encode() + b"x" * 1001)

        async with serving(behave) as server:
            with pytest.raises(FileGone, match="more than 1000 bytes"):
                await self.get(request_, server)

    async def test_a_download_that_stops_half_way(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b"x" * 500, length=1000)

        async with serving(behave) as server:
            assert isinstance(await fault(self.get(request_, server)), OutcomeNotKnown)

    async def test_a_download_that_stalls(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b"x" * 500, length=1000)
            await asyncio.sleep(30)

        async with serving(behave) as server:
            stalling = request_.download(server.url(self.PATH), limit=1000, within=0.2)
            assert isinstance(await fault(stalling), OutcomeNotKnown)

    async def test_refused(self, request_: AiohttpRequest) -> None:
        url = await refusing_origin() + self.PATH
        error = await fault(request_.download(url, limit=1000, within=2))
        assert isinstance(error, SurelyNotSent)

    @pytest.mark.parametrize(("status", "kind"), [(429, TooManyRequests), (503, OutcomeNotKnown)])
    async def test_may_work_later(
        self, request_: AiohttpRequest, status: int, kind: type[TelegramError]
    ) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b"", status=status)

        async with serving(behave) as server:
            assert type(await fault(self.get(request_, server))) is kind
