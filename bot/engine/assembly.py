"""How the engine is put together, for whoever runs it: the bot, `draw`, the benchmarks."""

import time
from collections.abc import Awaitable, Callable

from bot.domain.pace import PACE, Pace
from bot.domain.scene import Limits
from bot.eachlabs.client import EachlabsClient
from bot.engine.budget import Budget
from bot.engine.estimates import Estimates
from bot.engine.gate import Gate
from bot.engine.lost import Lost
from bot.engine.ports import Delivery, Listener, PhotoSource
from bot.engine.references import References
from bot.engine.steps import Tools
from bot.engine.turns import Turns
from bot.engine.watch import Watch
from bot.errors import ProviderFault
from bot.imaging import Imaging
from bot.links import Links
from bot.settings import Settings
from storage.database import Database


def assemble(
    settings: Settings,
    database: Database,
    client: EachlabsClient,
    *,
    source: PhotoSource,
    imaging: Imaging,
    delivery: Delivery,
    listener: Listener,
    tell: Callable[[ProviderFault | None], Awaitable[bool]],
    estimates: Estimates | None = None,
    links: Links | None = None,
    now: Callable[[], float] = time.time,
    pace: Pace = PACE,
) -> Tools:
    """What drivers share.

    `tell` tells the admins that the provider takes no orders (with the fault), or takes them again
    (with None). `estimates` are given where somebody else reads them too. `now` is Unix time; it
    and `pace` are other ones only in tests.
    """
    limits = Limits(settings.eachlabs_requests_per_minute, settings.eachlabs_concurrency)
    estimates = estimates or Estimates(settings, now)
    budget = Budget(database, limits, estimates, now, pace)
    return Tools(
        settings=settings,
        database=database,
        client=client,
        budget=budget,
        watch=Watch(client, budget, estimates, now),
        turns=Turns(database, limits.concurrency, now, pace, crowd=lambda: budget.creates),
        gate=Gate(tell, pace),
        references=References(database, source, imaging, client, budget, now, links),
        lost=Lost(database, client, budget, now, pace),
        delivery=delivery,
        estimates=estimates,
        listener=listener,
        links=links,
        now=now,
        pace=pace,
    )
