"""Small servers on loopback that behave and misbehave as a test wants them to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

TOKEN = "4242:AAE-very_secret"
METHOD = f"/bot{TOKEN}/sendMessage"

Conversation = Callable[["Line"], Awaitable[None]]


@dataclass
class Line:
    """One connection, seen from the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: "RawServer"

    async def request(self) -> bytes:
        """One whole request: headers and the body that they announce."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.server.requests.append(head)
        size = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        return await self.reader.readexactly(size)

    async def answers(self, body: bytes, *, status: int = 200, length: int | None = None) -> None:
        size = len(body) if length is None else length
        self.writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {size}\r\n\r\n".encode() + body)
        await self.writer.drain()


@dataclass
class RawServer:
    """What came in, and where to call."""

    origin: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str = METHOD) -> str:
        return self.origin + path


@contextlib.asynccontextmanager
async def serving(behave: Conversation) -> AsyncIterator[RawServer]:
    """A server that holds the given conversation on each connection, then hangs up."""
    state = RawServer()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await behave(Line(reader, writer, state))
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(connected(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    state.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def refusing_origin() -> str:
    """An address on loopback where nobody listens."""
    async with serving(_hang_up) as server:
        return server.origin


async def _hang_up(line: Line) -> None:
    line.writer.close()
