"""Predictions and how they live: created, starting, processing, and an end."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from bot.sandbox.eachlabs import model
from bot.sandbox.eachlabs.faults import Fault
from bot.sandbox.eachlabs.limits import Clock
from bot.sandbox.eachlabs.options import Options

USD_PER_SECOND = 0.00108  # the model's page: about 2 cents for 21 seconds
OVER = ("success", "error", "cancelled")
# Shares of a prediction's time in which it isn't processing yet.
CREATED_SHARE, STARTING_SHARE = 0.02, 0.04
COMPLAINT_SHARE = 0.08  # the model looks at the prompt before it draws

Draw = Callable[["Prediction"], Awaitable[Sequence[str]]]
Ended = Callable[["Prediction"], None]


class Failure(Exception):
    """The model ends in an error; the text is its reason."""


@dataclass(eq=False)
class Prediction:
    """One prediction. Moments are seconds since 1970; `seconds` is its time at speed 1.

    given: the input as it was sent; completed: the same with defaults and numbers.
    shape: the fault that bends this prediction's output, once a poll met it.
    """

    id: str
    given: Mapping[str, Any]
    completed: Mapping[str, Any]
    created_at: float
    seconds: float
    speed: float
    seed: int
    fate: Fault | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    status: str = "created"
    started_at: float | None = None
    finished_at: float | None = None
    spent: float = 0.0
    output: list[str] = field(default_factory=list)
    error: str | None = None
    envelope: dict[str, Any] | None = None
    shape: Fault | None = None
    gets: int = 0
    webhook_tries: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def over(self) -> bool:
        return self.status in OVER

    @property
    def took(self) -> float:
        """Seconds that it ran, as whoever waited for it counts them."""
        return self.spent / self.speed

    @property
    def cost(self) -> float:
        """USD; an error is not billed, a cancelled one for the time it ran."""
        return 0.0 if self.status == "error" else round(self.spent * USD_PER_SECOND, 6)

    def move(self, status: str) -> None:
        self.status = status
        self.moved.set()
        self.moved = asyncio.Event()


class Predictions:
    """All predictions since the start, and the tasks of those in flight."""

    def __init__(
        self,
        draw: Draw,
        ended: Ended,
        clock: Clock,
        *,
        typical: float,
        sigma: float,
        seed: int | None,
    ) -> None:
        self.all: dict[str, Prediction] = {}
        self.max_in_flight = 0
        self._draw = draw
        self._ended = ended
        self._clock = clock
        self._typical = typical
        self._sigma = sigma
        self._dice = np.random.default_rng(seed)
        self._lives: dict[str, asyncio.Task[None]] = {}

    @property
    def in_flight(self) -> list[Prediction]:
        return [self.all[id_] for id_ in self._lives]

    @property
    def reserved(self) -> float:
        """USD that the predictions in flight are going to cost."""
        return sum(prediction.seconds for prediction in self.in_flight) * USD_PER_SECOND

    def expected_cost(self, completed: Mapping[str, Any]) -> float:
        return self._typical * effort(completed) * USD_PER_SECOND

    def start(
        self,
        body: Mapping[str, Any],
        completed: Mapping[str, Any],
        options: Options,
        fate: Fault | None,
    ) -> Prediction:
        """Makes a prediction from a checked create body and lets it live."""
        prediction = Prediction(
            id=str(uuid.uuid4()),
            given=body["input"],
            completed=completed,
            created_at=self._clock(),
            seconds=self._duration(completed),
            speed=options.speed,
            seed=self._seed(completed),
            fate=fate,
            webhook_url=body.get("webhook_url"),
            webhook_secret=body.get("webhook_secret"),
        )
        self.all[prediction.id] = prediction
        stuck = options.stuck or (fate is not None and fate.kind == "stuck")
        life = asyncio.create_task(self._wait_for_ever() if stuck else self._live(prediction))
        life.add_done_callback(partial(self._broken_off, prediction))
        self._lives[prediction.id] = life
        self.max_in_flight = max(self.max_in_flight, len(self._lives))
        return prediction

    def cancel(self, prediction: Prediction) -> None:
        """Stops it if it is in flight; bills the share of its time that it ran."""
        if prediction.over:
            return
        life = self._lives.pop(prediction.id)
        life.cancel()
        prediction.spent = self._share_run(prediction) * prediction.seconds
        self._end(prediction, "cancelled")

    async def close(self) -> None:
        lives = list(self._lives.values())
        self._lives.clear()
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)

    def _duration(self, completed: Mapping[str, Any]) -> float:
        drawn = self._dice.lognormal(np.log(self._typical), self._sigma) if self._typical else 0.0
        return float(drawn) * effort(completed)

    def _seed(self, completed: Mapping[str, Any]) -> int:
        drawn = int(self._dice.integers(0, 2_147_483_648))
        return drawn if completed["seed"] is None else int(completed["seed"])

    def _share_run(self, prediction: Prediction) -> float:
        if prediction.started_at is None or not prediction.seconds:
            return 0.0
        run = (self._clock() - prediction.started_at) * prediction.speed
        return min(1.0, run / prediction.seconds)

    @staticmethod
    async def _wait_for_ever() -> None:
        await asyncio.Event().wait()

    def _broken_off(self, prediction: Prediction, life: asyncio.Task[None]) -> None:
        """A mistake of ours ends the prediction too, and is reported."""
        mistake = None if life.cancelled() else life.exception()
        if mistake is None:
            return
        prediction.error = "internal error"
        self._lives.pop(prediction.id, None)
        self._end(prediction, "error")
        life.get_loop().call_exception_handler({"message": "no picture", "exception": mistake})

    async def _live(self, prediction: Prediction) -> None:
        real = prediction.seconds / prediction.speed
        await asyncio.sleep(real * CREATED_SHARE)
        prediction.move("starting")
        await asyncio.sleep(real * STARTING_SHARE)
        prediction.started_at = self._clock()
        prediction.move("processing")
        left = real * (1 - CREATED_SHARE - STARTING_SHARE)
        try:
            await self._process(prediction, left)
        except Failure as failure:
            prediction.error = str(failure)
            status = "error"
        else:
            status = "success"
        self._lives.pop(prediction.id, None)
        prediction.spent = prediction.seconds
        self._end(prediction, status)

    async def _process(self, prediction: Prediction, seconds: float) -> None:
        """Draws while the time runs; raises Failure as the model does."""
        complaint = model.complaint(prediction.completed)
        if complaint:
            await asyncio.sleep(seconds * COMPLAINT_SHARE)
            raise Failure(complaint)
        if prediction.fate is not None and prediction.fate.kind == "fail":
            await asyncio.sleep(seconds)
            raise _told_failure(prediction, prediction.fate)
        drawn, _ = await asyncio.gather(self._draw(prediction), asyncio.sleep(seconds))
        prediction.output = list(drawn)

    def _end(self, prediction: Prediction, status: str) -> None:
        prediction.finished_at = self._clock()
        prediction.move(status)
        self._ended(prediction)


def effort(completed: Mapping[str, Any]) -> float:
    """How much longer than 20 steps and one picture this takes."""
    steps = 0.25 + 0.75 * completed["num_steps"] / 20
    return float(steps * (0.4 + 0.6 * completed["num_outputs"]))


def _told_failure(prediction: Prediction, fate: Fault) -> Failure:
    if isinstance(fate.body, dict):
        prediction.envelope = fate.body
        return Failure(str(fate.body.get("error_message", "")))
    return Failure(fate.body or "CUDA out of memory")
