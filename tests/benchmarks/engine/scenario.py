"""What the engine is measured by."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.benchmarks.engine.provider import World

SIGMAS: Final = (0.1, 0.25, 0.5)
# So many orders are in line at any time, if more are wanted than can be made.
LINE: Final = 30
QUIET: Final = 4.0
# What is learned and what fills up at the start isn't counted.
WARM_UP: Final = 300.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """Orders of one kind for some time. Times are in seconds.

    Args:
        rate: orders a minute, at random moments; 0: always `LINE` in line.
        photos: new ones of each order, which have to be uploaded.
        public: PUBLIC_URL is set: the bot serves photos itself, and webhooks come.
        seconds: of virtual time that are counted, after the warm-up.
        burst: so many orders at the start, and none after that.
        prior: EACHLABS_TYPICAL_SECONDS.
    """

    world: World = field(default_factory=World)
    rate: float = 0.0
    photos: int = 0
    public: bool = False
    seconds: float = 3600.0
    warm_up: float = WARM_UP
    burst: int = 0
    prior: float = 21.0

    @property
    def uploads(self) -> int:
        """Of an order; where it serves its photos itself, none."""
        return 0 if self.public else self.photos

    @property
    def load(self) -> str:
        return f"{self.rate:g} a minute" if self.rate else "saturated"

    @property
    def name(self) -> str:
        link = ", PUBLIC_URL" if self.public else ""
        return f"σ {self.world.sigma:g}, {self.load}, {self.photos} new photos{link}"


@dataclass(frozen=True, slots=True)
class Length:
    """How long is measured, in virtual seconds: with a line, and at 4 orders a minute.

    Args:
        seeds: so many surprises.
    """

    busy: float = 2400.0
    quiet: float = 5400.0
    warm_up: float = WARM_UP
    sigmas: tuple[float, ...] = SIGMAS
    seeds: int = 10


FULL: Final = Length()
QUICK: Final = Length(busy=180.0, quiet=600.0, warm_up=120.0, sigmas=(0.25,), seeds=2)


def standard(length: Length = FULL) -> Iterator[Scenario]:
    """Every combination; with PUBLIC_URL photos cost no requests, so two will do."""
    for rate, seconds in ((0.0, length.busy), (QUIET, length.quiet)):
        for photos, public in ((0, False), (2, False), (2, True)):
            for sigma in length.sigmas:
                yield Scenario(
                    World(sigma=sigma),
                    rate=rate,
                    photos=photos,
                    public=public,
                    seconds=seconds,
                    warm_up=length.warm_up,
                )


def surprise() -> Scenario:
    """40 orders at once, and pictures take a tenth of what was expected."""
    return Scenario(World(median=2.1), burst=40, warm_up=0.0)
