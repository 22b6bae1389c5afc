"""`python -m tests.benchmarks.stored`: a step and a start with 0 to 1,000,000 orders stored."""

import asyncio
import os
import platform
import shutil
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import aiohttp
import typer

from tests.benchmarks import processes
from tests.benchmarks.people import cast, perform, show_photos
from tests.benchmarks.report import PAGE, processor
from tests.benchmarks.scenario import Scenario
from tests.benchmarks.stored import past

COUNTS: Final = (0, 1_000, 100_000, 1_000_000)
AIM: Final = 1.2
BEGIN: Final = "<!-- stored -->"
END: Final = "<!-- /stored -->"
# Few people and calls that take no time: what is left is the bot's own.
SCENARIO: Final = Scenario(people=20, latency=0.0, download_latency=0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds: of the start, of the middle answer, of the processor for a step."""

    start: float
    answer: float
    work: float


def main(
    *,
    repeat: Annotated[int, typer.Option(min=1, help="Runs of each, by turns.")] = 5,
    most: Annotated[int, typer.Option(help="The most orders stored.")] = COUNTS[-1],
    write: Annotated[bool, typer.Option("--write", help="Put them into docs.")] = False,
) -> None:
    """Each run starts from a copy of the same database; the smallest one is the measure."""
    counts = [count for count in COUNTS if count <= most]
    with TemporaryDirectory(prefix="stored-") as folder:
        for count in counts:
            past.write(_database(Path(folder), count), count, time.time())
        sizes = {count: _database(Path(folder), count).stat().st_size for count in counts}
        runs = asyncio.run(_all(Path(folder), counts, repeat))
    lines = _table(runs, sizes)
    print("\n".join(lines))
    if write:
        _write(lines, repeat)


def _database(folder: Path, count: int) -> Path:
    return folder / f"{count}.db"


async def _all(folder: Path, counts: list[int], repeat: int) -> dict[int, list[Run]]:
    runs: dict[int, list[Run]] = {count: [] for count in counts}
    for _ in range(repeat):
        # By turns, so that a machine's moods come to all of them.
        for count in counts:
            runs[count].append(await _run(_database(folder, count)))
    return runs


async def _run(database: Path) -> Run:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="benchmark-")))
        await asyncio.to_thread(shutil.copyfile, database, folder / "bot.db")
        origin = await stack.enter_async_context(processes.stand_ins(SCENARIO))
        await show_photos(origin)
        began = time.perf_counter()
        pid = await stack.enter_async_context(processes.the_bot(SCENARIO, origin, folder))
        start = time.perf_counter() - began
        async with aiohttp.ClientSession() as http:
            await http.get(origin)
            rehearsal = cast(SCENARIO)[:1]
            await perform(origin, SCENARIO, rehearsal, wait_for_picture=False)
            before = processes.cpu(pid)
            lives = cast(SCENARIO)[1:]
            await perform(origin, SCENARIO, lives, wait_for_picture=False)
            spent = processes.cpu(pid) - before
        answers = [answer.seconds for life in lives for answer in life.answers]
    return Run(start, median(answers), spent.own / len(answers))


def _table(runs: dict[int, list[Run]], sizes: dict[int, int]) -> list[str]:
    least = {
        count: Run(
            min(run.start for run in found),
            min(run.answer for run in found),
            min(run.work for run in found),
        )
        for count, found in runs.items()
    }
    empty = least[COUNTS[0]]
    lines = [
        "| orders stored | database | start | answer (p50) | processor time of a step | |",
        "|--:|--:|--:|--:|--:|---|",
    ]
    for count, one in least.items():
        ratios = one.answer / empty.answer, one.work / empty.work
        kept = "kept" if max(ratios) <= AIM else "**missed**"
        lines.append(
            f"| {count:,} | {sizes[count] / 1e6:,.0f} MB | {one.start:.2f} s "
            f"| {one.answer * 1000:.0f} ms ({ratios[0]:.2f}) "
            f"| {one.work * 1000:.1f} ms ({ratios[1]:.2f}) | {kept} |"
        )
    return lines


def _write(lines: list[str], repeat: int) -> None:
    head = (
        f"Measured on {time.strftime('%Y-%m-%d')} by `python -m tests.benchmarks.stored --repeat "
        f"{repeat}`, with Python {platform.python_version()} on {os.cpu_count()} cores of "
        f"{processor()}. {SCENARIO.people} people at once, calls that take no time; the least of "
        f"the runs. In brackets the ratio to the empty database, aimed at {AIM} at most."
    )
    before, begin, rest = PAGE.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE} has no {BEGIN} and {END}")
    PAGE.write_text("\n".join([before + BEGIN, head, "", *lines, END + after]))


if __name__ == "__main__":
    typer.run(main)
