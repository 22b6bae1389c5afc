"""The page's plots, as SVG that is the same for the same figures."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.benchmarks.engine.figures import Figures
from tests.benchmarks.engine.run import ALL_KNOWING, LOOP, QUANTILE, Results, Row
from tests.benchmarks.report import PAGE

ENGINE: Final = "the engine"
WEBHOOK: Final = "with webhooks"
# To be told apart on white and on black, by people who don't see red and green too.
COLOURS: Final = {
    LOOP: "#9a6700",
    QUANTILE: "#bf8700",
    ENGINE: "#0969da",
    WEBHOOK: "#54aeff",
    ALL_KNOWING: "#8c959f",
}
# Grey that can be read on both.
INK: Final = "#7d8590"
STYLE: Final[Any] = {
    "svg.hashsalt": "avatar-bot",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def write(results: Results, folder: Path = PAGE.parent) -> None:
    """`engine-saturated.svg` and `engine-quiet.svg`."""
    busy = [row for row in results.rows if not row.scenario.rate]
    quiet = [row for row in results.rows if row.scenario.rate]
    with mpl.rc_context(STYLE):
        chart = _bars(busy, "per_minute", "predictions a minute")
        _save(chart, folder / "engine-saturated.svg")
        chart = _bars(quiet, "mean", "mean seconds from done to noticed")
        chart.axes[0].set_yscale("log")
        chart.axes[0].yaxis.set_major_formatter("{x:g}")
        _save(chart, folder / "engine-quiet.svg")


def _save(chart: Figure, path: Path) -> None:
    chart.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _bars(rows: Iterable[Row], figure: str, what: str) -> Figure:
    """A panel for hosted and for new photos, a group for each σ."""
    chart = Figure(figsize=(8.5, 3.4), layout="constrained")
    chart.patch.set_alpha(0)
    rows = list(rows)
    panels = chart.subplots(1, 2, sharey=True)
    for axes, photos in zip(panels, (0, 2), strict=True):
        _panel(axes, _series(rows, photos), figure)
        axes.set_title("photos hosted already" if not photos else f"{photos} new photos each")
    panels[0].set_ylabel(what)
    handles, names = panels[0].get_legend_handles_labels()
    chart.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)
    return chart


def _series(rows: list[Row], photos: int) -> dict[str, dict[float, Figures]]:
    """Figures by who and σ; webhooks come with photos that cost nothing, whatever their number."""
    found: dict[str, dict[float, Figures]] = {who: {} for who in COLOURS}
    for row in rows:
        sigma = row.scenario.world.sigma
        if row.scenario.public:
            found[WEBHOOK][sigma] = row.engine
        elif row.scenario.photos == photos:
            found[ENGINE][sigma] = row.engine
            for who, figures in row.others.items():
                found[who][sigma] = figures
    return found


def _panel(axes: Axes, series: dict[str, dict[float, Figures]], figure: str) -> None:
    axes.patch.set_alpha(0)
    width = 0.8 / len(series)
    for n, (who, by_sigma) in enumerate(series.items()):
        places = [group + (n - (len(series) - 1) / 2) * width for group in range(len(by_sigma))]
        heights = [getattr(one, figure) for one in by_sigma.values()]
        bars = axes.bar(places, heights, width * 0.92, color=COLOURS[who], label=who)
        axes.bar_label(bars, fmt=_short, fontsize=6.5, color=INK, padding=1)
    sigmas = list(series[ENGINE])
    axes.set_xticks(range(len(sigmas)), [f"σ {sigma:g}" for sigma in sigmas])
    axes.tick_params(length=0)


def _short(height: float) -> str:
    return f"{height:.1f}" if height >= 1 else f"{height:.2f}"
