"""What is known of the orders under way: who is in line, and how long it will take."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from bot.domain.durations import NEWEST, Durations, learn, work
from bot.domain.order import HOLDS_SLOT, Order, OrderState
from bot.domain.photomaker import Recipe
from bot.domain.price import Steady, seconds_left, steady
from bot.domain.scene import Limits, Line, Scene
from bot.domain.schedule import PER_PERSON, shown_seconds
from bot.engine.ticks import ticks
from bot.settings import Settings
from bot.views.cards import Waiting
from storage.orders import Standing, Taken

# Orders of so many seconds say how many are going to come.
RATE_SECONDS: Final = 1800.0
# So many of the newest say how long a picture lies finished before that is noticed.
LATE: Final = 20
# At the very start: as if the first orders had come in so many.
FIRST_SECONDS: Final = 300.0


class Estimates:
    """A picture of the line, refreshed from the rows, read by whoever tells people about it."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._prior = settings.eachlabs_typical_seconds
        self._limits = Limits(settings.eachlabs_requests_per_minute, settings.eachlabs_concurrency)
        self._now = now
        self._places: dict[int, int] = {}
        self._course: Steady | None = None
        # Ticks before which no request leaves; 0: the provider has asked for no silence.
        self.held_until = 0.0
        self._of_person: dict[int, list[int]] = {}
        self._under_way = 0
        self._rate = 0.0
        self._cost = 1.0
        self._seen: Sequence[Taken] = ()
        self._works: dict[float, float] = {}
        self._late: float | None = None
        self.durations: Durations = learn(self._prior, ())

    def refresh(self, unfinished: Iterable[Standing]) -> None:
        """Takes in who is in line: the unfinished orders, oldest first."""
        orders = list(unfinished)
        queued = (order.id for order in orders if order.state is OrderState.QUEUED)
        self._places = {order_id: place for place, order_id in enumerate(queued)}
        self._course = None
        self._under_way = sum(order.state in HOLDS_SLOT for order in orders)
        self._of_person = defaultdict(list)
        for order in orders:
            if order.state is not OrderState.DRAWN:
                self._of_person[order.user_id].append(order.id)

    def learn(self, seen: Sequence[Taken], came: int = 0, since: float = 0.0) -> None:
        """Takes in what has happened.

        Args:
            seen: the newest durations, newest first.
            came: orders in the last `RATE_SECONDS`.
            since: seconds since the very first one.
        """
        self._rate = came / min(max(since, FIRST_SECONDS), RATE_SECONDS)
        self._course = None
        if seen != self._seen:
            self._seen = seen
            self._relearn()

    def work(self, recipe: Recipe) -> float:
        """How much longer this takes than one picture of 20 steps, as far as that was seen."""
        usual = work(recipe)
        return self._works.get(usual, usual)

    def expected(self, order: Order) -> float:
        """Seconds that the prediction of this order takes."""
        return self.durations.median * self.work(order.recipe)

    def line(self, *, waiting: int, ready: int, unhosted: int, cost: float) -> Line:
        self._cost = cost
        return Line(waiting, ready, unhosted, cost, self._rate)

    def waiting(self, order: Order) -> Waiting:
        """What the person is told."""
        ahead = self._ahead(order) if order.state is OrderState.QUEUED else 0
        held = max(0.0, self.held_until - ticks()) if self.held_until else 0.0
        return Waiting(ahead, shown_seconds(self.seconds_left(order) + held))

    def seconds_left(self, order: Order) -> float:
        """Until its picture is there, as likely more as less."""
        if order.state is not OrderState.QUEUED:
            return self._left(order)
        scene = Scene(
            now=self._now(),
            limits=self._limits,
            durations=self.durations,
            line=Line(waiting=len(self._places), cost=self._cost, rate=self._rate),
            elsewhere=self._under_way,
        )
        # The same for all in line, and too long a search to be made for each.
        self._course = self._course or self._steady(scene)
        in_line = seconds_left(
            scene,
            ahead=self._before(order),
            work=self.work(order.recipe),
            course=self._course,
        )
        # One's own orders go two at a time; the first of them have begun already.
        rounds = self._own_before(order) // PER_PERSON
        return max(in_line, (max(rounds - 0.5, 0) + 1) * self.expected(order))

    def _steady(self, scene: Scene) -> Steady:
        """As it would run; how late pictures are noticed is seen."""
        course = steady(scene)
        return course if self._late is None else replace(course, delay=self._late)

    def _own_before(self, order: Order) -> int:
        return sum(number < order.id for number in self._of_person.get(order.user_id, ()))

    def _before(self, order: Order) -> int:
        return self._places.get(order.id, len(self._places))

    def _ahead(self, order: Order) -> int:
        """Whoever finds a free slot when it is their turn waits for nobody."""
        own = max(0, self._own_before(order) + 1 - PER_PERSON)
        concurrency = self._limits.concurrency
        if not concurrency:
            return own
        return max(own, self._under_way + self._before(order) + 1 - concurrency)

    def _left(self, order: Order) -> float:
        age = 0.0 if order.submitted_at is None else self._now() - order.submitted_at
        # What is far too late might take minutes: nobody is helped by a figure that grows.
        left = min(self.durations.left(age, age, self.work(order.recipe)), self.expected(order))
        return left + (self._late or 0.0)

    def _relearn(self) -> None:
        self.durations = learn(self._prior, [one.seconds / one.work for one in self._seen])
        # A clock that was set makes nonsense of some.
        late = [min(max(one.late, 0.0), one.seconds) for one in self._seen[:LATE]]
        self._late = median(late) if late else None
        self._works = {}
        for usual in {one.work for one in self._seen}:
            own = [one.seconds for one in self._seen if one.work == usual]
            if len(own) >= NEWEST:
                self._works[usual] = learn(self._prior * usual, own).median / self.durations.median
