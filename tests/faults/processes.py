"""The bot as a process of its own, beside the stand-ins."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage import schema
from tests.faults.moments import (
    soon,
)
from tests.world import World

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


@dataclass(frozen=True)
class Ended:
    """A command that is over: its exit code, and all that it said."""

    code: int | None
    said: str

    def is_one_sentence(self, *words: str) -> bool:
        """It failed, said so in plain words, and nothing else."""
        assert self.code == 1, self
        assert len(self.said.strip().splitlines()) == 1, self
        assert "Traceback" not in self.said, self
        return all(word in self.said for word in words)


async def command(world: World, *words: str, blocks: int | None = None, **more: str) -> Ended:
    """Runs a command to its end, with files of at most so many blocks of 512 bytes."""
    limited = () if blocks is None else ("sh", "-c", f'ulimit -f {blocks} && exec "$@"', "sh")
    process = await asyncio.create_subprocess_exec(
        *(*limited, sys.executable, "-m", "bot", *words),
        env={**os.environ, **world.environment(), **more},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, said.decode())


@asynccontextmanager
async def running(world: World, **environment: str) -> AsyncIterator[tuple[Process, Path]]:
    """The bot, once it runs, and the file that holds all that it says."""
    said = world.settings.data_dir / "said"
    with said.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            env={**os.environ, **world.environment(), **environment},
            stdout=output,
            stderr=output,
        )
    try:
        await soon(lambda: "is running" in text_of(said), "the bot's first line")
        yield process, said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def migrated(folder: Path) -> Path:
    """A fresh database in a folder of its own."""
    folder.mkdir()
    schema.migrate(folder / "bot.db")
    return folder / "bot.db"


def fails(check: Ended, *words: str) -> None:
    assert check.code == 1, check
    assert "Traceback" not in check.said
    assert [word for word in words if word not in check.said] == []


def text_of(said: Path) -> str:
    return said.read_text()
