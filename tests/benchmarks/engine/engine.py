"""The engine as it runs live, at the simulated provider, in virtual time.

Everything below the conversation is real: rows in SQLite, dispatcher, drivers, budget, watch, the
client down to its HTTP. Only the clock and the network are others, and people cost nothing.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from bot.domain.order import Order, OrderPhoto, OrderRequest, OrderState
from bot.domain.photomaker import Recipe, Style
from bot.eachlabs.client import EachlabsClient
from bot.engine.assembly import assemble
from bot.engine.dispatch import Dispatcher
from bot.engine.steps import Tools
from bot.errors import ProviderFault
from bot.links import Links
from bot.settings import load
from storage import hosted, orders
from storage.database import Database
from storage.hosted import HostedPhoto
from tests.benchmarks.engine.figures import Figures, Guess, Life, figures
from tests.benchmarks.engine.provider import URL, Prediction, Provider, Wire
from tests.benchmarks.engine.scenario import LINE, Scenario
from tests.engine.virtual import now, run
from tests.engine.workshop import NoDecoder, a_database

PUBLIC_URL: Final = "https://bot.test"
KNOWN: Final = "a photo that lies at the provider already"
# So often (seconds) what is told of an order is written down.
EVERY: Final = 2.0


class Album:
    """Telegram's files, at hand."""

    async def photo(self, file_id: str) -> bytes:
        return file_id.encode()


class Phones:
    """Stands where cards, chat actions and delivery are: takes down what people get to see."""

    def __init__(self, bench: "Bench", number: int) -> None:
        self._bench = bench
        self._number = number

    async def refresh(self, order_id: int) -> None:
        """A card's seconds left are brought up to date."""
        await self._bench.guess(order_id)

    async def action(self, *_: object) -> None:
        """The chat says "sending a photo…"."""

    async def deliver(self, order: Order) -> None:
        """`drawn` has just been committed."""
        self._bench.noticed(order, self._number)

    def order_changed(self, order_id: int) -> None:
        for engine in self._bench.engines:
            engine.dispatcher.order_changed(order_id)


@dataclass(frozen=True, slots=True)
class Engine:
    """One process's."""

    database: Database
    tools: Tools
    dispatcher: Dispatcher


class Bench:
    """A run of a scenario."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.provider = Provider(scenario.world, seed, now, self._webhook)
        self.links = Links(PUBLIC_URL, "secret", now) if scenario.public else None
        self.engines: list[Engine] = []
        self.lives: dict[int, Life] = {}
        self.ended: list[Life] = []
        self.noticed_by: Counter[int] = Counter()
        self.over = asyncio.Event()
        self.began = now()
        self._moments = random.Random(f"orders {seed}")
        self._numbers = itertools.count(1)
        self._one_by_one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def feed(self) -> None:
        """People order."""
        scenario = self.scenario
        for _ in range(scenario.burst or (0 if scenario.rate else LINE + scenario.world.slots)):
            await self._order()
        while scenario.rate:
            await asyncio.sleep(self._moments.expovariate(scenario.rate / 60))
            await self._order()

    def noticed(self, order: Order, engine: int) -> None:
        assert order.prediction_id is not None
        prediction, life = self.provider.predictions[order.prediction_id], self.lives[order.id]
        life.began, life.ended, life.noticed = prediction.began, prediction.ends, now()
        self.ended.append(life)
        self.noticed_by[engine] += 1
        if self.scenario.burst:
            if len(self.ended) == self.scenario.burst:
                self.over.set()
        elif not self.scenario.rate:
            task = asyncio.create_task(self._order())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def guess(self, order_id: int) -> None:
        engine, life = self.engines[0], self.lives.get(order_id)
        if life is None or (life.guesses and now() < life.guesses[-1].at + EVERY):
            return
        # Of many at once each would open a connection.
        async with self._one_by_one, engine.database.reading() as connection:
            order = await orders.load(connection, order_id)
        waits = {OrderState.QUEUED, OrderState.PROCESSING}
        if order is None or order.state not in waits:
            return
        told = engine.tools.estimates.waiting(order).seconds
        exact = engine.tools.estimates.seconds_left(order)
        life.guesses.append(Guess(now(), told, exact))

    def figures(self) -> Figures:
        return figures(self.ended, self.provider, self.scenario, self.began)

    async def _order(self) -> None:
        number = next(self._numbers)
        engine = self.engines[number % len(self.engines)]
        photos = [f"{number}-{n}" for n in range(self.scenario.photos)] or [KNOWN]
        request = OrderRequest(
            chat_id=number,
            thread_id=None,
            user_id=number,
            photos=tuple(OrderPhoto(f"file {photo}", photo) for photo in photos),
            recipe=Recipe(words="", person="person", style=Style.COMIC, seed=number),
        )
        async with engine.database.writing() as connection:
            order = await orders.create(connection, request, 0.02, now())
        self.lives[order.id] = Life(now())
        engine.dispatcher.order_changed(order.id)

    def _webhook(self, prediction: Prediction) -> None:
        """What comes in by `bot.web`, without its HTTP."""
        assert self.links is not None
        signed = prediction.webhook.removeprefix(f"{PUBLIC_URL}/eachlabs/")
        self.engines[0].tools.watch.told(self.links.read_webhook(signed))


async def performed(scenario: Scenario, seed: int, engines: int = 1) -> Bench:
    """A whole run, with so many processes on one database file."""
    bench = Bench(scenario, seed)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        for _ in range(engines):
            bench.engines.append(await stack.enter_async_context(_engine(bench, folder)))
        loops = [asyncio.create_task(engine.dispatcher.run()) for engine in bench.engines]
        loops.append(asyncio.create_task(bench.feed()))
        try:
            async with asyncio.timeout(scenario.warm_up + scenario.seconds):
                await bench.over.wait()
        except TimeoutError:
            assert not scenario.burst, "not all orders were made"
        _check(loops)
        for engine in bench.engines:
            await engine.dispatcher.stop()
        await _cancel_all()
    return bench


@asynccontextmanager
async def _engine(bench: Bench, folder: Path) -> AsyncIterator[Engine]:
    settings = load(
        eachlabs_api_url=URL,
        eachlabs_typical_seconds=bench.scenario.prior,
        eachlabs_requests_per_minute=bench.scenario.world.per_minute,
        eachlabs_concurrency=bench.scenario.world.slots,
    )

    async def tell(fault: ProviderFault | None) -> bool:
        assert fault is None, "the provider takes no orders"
        return True

    phones: Any = Phones(bench, len(bench.engines))
    async with (
        a_database(folder) as database,
        httpx.AsyncClient(transport=Wire(bench.provider)) as http,
    ):
        async with database.writing() as connection:
            await hosted.put(connection, HostedPhoto(KNOWN, "f0", f"{URL}/files/0", 1e12))
        tools = assemble(
            settings,
            database,
            EachlabsClient(URL, "key", http=http),
            source=Album(),
            imaging=NoDecoder(),
            delivery=phones,
            listener=phones,
            tell=tell,
            links=bench.links,
            now=now,
        )
        yield Engine(database, tools, Dispatcher(tools, phones, phones))


def _check(loops: Iterable["asyncio.Task[None]"]) -> None:
    """Raises what ended one of them."""
    for loop in loops:
        if loop.done():
            loop.result()


async def _cancel_all() -> None:
    """What the engine left running; the databases' writers are closed in their turn."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    rest = [task for task in others if task.get_name() != "database-writer"]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def measure(scenario: Scenario, seed: int) -> Figures:
    return run(performed(scenario, seed)).figures()


def measure_surprise(scenario: Scenario, seed: int, after: int = 15) -> float:
    """How long pictures lay unseen, as a share of what they took, on average after so many."""
    late = run(performed(scenario, seed)).ended[after:]
    return fmean(life.unseen / (life.ended - life.began) for life in late)


def measure_pair(scenario: Scenario, seed: int) -> tuple[Figures, tuple[int, ...]]:
    """Two processes on one database file; also how many predictions each of them noticed."""
    bench = run(performed(scenario, seed, engines=2))
    return bench.figures(), tuple(bench.noticed_by[n] for n in range(2))
