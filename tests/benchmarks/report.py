"""Results as people read them: on the screen, as JSON, and as the page in docs."""

import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.figures import Spread
from tests.benchmarks.run import BOT, PROMISED, PROMISED_TO, STEPS_ONLY, Result

PAGE: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def as_text(result: Result) -> str:
    """A table of the answers, and below it what else was seen."""
    rows = [("", "n", "p50", "p90", "p99", "max"), *_rows(result)]
    table = "\n".join(f"  {row[0]:10}" + "".join(f"{cell:>8}" for cell in row[1:]) for row in rows)
    return f"{result.who}: {result.scenario.name}\n{table}\n" + "\n".join(
        f"  {line}" for line in _lines(result)
    )


def compared(results: Sequence[Result]) -> list[str]:
    """Each peer's pace beside the bot's, of the runs of one scenario; medians."""
    paces = _paces(results)
    own = paces.pop(STEPS_ONLY, 0.0)
    return [
        f"{own / pace:.2f} times the steps a second of {who} ({own:.0f} : {pace:.0f})"
        for who, pace in paces.items()
        if who != BOT and pace
    ]


def write_json(results: Iterable[Result], path: Path) -> None:
    path.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")


def write_page(results: Sequence[Result], command: str) -> None:
    """Puts these results in the place of the page's last ones."""
    head = PAGE.read_text().partition("## Measured")[0] if PAGE.exists() else ""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(head + "\n".join(_page(results, command)) + "\n")


def _page(results: Sequence[Result], command: str) -> list[str]:
    seeds = ", ".join(str(seed) for seed in sorted({r.scenario.seed for r in results}))
    loads = [result.load for result in results]
    lines = [
        "## Measured",
        "",
        f"On {time.strftime('%Y-%m-%d')} by `{command}` (seed {seeds}), with Python "
        f"{platform.python_version()} on {os.cpu_count()} cores of {processor()}, whose load "
        f"average before the runs was {min(loads):.1f} to {max(loads):.1f}. Seconds.",
    ]
    for name, runs in _by_scenario(results).items():
        lines += ["", f"### {name}"]
        for who in dict.fromkeys(result.who for result in runs):
            lines += _section([result for result in runs if result.who == who])
        if ratios := compared(runs):
            lines += ["", "In the same run, people's steps only: the bot makes"]
            lines += ["", *(f"- {ratio}" for ratio in ratios)]
    return lines


def _section(runs: list[Result]) -> list[str]:
    """The run in the middle by its p99, and how far the others were from it."""
    ordered = sorted(runs, key=lambda result: result.total.p99)
    middle = ordered[(len(ordered) - 1) // 2]
    what = middle.who
    of = f", the middle one of {len(runs)} runs" if len(runs) > 1 else ""
    between = f" (p99 {ordered[0].total.p99:.2f} to {ordered[-1].total.p99:.2f})" if of else ""
    return [
        "",
        f"{what.replace('the bot', 'The bot')}{of}{between}:",
        "",
        "| step | n | p50 | p90 | p99 | max |",
        "|---|--:|--:|--:|--:|--:|",
        *(f"| {' | '.join(row)} |" for row in _rows(middle)),
        "",
        *(f"- {line}" for line in _lines(middle)),
    ]


def _rows(result: Result) -> list[tuple[str, ...]]:
    named = [*result.answers.items(), ("all", result.total)]
    if result.pictures.count:
        named.append(("picture", result.pictures))
    return [_row(name, spread) for name, spread in named]


def _row(name: str, spread: Spread) -> tuple[str, ...]:
    seconds = (spread.p50, spread.p90, spread.p99, spread.worst)
    return (name, str(spread.count), *(f"{value:.3f}" for value in seconds))


def _lines(result: Result) -> list[str]:
    scenario, seen = result.scenario, result.seen
    lines = [
        f"{result.steps_per_second:.0f} steps a second, {seen.messages} messages and edits, "
        f"{seen.calls} calls; {result.cpu.own:.1f} CPU seconds of the bot's process, "
        f"{result.cpu.children:.1f} of its workers",
        f"{len(result.unanswered)} unanswered, {seen.flood_429} times 429 from Telegram, "
        f"{seen.provider_429} from the provider, {seen.refused} calls refused as malformed",
    ]
    if result.pictures.count:
        lines.append(
            f"{result.pictures.count} of {scenario.people} pictures delivered, "
            f"{len(result.mix_ups)} orders mixed up"
        )
    if scenario.messages_per_second:
        lines += _fairness(result)
    elif result.who == BOT and scenario.people <= PROMISED_TO:
        verdict = "kept" if result.total.p99 <= PROMISED else "NOT kept"
        lines.append(f"p99 of all answers {result.total.p99:.2f} of {PROMISED} s: {verdict}")
    return [*lines, *result.unanswered[:5], *result.mix_ups[:5]]


def _fairness(result: Result) -> list[str]:
    fair = result.fairness
    return [
        f"served in turn: the first was done after {fair.first:.1f} s, the median after "
        f"{fair.median:.1f}, the last after {fair.last:.1f}; its messages take {fair.ideal:.1f} s "
        f"at this rate, so the last waited {fair.overhead:.2f} times the least possible",
        f"evenness of the waiting {fair.evenness:.3f} (Jain's index; 1: all waited alike)",
    ]


def _by_scenario(results: Iterable[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.scenario.name, []).append(result)
    return found


def _paces(results: Iterable[Result]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for result in results:
        found.setdefault(result.who, []).append(result.steps_per_second)
    return {who: median(paces) for who, paces in found.items()}


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
