"""The processes of a run, each started, watched and stopped by its id."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.scenario import Scenario

TOKEN: Final = "42:SANDBOX"
API_KEY: Final = "sandbox-key"
# Predictions of 21 s (the model's page) a hundred times as fast: the provider is none of the
# bot's speed.
SPEED: Final = 100.0
TYPICAL_SECONDS: Final = 21.0
STARTUP_SECONDS: Final = 60.0
GOODBYE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds of processor time so far: of a process, and of those that it started."""

    own: float
    children: float

    def __sub__(self, earlier: "Cpu") -> "Cpu":
        return Cpu(self.own - earlier.own, self.children - earlier.children)


def cpu(pid: int) -> Cpu:
    """Zeros where /proc doesn't tell."""
    try:
        own, gone = _times(pid)
        children = sum(sum(_times(child)) for child in _children(pid))
    except OSError:
        return Cpu(0.0, 0.0)
    return Cpu(own, gone + children)


def _times(pid: int) -> tuple[float, float]:
    """proc(5), stat: utime + stime, and cutime + cstime."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, (int(fields[13]) + int(fields[14])) / ticks


def _children(pid: int) -> list[int]:
    """All of its threads' children, and theirs."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            found += [child, *_children(child)]
    return found


@asynccontextmanager
async def stand_ins(scenario: Scenario) -> AsyncIterator[str]:
    """The stand-ins in a process of their own; yields their origin."""
    arguments = {
        "--port": 0,
        "--speed": SPEED,
        "--typical-seconds": TYPICAL_SECONDS,
        "--seed": scenario.seed,
        "--requests-per-minute": 0,
        "--concurrency": 0,
        "--telegram-latency": scenario.latency,
        "--download-latency": scenario.download_latency,
        "--pictures": "quick",
    }
    limits = "--flood-limits" if scenario.messages_per_second else "--no-flood-limits"
    words = [str(word) for pair in arguments.items() for word in pair]
    async with _process("-m", "bot.sandbox", *words, limits) as process:
        line = await _first_line(process)
        yield line.rpartition(" ")[2].rstrip("/\n")


@asynccontextmanager
async def the_bot(scenario: Scenario, origin: str, folder: Path) -> AsyncIterator[int]:
    """`python -m bot run` on the stand-ins; yields its process id."""
    environment = {
        "TELEGRAM_MESSAGES_PER_SECOND": str(scenario.messages_per_second),
        "EACHLABS_API_KEY": API_KEY,
        "EACHLABS_API_URL": f"{origin}/eachlabs",
        "EACHLABS_TYPICAL_SECONDS": str(TYPICAL_SECONDS / SPEED),
        "EACHLABS_REQUESTS_PER_MINUTE": "0",
        "EACHLABS_CONCURRENCY": "0",
        "DATA_DIR": str(folder),
        "DAILY_CREDITS_PER_USER": "none",
        "DAILY_CREDITS_PER_CHAT": "none",
        "DAILY_BUDGET_USD": "none",
        "LOG_LEVEL": "WARNING",
    }
    async with _process("-m", "bot", "run", environment=environment | _telegram(origin)) as process:
        await _first_line(process)
        yield process.pid


@asynccontextmanager
async def a_peer(module: str, words: str, origin: str, python: str) -> AsyncIterator[int]:
    """A peer's bot, in an environment that has its framework; yields its process id."""
    environment = _telegram(origin) | {"BENCHMARK_WORDS": words}
    async with _process("-m", module, environment=environment, python=python) as process:
        await _first_line(process)
        yield process.pid


def _telegram(origin: str) -> dict[str, str]:
    return {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": f"{origin}/telegram"}


@asynccontextmanager
async def _process(
    *arguments: str, environment: dict[str, str] | None = None, python: str = sys.executable
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        python,
        *arguments,
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        # Ctrl-C is for the benchmark, which then stops the others.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        # Reading on keeps a process that still says something from waiting for us.
        await asyncio.wait_for(process.communicate(), GOODBYE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _first_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), STARTUP_SECONDS)
    if not line:
        raise RuntimeError("a process of the benchmark ended before it was ready")
    return line.decode()
