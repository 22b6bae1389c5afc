"""The faces of rounds: fetched once, kept for a while, and put together."""

import logging
from collections.abc import Sequence
from typing import Final

from cachetools import LRUCache

from bot.domain.order import Order
from bot.engine.ports import Delivery
from bot.engine.results import Results
from bot.errors import NotThere, PhotoRefused
from bot.imaging import Imaging
from storage.database import Database
from storage.pictures import pictures_of

log = logging.getLogger(__name__)

# Bytes: a hundred faces, as JPEG of 1024 px.
ROOM: Final = 32 * 1024 * 1024


class Faces:
    """A `Delivery` for everybody: what is a face of a round isn't sent by itself.

    Args:
        others: brings over what has a card of its own.
    """

    def __init__(
        self, database: Database, imaging: Imaging, results: Results, others: Delivery
    ) -> None:
        self._database = database
        self._imaging = imaging
        self._results = results
        self._others = others
        self._kept: LRUCache[int, bytes] = LRUCache(ROOM, getsizeof=len)

    async def deliver(self, order: Order) -> None:
        """As `Delivery` says; a face counts as delivered once it can be shown."""
        if order.round_id is None:
            await self._others.deliver(order)
        else:
            await self._face(order.id)

    async def png(self, order_id: int) -> bytes:
        """Somebody's untouched picture.

        Raises:
            ProviderFault, PhotoRefused: it can't be had, for the moment or for ever.
        """
        async with self._database.reading() as connection:
            pictures = await pictures_of(connection, order_id)
        if not pictures:
            raise NotThere("no picture")
        return await self._results.png(pictures[0].url)

    async def composed(self, order_ids: Sequence[int]) -> bytes:
        """All of them in one picture; a face that is lost for ever is left out.

        Raises:
            ProviderFault, PhotoRefused: as for `png`, where no face is left.
        """
        found: list[bytes] = []
        lost: Exception | None = None
        for order_id in order_ids:
            try:
                found.append(await self._face(order_id))
            except (NotThere, PhotoRefused) as error:
                log.warning("the face of order %s is lost: %s", order_id, error)
                lost = error
        if not found:
            raise lost or NotThere("no face")
        return await self._imaging.compose(found)

    async def _face(self, order_id: int) -> bytes:
        known = self._kept.get(order_id)
        if known is None:
            known = (await self._imaging.prepare(await self.png(order_id))).data
            if len(known) <= ROOM:
                self._kept[order_id] = known
        return known
