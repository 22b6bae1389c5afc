"""Photos in: from Telegram, through the imaging process, to the provider's storage."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.domain.order import Order, OrderPhoto
from bot.domain.photo import Prepared
from bot.eachlabs.client import EachlabsClient
from bot.engine.budget import Budget, Need
from bot.engine.photos import Photos
from bot.engine.ports import PhotoSource
from bot.errors import AvatarBotError, PhotoRefused
from bot.imaging import Imaging
from bot.links import Links
from storage import hosted
from storage.database import Database
from storage.hosted import HostedPhoto

# What lies at the provider deletes itself; /privacy promises two hours.
HOSTED_SECONDS = int(timedelta(hours=2).total_seconds())
# An order may wait in line and be drawn for this long with its photos still there.
GOOD_FOR_SECONDS = timedelta(minutes=40).total_seconds()


class References:
    """Makes sure that an order's photos can be read by the provider.

    Args:
        links: the bot serves its photos itself; None: copies of them go to the provider's storage.
    """

    def __init__(
        self,
        database: Database,
        source: PhotoSource,
        imaging: Imaging,
        client: EachlabsClient,
        budget: Budget,
        now: Callable[[], float] = time.time,
        links: Links | None = None,
    ) -> None:
        self.photos = Photos(source, imaging)
        self._database = database
        self._client = client
        self._budget = budget
        self._now = now
        self._links = links
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def host(self, order: Order) -> tuple[str, ...]:
        """Public URLs of the order's photos, in their order; uploads run side by side.

        Raises:
            PhotoRefused: one can't be read; carries its number.
            FileGone, NotSent, OutcomeUnknown: it can't be had from Telegram.
            ProviderFault: it can't be stored at the provider.
        """
        numbered = enumerate(order.photos, start=1)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(n, photo)) for n, photo in numbered]
        except* AvatarBotError as errors:
            # One reason is enough, and the caller knows what to do with each kind.
            raise _first(errors) from None
        return tuple(task.result() for task in tasks)

    async def _one(self, number: int, photo: OrderPhoto) -> str:
        if self._links is not None:
            # So that what can't be read is refused before anything is paid for.
            await self._prepared(number, photo)
            return self._links.photo(photo.file_id, photo.unique_id)
        # Two orders with one new photo upload it once.
        async with self._locks.setdefault(photo.unique_id, asyncio.Lock()):
            return await self._hosted(number, photo)

    async def _hosted(self, number: int, photo: OrderPhoto) -> str:
        async with self._database.reading() as connection:
            known = await hosted.find(connection, photo.unique_id, self._now() + GOOD_FOR_SECONDS)
        if known is not None:
            return known.public_url
        prepared = await self._prepared(number, photo)
        async with self._budget.request(Need.UPLOAD):
            upload = await self._client.presign(prepared.content_type, HOSTED_SECONDS)
        await self._client.put(upload, prepared.data, prepared.content_type)
        copy = HostedPhoto(
            photo.unique_id, upload.id, upload.public_url, self._now() + HOSTED_SECONDS
        )
        async with self._database.writing() as connection:
            await hosted.put(connection, copy)
        return copy.public_url

    async def _prepared(self, number: int, photo: OrderPhoto) -> Prepared:
        try:
            return await self.photos.prepared(photo.file_id, photo.unique_id)
        except PhotoRefused as refused:
            raise PhotoRefused(refused.problem, number=number) from refused


def _first(errors: BaseExceptionGroup[AvatarBotError]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
