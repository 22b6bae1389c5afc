"""What is measured: how many people, what they do, and how slow the world around the bot is."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Variant(StrEnum):
    """How a person sends the two photos."""

    PHOTOS = "photos"  # one after the other, each answered
    ALBUM = "album"  # together, answered once


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run. Latencies are seconds of a call and of a download.

    `messages_per_second` is what the bot keeps to; 0 lifts its limits and the stand-in's.
    """

    people: int = 100
    variant: Variant = Variant.PHOTOS
    messages_per_second: int = 0
    latency: float = 0.06
    download_latency: float = 0.4
    seed: int = 1

    @property
    def steps(self) -> int:
        """Steps of one person."""
        return 6 if self.variant is Variant.PHOTOS else 5

    @property
    def name(self) -> str:
        rate = f"{self.messages_per_second} messages/s" if self.messages_per_second else "no limits"
        return f"{self.people} people, {self.variant}, {rate}"


def standard(given: Scenario) -> tuple[Scenario, ...]:
    """What `make bench` runs: what a photo and an album take, and how the limits are kept."""
    return (
        given,
        replace(given, variant=Variant.ALBUM),
        replace(given, messages_per_second=30),
    )
