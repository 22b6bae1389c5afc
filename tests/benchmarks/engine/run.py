"""All that is measured of the engine, with what it is compared with."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.engine import baselines, engine
from tests.benchmarks.engine.figures import Figures
from tests.benchmarks.engine.provider import World
from tests.benchmarks.engine.scenario import Length, Scenario, standard, surprise

LOOP: Final = "published loop"
QUANTILE: Final = "best quantile"
ALL_KNOWING: Final = "all-knowing"
# After so many orders it should have learned that pictures are quick.
LEARNED: Final = 15


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario, the engine's figures, and those of the others."""

    scenario: Scenario
    seed: int
    engine: Figures
    others: dict[str, Figures]


@dataclass(frozen=True, slots=True)
class Surprise:
    """How long pictures lay unseen, as a share of what they took; of each seed."""

    scenario: Scenario
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two processes on one database file; `shares` is how many pictures each of them noticed."""

    scenario: Scenario
    figures: Figures
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Results:
    rows: tuple[Row, ...]
    surprise: Surprise
    pair: Pair

    @property
    def refused(self) -> int:
        """Answers with 429 to the engine."""
        return sum(row.engine.refused for row in self.rows) + self.pair.figures.refused


def measured(scenario: Scenario, seed: int) -> Row:
    return Row(
        scenario,
        seed,
        engine.measure(scenario, seed),
        {
            LOOP: baselines.measure(scenario, seed, baselines.the_loop),
            QUANTILE: baselines.best_quantile(scenario, seed),
            ALL_KNOWING: baselines.measure(scenario, seed, baselines.all_knowing),
        },
    )


def surprised(seeds: int, seed: int) -> Surprise:
    scenario = surprise()
    shares = (engine.measure_surprise(scenario, seed + n, LEARNED) for n in range(seeds))
    return Surprise(scenario, tuple(shares))


def paired(length: Length, seed: int) -> Pair:
    scenario = Scenario(World(), seconds=min(length.busy, 900.0), warm_up=length.warm_up)
    return Pair(scenario, *engine.measure_pair(scenario, seed))


def everything(
    length: Length, seed: int, jobs: int, show: Callable[[Row | Surprise | Pair], None]
) -> Results:
    """Runs in so many processes; what is found depends on the seed alone.

    Each result is shown as soon as it and those before it are there.
    """
    with ProcessPoolExecutor(jobs) as pool:
        pair = pool.submit(paired, length, seed)
        shares = pool.submit(surprised, length.seeds, seed)
        scenarios = list(standard(length))
        rows = []
        for row in pool.map(measured, scenarios, [seed] * len(scenarios)):
            rows.append(row)
            show(row)
        show(shares.result())
        show(pair.result())
        return Results(tuple(rows), shares.result(), pair.result())
