"""The same outcomes on real sockets: what was surely not sent, and what is unknown."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import Upload
from bot.errors import BadAnswer, ProviderDown, ProviderFault, ProviderUnknown
from tests.eachlabs.answers import KEY

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(behave: Behaviour) -> AsyncIterator[str]:
    """A server that does this with each connection; yields its origin."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = running.sockets[0].getsockname()
    async with running:
        yield f"http://{host}:{port}"


@asynccontextmanager
async def client_of(behave: Behaviour, seconds: float = 1.0) -> AsyncIterator[EachlabsClient]:
    async with server(behave) as origin, EachlabsClient(origin, KEY, timeout=seconds) as client:
        yield client


async def request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0].strip()
    return head + await reader.readexactly(int(length or 0))


def answer(body: bytes, *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    await reader.read()


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)


async def cut_within(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    writer.write(answer(b'{"predictionID": "p-1"}')[:-5])


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request(reader)
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte at a time, so that no single read ever takes long."""
    await request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def outcome(call: Awaitable[object]) -> type[ProviderFault]:
    with pytest.raises(ProviderFault) as raised:
        await call
    return type(raised.value)


@pytest.mark.parametrize("behave", [never, cut, cut_within, no_http, slowly])
async def test_a_create_without_a_whole_answer_is_unknown(behave: Behaviour) -> None:
    async with client_of(behave, seconds=0.4) as client:
        assert await outcome(client.create({})) is ProviderUnknown


@pytest.mark.parametrize("behave", [never, cut, cut_within, no_http, slowly])
async def test_a_harmless_call_without_one_is_not(behave: Behaviour) -> None:
    async with client_of(behave, seconds=0.4) as client:
        assert await outcome(client.get("p-1")) is ProviderDown


async def test_a_call_has_a_timeout_as_a_whole() -> None:
    async with client_of(slowly, seconds=0.4) as client:
        began = time.monotonic()
        await outcome(client.probe())
        assert time.monotonic() - began < 1.5


async def test_connection_refused_is_surely_not_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with EachlabsClient(origin, KEY) as client:
            assert await outcome(client.create({})) is ProviderDown


async def test_a_connection_that_is_never_taken_is_surely_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        # The kernel takes this much before it leaves the next one waiting.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        async with EachlabsClient(f"http://127.0.0.1:{address[1]}", KEY, timeout=0.8) as client:
            assert await outcome(client.create({})) is ProviderDown
        for one in waiting:
            one.close()


async def test_no_tls_behind_https_is_surely_not_sent() -> None:
    async with (
        server(never) as origin,
        EachlabsClient(origin.replace("http:", "https:"), KEY, timeout=1) as client,
    ):
        assert await outcome(client.create({})) is ProviderDown


async def test_a_name_that_does_not_resolve_is_surely_not_sent() -> None:
    async with EachlabsClient("http://nobody.invalid", KEY, timeout=4) as client:
        assert await outcome(client.create({})) is ProviderDown


async def test_a_call_that_is_cancelled_stays_cancelled() -> None:
    async with client_of(never, seconds=5) as client:
        call = asyncio.create_task(client.create({}))
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_calls_share_a_connection_files_do_not() -> None:
    """A file's connection goes to an address: kept, it would serve other names of it too."""
    seen: list[list[bytes]] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append([])
        while True:
            seen[-1].append(await request(reader))
            writer.write(answer(b'{"executions": []}', b"Content-Type: image/png"))

    async with client_of(behave) as client:
        await client.probe()
        await client.probe()
        await client.fetch_output(f"{client._base}/1.png")
        await client.fetch_output(f"{client._base}/2.png")
    assert [len(requests) for requests in seen] in ([4], [3, 1])
    # Of all requests only those of the API carry the key.
    files = [one for connection in seen for one in connection if one.startswith(b"GET /1")]
    assert KEY.encode() not in files[0]


async def test_a_put_without_an_answer_may_be_repeated() -> None:
    async with client_of(cut) as client:
        upload = Upload(id="f", presigned_url=f"{client._base}/put", public_url="https://x")
        assert await outcome(client.put(upload, b"picture", "image/png")) is ProviderDown


async def test_an_endless_output_is_read_to_the_limit_only() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        while True:
            writer.write(bytes(100_000))
            await writer.drain()
            sent += 100_000

    async with client_of(endless, seconds=5) as client:
        fetch = client.fetch_output(f"{client._base}/1.png", limit_bytes=3_000_000)
        assert await outcome(fetch) is BadAnswer
    assert sent < 20_000_000


async def test_an_output_that_stops_half_way() -> None:
    async with client_of(cut_within) as client:
        assert await outcome(client.fetch_output(f"{client._base}/1.png")) is ProviderDown
