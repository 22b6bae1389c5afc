"""What the tests of the transport share."""

from collections.abc import AsyncIterator

import pytest

from bot.transport import AiohttpRequest


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest(connect_timeout=2, total_timeout=2) as request:
        yield request
