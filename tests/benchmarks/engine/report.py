"""The engine's figures as people read them: on the screen, and in the page in docs."""

import os
import platform
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Final

from tests.benchmarks.engine.figures import Figures
from tests.benchmarks.engine.run import ALL_KNOWING, LEARNED, LOOP, QUANTILE, Pair, Results, Row
from tests.benchmarks.engine.run import Surprise as Surprised
from tests.benchmarks.report import PAGE, processor

BEGIN: Final = "<!-- engine -->"
END: Final = "<!-- /engine -->"
OTHERS: Final = (LOOP, QUANTILE, ALL_KNOWING)


def as_text(found: Row | Surprised | Pair) -> str:
    if isinstance(found, Surprised):
        return _surprise(found)
    if isinstance(found, Pair):
        return _pair(found)
    lines = [f"{found.scenario.name} (seed {found.seed})", f"  {'':15}{_HEAD}"]
    named = [("the engine", found.engine), *found.others.items()]
    lines += [f"  {who:15}{_line(figures)}" for who, figures in named]
    return "\n".join([*lines, f"  {_estimates(found.engine)}"])


_HEAD: Final = f"{'a minute':>10}{'requests':>10}{'mean s':>10}{'p95 s':>10}{'429':>6}"


def _line(one: Figures) -> str:
    return (
        f"{one.per_minute:10.2f}{one.requests:10.2f}{one.mean:10.2f}{one.p95:10.2f}{one.refused:6}"
    )


def _estimates(one: Figures) -> str:
    right = one.honesty
    return (
        f"estimates within ±25%, of {right.count}: half-way through the wait {right.line:.0%} "
        f"(as told, rounded: {right.line_told:.0%}), half-way through the drawing "
        f"{right.drawing:.0%} ({right.drawing_told:.0%})"
    )


def _surprise(found: Surprised) -> str:
    scenario, shares = found.scenario, found.shares
    return (
        f"{scenario.burst} orders at once, pictures take {scenario.world.median:g} s and not "
        f"{scenario.prior:g}: after {LEARNED} of them a picture lies unseen for "
        f"{fmean(shares):.2f} of what it took ({len(shares)} seeds, the worst {max(shares):.2f})"
    )


def _pair(found: Pair) -> str:
    one = found.figures
    return (
        f"two processes on one database, saturated: {one.per_minute:.2f} a minute "
        f"({' + '.join(map(str, found.shares))} pictures), {one.requests:.2f} requests each, "
        f"unseen for {one.mean:.2f} s, p95 {one.p95:.2f}; at most {one.most_in_a_minute} requests "
        f"in any minute and {one.most_in_flight} predictions in flight, {one.refused} times 429"
    )


def write_page(results: Results, command: str, page: Path = PAGE) -> None:
    """Puts these results in the place of the page's last ones."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no {BEGIN} and {END}")
    body = "\n".join(_page(results, command))
    page.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}")


def _page(results: Results, command: str) -> Iterator[str]:
    yield (
        f"Measured on {time.strftime('%Y-%m-%d')} by `{command}`, with Python "
        f"{platform.python_version()} on {os.cpu_count()} cores of {processor()}. Time is virtual: "
        "another machine finds the same figures."
    )
    for load, rows in _by_load(results.rows).items():
        yield from ("", f"### {load}", "", *_table(rows))
    yield from ("", "### Besides", "", f"- {_sentence(_surprise(results.surprise))}")
    yield f"- {_sentence(_pair(results.pair))}"
    yield from ("", "### Aimed at", "", *_aims(results))


def _by_load(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        load = row.scenario.load
        found.setdefault(load[0].upper() + load[1:], []).append(row)
    return found


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield (
        "| new photos | σ | a minute | requests each | unseen: mean | p95 | 429 | "
        f"estimate: wait | drawing | {' | '.join(OTHERS)} | slots ÷ mean |"
    )
    yield "|---|" + "--:|" * 12
    for row in rows:
        one, world = row.engine, row.scenario.world
        photos = f"{row.scenario.photos}{', PUBLIC_URL' if row.scenario.public else ''}"
        cells = [
            photos,
            f"{world.sigma:g}",
            f"**{one.per_minute:.2f}**",
            f"{one.requests:.2f}",
            f"**{one.mean:.2f}**",
            f"{one.p95:.2f}",
            str(one.refused),
            f"{one.honesty.line:.0%} ({one.honesty.line_told:.0%})",
            f"{one.honesty.drawing:.0%} ({one.honesty.drawing_told:.0%})",
            *(_short(row.others[who]) for who in OTHERS),
            f"{world.most:.1f}",
        ]
        yield f"| {' | '.join(cells)} |"


def _short(one: Figures) -> str:
    return f"{one.per_minute:.1f} · {one.mean:.1f} · {one.p95:.1f}"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _aims(results: Results) -> Iterator[str]:
    yield "| figure | aim | measured | |"
    yield "|---|--:|--:|---|"
    for figure, aim, measured, reached in aims(results):
        yield f"| {figure} | {aim} | {measured} | {'reached' if reached else '**missed**'} |"


def aims(results: Results) -> Iterator[tuple[str, str, str, bool]]:
    """What was aimed at: a figure, the aim, what was measured, whether it is reached."""
    for row in results.rows:
        yield from _aims_of(row)
    share = max(results.surprise.shares)
    yield (
        "a tenth of the expected time, unseen share, worst seed",
        "< 0.25",
        f"{share:.2f}",
        share < 0.25,
    )
    pair = results.pair.figures
    most = f"{pair.most_in_a_minute} and {pair.most_in_flight}"
    kept = pair.most_in_a_minute <= 60 and pair.most_in_flight <= 10 and not pair.refused
    yield ("two processes: requests in a minute, predictions in flight", "≤ 60 and 10", most, kept)
    yield ("429 in all runs", "0", str(results.refused), not results.refused)


# A minute, at saturation: by photos and sigma.
_BUSY: Final = {(0, 0.1): 25.7, (0, 0.25): 24.5, (0, 0.5): 21.8, (2, 0.25): 14.5}


def _aims_of(row: Row) -> Iterator[tuple[str, str, str, bool]]:
    scenario, one = row.scenario, row.engine
    sigma, name = scenario.world.sigma, scenario.name
    if scenario.public and not scenario.rate:
        share = one.per_minute / scenario.world.most
        yield (f"{name}: of slots ÷ mean", "≥ 98%", f"{share:.1%}", share >= 0.98)
    aim = _BUSY.get((scenario.photos, sigma))
    if aim and not scenario.public and not scenario.rate:
        made = one.per_minute
        yield (f"{name}: a minute", f"≥ {aim}", f"{made:.2f}", made >= aim)
    if scenario.rate and sigma == 0.25 and not scenario.photos:
        yield (f"{name}: done → noticed, mean", "≤ 0.5 s", f"{one.mean:.3f} s", one.mean <= 0.5)
        yield (f"{name}: the same, p95", "≤ 1.5 s", f"{one.p95:.3f} s", one.p95 <= 1.5)
    if sigma == 0.25 and (not scenario.photos or not scenario.rate):
        halves = {"wait": one.honesty.line}
        if not scenario.photos:
            halves["drawing"] = one.honesty.drawing
        for half, share in halves.items():
            figure = f"{name}: estimate within ±25%, half-way through the {half}"
            yield (figure, "≥ 90%", f"{share:.1%}", share >= 0.9)
