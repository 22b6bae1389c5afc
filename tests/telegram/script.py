"""A Telegram that answers from a script, in virtual time, and an outbox that talks to it."""

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from telegram import Bot

from bot.errors import TelegramFault
from bot.outbox import Outbox
from bot.transport import AiohttpRequest, OutcomeNotKnown, SurelyNotSent

from .virtual import now, run
from .wire import TOKEN

ANNA, BEN, GROUP = 1, 2, -100


Answer = tuple[int, object] | Exception


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
