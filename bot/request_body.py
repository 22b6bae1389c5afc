"""A call's parameters and files as the body of an HTTP request."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlencode

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from telegram.request import RequestData

PIECE: Final = 256 * 1024


class Body(aiohttp.payload.Payload):
    """A request's body that remembers whether it had an open connection to go to.

    aiohttp sends the headers together with the first piece of the body, so before that piece
    nothing of the request has left.
    """

    _autoclose = True

    def __init__(self, parts: Sequence[bytes], content_type: str) -> None:
        super().__init__(parts, content_type=content_type)
        self._parts = parts
        self._size: int = sum(map(len, parts))
        self.left = False

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return True  # aiohttp writes a body only if it is true

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._parts).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        await self.write_with_length(writer, None)

    async def write_with_length(
        self,
        writer: AbstractStreamWriter,
        content_length: int | None,  # noqa: ARG002 - always our own size
    ) -> None:
        self.left = writer.transport is not None and not writer.transport.is_closing()
        for piece in self._pieces():
            await writer.write(piece)

    def _pieces(self) -> Iterator[memoryview]:
        for part in self._parts:
            view = memoryview(part)
            for start in range(0, len(view), PIECE):
                yield view[start : start + PIECE]


def body_of(data: RequestData | None) -> Body:
    if data is None:
        return Body([], "application/x-www-form-urlencoded")
    if not data.contains_files:
        # A lone surrogate is no UTF-8; Telegram would refuse the whole text for it.
        form = urlencode(data.json_parameters, errors="replace").encode()
        return Body([form], "application/x-www-form-urlencoded")
    boundary = secrets.token_hex(16)
    return Body(list(_multipart(data, boundary)), f"multipart/form-data; boundary={boundary}")


def _multipart(data: RequestData, boundary: str) -> Iterator[bytes]:
    opening = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    for name, value in data.json_parameters.items():
        yield f'{opening}{_quoted(name)}"\r\n\r\n{value}\r\n'.encode(errors="replace")
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        yield (
            f'{opening}{_quoted(name)}"; filename="{_quoted(filename)}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode(errors="replace")
        yield content if isinstance(content, bytes) else content.read()
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    """As browsers write names in multipart headers (WHATWG HTML, "multipart/form-data")."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
