"""The sheet of looks: its bytes go up once, whoever asks for it and however often it restarts."""

import asyncio
from typing import Any, cast

from bot.engine.sheet import LOOKS, Sheet
from bot.errors import FileGone
from bot.outbox import Outbox, SentMedia
from storage.database import Database


class Post:
    """Telegram's side: takes bytes or an id that it has given out."""

    def __init__(self) -> None:
        self.sent: list[bytes | str] = []
        self.known: set[str] = set()

    async def send_photo(self, _chat_id: int, photo: bytes | str, **_how: Any) -> SentMedia:
        await asyncio.sleep(0.01)
        self.sent.append(photo)
        if isinstance(photo, str) and photo not in self.known:
            raise FileGone("wrong file identifier")
        file_id = photo if isinstance(photo, str) else f"id-{len(self.known)}"
        self.known.add(file_id)
        return SentMedia(len(self.sent), file_id, "unique")

    @property
    def uploads(self) -> int:
        return sum(isinstance(photo, bytes) for photo in self.sent)


def sheet(database: Database, post: Post) -> Sheet:
    return Sheet(database, cast("Outbox", post))


async def test_uploaded_once_and_then_sent_by_its_id(database: Database) -> None:
    post = Post()
    looks = sheet(database, post)

    assert [await looks.send(1, "Hi") for _ in range(3)] == [1, 2, 3]

    assert post.sent == [LOOKS.read_bytes(), "id-0", "id-0"]


async def test_a_crowd_at_the_start_uploads_it_once(database: Database) -> None:
    post = Post()
    looks = sheet(database, post)

    await asyncio.gather(*(looks.send(chat, "Hi") for chat in range(20)))

    assert post.uploads == 1


async def test_a_new_process_knows_it(database: Database) -> None:
    post = Post()
    await sheet(database, post).send(1, "Hi")

    await sheet(database, post).send(2, "Hi")

    assert post.uploads == 1


async def test_an_id_that_is_no_good_any_more_is_made_anew(database: Database) -> None:
    post = Post()
    looks = sheet(database, post)
    await looks.send(1, "Hi")
    post.known.clear()

    await looks.send(2, "Hi")
    await looks.send(3, "Hi")

    assert post.uploads == 2
    assert isinstance(post.sent[-1], str)
