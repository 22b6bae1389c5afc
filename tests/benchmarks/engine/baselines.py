"""What the engine is compared with, at the same provider.

The published loop creates, then asks every second. The best fixed quantile asks when a prediction
is done with a probability that was chosen beforehand, knowing how durations are spread. The
all-knowing scheduler asks for each prediction once, right when it is done.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from tests.benchmarks.engine.figures import Figures, Life, figures
from tests.benchmarks.engine.provider import Prediction, Provider
from tests.benchmarks.engine.scenario import LINE, Scenario
from tests.engine.virtual import now, run

# So much longer than the provider's minute: requests travel at different speeds.
MINUTE: Final = 60.25
# Photos of so many orders are uploaded ahead.
AHEAD: Final = 6
QUANTILES: Final = (0.15, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
EVERY: Final = 1.0
SHORTEST: Final = 0.5
MOMENT: Final = 0.0005


@dataclass(eq=False)
class Job:
    """An order of a client's; moments are its own clock's, `asked` is when it last asked."""

    life: Life
    uploads: int
    uploading: int = 0
    uploaded: int = 0
    sent: float = 0.0
    asked: float = 0.0
    prediction: Prediction | None = None
    asking: bool = False

    @property
    def ready(self) -> bool:
        return self.uploaded >= self.uploads


class Client:
    """Keeps to the limits and to a plan.

    Args:
        plan: does one thing and returns None, or returns the seconds until something is to be done.
    """

    def __init__(
        self, scenario: Scenario, seed: int, plan: Callable[["Client"], float | None]
    ) -> None:
        self.scenario = scenario
        self.provider = Provider(scenario.world, seed, now)
        self.line: list[Job] = []
        self.running: list[Job] = []
        self.ended: list[Life] = []
        self.slot_free_since = now()
        self._plan = plan
        self._moments = random.Random(f"orders {seed}")
        self._sent: list[float] = []
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        self._fill()
        feeding = asyncio.create_task(self._feed())
        try:
            async with asyncio.timeout(self.scenario.warm_up + self.scenario.seconds):
                while True:
                    await self._next()
        except TimeoutError:
            feeding.cancel()

    async def _next(self) -> None:
        self._changed.clear()
        pause = self.requests_in() or self._plan(self)
        if pause is None:
            return
        try:
            async with asyncio.timeout(max(MOMENT, pause) if pause < math.inf else None):
                await self._changed.wait()
        except TimeoutError:
            return

    def requests_in(self) -> float:
        """Seconds until a request can be sent."""
        limit, at = self.scenario.world.per_minute, now()
        self._sent = [sent for sent in self._sent if sent > at - MINUTE]
        return max(MOMENT, self._sent[-limit] + MINUTE - at) if len(self._sent) >= limit else 0.0

    # What a plan can do

    def begin(self) -> bool:
        """A create if a slot is free and an order is ready, else an upload; false if neither."""
        if len(self.running) < self.scenario.world.slots:
            job = next((job for job in self.line if job.ready), None)
            if job is not None:
                self._create(job)
                return True
        behind = [job for job in self.line[:AHEAD] if job.uploading < job.uploads]
        if behind:
            behind[0].uploading += 1
            self._send(self._upload(behind[0]))
        return bool(behind)

    def ask(self, job: Job) -> None:
        job.asked, job.asking = now(), True
        self._send(self._get(job))

    # How it goes

    def _create(self, job: Job) -> None:
        self.line.remove(job)
        self.running.append(job)
        job.sent = job.asked = now()
        self._fill()
        self._send(self._begin(job))

    def _send(self, call: Awaitable[None]) -> None:
        self._sent.append(now())
        task = asyncio.ensure_future(call)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, job: Job) -> None:
        up, back = self.provider.travel()
        await asyncio.sleep(up)
        self.provider.arrives("create")
        job.prediction = self.provider.create({})
        job.life.began, job.life.ended = job.prediction.began, job.prediction.ends
        self._changed.set()
        await asyncio.sleep(back)

    async def _get(self, job: Job) -> None:
        up, back = self.provider.travel()
        await asyncio.sleep(up)
        self.provider.arrives("get")
        over = job.prediction is not None and self.provider.ended(job.prediction)
        await asyncio.sleep(back)
        job.asking = False
        if over and job in self.running:
            self.running.remove(job)
            self.slot_free_since = now()
            job.life.noticed = now()
            self.ended.append(job.life)
        self._changed.set()

    async def _upload(self, job: Job) -> None:
        up, back = self.provider.travel()
        await asyncio.sleep(up)
        self.provider.arrives("presign")
        await asyncio.sleep(back + self.scenario.world.put)
        job.uploaded += 1
        self._changed.set()

    # Who orders

    def _fill(self) -> None:
        while not self.scenario.rate and len(self.line) < LINE:
            self._order()

    async def _feed(self) -> None:
        while self.scenario.rate:
            await asyncio.sleep(self._moments.expovariate(self.scenario.rate / 60))
            self._order()
            self._changed.set()

    def _order(self) -> None:
        self.line.append(Job(Life(now()), self.scenario.uploads))


def the_loop(client: Client) -> float | None:
    """Whoever has waited longest for a request gets it."""
    due = {job: job.asked + EVERY for job in client.running}
    first = min(due, key=lambda job: due[job], default=None)
    moment = due[first] if first else math.inf
    if client.line and len(client.running) < client.scenario.world.slots:
        begins = client.slot_free_since
        if begins < moment and client.begin():
            client.slot_free_since = now()
            return None
    if first is None or moment > now():
        return moment - now()
    client.ask(first)
    return None


def quantile(share: float) -> Callable[[Client], float | None]:
    """Asks when `share` of the predictions that are not done yet will be."""

    def plan(client: Client) -> float | None:
        if client.begin():
            return None
        due = {job: _due(client, job, share) for job in client.running}
        first = min(due, key=lambda job: due[job], default=None)
        if first is None:
            return math.inf
        if due[first] > now():
            return due[first] - now()
        client.ask(first)
        return None

    return plan


def _due(client: Client, job: Job, share: float) -> float:
    world = client.scenario.world
    law, age = NormalDist(math.log(world.median), world.sigma), job.asked - job.sent
    before = law.cdf(math.log(age)) if age > 0 else 0.0
    target = min(before + (1 - before) * share, 1 - 1e-9)
    return job.sent + max(age + SHORTEST, math.exp(law.inv_cdf(target)))


def all_knowing(client: Client) -> float | None:
    done = [job for job in client.running if job.life.ended and not job.asking]
    first = min(done, key=lambda job: job.life.ended, default=None)
    if first is not None and first.life.ended <= now():
        client.ask(first)
        return None
    if client.begin():
        return None
    return first.life.ended - now() if first else math.inf


def measure(scenario: Scenario, seed: int, plan: Callable[[Client], float | None]) -> Figures:
    async def main() -> Figures:
        began = now()
        client = Client(scenario, seed, plan)
        await client.run()
        return figures(client.ended, client.provider, scenario, began)

    return run(main())


def best_quantile(scenario: Scenario, seed: int) -> Figures:
    """The one that makes most, or with little to do is soonest."""
    tried = [measure(scenario, seed, quantile(share)) for share in QUANTILES]
    if scenario.rate:
        return min(tried, key=lambda found: found.mean)
    return max(tried, key=lambda found: found.per_minute)
