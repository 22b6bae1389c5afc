"""`python -m tests.benchmarks`: people in a closed loop, before the bot on the stand-ins."""

import asyncio
import importlib.util
import sys
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tests.benchmarks import report
from tests.benchmarks.run import PEERS, Result, measure, measure_peer
from tests.benchmarks.scenario import Scenario, Variant, standard

# One run, its processes' start and end included; nobody waits longer for a benchmark.
LONGEST_RUN = 600.0
CROWD = 500
# Takes a step when the one before is done, whoever's it is: more people only wait longer.
ONE_AT_A_TIME = {"python-telegram-bot"}
PEERS_PYTHON = Path(".venv") / "peers" / "bin" / "python"


def main(
    *,
    people: Annotated[int, typer.Option(min=1, max=2000, help="How many, all at once.")] = 100,
    variant: Annotated[Variant | None, typer.Option(help="How the photos are sent.")] = None,
    messages_per_second: Annotated[
        int | None,
        typer.Option(min=0, max=30, help="The bot's and the stand-in's limit; 0: none."),
    ] = None,
    latency: Annotated[float, typer.Option(min=0, help="Seconds of a Telegram call.")] = 0.06,
    downloads: Annotated[float, typer.Option(min=0, help="Seconds of a download.")] = 0.4,
    seed: Annotated[int, typer.Option(help="Who wants what.")] = 1,
    repeat: Annotated[int, typer.Option(min=1, max=20, help="Runs of each kind.")] = 1,
    peers: Annotated[bool, typer.Option("--peers", help="Compare, see `make peers`.")] = False,
    json: Annotated[Path | None, typer.Option(help="Where the figures go, too.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Put them into docs.")] = False,
) -> None:
    """Without --variant and --messages-per-second: photos, an album, and 30 messages a second.

    With --peers also the steps alone beside those of others, by as many people and by 500.

    The exit code is 1 if somebody wasn't answered, got something else than what they asked for,
    or a limit was overrun. How long things take is told and never makes it fail: that depends on
    what else the machine does.
    """
    given = Scenario(
        people=people,
        variant=variant or Variant.PHOTOS,
        messages_per_second=messages_per_second or 0,
        latency=latency,
        download_latency=downloads,
        seed=seed,
    )
    python = _peers_python() if peers else None
    everything = variant is None and messages_per_second is None
    runs = _everything if everything else _one
    results = asyncio.run(runs(given, repeat, python))
    if json is not None:
        report.write_json(results, json)
    if write:
        report.write_page(results, _command(given, repeat, everything=everything, peers=peers))
    raise typer.Exit(0 if all(result.flawless for result in results) else 1)


async def _everything(given: Scenario, repeat: int, python: str | None) -> list[Result]:
    results: list[Result] = []
    for scenario in standard(given):
        results += await _one(scenario, repeat, None)
    if python is not None:
        results += await _one(given, repeat, python)
        results += await _one(replace(given, people=CROWD), repeat, python)
    return results


async def _one(scenario: Scenario, repeat: int, python: str | None) -> list[Result]:
    """The bot's runs; with a Python that has the peers, their steps beside the bot's."""
    if python is None:
        return [await _shown(measure(scenario)) for _ in range(repeat)]
    names = [name for name in PEERS if name not in ONE_AT_A_TIME or scenario.people < CROWD]
    results: list[Result] = []
    for _ in range(repeat):
        # By turns, so that a machine's moods come to all of them.
        results += [await _shown(measure(scenario, draws=False))]
        results += [await _shown(measure_peer(scenario, name, python)) for name in names]
    for ratio in report.compared(results):
        print(f"The bot makes {ratio}.")
    return results


async def _shown(run: Awaitable[Result]) -> Result:
    async with asyncio.timeout(LONGEST_RUN):
        result = await run
    print(report.as_text(result), flush=True)
    return result


def _command(given: Scenario, repeat: int, *, everything: bool, peers: bool) -> str:
    """What has to be typed for the same once more."""
    options = [f"--people {given.people}", f"--seed {given.seed}", f"--repeat {repeat}"]
    options += [f"--latency {given.latency:g}", f"--downloads {given.download_latency:g}"]
    if not everything:
        options += [f"--variant {given.variant}"]
        options += [f"--messages-per-second {given.messages_per_second}"]
    return " ".join(["python -m tests.benchmarks", *options, *(["--peers"] if peers else [])])


def _peers_python() -> str:
    if importlib.util.find_spec("aiogram") is not None:
        return sys.executable
    if PEERS_PYTHON.exists():
        return str(PEERS_PYTHON)
    print("The peers aren't installed: `make peers` does that.", file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    typer.run(main)
