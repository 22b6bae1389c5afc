"""`@thebot` in any chat: one's own pictures, offered beside the inbox.

An inline query is answered at once or not at all: Telegram forgets it after some seconds, and the
next letter asks anew. So it is never stored, and a stop, a kill or a crowd may lose it.
"""

import asyncio
import logging
from dataclasses import replace
from typing import Any, Final

from telegram import Bot, InlineQuery

from bot.domain.sharing import LOOKED_THROUGH, OwnPicture, Page, key_in, page_of
from bot.errors import DatabaseBusy, FileGone, TelegramFault
from bot.outbox import Outbox
from bot.texts import texts
from bot.views.inline import offer, to_private
from storage.database import Database
from storage.pictures import own_picture, own_pictures

log = logging.getLogger(__name__)

# The answer comes while somebody looks at the chat, or is pointless.
ANSWER_SECONDS: Final = 10.0
# People who are answered at a time; one more asks again by the next letter.
AT_A_TIME: Final = 50
# Bot API, cache_time: for how long Telegram's server may repeat the answer.
CACHE_SECONDS: Final = 3


class Offers:
    """Answers inline queries; of each person only the newest one."""

    def __init__(self, bot: Bot, database: Database, outbox: Outbox) -> None:
        self._bot = bot
        self._database = database
        self._outbox = outbox
        self._answering: dict[int, asyncio.Task[None]] = {}

    def take(self, raw: dict[str, Any]) -> None:
        """Args: raw: an update that holds an inline query."""
        try:
            query = InlineQuery.de_json(raw["inline_query"], self._bot)
            person, _ = query.from_user.id, (query.query + query.offset)
        except Exception:
            log.warning("an inline query can't be decoded", exc_info=True)
            return
        earlier = self._answering.pop(person, None)
        if earlier is not None:
            earlier.cancel()
        if len(self._answering) >= AT_A_TIME:
            log.warning("an inline query goes without an answer: too many at a time")
            return
        task = asyncio.create_task(self._answer(query), name=f"inline-{person}")
        self._answering[person] = task
        task.add_done_callback(lambda done: self._over(person, done))

    async def stop(self) -> None:
        """Nothing of it is worth waiting for."""
        left = list(self._answering.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _over(self, person: int, task: asyncio.Task[None]) -> None:
        if self._answering.get(person) is task:
            del self._answering[person]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an inline query could not be answered", exc_info=error)

    async def _answer(self, query: InlineQuery) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._offer(query)
        except (TelegramFault, DatabaseBusy, TimeoutError) as fault:
            log.info("an inline query goes without an answer: %r", fault)

    async def _offer(self, query: InlineQuery) -> None:
        page = await self._page(query)
        try:
            await self._show(query, page)
        except FileGone:
            # Telegram refuses all for one of which it knows nothing any more.
            known = await asyncio.gather(*(self._is_known(one) for one in page.pictures))
            left = (one for one, is_known in zip(page.pictures, known, strict=True) if is_known)
            await self._show(query, replace(page, pictures=tuple(left)))

    async def _is_known(self, picture: OwnPicture) -> bool:
        try:
            await self._outbox.open_file(picture.photo_file_id)
        except FileGone:
            return False
        return True

    async def _show(self, query: InlineQuery, page: Page) -> None:
        t = texts(query.from_user.language_code or "en")
        none = not page.pictures and await self._has_none(query.from_user.id)
        await self._outbox.offer(
            query.id,
            [offer(picture, t, self._bot.username) for picture in page.pictures],
            next_offset=page.next_offset,
            button=to_private(t) if none else None,
            cache_seconds=CACHE_SECONDS,
        )

    async def _has_none(self, person: int) -> bool:
        """Not only none that fits the words."""
        async with self._database.reading() as connection:
            return not await own_pictures(connection, person, 1, None)

    async def _page(self, query: InlineQuery) -> Page:
        """The one that is named, or the newest ones; in either case only this person's."""
        person, wanted = query.from_user.id, key_in(query.query)
        async with self._database.reading() as connection:
            if wanted is not None:
                own: OwnPicture | None = await own_picture(connection, person, wanted)
                return Page((own,) if own else ())
            before = key_in(query.offset)
            found = await own_pictures(connection, person, LOOKED_THROUGH, before)
        return page_of(found, query.query)
