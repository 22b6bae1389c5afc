"""What is counted of a run, the same for the engine and for what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from tests.benchmarks.engine.provider import Provider
from tests.benchmarks.engine.scenario import Scenario
from tests.benchmarks.figures import percentile

# How wrong an estimate of the seconds left may be.
TOLERANCE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Guess:
    """What a person was told at a moment: seconds left, and the same before it was rounded."""

    at: float
    told: float
    exact: float


@dataclass
class Life:
    """An order. `began` and `ended` are its prediction's at the provider, `noticed` is when that
    was committed here; moments.
    """

    came: float
    began: float = 0.0
    ended: float = 0.0
    noticed: float = 0.0
    guesses: list[Guess] = field(default_factory=list)

    @property
    def unseen(self) -> float:
        return self.noticed - self.ended

    def guess_at(self, moment: float) -> Guess | None:
        """The one nearest to it."""
        return min(self.guesses, key=lambda guess: abs(guess.at - moment), default=None)


@dataclass(frozen=True, slots=True)
class Honesty:
    """How many estimates were right within `TOLERANCE`; shares of 1.

    Args:
        line: half-way from the order to its picture. told: as the person read it.
        drawing: half-way from the create to the picture.
    """

    count: int = 0
    line: float = 0.0
    line_told: float = 0.0
    drawing: float = 0.0
    drawing_told: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds from done to noticed; `refused` are answers with 429."""

    per_minute: float
    requests: float
    mean: float
    p95: float
    refused: int
    most_in_flight: int
    most_in_a_minute: int
    orders: int
    honesty: Honesty = Honesty()


def figures(lives: Sequence[Life], provider: Provider, scenario: Scenario, began: float) -> Figures:
    """Of a run that began at that moment; `lives` are those whose end was noticed."""
    since = began + scenario.warm_up
    counted = [life for life in lives if life.noticed > since]
    unseen = sorted(life.unseen for life in counted) or [0.0]
    return Figures(
        per_minute=60 * len(counted) / scenario.seconds,
        requests=provider.requests_since(since) / max(1, len(counted)),
        mean=fmean(unseen),
        p95=percentile(unseen, 0.95),
        refused=provider.refused,
        most_in_flight=provider.most_in_flight,
        most_in_a_minute=provider.most_in_a_minute,
        orders=len(counted),
        honesty=honesty([life for life in counted if life.came > began + 60]),
    )


def honesty(lives: Sequence[Life]) -> Honesty:
    guessed = [life for life in lives if life.guesses]
    lines = [_right(life, life.came) for life in guessed]
    drawings = [_right(life, life.began) for life in guessed]
    if not guessed:
        return Honesty()
    return Honesty(
        len(guessed),
        fmean(exact for exact, _ in lines),
        fmean(told for _, told in lines),
        fmean(exact for exact, _ in drawings),
        fmean(told for _, told in drawings),
    )


def _right(life: Life, since: float) -> tuple[bool, bool]:
    """Whether what was estimated half-way from then was right, and what was told."""
    guess = life.guess_at((since + life.noticed) / 2)
    assert guess is not None
    left = life.noticed - guess.at
    room = TOLERANCE * left
    return abs(guess.exact - left) <= room, abs(guess.told - left) <= room
