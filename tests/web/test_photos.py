"""Prepared photos: one download however many ask, and nothing kept for long."""

import asyncio
from weakref import ref

import pytest

from bot.domain.photo import PhotoProblem
from bot.engine.photos import PHOTOS_AT_A_TIME, Photos
from bot.errors import NotSent, PhotoRefused
from tests.telegram.virtual import now, run

from .site import Clock, NoDecoder, Shelf


async def test_who_ask_at_the_same_time_share_one_download() -> None:
    shelf = Shelf({"a": b"photo"})
    photos = Photos(shelf, NoDecoder())
    shelf.open.clear()
    asking = [asyncio.create_task(photos.prepared("a", "A")) for _ in range(5)]
    await asyncio.sleep(0)
    shelf.open.set()
    assert {found.data for found in await asyncio.gather(*asking)} == {b"photo"}
    assert shelf.asked == ["a"]


async def test_one_photo_is_known_under_each_of_its_ids() -> None:
    """Telegram gives a file another file_id now and then; its unique id stays."""
    shelf = Shelf({"a": b"photo", "a2": b"photo"})
    photos = Photos(shelf, NoDecoder())
    assert await photos.prepared("a", "A") is await photos.prepared("a2", "A")
    assert shelf.asked == ["a"]


async def test_different_photos_come_side_by_side() -> None:
    shelf = Shelf({str(n): bytes([n]) for n in range(PHOTOS_AT_A_TIME + 4)})
    photos = Photos(shelf, NoDecoder())
    shelf.open.clear()
    asking = [asyncio.create_task(photos.prepared(name, name)) for name in shelf.photos]
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(shelf.asked) == PHOTOS_AT_A_TIME
    shelf.open.set()
    await asyncio.gather(*asking)
    assert sorted(shelf.asked) == sorted(shelf.photos)


async def test_a_photo_is_kept_for_a_while() -> None:
    clock, shelf = Clock(), Shelf({"a": b"photo"})
    photos = Photos(shelf, NoDecoder(), keep=600, clock=clock)
    await photos.prepared("a", "A")
    clock.at += 599
    await photos.prepared("a", "A")
    assert shelf.asked == ["a"]
    clock.at += 1
    await photos.prepared("a", "A")
    assert shelf.asked == ["a", "a"]


def test_its_memory_is_free_afterwards_though_nobody_asks() -> None:
    async def main() -> None:
        photos = Photos(Shelf({"a": b"photo"}), NoDecoder(), keep=600, clock=now)
        found = ref(await photos.prepared("a", "A"))
        assert found() is not None
        await asyncio.sleep(590)
        assert found() is not None
        await asyncio.sleep(20)
        assert found() is None

    run(main())


async def test_what_was_asked_for_longest_ago_makes_room() -> None:
    shelf = Shelf({name: bytes(40) for name in "abc"})
    photos = Photos(shelf, NoDecoder(), room=100)
    for name in "abac":
        await photos.prepared(name, name)
    assert shelf.asked == ["a", "b", "c"]
    await photos.prepared("a", "a")
    assert shelf.asked == ["a", "b", "c"]
    await photos.prepared("b", "b")
    assert shelf.asked == ["a", "b", "c", "b"]


async def test_what_is_larger_than_all_the_room_is_handed_out_and_not_kept() -> None:
    shelf = Shelf({"a": bytes(101)})
    photos = Photos(shelf, NoDecoder(), room=100)
    for _ in range(2):
        assert len((await photos.prepared("a", "A")).data) == 101
    assert shelf.asked == ["a", "a"]


async def test_a_failure_is_told_and_not_kept() -> None:
    shelf = Shelf({"a": NotSent("no connection")})
    photos = Photos(shelf, NoDecoder())
    with pytest.raises(NotSent):
        await photos.prepared("a", "A")
    assert (await photos.prepared("a", "A")).data == b"after all"


async def test_a_refused_photo_is_not_kept() -> None:
    imaging = NoDecoder()
    imaging.refuses = PhotoRefused(PhotoProblem.DAMAGED)
    photos = Photos(Shelf({"a": b"photo"}), imaging)
    with pytest.raises(PhotoRefused):
        await photos.prepared("a", "A")
    imaging.refuses = None
    assert (await photos.prepared("a", "A")).data == b"photo"


async def test_who_is_cancelled_leaves_the_work_to_the_next() -> None:
    shelf = Shelf({"a": b"photo"})
    photos = Photos(shelf, NoDecoder())
    shelf.open.clear()
    first = asyncio.create_task(photos.prepared("a", "A"))
    second = asyncio.create_task(photos.prepared("a", "A"))
    await asyncio.sleep(0)
    first.cancel()
    shelf.open.set()
    assert (await second).data == b"photo"
    assert first.cancelled()
    assert shelf.asked == ["a", "a"]
