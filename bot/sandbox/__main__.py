"""`python -m bot.sandbox`: the stand-ins and the chat page by themselves."""

import asyncio
import os
import signal
import sys
from typing import Annotated

import typer

from bot.sandbox.server import Options, serve

DEFAULTS = Options()


def main(
    *,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8080,
    token: Annotated[str, typer.Option(help="The bot's token.")] = DEFAULTS.token,
    api_key: Annotated[str, typer.Option(help="The provider's key.")] = DEFAULTS.api_key,
    speed: Annotated[float, typer.Option(help="How many times faster pictures are made.")] = 5.0,
    real_time: Annotated[bool, typer.Option(help="Pictures take as long as really.")] = False,
    typical_seconds: Annotated[float, typer.Option(help="What a picture takes at speed 1.")] = 21.0,
    seed: Annotated[int | None, typer.Option(help="The same durations each time.")] = None,
    requests_per_minute: Annotated[int, typer.Option(help="The provider's; 0: no limit.")] = 60,
    concurrency: Annotated[int, typer.Option(help="The provider's; 0: no limit.")] = 10,
    flood_limits: Annotated[bool, typer.Option(help="Telegram's limits on messages.")] = True,
    telegram_latency: Annotated[float, typer.Option(help="Seconds for every call.")] = 0.0,
    download_latency: Annotated[float, typer.Option(help="Seconds for every download.")] = 0.0,
    pictures: Annotated[str, typer.Option(help="full, or quick for load tests.")] = "full",
    until_eof: Annotated[bool, typer.Option(help="End with whoever holds standard input.")] = False,
) -> None:
    """Run the stand-ins for Telegram and the provider until interrupted."""
    options = Options(
        host=host,
        port=port,
        token=token,
        api_key=api_key,
        speed=1.0 if real_time else speed,
        typical_seconds=typical_seconds,
        seed=seed,
        requests_per_minute=requests_per_minute,
        concurrency=concurrency,
        flood_limits=flood_limits,
        telegram_latency=telegram_latency,
        download_latency=download_latency,
        pictures=pictures,
    )
    try:
        asyncio.run(_run(options, until_eof=until_eof))
    except OSError as error:
        # Not its own words: asyncio's hold the address, port and all, twice.
        typer.echo(os.strerror(error.errno) if error.errno else str(error), err=True)
        raise typer.Exit(1) from None


async def _run(options: Options, *, until_eof: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        # A starter that is killed can't end anybody, but its pipes close.
        loop.add_reader(sys.stdin.fileno(), stop.set)
    async with serve(options) as standins:
        typer.echo(f"Chat page: {standins.origin}/")
        await stop.wait()


if __name__ == "__main__":
    typer.run(main)
