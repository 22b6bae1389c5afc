"""Predictions in virtual time, and a watch that asks about them, the requests really rationed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from bot.domain.order import Hold, Order, OrderState
from bot.domain.scene import Limits
from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import Execution, Page, Prediction, State
from bot.engine.budget import Budget
from bot.engine.estimates import Estimates
from bot.engine.watch import News, Watch
from bot.errors import ProviderFault
from bot.settings import load
from tests.engine.virtual import now, run
from tests.engine.workshop import a_database, recipe

TYPICAL = 20.0


@dataclass
class Provider:
    """Predictions by id: when each ends. `blind`: the list never shows an end; `crowded`: its page
    is full of others' predictions.
    """

    ends: dict[str, float] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    faults: list[ProviderFault] = field(default_factory=list)
    list_faults: list[ProviderFault] = field(default_factory=list)
    blind: bool = False
    empty: bool = False
    crowded: bool = False
    retry_after: float | None = None
    last: dict[str, list[float]] = field(default_factory=dict)
    clock: float | None = None

    async def get(self, prediction_id: str) -> Prediction:
        self.asked["get"] += 1
        self.last.setdefault(prediction_id, []).append(now())
        await asyncio.sleep(0.05)
        if self.faults:
            raise self.faults.pop(0)
        if now() < self.ends[prediction_id]:
            return Prediction(prediction_id, State.RUNNING, retry_after=self.retry_after)
        return Prediction(prediction_id, State.SUCCEEDED, outputs=(f"{prediction_id}.png",))

    async def executions(self, since: datetime, *, limit: int) -> Page:
        self.asked["list"] += 1
        assert since < datetime.fromtimestamp(now(), UTC)
        await asyncio.sleep(0.05)
        if self.list_faults:
            raise self.list_faults.pop(0)
        if self.crowded:
            return Page(executions=tuple(Execution(id=f"other-{n}") for n in range(limit)))
        return Page(executions=() if self.empty else tuple(map(self._row, self.ends)))

    def _row(self, name: str) -> Execution:
        if now() < self.ends[name] or self.blind:
            return Execution(id=name, word="starting")
        return Execution(id=name, word="success", output=f"{name}.png")


@dataclass
class Scene:
    provider: Provider
    watch: Watch

    def order(self, number: int, seconds: float, **values: Any) -> Order:
        """An order whose prediction has just begun and takes so long."""
        name = f"p{number}"
        self.provider.ends[name] = now() + seconds
        fields: dict[str, Any] = dict.fromkeys(Order.__dataclass_fields__)
        fields |= {
            "id": number,
            "state": OrderState.PROCESSING,
            "hold": Hold.NONE,
            "attempts": 0,
            "recipe": recipe(),
            "prediction_id": name,
            "submitted_at": now(),
        }
        return Order(**(fields | values))

    async def heard(self, *orders: Order) -> list[News]:
        async with asyncio.timeout(600):
            return await asyncio.gather(*(self.watch.news(order) for order in orders))


def at_the_provider(
    folder: Path, main: Callable[[Scene], Awaitable[None]], clock: Callable[[], float] = now
) -> None:
    async def whole() -> None:
        async with a_database(folder) as database:
            settings = load(eachlabs_typical_seconds=TYPICAL)
            provider = Provider()
            estimates = Estimates(settings, clock)
            budget = Budget(database, Limits(60, 10), estimates, clock)
            watch = Watch(cast("EachlabsClient", provider), budget, estimates, clock)
            await main(Scene(provider, watch))

    run(whole())
