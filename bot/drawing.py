"""`draw`: one picture without Telegram, by the same driver and client that the bot uses."""

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.app import own_database, provider_client
from bot.domain.order import Order, OrderPhoto, OrderRequest, OrderState
from bot.domain.photomaker import MAX_PHOTOS, Recipe
from bot.engine.assembly import assemble
from bot.engine.driver import Driver
from bot.engine.results import Results
from bot.errors import ConfigurationError, FileGone, ProviderFault
from bot.imaging import Imaging
from bot.settings import Settings
from bot.texts import texts
from storage import orders
from storage.database import Database
from storage.pictures import pictures_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of it: files, the provider's seconds, USD."""

    files: tuple[Path, ...]
    seconds: float
    usd: float


class FilePhotos:
    """Photos on this machine; a path is a file's id."""

    async def photo(self, file_id: str) -> bytes:
        try:
            return await asyncio.to_thread(Path(file_id).read_bytes)
        except OSError as error:
            raise FileGone(str(error)) from None


class FileDelivery:
    """Writes pictures beside each other: out.png, out-2.png…"""

    def __init__(self, database: Database, results: Results, out: Path) -> None:
        self._database = database
        self._results = results
        self._out = out
        self.files: list[Path] = []

    async def deliver(self, order: Order) -> None:
        async with self._database.reading() as connection:
            pictures = await pictures_of(connection, order.id)
        for picture in pictures:
            suffix = "" if picture.number == 1 else f"-{picture.number}"
            path = self._out.with_name(f"{self._out.stem}{suffix}.png")
            png = await self._results.png(picture.url)
            try:
                await asyncio.to_thread(path.write_bytes, png)
            except OSError as error:
                raise ConfigurationError(
                    f"{path} can't be written ({error.strerror}). The picture is still at "
                    f"{picture.url} for a while."
                ) from None
            self.files.append(path)


class Progress:
    """Calls back with the order's state whenever it changes."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def order_changed(self, _order_id: int) -> None:
        self._changed()


async def draw(
    settings: Settings,
    photos: list[Path],
    recipe: Recipe,
    out: Path,
    changed: Callable[[], None] = lambda: None,
) -> Drawn:
    """Draws one order in a database of its own that is thrown away.

    Raises:
        ConfigurationError: no photo, no key, a file that can't be read or written.
    """
    _check_paths(photos, out)
    with tempfile.TemporaryDirectory(prefix="avatar-") as folder:
        own = settings.model_copy(update={"data_dir": Path(folder)})
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(provider_client(own))
            database = await stack.enter_async_context(own_database(own))
            imaging = await stack.enter_async_context(Imaging(workers=1))
            delivery = FileDelivery(database, Results(client, imaging), out)
            tools = assemble(
                own,
                database,
                client,
                source=FilePhotos(),
                imaging=imaging,
                delivery=delivery,
                listener=Progress(changed),
                tell=_give_up,
            )
            order = await _accept(database, photos, recipe)
            await Driver(tools, order.id).drive()
            return await _outcome(database, order.id, delivery)


async def _accept(database: Database, photos: list[Path], recipe: Recipe) -> Order:
    request = OrderRequest(
        chat_id=0,
        thread_id=None,
        user_id=0,
        photos=tuple(
            OrderPhoto(str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in photos
        ),
        recipe=recipe,
    )
    async with database.writing() as connection:
        return await orders.create(connection, request, usd=0.0, now=time.time())


async def _outcome(database: Database, order_id: int, delivery: FileDelivery) -> Drawn:
    async with database.reading() as connection:
        order = await orders.load(connection, order_id)
        seconds = await orders.predict_seconds(connection, order_id)
    assert order is not None
    if order.state is not OrderState.DELIVERED:
        reason = texts("en").failure(order.failure, order.detail) if order.failure else ""
        raise ConfigurationError(f"There is no picture. {reason}".strip())
    return Drawn(tuple(delivery.files), seconds or 0.0, order.usd)


async def _give_up(fault: ProviderFault | None) -> bool:
    """There is nobody to tell but the one at the screen, and nothing to wait for."""
    if fault is not None:
        raise ConfigurationError(
            f"Each Labs takes no orders with this key: {fault.detail}. `check` says more."
        )
    return True


def _check_paths(photos: list[Path], out: Path) -> None:
    if not 1 <= len(photos) <= MAX_PHOTOS:
        raise ConfigurationError(f"Give one to {MAX_PHOTOS} photos, not {len(photos)}.")
    for path in photos:
        if not path.is_file():
            raise ConfigurationError(f"There is no photo at {path}.")
        if not os.access(path, os.R_OK):
            raise ConfigurationError(f"The photo {path} can't be read.")
    if not out.parent.is_dir():
        raise ConfigurationError(f"There is no folder {out.parent} to write {out.name} into.")
    if out.is_dir():
        raise ConfigurationError(f"{out} is a folder. Name a file to write, like avatar.png.")
    try:
        # Seen before anything is paid for; what there is already stays as it is until then.
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise ConfigurationError(f"{out} can't be written ({error.strerror}).") from None
