"""A client whose network is a function, and one canned answer."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest

from bot.eachlabs.client import EachlabsClient
from bot.errors import ProviderFault

KEY = "secret-key-1234"
API = "https://api.example.com"
PICTURE = b"\x89PNG picture"

Handler = Callable[[httpx.Request], httpx.Response]


async def nowhere(host: str, port: int) -> Sequence[str]:
    raise OSError("no such name")


class Recorder:
    """Answers every request with the same, or by a handler, and keeps the requests."""

    def __init__(self, answer: httpx.Response | Handler | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        if isinstance(self._answer, httpx.Response):
            return self._answer
        return self._answer(request)

    @property
    def request(self) -> httpx.Request:
        (only,) = self.requests
        return only

    @property
    def sent(self) -> Any:
        return json.loads(self.request.content)

    def client(
        self, resolve: Callable[[str, int], Awaitable[Sequence[str]]] = nowhere
    ) -> EachlabsClient:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return EachlabsClient(API, KEY, http=http, timeout=2.0, resolve=resolve)


def answering(
    body: object = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Recorder:
    """`body` as JSON, or as it is if it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Recorder(httpx.Response(status, content=content, headers=headers))


async def output_fault(client: EachlabsClient, url: str, **options: float) -> ProviderFault:
    """What comes of asking for an output there."""
    with pytest.raises(ProviderFault) as raised:
        await client.fetch_output(url, **options)  # type: ignore[arg-type]
    return raised.value
