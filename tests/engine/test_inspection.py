"""Looking at the photos of drafts: in the background, each once, and after the consent."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.domain.draft import Draft, DraftKey, DraftPhoto, DraftRow, NoticeKind, add_photo
from bot.domain.photo import Inspection, PhotoProblem
from bot.engine.inspection import Inspector
from bot.errors import DatabaseBusy, FileGone, NotSent, PhotoRefused
from storage import drafts, people
from storage.database import Database
from tests.engine.workshop import Album, NoDecoder
from tests.world import QUICK

KEY = DraftKey(1, 0, 1)


class Eye(NoDecoder):
    """Sees what it was told to see, by the bytes."""

    def __init__(self, seen: dict[bytes, PhotoProblem | PhotoRefused | None]) -> None:
        super().__init__()
        self.seen = seen
        self.looked: list[bytes] = []

    async def inspect(self, data: bytes) -> Inspection:
        self.looked.append(data)
        found = self.seen.get(data)
        if isinstance(found, PhotoRefused):
            raise found
        return Inspection(512, 512, "JPEG", 1, 0.1, 90.0, problem=found)


@dataclass
class Desk:
    database: Database
    album: Album = field(default_factory=Album)
    eye: Eye = field(default_factory=lambda: Eye({}))
    changed: list[int] = field(default_factory=list)

    async def draft(self, *names: str, consented: bool = True) -> DraftRow:
        async with self.database.writing() as connection:
            await people.meet(connection, 1, "Anna", "en", 1.0)
            if consented:
                await people.consent(connection, 1, 1.0)
            row = await drafts.begin(connection, KEY, Draft(), 1.0)
            draft = row.draft
            for name in names:
                self.album.photos.setdefault(name, name.encode())
                draft = add_photo(draft, DraftPhoto(name, f"unique-{name}"))
            await drafts.save(connection, row.with_draft(draft), 1.0)
        return await self.row(row.id)

    async def row(self, draft_id: int) -> DraftRow:
        async with self.database.reading() as connection:
            found = await drafts.load(connection, draft_id)
        assert found is not None
        return found

    def inspector(self) -> Inspector:
        return Inspector(self.database, self.album, self.eye, self.changed.append, pace=QUICK)

    async def looked_at(self, row: DraftRow) -> DraftRow:
        inspector = self.inspector()
        inspector.photos_came(row.id)
        await inspector.settles(row.id)
        return await self.row(row.id)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_good_photos_are_checked_and_the_card_hears_of_it(desk: Desk) -> None:
    row = await desk.looked_at(await desk.draft("a", "b"))

    assert [(p.checked, p.problem) for p in row.draft.photos] == [(True, None)] * 2
    assert desk.changed == [row.id]


async def test_a_doubtful_one_stays_with_its_problem(desk: Desk) -> None:
    desk.eye.seen = {b"a": PhotoProblem.NO_FACE}

    row = await desk.looked_at(await desk.draft("a", "b"))

    assert [p.problem for p in row.draft.photos] == [PhotoProblem.NO_FACE, None]
    assert len(row.draft.usable_photos) == 1


async def test_one_that_cannot_be_used_goes_with_its_reason(desk: Desk) -> None:
    desk.eye.seen = {b"a": PhotoRefused(PhotoProblem.DAMAGED)}

    row = await desk.looked_at(await desk.draft("a", "b"))

    assert [p.file_id for p in row.draft.photos] == ["b"]
    assert row.draft.notice is not None
    assert (row.draft.notice.kind, row.draft.notice.detail) == (
        NoticeKind.PHOTO_REFUSED,
        PhotoProblem.DAMAGED,
    )


async def test_one_that_telegram_has_no_more_goes_too(desk: Desk) -> None:
    row = await desk.draft("a")
    desk.album.photos["a"] = [FileGone("expired")]

    row = await desk.looked_at(row)

    assert row.draft.photos == ()


async def test_a_slow_network_neither_praises_nor_refuses(desk: Desk) -> None:
    row = await desk.draft("a", "b")
    desk.album.photos["a"] = [NotSent("no connection")]

    row = await desk.looked_at(row)

    assert [p.checked for p in row.draft.photos] == [False, True]
    again = await desk.looked_at(row)
    assert [p.checked for p in again.draft.photos] == [True, True]
    assert desk.eye.looked.count(b"b") == 1


async def test_before_the_consent_nothing_is_fetched(desk: Desk) -> None:
    row = await desk.looked_at(await desk.draft("a", consented=False))

    assert (desk.album.asked, desk.changed) == ([], [])
    assert row.draft.unchecked


async def test_what_a_killed_process_had_not_looked_at(desk: Desk) -> None:
    row = await desk.draft("a")
    inspector = desk.inspector()

    await inspector.resume()
    await inspector.settles(row.id)

    assert not (await desk.row(row.id)).draft.unchecked


async def test_one_that_comes_while_another_is_looked_at(desk: Desk) -> None:
    row = await desk.draft("a")
    inspector = desk.inspector()
    arrived = asyncio.Event()
    photo = desk.album.photo

    async def slow(file_id: str) -> bytes:
        if file_id == "a":
            await arrived.wait()
        return await photo(file_id)

    desk.album.photo = slow  # type: ignore[method-assign]
    inspector.photos_came(row.id)
    await asyncio.sleep(0.05)
    await desk.draft("b")
    inspector.photos_came(row.id)
    arrived.set()
    await inspector.settles(row.id)

    assert [p.checked for p in (await desk.row(row.id)).draft.photos] == [True, True]


async def test_stopped_then_nothing_of_it_runs_on(desk: Desk) -> None:
    row = await desk.draft("a")
    never = asyncio.Event()

    async def slow(file_id: str) -> bytes:
        await never.wait()
        return b""

    desk.album.photo = slow  # type: ignore[method-assign]
    inspector = desk.inspector()
    inspector.photos_came(row.id)
    await asyncio.sleep(0.05)

    await inspector.stop()

    assert (await desk.row(row.id)).draft.unchecked


async def test_a_busy_database_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    load = drafts.load
    busy = [DatabaseBusy("locked")]

    async def stumbling(*given: Any) -> DraftRow | None:
        if busy:
            raise busy.pop()
        return await load(*given)

    row = await desk.draft("a")
    monkeypatch.setattr(drafts, "load", stumbling)
    desk.inspector().photos_came(row.id)
    for _ in range(1000):
        if desk.changed:
            break
        await asyncio.sleep(0.01)

    assert [p.checked for p in (await desk.row(row.id)).draft.photos] == [True]
