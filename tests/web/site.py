"""The bot's own addresses on loopback, with what lies behind them in plain sight."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

import aiohttp

from bot.domain.photo import Prepared
from bot.engine.photos import Photos
from bot.engine.ports import PhotoSource
from bot.errors import FileGone
from bot.imaging import Imaging
from bot.intake import Intake
from bot.links import Links
from bot.web import Web
from storage.database import Database
from tests.inbox.arrivals import a_shelf

SECRET = "a-secret_of-the-operator-7"
PUBLIC = "https://avatars.example.com"
TELEGRAM = "X-Telegram-Bot-Api-Secret-Token"
PROVIDER = "X-Webhook-Secret"


class Clock:
    """Seconds, as the test wants them."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class NoDecoder(Imaging):
    """Passes bytes on, so that no worker has to be started; an exception in their place."""

    refuses: Exception | None = None

    async def prepare(self, data: bytes) -> Prepared:
        if self.refuses is not None:
            raise self.refuses
        return Prepared(data, 512, 512)


@dataclass
class Shelf:
    """A source of photos by file_id; an exception in a photo's place is raised, once."""

    photos: dict[str, bytes | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    # Downloads wait here, for a test that wants to see who else comes.
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def photo(self, file_id: str) -> bytes:
        self.asked.append(file_id)
        await self.open.wait()
        found = self.photos.get(file_id)
        if isinstance(found, Exception):
            self.photos[file_id] = b"after all"
            raise found
        if found is None:
            raise FileGone("no such photo")
        return found


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def everything(self) -> str:
        return f"{self.headers} {self.body.decode(errors='replace')}"


@dataclass
class Site:
    """The bot's server, and somebody outside."""

    origin: str
    http: aiohttp.ClientSession
    links: Links
    clock: Clock
    told: list[int]
    woken: list[bool]

    async def get(self, url: str, **how: object) -> Answer:
        return await self._ask("GET", url, **how)

    async def post(self, url: str, body: object = b"", **headers: str) -> Answer:
        data = BytesIO(body) if isinstance(body, bytes) else body
        return await self._ask("POST", url, data=data, headers=headers)

    async def ends(self, order_id: int, body: object = b'{"exec_id": "e-1"}') -> Answer:
        """The provider's webhook for an order, as it should be."""
        secret = {PROVIDER: self.links.webhook_secret(order_id)}
        return await self.post(self.links.webhook(order_id), body, **secret)

    async def updates(self, body: object, secret: str = SECRET) -> Answer:
        """What Telegram sends."""
        return await self.post(self.links.telegram, body, **{TELEGRAM: secret})

    async def _ask(self, method: str, url: str, **how: object) -> Answer:
        # The public address leads here.
        here = self.origin + urlsplit(url).path
        async with self.http.request(method, here, allow_redirects=False, **how) as response:  # type: ignore[arg-type]
            return Answer(response.status, dict(response.headers), await response.read())


@asynccontextmanager
async def a_site(
    database: Database, source: PhotoSource | None = None, imaging: Imaging | None = None
) -> AsyncIterator[Site]:
    clock, told, woken = Clock(), list[int](), list[bool]()
    links = Links(PUBLIC, SECRET, now=clock)
    photos = Photos(source or Shelf(), imaging or NoDecoder())
    intake = Intake(a_shelf(database, lambda: woken.append(True)))
    site = Web(links, photos, intake, told.append, SECRET)
    async with site.serving(0, "127.0.0.1") as port, aiohttp.ClientSession() as http:
        yield Site(f"http://127.0.0.1:{port}", http, links, clock, told, woken)


async def until(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
