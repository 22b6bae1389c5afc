"""What an order's card shows, the turning of its pages, and the files below it.

A send has no idempotency key, an edit is harmless when it is repeated. So each file starts as a
short reply whose id is kept and which is then edited into the document.
"""

import contextlib
import logging
import time
from collections.abc import Callable

from bot.domain.order import Order, OrderState, Picture
from bot.engine.ports import Wakeups
from bot.engine.results import Results
from bot.engine.saying import say
from bot.errors import (
    MediaForbidden,
    MessageGone,
    PhotoRefused,
    ProviderFault,
    StaleState,
    TelegramFault,
    TopicGone,
)
from bot.imaging import Imaging
from bot.outbox import Outbox, SentMedia
from bot.texts import Texts, texts
from bot.views.cards import View, Waiting
from bot.views.group import order_card
from storage import orders, people
from storage.connection import Connection
from storage.database import Database
from storage.pictures import note_picture, note_reply, pictures_of, want_files
from storage.surely import surely

log = logging.getLogger(__name__)

# Bot API, sendPhoto: at most 10 MB, width + height at most 10,000, ratio at most 20.
MAX_PHOTO = 10 * 1024 * 1024
MAX_SIDES = 10_000
MAX_RATIO = 20


class Pictures:
    """An order's pictures in its chat.

    Args:
        bot_name: the bot's username, for the links under a picture.
        inline: whether its inline mode is on (BotFather, /setinline).
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        imaging: Imaging,
        results: Results,
        wakeups: Wakeups,
        bot_name: Callable[[], str],
        inline: Callable[[], bool] = lambda: False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._imaging = imaging
        self._results = results
        self._wakeups = wakeups
        self._bot_name = bot_name
        self._inline = inline
        self._now = now

    def card(self, order: Order, pictures: list[Picture], t: Texts, waiting: Waiting) -> View:
        """What an order's card shows."""
        return order_card(order, pictures, t, waiting, self._bot_name(), inline=self._inline())

    async def send_asked(self, order: Order) -> bool:
        """The files that somebody asked for after the picture was there, or why they don't come.

        Returns: whether there were any: of these the card shows nothing.

        Raises:
            TelegramFault: what stopped it.
            StaleState: the order is in another chat by now.
        """
        if not order.in_group or order.state is not OrderState.DELIVERED:
            return False
        t = await self.texts(order)
        due = [picture for picture in await self.of(order) if picture.file_due]
        for picture in due:
            try:
                png = await self._results.png(picture.url)
            except (ProviderFault, PhotoRefused) as fault:
                log.warning("order %s: its file can't be brought: %s", order.id, fault)
                await self._withhold(order, Texts.group_no_file)
                break
            if not await self.bring_file(order, picture, png, t, fits=await self.fits(png)):
                break
        return bool(due)

    async def bring_file(
        self, order: Order, picture: Picture, png: bytes, t: Texts, *, fits: bool
    ) -> bool:
        """The file beside a picture that is shown; false where a group takes none, as is said.

        Raises as `send_file` does.
        """
        try:
            await self.send_file(order, picture, png, t, fits=fits)
        except MediaForbidden as fault:
            if not order.in_group:
                raise
            log.info("order %s: no files in this group: %s", order.id, fault)
            await self._withhold(order, Texts.group_no_files)
            return False
        return True

    async def _withhold(self, order: Order, why: Callable[[Texts], str]) -> None:
        async def unit(connection: Connection) -> None:
            await want_files(connection, order.id, wanted=False)
            await say(connection, why, order, self._now(), reply_to=order.card_message_id)

        await surely(self._database, unit)
        self._wakeups.notes_changed()

    async def turn_to(self, order: Order, view: View) -> bool:
        """Shows page `view.picture` on the card; false if the card can't show it."""
        assert order.card_message_id is not None
        pictures = {picture.number: picture for picture in await self.of(order)}
        picture = pictures.get(view.picture or 1)
        if picture is None or pictures[1].photo_file_id is None:
            return False
        photo: str | bytes | None = picture.photo_file_id
        if photo is None and picture.document_file_id is not None:
            photo = await self._outbox.download(picture.document_file_id)
        if photo is None:
            return False
        sent = await self._outbox.edit_to_photo(
            order.chat_id,
            order.card_message_id,
            photo,
            caption=view.caption,
            keyboard=view.keyboard,
        )
        if sent is not None and picture.photo_file_id is None:
            await self._note(order, picture.number, photo_file_id=sent.file_id)
        return True

    async def send_file(
        self, order: Order, picture: Picture, png: bytes, t: Texts, *, fits: bool
    ) -> None:
        """The untouched PNG, as a reply that notifies.

        Raises:
            TelegramFault: what stopped it; nothing is left of it where it is forbidden.
            StaleState: the order is in another chat by now.
        """
        words = t.ready() if fits else t.ready_file_only()
        message_id = picture.reply_message_id or await self._announce(order, picture, words)
        name = f"avatar-{order.recipe.style.key}-{picture.number}.png"

        async def edit(into: int) -> SentMedia | None:
            return await self._outbox.edit_to_document(
                order.chat_id, into, png, filename=name, caption=words
            )

        try:
            sent = await edit(message_id)
        except MessageGone:
            sent = await edit(await self._announce(order, picture, words))
        except MediaForbidden:
            await self._retract(order, picture, message_id)
            raise
        file_id = sent.file_id if sent is not None else "shown"
        await self._note(order, picture.number, document_file_id=file_id)

    async def _retract(self, order: Order, picture: Picture, message_id: int) -> None:
        with contextlib.suppress(TelegramFault):
            await self._outbox.delete(order.chat_id, message_id)
        await self._note(order, picture.number, reply_message_id=None)

    async def _announce(self, order: Order, picture: Picture, words: str) -> int:
        order = await self.current(order)

        async def send(reply_to: int | None) -> int:
            try:
                return await self._outbox.send_text(
                    order.chat_id, words, thread_id=order.thread_id or None, reply_to=reply_to
                )
            except TopicGone:
                return await self._outbox.send_text(order.chat_id, words)

        try:
            message_id = await send(order.card_message_id)
        except MessageGone:
            # The person has deleted the picture; its file is still theirs.
            message_id = await send(None)
        if not await surely(
            self._database, lambda c: note_reply(c, order, picture.number, message_id)
        ):
            raise StaleState(f"order {order.id} is in another chat")
        return message_id

    async def fits(self, png: bytes) -> bool:
        """Whether Telegram shows it as a photo."""
        _, width, height = await self._imaging.describe(png)
        return (
            len(png) <= MAX_PHOTO
            and width + height <= MAX_SIDES
            and max(width, height) <= MAX_RATIO * min(width, height)
        )

    async def of(self, order: Order) -> list[Picture]:
        async with self._database.reading() as connection:
            return await pictures_of(connection, order.id)

    async def current(self, order: Order) -> Order:
        """The order as it is now; raises StaleState if it is in another chat."""
        async with self._database.reading() as connection:
            found = await orders.load(connection, order.id)
        if found is None or found.chat_id != order.chat_id:
            raise StaleState(f"order {order.id} is in another chat")
        return found

    async def _note(self, order: Order, number: int, **values: object) -> None:
        await surely(self._database, lambda c: note_picture(c, order.id, number, **values))

    async def texts(self, order: Order) -> Texts:
        async with self._database.reading() as connection:
            person = await people.find(connection, order.user_id)
        return texts(person.language if person else "en")
