"""`demo`: the bot on the stand-ins, each in a process of its own, as it would be in the world."""

import asyncio
import contextlib
import shutil
import signal
import sys
from pathlib import Path

from bot.app import run
from bot.errors import ConfigurationError
from bot.settings import given
from bot.telemetry import set_up_logging

# The demo's pictures come five times as fast as the real ones.
SPEED = 5.0
TYPICAL_SECONDS = 21.0
TOKEN = "42:SANDBOX"  # noqa: S105 - the stand-ins' own, good for nothing else
API_KEY = "sandbox-key"
FOLDER = Path("data") / "demo"


async def demonstrate(port: int, *, real_time: bool) -> None:
    """Serves the chat page and runs the bot behind it, until Ctrl-C.

    Raises:
        ConfigurationError: the port is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    speed = 1.0 if real_time else SPEED
    stand_ins = await _start_stand_ins(port, speed)
    try:
        # The stand-ins have forgotten everything, so what the bot knew of them is void.
        folder = FOLDER / str(port)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        origin = f"http://127.0.0.1:{port}"
        settings = given(
            telegram_bot_token=TOKEN,
            telegram_api_url=f"{origin}/telegram",
            eachlabs_api_key=API_KEY,
            eachlabs_api_url=f"{origin}/eachlabs",
            eachlabs_typical_seconds=TYPICAL_SECONDS / speed,
            data_dir=folder,
            daily_credits_per_user=None,
            daily_budget_usd=None,
            log_level="WARNING",
        )
        set_up_logging(settings.log_level, [TOKEN, API_KEY])
        print(  # noqa: T201
            f"\n  The bot is ready to chat: {origin}\n\n"
            "  Everything runs on this machine, and nothing is sent anywhere. Ctrl-C ends it.\n",
            flush=True,
        )
        await run(settings, stop, announce=False)
    finally:
        with contextlib.suppress(ProcessLookupError):
            stand_ins.terminate()
        await stand_ins.wait()


async def _start_stand_ins(port: int, speed: float) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.sandbox",
        "--port",
        str(port),
        "--speed",
        str(speed),
        "--until-eof",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl-C is for the bot, which then ends the stand-ins.
        start_new_session=True,
    )
    assert process.stdout is not None
    if await process.stdout.readline():
        return process
    assert process.stderr is not None
    words = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
    await process.wait()
    raise ConfigurationError(
        f"The chat page can't be served on port {port}: {words[-1] if words else 'no reason given'}"
        f". Name another one: make demo PORT={port + 10}"
    )
