"""The provider in virtual time: its limits, how long it takes, and nothing else.

It knows nothing of the stand-in of `make demo`, which has other things to show. What its answers
look like follows the provider's public OpenAPI.
"""

import asyncio
import json
import math
import random
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx

URL: Final = "https://provider.test"
WINDOW: Final = 60.0
USD_PER_SECOND: Final = 0.00108


@dataclass(frozen=True, slots=True)
class World:
    """How the provider is. Times are in seconds.

    Args:
        sigma: the standard deviation of the durations' logarithm.
        median: of the durations: their mean is median * exp(sigma² / 2).
        per_minute, slots: what it allows.
        latency: of a call, from the shortest to the longest; `way_up` is what share of it a
            request is on its way until it arrives, and counts.
        put: an upload takes so long, besides its presign.
        list_behind: the list of executions shows how things stood so long ago.
    """

    sigma: float = 0.25
    median: float = 21.0
    per_minute: int = 60
    slots: int = 10
    latency: tuple[float, float] = (0.05, 0.1)
    way_up: tuple[float, float] = (0.3, 0.6)
    put: float = 0.2
    list_behind: float = 0.0

    @property
    def mean(self) -> float:
        return self.median * math.exp(self.sigma**2 / 2)

    @property
    def most(self) -> float:
        """Predictions a minute if no slot ever stood empty."""
        return 60 * self.slots / self.mean


@dataclass(frozen=True, slots=True)
class Prediction:
    """Moments are of the provider's clock, which is everybody's here; `webhook` is an address."""

    id: str
    input: Mapping[str, Any]
    began: float
    duration: float
    webhook: str = ""

    @property
    def ends(self) -> float:
        return self.began + self.duration


class Refused(Exception):
    """429."""


@dataclass
class Provider:
    """Counts what arrives and draws nothing.

    The n-th prediction takes equally long for whoever asks, so that different clients can be
    compared; how long calls travel has dice of its own.

    Args:
        told: is called when a prediction's webhook arrives.
    """

    world: World
    seed: int
    now: Callable[[], float]
    told: Callable[[Prediction], None] | None = None
    predictions: dict[str, Prediction] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    most_in_flight: int = 0
    most_in_a_minute: int = 0
    _arrivals: list[float] = field(default_factory=list)
    _running: list[Prediction] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._durations = random.Random(f"durations {self.seed}")
        self._travels = random.Random(f"travels {self.seed}")

    def requests_since(self, moment: float) -> int:
        return len(self._arrivals) - bisect_right(self._arrivals, moment)

    def travel(self) -> tuple[float, float]:
        """Seconds that a call is on its way up, and back."""
        whole = self._travels.uniform(*self.world.latency)
        up = whole * self._travels.uniform(*self.world.way_up)
        return up, whole - up

    def arrives(self, call: str) -> None:
        """A request is here.

        Raises:
            Refused: one too many within a minute; it counts all the same.
        """
        now, limit = self.now(), self.world.per_minute
        self._arrivals.append(now)
        recent = self.requests_since(now - WINDOW)
        self.calls[call] = self.calls.get(call, 0) + 1
        self.most_in_a_minute = max(self.most_in_a_minute, recent)
        if limit and recent > limit:
            self.refused += 1
            raise Refused(f"{limit} requests a minute")

    def create(self, given: Mapping[str, Any], webhook: str = "") -> Prediction:
        """Begins at once.

        Raises:
            Refused: all slots are taken.
        """
        now, limit = self.now(), self.world.slots
        self._running = [one for one in self._running if one.ends > now]
        if limit and len(self._running) >= limit:
            self.refused += 1
            raise Refused(f"{limit} predictions at a time")
        spread = math.exp(self.world.sigma * self._durations.gauss(0, 1))
        number = len(self.predictions) + 1
        made = Prediction(f"p{number}", given, now, self.world.median * spread, webhook)
        self.predictions[made.id] = made
        self._running.append(made)
        self.most_in_flight = max(self.most_in_flight, len(self._running))
        if webhook and self.told is not None:
            up, _ = self.travel()
            asyncio.get_running_loop().call_later(made.duration + up, self.told, made)
        return made

    def ended(self, prediction: Prediction, seconds_ago: float = 0.0) -> bool:
        return prediction.ends <= self.now() - seconds_ago

    def since(self, moment: float) -> list[Prediction]:
        """Newest first."""
        found = []
        for one in reversed(self.predictions.values()):
            if one.began < moment:
                break
            found.append(one)
        return found


class Wire(httpx.AsyncBaseTransport):
    """The provider as an HTTP client sees it; calls take their time on the way."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._files = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.startswith("/files/"):
            await asyncio.sleep(self._provider.world.put)
            return httpx.Response(200)
        up, back = self._provider.travel()
        await asyncio.sleep(up)
        try:
            status, answer = self._answered(request, [part for part in path.split("/") if part])
        except Refused as refused:
            status, answer = 429, {"error": "Too many requests", "details": str(refused)}
        await asyncio.sleep(back)
        return httpx.Response(status, json=answer)

    def _answered(self, request: httpx.Request, path: list[str]) -> tuple[int, Any]:
        match request.method, path:
            case "POST", ["v1", "prediction"]:
                self._provider.arrives("create")
                body = json.loads(request.content)
                made = self._provider.create(body["input"], body.get("webhook_url", ""))
                return 200, {"status": "success", "message": "ok", "predictionID": made.id}
            case "GET", ["v1", "prediction", str(name)]:
                self._provider.arrives("get")
                return self._prediction(name)
            case "POST", ["v1", "prediction", str(name), "cancel"]:
                self._provider.arrives("cancel")
                return 200, {"status": "cancelled", "predictionID": name}
            case "GET", ["v1", "executions"]:
                self._provider.arrives("list")
                return 200, self._executions(request.url.params)
            case "POST", ["v1", "upload", "presign"]:
                self._provider.arrives("presign")
                return 200, self._presigned()
            case _:
                self._provider.arrives("other")
                return 404, {"error": "no such path"}

    def _prediction(self, name: str) -> tuple[int, Any]:
        one = self._provider.predictions.get(name)
        if one is None:
            return 404, {"error": "Prediction not found"}
        ended = self._provider.ended(one)
        answer = {
            "id": one.id,
            "status": "success" if ended else "processing",
            "input": one.input,
            "output": [_link(one)] if ended else None,
            "metrics": _metrics(one) if ended else {},
        }
        return 200, answer

    def _executions(self, query: Mapping[str, str]) -> Any:
        since = datetime.fromisoformat(query["from"]).timestamp()
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 20))
        behind = self._provider.world.list_behind
        found = self._provider.since(since)
        shown = [one for one in found if one.began <= self._provider.now() - behind]
        return {
            "executions": [self._row(one) for one in shown[offset : offset + limit]],
            "total_count": len(shown),
            "total_capped": False,
            "offset": offset,
            "limit": limit,
        }

    def _row(self, one: Prediction) -> dict[str, Any]:
        ended = self._provider.ended(one, self._provider.world.list_behind)
        return {
            "id": one.id,
            "model": "photomaker-style",
            "status": "success" if ended else "starting",
            "created_at": _moment(one.began),
            "completed_at": _moment(one.ends) if ended else None,
            "run_time": one.duration if ended else 0,
            "execution_cost": one.duration * USD_PER_SECOND if ended else 0,
            "output": _link(one) if ended else None,
        }

    def _presigned(self) -> dict[str, Any]:
        self._files += 1
        return {
            "id": f"f{self._files}",
            "presigned_url": f"{URL}/files/{self._files}?signature=1",
            "public_url": f"{URL}/files/{self._files}",
            "required_headers": {},
        }


def _link(one: Prediction) -> str:
    return f"{URL}/outputs/{one.id}.png"


def _metrics(one: Prediction) -> dict[str, float]:
    return {"predict_time": one.duration, "cost": one.duration * USD_PER_SECOND}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
