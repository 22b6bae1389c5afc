"""Calls of the client, and the fault that each comes to."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import Upload
from bot.errors import (
    ProviderFault,
)
from tests.eachlabs.answers import API, Recorder

MADE = {"status": "success", "message": "Prediction created", "predictionID": "p-1"}
INPUT = {"prompt": "a man img", "num_steps": 20}
UPLOAD = Upload(
    id="f-1",
    presigned_url=f"{API}/storage/f-1?X-Amz-Signature=abc",
    public_url="https://cdn.example.com/f-1.jpg",
    required_headers={"X-Amz-Meta-File-Id": "f-1", "Host": "elsewhere", "Content-Length": "3"},
)

Call = Callable[[EachlabsClient], Awaitable[object]]
HARMLESS: dict[str, Call] = {
    "get": lambda client: client.get("p-1"),
    "cancel": lambda client: client.cancel("p-1"),
    "presign": lambda client: client.presign("image/jpeg", 3600),
    "executions": lambda client: client.executions(datetime.now(UTC)),
    "probe": lambda client: client.probe(),
}


def create(client: EachlabsClient) -> Awaitable[object]:
    return client.create(INPUT)


async def fault_of(answers: Recorder, call: Call) -> ProviderFault:
    with pytest.raises(ProviderFault) as raised:
        await call(answers.client())
    return raised.value
