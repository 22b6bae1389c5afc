"""The stand-ins as a process of their own."""

import asyncio
import socket
import sys

import pytest

from bot.demo import demonstrate
from bot.errors import ConfigurationError


async def test_they_end_with_whoever_started_them() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.sandbox", "--port", "0", "--until-eof"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"Chat page" in await process.stdout.readline()
        process.stdin.close()
        async with asyncio.timeout(30):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()


async def test_a_demo_on_a_port_that_is_taken_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as said:
            await demonstrate(port, real_time=False)
    assert str(said.value) == (
        f"The chat page can't be served on port {port}: Address already in use. "
        f"Name another one: make demo PORT={port + 10}"
    )
