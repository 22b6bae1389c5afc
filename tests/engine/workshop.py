"""The engine without Telegram: rows, the provider's stand-in behind the real client, a shelf."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.domain.order import Order, OrderPhoto, OrderRequest
from bot.domain.pace import Pace
from bot.domain.photo import Prepared
from bot.domain.photomaker import Recipe, Style
from bot.eachlabs.client import EachlabsClient
from bot.engine.assembly import assemble
from bot.engine.driver import Driver
from bot.engine.results import Results
from bot.engine.steps import Tools
from bot.errors import FileGone, ProviderFault
from bot.imaging import Imaging
from bot.sandbox.eachlabs import EachlabsStandIn
from bot.sandbox.server import Options, serve
from bot.settings import load
from storage import orders, schema
from storage.database import Database
from storage.pictures import pictures_of
from storage.tables import orders as orders_table
from tests.world import FACE, QUICK


class NoDecoder(Imaging):
    """Passes bytes on, so that no worker has to be started."""

    async def prepare(self, data: bytes) -> Prepared:
        return Prepared(data, 512, 512)

    async def to_png(self, data: bytes) -> bytes:
        return data


@dataclass
class Album:
    """Photos by file_id; an exception in a photo's place is raised, once."""

    photos: dict[str, bytes | list[Exception]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def photo(self, file_id: str) -> bytes:
        self.asked.append(file_id)
        found = self.photos.get(file_id)
        if isinstance(found, list):
            if found:
                raise found.pop(0)
            return FACE.read_bytes()
        if found is None:
            raise FileGone("no such photo")
        return found


@dataclass
class Shelf:
    """A delivery that keeps what it was given; the troubles come first."""

    results: Results
    database: Database
    troubles: list[Exception] = field(default_factory=list)
    delivered: dict[int, list[bytes]] = field(default_factory=dict)
    visits: int = 0

    async def deliver(self, order: Order) -> None:
        self.visits += 1
        if self.troubles:
            raise self.troubles.pop(0)
        async with self.database.reading() as connection:
            pictures = await pictures_of(connection, order.id)
        self.delivered[order.id] = [await self.results.png(picture.url) for picture in pictures]


class Deaf:
    def order_changed(self, order_id: int) -> None:
        """Nobody shows anything here."""


@dataclass
class Workshop:
    stand_in: EachlabsStandIn
    client: EachlabsClient
    database: Database
    tools: Tools
    album: Album
    shelf: Shelf
    told: list[str]

    async def order(self, user_id: int = 1, **values: Any) -> Order:
        """An order whose row says so."""
        request = OrderRequest(
            chat_id=user_id,
            thread_id=None,
            user_id=user_id,
            photos=(OrderPhoto("face", "unique-face"),),
            recipe=values.pop("recipe", recipe()),
        )
        async with self.database.writing() as connection:
            made = await orders.create(connection, request, 0.02, self.tools.now())
            if values:
                await orders.note(connection, made.id, **values)
        return await self.row(made)

    async def row(self, order: Order) -> Order:
        async with self.database.reading() as connection:
            found = await orders.load(connection, order.id)
        assert found is not None
        return found

    async def note(self, order: Order, **values: Any) -> None:
        async with self.database.writing() as connection:
            await connection.execute(
                orders_table.update().where(orders_table.c.id == order.id).values(**values)
            )

    async def driven(self, order: Order) -> Order:
        """The order at its end, by a driver that starts anew."""
        async with asyncio.timeout(15):
            await Driver(self.tools, order.id).drive()
        return await self.row(order)

    async def until(self, order: Order, *states: str) -> Order:
        row = await self.row(order)
        for _ in range(1500):
            if row.state in states:
                return row
            await asyncio.sleep(0.01)
            row = await self.row(order)
        raise AssertionError(f"the order is {row.state}")

    async def counted(self, name: str, times: int = 1) -> None:
        """Returns when the provider was asked for this so often."""
        for _ in range(1500):
            if self.counts[name] >= times:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.counts[name]} {name}")

    async def drawn(self) -> None:
        """Returns when the provider is done with all that it was asked for."""
        for _ in range(1500):
            if all(it["status"] == "success" for it in self.predictions):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{[it['status'] for it in self.predictions]}")

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.stand_in.report()["counts"]
        return counts

    @property
    def predictions(self) -> list[dict[str, Any]]:
        return list(self.stand_in.report()["predictions"])


def recipe(seed: int = 1234) -> Recipe:
    return Recipe(words="", person="person", style=Style.COMIC, seed=seed)


@cache
def _empty() -> bytes:
    """A database file with all its tables: making them takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bot.db"
        schema.migrate(path)
        return path.read_bytes()


@asynccontextmanager
async def a_database(folder: Path) -> AsyncIterator[Database]:
    path = folder / "bot.db"
    if not path.exists():
        path.write_bytes(_empty())
    database = Database(path)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def a_workshop(
    folder: Path, *, pace: Pace = QUICK, patience: float = 5.0, **settings: Any
) -> AsyncIterator[Workshop]:
    options = Options(speed=100.0, requests_per_minute=0, seed=1, pictures="quick")
    told: list[str] = []

    async def tell(fault: ProviderFault | None) -> bool:
        told.append(type(fault).__name__ if fault else "back")
        return True

    async with serve(options) as stand_ins, a_database(folder) as database:
        given: dict[str, Any] = {
            "eachlabs_api_url": stand_ins.eachlabs_url,
            "eachlabs_typical_seconds": 0.21,
            "eachlabs_requests_per_minute": 0,
        }
        own = load(**(given | settings))
        client = EachlabsClient(own.eachlabs_api_url, "sandbox-key", timeout=patience)
        async with client:
            imaging = NoDecoder()
            album = Album({"face": FACE.read_bytes()})
            shelf = Shelf(Results(client, imaging), database)
            tools = assemble(
                own,
                database,
                client,
                source=album,
                imaging=imaging,
                delivery=shelf,
                listener=Deaf(),
                tell=tell,
                pace=pace,
            )
            yield Workshop(stand_ins.eachlabs, client, database, tools, album, shelf, told)
