"""The pictures of orders, and where Telegram keeps them."""

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, bindparam, insert, or_, select, update

from bot.domain.order import Order, Picture
from bot.domain.photomaker import Recipe
from bot.domain.sharing import Key, OwnPicture
from storage.connection import Connection
from storage.tables import orders as o
from storage.tables import pictures as p

_RECIPE: Final = TypeAdapter(Recipe)

# Made once: to put a question together costs more than to ask it.
_PICTURES: Final = (
    select(*(p.c[name] for name in Picture.__dataclass_fields__))
    .where(p.c.order_id == bindparam("of_order"))
    .order_by(p.c.number)
)
_CHANGE_PICTURE: Final = update(p).where(
    p.c.order_id == bindparam("of_order"), p.c.number == bindparam("of_number")
)
_OWN: Final = (
    select(p.c.order_id, p.c.number, p.c.photo_file_id, o.c.recipe)
    .join(o, o.c.id == p.c.order_id)
    .where(o.c.user_id == bindparam("of_user"), p.c.photo_file_id.is_not(None))
    .order_by(p.c.order_id.desc(), p.c.number.desc())
)


async def add_pictures(connection: Connection, order_id: int, urls: Sequence[str]) -> None:
    rows = [{"order_id": order_id, "number": n, "url": url} for n, url in enumerate(urls, start=1)]
    await connection.execute(insert(p), rows)


async def pictures_of(connection: Connection, order_id: int) -> list[Picture]:
    found = await connection.execute(_PICTURES, {"of_order": order_id})
    rows = [dict(row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's public name for it
    return [Picture(**(row | {"file_wanted": bool(row["file_wanted"])})) for row in rows]


async def want_files(connection: Connection, order_id: int, *, wanted: bool) -> None:
    """Whether the files that are not in the chat yet are to come."""
    await connection.execute(
        update(p)
        .where(p.c.order_id == order_id, p.c.document_file_id.is_(None))
        .values(file_wanted=int(wanted))
    )


async def note_picture(
    connection: Connection, order_id: int, number: int, **values: object
) -> None:
    which = {"of_order": order_id, "of_number": number}
    await connection.execute(_CHANGE_PICTURE, which | values)


async def note_reply(connection: Connection, order: Order, number: int, message_id: int) -> bool:
    """The message that becomes the file; false if the order has moved to another chat since."""
    there = select(o.c.id).where(o.c.id == order.id, o.c.chat_id == order.chat_id)
    noted = await connection.execute(
        update(p)
        .where(p.c.order_id.in_(there), p.c.number == number)
        .values(reply_message_id=message_id)
    )
    return noted.rowcount == 1


async def own_pictures(
    connection: Connection, user_id: int, most: int, before: Key | None
) -> list[OwnPicture]:
    """What a person ordered and can send on, newest first; from behind `before` on."""
    question = _OWN if before is None else _OWN.where(_earlier(before))
    found = await connection.execute(question.limit(most), {"of_user": user_id})
    return [OwnPicture(Key(row[0], row[1]), row[2], _RECIPE.validate_json(row[3])) for row in found]


async def own_picture(connection: Connection, user_id: int, key: Key) -> OwnPicture | None:
    """That one, if this person ordered it and can send it on."""
    question = _OWN.where(p.c.order_id == key.order_id, p.c.number == key.number)
    row = (await connection.execute(question, {"of_user": user_id})).first()
    return OwnPicture(key, row[2], _RECIPE.validate_json(row[3])) if row else None


async def forget_shown(connection: Connection, order_id: int) -> None:
    """The order goes to another chat, where nothing of it is to be seen yet, and all is wanted."""
    await connection.execute(
        update(p)
        .where(p.c.order_id == order_id)
        .values(photo_file_id=None, reply_message_id=None, document_file_id=None, file_wanted=1)
    )


async def take_away(connection: Connection, order_id: int) -> None:
    """The person deleted the order's pictures: they are not offered any more."""
    await connection.execute(update(p).where(p.c.order_id == order_id).values(photo_file_id=None))


def _earlier(key: Key) -> ColumnElement[bool]:
    same = and_(p.c.order_id == key.order_id, p.c.number < key.number)
    return or_(p.c.order_id < key.order_id, same)
