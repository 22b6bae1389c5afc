"""Photos that lie at the provider, until they expire there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from storage.connection import Connection
from storage.tables import hosted as t


@dataclass(frozen=True, slots=True)
class HostedPhoto:
    """`unique_id` is Telegram's file_unique_id; `expires_at` is Unix time."""

    unique_id: str
    upload_id: str
    public_url: str
    expires_at: float


# Made once: to put a question together costs more than to ask it.
_GOOD: Final = select(t.c.unique_id, t.c.upload_id, t.c.public_url, t.c.expires_at).where(
    t.c.unique_id == bindparam("of_photo"), t.c.expires_at >= bindparam("good_until")
)


async def find(connection: Connection, unique_id: str, good_until: float) -> HostedPhoto | None:
    """The hosted copy, if it stays until then."""
    which = {"of_photo": unique_id, "good_until": good_until}
    row = (await connection.execute(_GOOD, which)).first()
    return HostedPhoto(*row) if row else None


async def put(connection: Connection, photo: HostedPhoto) -> None:
    values = {
        "upload_id": photo.upload_id,
        "public_url": photo.public_url,
        "expires_at": photo.expires_at,
    }
    await connection.execute(
        insert(t)
        .values(unique_id=photo.unique_id, **values)
        .on_conflict_do_update(index_elements=[t.c.unique_id], set_=values)
    )


async def forget(connection: Connection, public_urls: Sequence[str]) -> None:
    """The next order uploads these photos anew."""
    await connection.execute(delete(t).where(t.c.public_url.in_(public_urls)))


async def purge(connection: Connection, before: float) -> None:
    await connection.execute(delete(t).where(t.c.expires_at < before))
