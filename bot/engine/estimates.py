"""What is known of the orders under way: who is in line, and how long it will take."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from bot.domain.durations import NEWEST, Durations, learn, work
from bot.domain.forecast import Waiter, in_turn, starts
from bot.domain.order import HOLDS_SLOT, Order, OrderState
from bot.domain.photomaker import Recipe
from bot.domain.price import by_requests, steady
from bot.domain.scene import Limits, Line, Scene
from bot.domain.schedule import PER_PERSON, is_later, shown_seconds
from bot.engine.ticks import ticks
from bot.settings import Settings
from bot.views.cards import Waiting
from storage.orders import Standing, Taken

# Orders of so many seconds say how many are going to come.
RATE_SECONDS: Final = 1800.0
# So many of the newest say how long a picture lies finished before that is noticed.
LATE: Final = 20
# So many durations stand for all that may come.
QUANTILES: Final = 8
# At the very start: as if the first orders had come in so many.
FIRST_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Line:
    """Who is in line.

    Args:
        held: how many hold a slot.
        places: 0 for whose turn is next, by order.
        starts: Unix time at which each begins, by place; the last one is for whoever comes next.
        late: seconds for which a finished picture will lie unseen.
    """

    held: int
    places: dict[int, int]
    starts: list[float]
    late: float


class Estimates:
    """A picture of the line, refreshed from the rows, read by whoever tells people about it."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._prior = settings.eachlabs_typical_seconds
        self._limits = Limits(settings.eachlabs_requests_per_minute, settings.eachlabs_concurrency)
        self._now = now
        # Ticks before which no request leaves; 0: the provider has asked for no silence.
        self.held_until = 0.0
        self._standing: Sequence[Standing] = ()
        self._slots = self._limits.concurrency
        self._own: dict[int, int] = {}
        self._of_person: Counter[int] = Counter()
        self._seen_line: _Line | None = None
        self._rate = 0.0
        self._needed = Line()
        self._free = math.inf
        self._seen: Sequence[Taken] = ()
        self._works: dict[float, float] = {}
        self._late: float | None = None
        self.durations: Durations = learn(self._prior, ())

    def refresh(self, unfinished: Iterable[Standing], slots: int) -> None:
        """Takes in who is in line.

        Args:
            unfinished: orders, oldest first.
            slots: predictions at a time, as far as was learned; 0 stands for no limit.
        """
        self._standing = list(unfinished)
        self._slots = slots
        self._seen_line = None
        self._own, self._of_person = {}, Counter()
        for one in self._standing:
            if one.state is not OrderState.DRAWN:
                self._own[one.id] = self._of_person[one.user_id]
                self._of_person[one.user_id] += 1

    def learn(self, seen: Sequence[Taken], came: int = 0, since: float = 0.0) -> None:
        """Takes in what has happened.

        Args:
            seen: the newest durations, newest first.
            came: orders in the last `RATE_SECONDS`.
            since: seconds since the very first one.
        """
        self._rate = came / min(max(since, FIRST_SECONDS), RATE_SECONDS)
        self._seen_line = None
        if seen != self._seen:
            self._seen = seen
            self._relearn()

    def work(self, recipe: Recipe) -> float:
        """How much longer this takes than one picture of 20 steps, as far as that was seen."""
        return self._seen_work(work(recipe))

    def expected(self, order: Order) -> float:
        """Seconds that the prediction of this order takes."""
        return self.durations.median * self.work(order.recipe)

    def line(
        self,
        *,
        waiting: int,
        ready: int,
        unhosted: int,
        cost: float,
        wanted: float,
        free: float = math.inf,
    ) -> Line:
        """What `Budget` sees; `free` requests are left of the minute."""
        self._needed = Line(waiting, ready, unhosted, cost, self._rate, wanted)
        self._free = free
        return self._needed

    def waiting(self, order: Order) -> Waiting:
        """What the person is told."""
        ahead = self._ahead(order) if order.state is OrderState.QUEUED else 0
        held = max(0.0, self.held_until - ticks()) if self.held_until else 0.0
        return Waiting(ahead, shown_seconds(self.seconds_left(order) + held))

    def seconds_left(self, order: Order) -> float:
        """Until its picture is there, as likely more as less."""
        if order.state is not OrderState.QUEUED:
            return self._left(order.submitted_at, self.work(order.recipe))
        line = self._line()
        start = line.starts[self._place(order)]
        in_line = max(0.0, start - self._now()) + self.expected(order) + line.late
        # One's own orders go two at a time; the first of them have begun already.
        rounds = self._own_before(order) // PER_PERSON
        return max(in_line, (max(rounds - 0.5, 0) + 1) * self.expected(order))

    def _line(self) -> _Line:
        """The same for all who are in it, so it is made once for all."""
        self._seen_line = self._seen_line or self._foreseen()
        return self._seen_line

    def _foreseen(self) -> _Line:
        now = self._now()
        held = [one for one in self._standing if one.state in HOLDS_SLOT]
        waiters = [
            Waiter(one.id, one.user_id, is_later(one.round_id, one.created_at, now), one.work)
            for one in self._standing
            if one.state is OrderState.QUEUED
        ]
        line = in_turn(waiters, Counter(one.user_id for one in held))
        scene = self._scene(len(held), len(line))
        course = steady(scene)
        late = course.delay if self._late is None else self._late
        # Orders a second, where it is the requests that are short.
        short = course.price == math.inf
        pace = by_requests(scene, max(course.delay, late)) if short else math.inf
        begin = self._begin(line, held, late, pace)
        places = {one.id: place for place, one in enumerate(line)}
        return _Line(len(held), places, [now + seconds for seconds in begin], late)

    def _begin(
        self, line: Sequence[Waiter], held: Sequence[Standing], late: float, pace: float
    ) -> list[float]:
        """In how many seconds each in line takes its slot, and whoever comes next."""
        if not self._slots:
            return self._paced([0.0] * (len(line) + 1), pace, len(held))
        work = fmean(self._seen_work(one.work) for one in line) if line else 1.0
        longest = max((self._seen_work(one.work) for one in held), default=0.0)
        if len(held) >= self._slots:
            # Where requests are short, a slot isn't used again as soon as its picture is seen.
            late = max(late, self._slots / pace - self.durations.mean(work))
        found = starts(
            lambda ahead: self._freed(held, late, ahead),
            [each + late for each in self.durations.quantiles(QUANTILES, work)],
            len(line) + 1,
            self.durations.mean(longest) + late,
        )
        return found if len(held) >= self._slots else self._paced(found, pace, len(held))

    def _paced(self, found: Sequence[float], pace: float, held: int) -> list[float]:
        """Where slots stand empty for want of requests, these are what is waited for."""
        empty = max(0, self._slots - held) if self._slots else len(found)
        at_once = min(empty, self._free / self._needed.cost)
        return [max(at, (n + 0.5 - at_once) / pace) for n, at in enumerate(found)]

    def _freed(self, held: Sequence[Standing], late: float, ahead: float) -> float:
        """How many of the slots are free, or will have been, until then."""
        freed = 0.0
        for one in held:
            age, work = self._age(one.submitted_at) - late, self._seen_work(one.work)
            found = self.durations.found(age + ahead, max(0.0, age), work)
            # As `_left`: what is far too late takes no longer than one that begins.
            freed += max(found, self.durations.done(ahead - late, work))
        if len(held) > self._slots:
            return freed * self._slots / len(held)
        return freed + self._slots - len(held)

    def _scene(self, in_flight: int, waiting: int) -> Scene:
        # A line that the requests of this minute are enough for doesn't wait for them: to make all
        # of its orders, and to see that one after the other is done.
        lasts = self._needed.wanted + in_flight > self._free
        cost = self._needed.cost if lasts else 1.0
        return Scene(
            now=self._now(),
            limits=Limits(self._limits.per_minute, self._slots),
            durations=self.durations,
            line=Line(waiting=waiting, cost=cost, rate=self._rate),
            elsewhere=in_flight,
        )

    def _own_before(self, order: Order) -> int:
        return self._own.get(order.id, self._of_person[order.user_id])

    def _place(self, order: Order) -> int:
        places = self._line().places
        return places.get(order.id, len(places))

    def _ahead(self, order: Order) -> int:
        """Whoever finds a free slot when it is their turn waits for nobody."""
        own = max(0, self._own_before(order) + 1 - PER_PERSON)
        if not self._slots:
            return own
        return max(own, self._line().held + self._place(order) + 1 - self._slots)

    def _left(self, submitted_at: float | None, work: float) -> float:
        """Seconds until a prediction is seen to be done.

        What is done now is seen a while later, so what may have to be seen now was done at an age
        that is less by that while.
        """
        late = self._late or 0.0
        age = self._age(submitted_at) - late
        seen = max(0.0, age)
        # What is far too late might take minutes: nobody is helped by a figure that grows.
        left = min(self.durations.left(seen, seen, work), self.durations.median * work)
        return left + max(0.0, -age)

    def _age(self, submitted_at: float | None) -> float:
        return 0.0 if submitted_at is None else self._now() - submitted_at

    def _seen_work(self, usual: float) -> float:
        return self._works.get(usual, usual)

    def _relearn(self) -> None:
        self.durations = learn(self._prior, [one.seconds / one.work for one in self._seen])
        # A clock that was set makes nonsense of some.
        late = [min(max(one.late, 0.0), one.seconds) for one in self._seen[:LATE]]
        self._late = fmean(late) if late else None
        self._works = {}
        for usual in {one.work for one in self._seen}:
            own = [one.seconds for one in self._seen if one.work == usual]
            if len(own) >= NEWEST:
                self._works[usual] = learn(self._prior * usual, own).median / self.durations.median
