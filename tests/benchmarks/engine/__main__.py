"""`python -m tests.benchmarks.engine`: the engine at the provider's limit, in virtual time."""

import os
import sys
from typing import Annotated

import typer

from tests.benchmarks.engine import plots, report
from tests.benchmarks.engine.run import Pair, Row, Surprise, everything
from tests.benchmarks.engine.scenario import FULL, QUICK


def main(
    *,
    seed: Annotated[int, typer.Option(help="Of durations, latencies and orders.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="σ 0.25 alone, some minutes.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    write: Annotated[bool, typer.Option("--write", help="Put them into docs.")] = False,
) -> None:
    """The exit code is 1 if the provider had to refuse anything: 429."""
    length = QUICK if quick else FULL
    results = everything(length, seed, jobs, _show)
    if write:
        command = f"python -m tests.benchmarks.engine --seed {seed}{' --quick' if quick else ''}"
        report.write_page(results, command)
        plots.write(results)
    raise typer.Exit(1 if results.refused else 0)


def _show(found: Row | Surprise | Pair) -> None:
    sys.stdout.write(f"{report.as_text(found)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
