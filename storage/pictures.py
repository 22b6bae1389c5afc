"""The pictures of orders, and where Telegram keeps them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.order import Picture
from storage.tables import pictures as p

# Made once: to put a question together costs more than to ask it.
_PICTURES: Final = (
    select(*(p.c[name] for name in Picture.__dataclass_fields__))
    .where(p.c.order_id == bindparam("of_order"))
    .order_by(p.c.number)
)
_CHANGE_PICTURE: Final = update(p).where(
    p.c.order_id == bindparam("of_order"), p.c.number == bindparam("of_number")
)


async def add_pictures(connection: AsyncConnection, order_id: int, urls: Sequence[str]) -> None:
    rows = [{"order_id": order_id, "number": n, "url": url} for n, url in enumerate(urls, start=1)]
    await connection.execute(insert(p), rows)


async def pictures_of(connection: AsyncConnection, order_id: int) -> list[Picture]:
    found = await connection.execute(_PICTURES, {"of_order": order_id})
    return [Picture(*row) for row in found]


async def note_picture(
    connection: AsyncConnection, order_id: int, number: int, **values: object
) -> None:
    which = {"of_order": order_id, "of_number": number}
    await connection.execute(_CHANGE_PICTURE, which | values)
