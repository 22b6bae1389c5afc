"""Who gets the next request of the minute, decided from how long predictions take.

Times are in seconds.

A request is spent where it saves most waiting. A create fills a slot that would stand empty.
Asking pays as soon as the time for which pictures have lain finished unseen, as it is to be
expected, exceeds the *price* of a request: the seconds that the same request saves elsewhere.
That rule gives the cheapest moments for asking (within a hundredth of dynamic programming), and it
needs no other state than when each prediction was sent and last asked for.

One request to GET /v1/executions asks for all predictions in flight at once. Asking each by itself
can't make more than 23.5 predictions a minute from 60 requests and 10 slots at 21 s and a spread
of 0.25, however it is timed; asking for all makes 26.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from bot.domain.durations import bisect
from bot.domain.price import Price, price
from bot.domain.scene import Running, Scene

# Nothing is learned from asking the same again sooner.
SHORTEST: Final = 0.3
# The price moves with the budget, so a decision to wait is soon looked at again.
LONGEST: Final = 0.5
# While all slots are taken, uploads are spread out as evenly as that many seconds show.
EVENLY: Final = 5.0
# So often all in flight are asked for until each is done, if all were sent at once.
BATCH: Final = 4
# By default one person has so many orders under way; their others wait in line.
PER_PERSON: Final = 2
# Faces of rounds wait behind all others, but not for ever.
ROUNDS_WAIT_SECONDS: Final = 600.0


class Action(Enum):
    CREATE = auto()
    ASK_ALL = auto()
    ASK_ONE = auto()
    UPLOAD = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the next request is for.

    Args:
        prediction: whom to ask for, with ASK_ONE.
        seconds: when to look again at the latest, with WAIT; sooner if anything changes.
    """

    action: Action
    prediction: int | None = None
    seconds: float = 0.0


def decide(scene: Scene) -> Decision:
    """What to spend a request on now, if on anything."""
    pause = scene.free_in()
    if pause > 0:
        return Decision(Action.WAIT, seconds=pause)
    limit = scene.limits.concurrency
    affordable = _affordable(scene)
    if scene.line.ready and affordable and (not limit or scene.in_flight < limit):
        return Decision(Action.CREATE)
    fair = price(scene)
    if _pays(scene, fair, scene.now):
        return _ask(scene)
    if scene.line.unhosted and affordable and _is_upload_due(scene):
        return Decision(Action.UPLOAD)
    return Decision(Action.WAIT, seconds=_until_it_pays(scene, fair))


def _affordable(scene: Scene) -> bool:
    """Whether requests for asking are left when one more is done: else it would lie unseen."""
    asking = min(scene.in_flight + 1, BATCH, max(0, scene.limits.per_minute - 1))
    return scene.free(scene.durations.median) > asking


def _is_upload_due(scene: Scene) -> bool:
    """Whether somebody could start sooner for it, or requests go no faster than they come.

    A minute's requests come back when they were spent. Were they spent on uploads all at once,
    there would be none for some time, again and again, and finished pictures would lie unseen.
    """
    slots, limited = scene.limits.concurrency, scene.limits.per_minute > 0
    if not limited or not slots or scene.in_flight < slots:
        return True
    recently = len(scene.used) - bisect_right(scene.used, scene.now - EVENLY)
    return recently < EVENLY * scene.limits.rate


def _ask(scene: Scene) -> Decision:
    """One by itself if nobody else is likely to be done: its own answer tells everything."""
    if scene.listing and len(scene.running) > 1:
        return Decision(Action.ASK_ALL)
    late = [one for one in scene.running if scene.now - one.asked >= SHORTEST - 1e-6]
    latest = max(late, key=lambda one: _overdue(scene, one, scene.now))
    return Decision(Action.ASK_ONE, prediction=latest.id)


def _pays(scene: Scene, fair: Price, at: float) -> bool:
    """Whether asking at the moment `at` is worth its price."""
    late = [one for one in scene.running if at - one.asked >= SHORTEST - 1e-6]
    gains = [(_overdue(scene, one, at), _found(scene, one, at) * one.work) for one in late]
    if scene.listing:
        return fair.paid(sum(saved for saved, _ in gains), sum(work for _, work in gains))
    return any(fair.paid(saved, work) for saved, work in gains)


def _until_it_pays(scene: Scene, fair: Price) -> float:
    if not scene.running:
        return LONGEST
    return bisect(lambda ahead: _pays(scene, fair, scene.now + ahead), 0.0, LONGEST, halvings=10)


def _overdue(scene: Scene, one: Running, at: float) -> float:
    return scene.durations.overdue(at - one.sent, one.asked - one.sent, one.work)


def _found(scene: Scene, one: Running, at: float) -> float:
    return scene.durations.found(at - one.sent, one.asked - one.sent, one.work)


def next_turn(
    waiting: Mapping[int, int],
    in_flight: Mapping[int, int],
    most: int = 0,
    later: Collection[int] = (),
) -> int | None:
    """The order that goes next: of whoever has fewest under way, the oldest.

    Args:
        waiting: whose (user id) each waiting order (id, growing with its age) is.
        in_flight: orders that each person has under way.
        most: so many for one person at a time; 0 stands for no limit.
        later: orders that wait behind all others.
    """
    may = (n for n, user in waiting.items() if not most or in_flight.get(user, 0) < most)

    def rank(order: int) -> tuple[bool, int, int]:
        return order in later, in_flight.get(waiting[order], 0), order

    return min(may, key=rank, default=None)


def is_later(round_id: int | None, created_at: float, now: float) -> bool:
    """Whether an order waits behind all others."""
    return round_id is not None and now - created_at < ROUNDS_WAIT_SECONDS


def shown_seconds(seconds: float) -> int:
    """Rounded so that a card changes seldom: to 5 s below a minute, to 15 s above."""
    grid = 5 if seconds < 60 else 15
    return max(grid, round(seconds / grid) * grid)
