"""Looking at the photos of drafts: in the background, so that nobody waits for a download."""

import asyncio
import logging
import time
from collections.abc import Callable

from bot.domain.asking import has_room_for_remark, with_card
from bot.domain.draft import DraftPhoto, check_photo
from bot.domain.pace import PACE, Pace
from bot.domain.photo import BLOCKING, PhotoProblem
from bot.engine.ports import PhotoSource
from bot.engine.runner import Runner
from bot.errors import FileGone, PhotoRefused, TelegramFault
from bot.imaging import Imaging
from storage import drafts, people
from storage.database import Database

log = logging.getLogger(__name__)

DOWNLOADS_AT_A_TIME = 16
# Seconds that a tap may wait for its answer.
PATIENCE = 8.0


class Inspector:
    """Checks what is unchecked, draft by draft, and lets the card tell."""

    def __init__(
        self,
        database: Database,
        source: PhotoSource,
        imaging: Imaging,
        changed: Callable[[int], None],
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database = database
        self._source = source
        self._imaging = imaging
        self._changed = changed
        self._now = now
        self._places = asyncio.Semaphore(DOWNLOADS_AT_A_TIME)
        self._runner = Runner("photos of draft", self._check, now, pace)

    def photos_came(self, draft_id: int) -> None:
        self._runner.wake(draft_id)

    async def resume(self) -> None:
        """At the start: what a killed process had not looked at."""
        async with self._database.reading() as connection:
            left = await drafts.unchecked(connection)
        for draft_id in left:
            self.photos_came(draft_id)

    async def settles(self, draft_id: int) -> None:
        """Returns once nobody looks at the draft's photos."""
        await self._runner.settles(draft_id)

    async def stop(self) -> None:
        await self._runner.drain(0)

    async def problem(self, photo: DraftPhoto) -> PhotoProblem | None:
        """What speaks against a photo, while somebody waits for the answer.

        None also where it can't be looked at in time: whoever draws it fetches it again.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._problem(photo)
        except (TelegramFault, TimeoutError) as fault:
            log.warning("a photo could not be looked at: %s", fault)
            return None

    async def _check(self, draft_id: int) -> None:
        async with self._database.reading() as connection:
            row = await drafts.load(connection, draft_id)
            person = await people.find(connection, row.key.user_id) if row else None
        # Before the consent nothing is fetched: only the file's id waits.
        if row is None or person is None or not person.consented:
            return
        found: dict[str, PhotoProblem | None] = {}
        await asyncio.gather(*(self._inspect(photo, found) for photo in row.draft.unchecked))
        if found:
            await self._keep(draft_id, found)

    async def _inspect(self, photo: DraftPhoto, found: dict[str, PhotoProblem | None]) -> None:
        try:
            found[photo.unique_id] = await self._problem(photo)
        except TelegramFault as fault:
            # It stays unchecked: the order fetches it again, and a slow network is no reason to
            # refuse it, nor to praise it.
            log.warning("a photo could not be looked at: %s", fault)

    async def _problem(self, photo: DraftPhoto) -> PhotoProblem | None:
        async with self._places:
            try:
                data = await self._source.photo(photo.file_id)
                return (await self._imaging.inspect(data)).problem
            except PhotoRefused as refused:
                return PhotoProblem(refused.problem)
            except FileGone:
                return PhotoProblem.UNAVAILABLE

    async def _keep(self, draft_id: int, found: dict[str, PhotoProblem | None]) -> None:
        async with self._database.writing() as connection:
            row = await drafts.load(connection, draft_id)
            if row is None:
                return
            draft = row.draft
            for photo in draft.unchecked:
                if photo.unique_id in found:
                    problem = found[photo.unique_id]
                    blocking = problem in BLOCKING
                    draft = check_photo(draft, photo.unique_id, problem, blocking=blocking)
            if draft == row.draft:
                return
            remarks = any(found.values()) and has_room_for_remark(draft)
            if draft.ask is not None and not remarks:
                # In a group a good photo is no reason for one more edit.
                await drafts.keep(connection, row.with_draft(draft))
                return
            row = row.with_draft(with_card(draft))
            await drafts.save(connection, row, self._now(), render_at=row.render_at)
        self._changed(draft_id)
