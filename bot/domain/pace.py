"""How patient the bot is with whatever does not answer. Times are in seconds."""

from dataclasses import dataclass
from typing import Final

DEADLINE_FACTOR: Final = 15
SHORTEST_DEADLINE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the engine is, in seconds; only tests hurry it.

    Args:
        first_pause, longest_pause: before another try; each pause is twice the one before.
        tries: of one step, before an order is given up; with these pauses, about ten minutes.
        deadline: no prediction is given up sooner.
        unknown: a prediction may not be known yet for so long after its create.
        cancelling: a prediction that was asked to stop is asked about for so long.
        settle: a create is answered within 30 s, and may show up in the list a little later; that
            it isn't there proves nothing before.
        lost: a create whose outcome can't be found out is given up after this.
        kept: while the provider is down, an order waits in line for so long.
        probe: between two tries while the key is refused or the balance is empty.
        look: at rows that another process may have changed.
        card: until a card that could not be shown is tried again.
        hello: before a group is greeted, which may just have become a supergroup.
        tidy: until helper messages go, where a group's admins want that.
        grows: between two changes of a round's picture.
    """

    first_pause: float = 2.0
    longest_pause: float = 60.0
    tries: int = 14
    deadline: float = SHORTEST_DEADLINE
    unknown: float = 60.0
    cancelling: float = 30.0
    settle: float = 50.0
    lost: float = 900.0
    kept: float = 6 * 3600.0
    probe: float = 60.0
    look: float = 2.0
    card: float = 3.0
    hello: float = 3.0
    tidy: float = 600.0
    grows: float = 15.0

    def pause(self, attempt: int, jitter: float = 0.5) -> float:
        """Seconds before try number `attempt` + 1."""
        return backoff(attempt, first=self.first_pause, most=self.longest_pause, jitter=jitter)


PACE: Final = Pace()


def deadline(expected: float, shortest: float = SHORTEST_DEADLINE) -> float:
    """After how long a prediction is given up."""
    return max(shortest, DEADLINE_FACTOR * expected)


def backoff(attempt: int, *, first: float = 1.0, most: float = 60.0, jitter: float = 0.5) -> float:
    """Seconds before try number `attempt` + 1; `jitter` in 0..1 shortens it by up to a half."""
    return float(min(most, first * 2 ** min(attempt, 16)) * (1 - jitter / 2))
