"""What the transport makes of servers that behave, and of those that don't."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from bot.errors import ConfigurationError
from bot.transport import (
    AiohttpRequest,
    OutcomeNotKnown,
    SurelyNotSent,
    TooManyRequests,
)
from tests.telegram.asking import OK, answer_ok, fault, params

from .wire import METHOD, TOKEN, Line, refusing_origin, serving


class TestAnswers:
    async def test_parameters_arrive_as_a_form(self, request_: AiohttpRequest) -> None:
        bodies: list[bytes] = []

        async def behave(line: Line) -> None:
            bodies.append(await line.request())
            await line.answers(b'{"ok":true,"result":{"message_id":7}}')

        async with serving(behave) as server:
            data = params(chat_id=5, text="ä & ü", reply_markup={"inline_keyboard": []})
            result = await request_.post(server.url(), data)
        assert result == {"message_id": 7}
        assert bodies == [
            b"chat_id=5&text=%C3%A4+%26+%C3%BC&reply_markup=%7B%22inline_keyboard%22%3A+%5B%5D%7D"
        ]

    async def test_a_lone_surrogate_is_sent_as_a_question_mark(
        self, request_: AiohttpRequest
    ) -> None:
        bodies: list[bytes] = []

        async def behave(line: Line) -> None:
            bodies.append(await line.request())
            await line.answers(OK)

        async with serving(behave) as server:
            await request_.post(server.url(), params(text="a\ud800b"))
        assert bodies == [b"text=a%3Fb"]

    async def test_files_arrive_untouched(self, request_: AiohttpRequest) -> None:
        content = bytes(range(256)) * 8000  # 2 MB: more than one piece
        fields: dict[str, tuple[str | None, bytes]] = {}

        async def take(request: web.Request) -> web.Response:
            reader = await request.multipart()
            async for part in reader:
                assert isinstance(part, aiohttp.BodyPartReader)
                fields[part.name or ""] = (part.filename, bytes(await part.read()))
            return web.Response(body=OK)

        app = web.Application(client_max_size=2**24)
        app.router.add_post(METHOD, take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            data = params(chat_id=5, caption="é", document=InputFile(content, "Ana 1 ü.png"))
            host, port = runner.addresses[0]
            await request_.post(f"http://{host}:{port}{METHOD}", data)
        finally:
            await runner.cleanup()
        assert fields["document"] == ("Ana 1 ü.png", content)
        assert fields["chat_id"] == (None, b"5")
        assert fields["caption"] == (None, "é".encode())

    async def test_a_bot_talks_through_it(self) -> None:
        me = b'{"ok":true,"result":{"id":4242,"is_bot":true,"first_name":"Ava","username":"a"}}'

        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(me)

        async with serving(behave) as server:
            bot = Bot(
                TOKEN,
                base_url=server.origin + "/bot",
                request=AiohttpRequest(),
                get_updates_request=AiohttpRequest(),
            )
            async with bot:
                assert bot.first_name == "Ava"

    async def test_connections_are_kept(self, request_: AiohttpRequest) -> None:
        async with serving(answer_ok) as server:
            for _ in range(5):
                await request_.post(server.url(), params(chat_id=5))
            assert server.connections == 1
            assert len(server.requests) == 5

    @pytest.mark.parametrize(
        ("status", "body", "kind", "words"),
        [
            (400, b'{"description":"Bad Request: chat not found"}', BadRequest, "Chat not found"),
            (401, b'{"description":"Unauthorized"}', InvalidToken, "Unauthorized"),
            (404, b"<html>/bot" + TOKEN.encode() + b"/x</html>", InvalidToken, "HTTP 404"),
            (403, b'{"description":"Forbidden: kicked"}', Forbidden, "Forbidden: kicked"),
            (409, b'{"description":"Conflict: two"}', Conflict, "Conflict: two"),
            (413, b"", BadRequest, "HTTP 413"),
            (302, b"see elsewhere", BadRequest, "HTTP 302"),
            (400, b'{"description":5,"parameters":[]}', BadRequest, "5"),
            (
                400,
                b'{"description":"up","parameters":{"migrate_to_chat_id":-1009}}',
                ChatMigrated,
                "Group migrated to supergroup. New chat id: -1009",
            ),
        ],
    )
    async def test_a_refusal_is_what_ptb_makes_of_it(
        self,
        request_: AiohttpRequest,
        status: int,
        body: bytes,
        kind: type[TelegramError],
        words: str,
    ) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(body, status=status)

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
        assert type(error) is kind
        assert str(error) == words

    @pytest.mark.parametrize(
        ("body", "seconds"),
        [
            (b'{"parameters":{"retry_after":3600}}', 3600.0),
            (b'{"parameters":{"retry_after":0}}', 1.0),
            (b'{"description":"Too Many Requests"}', 5.0),
            (b"<html>slow down</html>", 5.0),
        ],
    )
    async def test_429(self, request_: AiohttpRequest, body: bytes, seconds: float) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(body, status=429)

        async with serving(behave) as server:
            error = await fault(request_.post(server.url(), params(chat_id=5)))
        assert isinstance(error, TooManyRequests)
        assert error.seconds == seconds

    async def test_a_redirect_is_not_followed(self, request_: AiohttpRequest) -> None:
        async with serving(answer_ok) as elsewhere:

            async def behave(line: Line) -> None:
                await line.request()
                head = f"HTTP/1.1 307 X\r\nLocation: {elsewhere.url()}\r\nContent-Length: 0\r\n\r\n"
                line.writer.write(head.encode())
                await line.writer.drain()

            async with serving(behave) as server:
                assert isinstance(await fault(request_.post(server.url())), BadRequest)
            assert elsewhere.connections == 0


class TestSurelyNotSent:
    async def test_refused(self, request_: AiohttpRequest) -> None:
        url = await refusing_origin() + METHOD
        error = await fault(request_.post(url, params(chat_id=5)))
        assert isinstance(error, SurelyNotSent)
        assert str(error) == "not sent: ClientConnectorError ECONNREFUSED"

    async def test_no_such_name(self, request_: AiohttpRequest) -> None:
        error = await fault(request_.post(f"http://nowhere.invalid{METHOD}"))
        assert isinstance(error, SurelyNotSent)

    async def test_no_address_at_all(self, request_: AiohttpRequest) -> None:
        assert isinstance(await fault(request_.post(f"http://{METHOD}")), SurelyNotSent)

    async def test_no_tls_on_the_other_side(self, request_: AiohttpRequest) -> None:
        async def behave(line: Line) -> None:
            await line.reader.read(1)

        async with serving(behave) as server:
            url = server.url().replace("http://", "https://")
            assert isinstance(await fault(request_.post(url)), SurelyNotSent)

    async def test_tls_handshake_that_never_ends(self) -> None:
        async def behave(line: Line) -> None:
            await asyncio.sleep(30)

        async with (
            serving(behave) as server,
            AiohttpRequest(connect_timeout=0.2, total_timeout=5) as request,
        ):
            url = server.url().replace("http://", "https://")
            assert isinstance(await fault(request.post(url)), SurelyNotSent)

    async def test_no_place_in_the_pool(self) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await asyncio.sleep(30)

        async with (
            serving(behave) as server,
            AiohttpRequest(pool_size=1, connect_timeout=0.2, total_timeout=5) as request,
        ):
            first = asyncio.create_task(request.post(server.url(), params(chat_id=5)))
            await asyncio.sleep(0.05)
            error = await fault(request.post(server.url(), params(chat_id=6)))
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            assert len(server.requests) == 1
        assert isinstance(error, SurelyNotSent)

    async def test_a_kept_connection_that_closes_just_before_it_is_used(
        self, request_: AiohttpRequest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect = aiohttp.TCPConnector.connect

        async def connect_then_lose(
            *args: object, **kwargs: object
        ) -> aiohttp.connector.Connection:
            connection = await connect(*args, **kwargs)  # type: ignore[arg-type]
            assert connection.transport is not None
            connection.transport.close()
            return connection

        async with serving(answer_ok) as server:
            await request_.post(server.url(), params(chat_id=5))
            monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect_then_lose)
            error = await fault(request_.post(server.url(), params(chat_id=6)))
            assert len(server.requests) == 1
        assert isinstance(error, SurelyNotSent)

    async def test_a_proxy_that_is_away(self) -> None:
        proxy = (await refusing_origin()).replace("http://", "http://me:pa55word@")
        async with serving(answer_ok) as server, AiohttpRequest(proxy=proxy) as request:
            error = await fault(request.post(server.url()))
            assert server.connections == 0
        assert isinstance(error, SurelyNotSent)
        assert "pa55word" not in str(error)

    @pytest.mark.parametrize("status", [403, 502])
    async def test_a_proxy_that_does_not_connect(self, status: int) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b"no", status=status)

        async with serving(behave) as proxy, AiohttpRequest(proxy=proxy.origin) as request:
            error = await fault(request.post(f"https://api.telegram.invalid{METHOD}"))
            assert proxy.requests[0].startswith(b"CONNECT api.telegram.invalid:443")
        assert isinstance(error, SurelyNotSent)

    async def test_a_proxy_that_wants_credentials(self) -> None:
        async def behave(line: Line) -> None:
            await line.request()
            await line.answers(b"who are you", status=407)

        async with serving(behave) as proxy, AiohttpRequest(proxy=proxy.origin) as request:
            error = await fault(request.post(f"http://api.telegram.invalid{METHOD}"))
        assert isinstance(error, SurelyNotSent)

    async def test_before_it_is_opened_and_after_it_is_closed(self) -> None:
        request = AiohttpRequest()
        assert isinstance(await fault(request.post("http://127.0.0.1:1/")), SurelyNotSent)
        await request.initialize()
        await request.shutdown()
        assert isinstance(await fault(request.post("http://127.0.0.1:1/")), SurelyNotSent)


def test_a_socks_proxy_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY"):
        AiohttpRequest(proxy="socks5://127.0.0.1:1080")


async def test_a_plain_call_through_a_proxy() -> None:
    async with serving(answer_ok) as proxy:
        address = proxy.origin.replace("http://", "http://me:word@")
        async with AiohttpRequest(proxy=address) as request:
            assert await request.post(f"http://api.telegram.invalid{METHOD}") is True
        head = proxy.requests[0]
    assert head.startswith(f"POST http://api.telegram.invalid{METHOD} ".encode())
    assert b"Proxy-Authorization: Basic bWU6d29yZA==" in head


def test_the_two_kinds_can_be_told_apart() -> None:
    assert not issubclass(SurelyNotSent, OutcomeNotKnown)
    assert issubclass(SurelyNotSent, NetworkError)
    assert issubclass(OutcomeNotKnown, NetworkError)
