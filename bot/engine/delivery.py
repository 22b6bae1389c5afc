"""A drawn order into its chat, its picture visible once, whatever was retried.

A send has no idempotency key, an edit is harmless when it is repeated: so the card itself becomes
the picture.
"""

import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.order import Failure, Order, OrderState, Picture
from bot.engine.pictures import Pictures
from bot.engine.places import Places
from bot.engine.results import Results
from bot.engine.sheet import Sheet
from bot.errors import (
    ChatGone,
    MediaForbidden,
    MessageGone,
    StaleState,
    TelegramFault,
    TopicGone,
)
from bot.outbox import Outbox, SentMedia
from bot.texts import Texts
from bot.views.cards import View, Waiting
from storage import chats, orders
from storage.database import Database
from storage.pictures import note_picture, want_files
from storage.surely import surely

log = logging.getLogger(__name__)


class ChatDelivery:
    """A `Delivery` to Telegram.

    Args:
        card_settles: returns once no rendering of an order's card is under way.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        results: Results,
        sheet: Sheet,
        pictures: Pictures,
        places: Places,
        card_settles: Callable[[int], Awaitable[None]],
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._results = results
        self._sheet = sheet
        self._pictures = pictures
        self._places = places
        self._card_settles = card_settles

    async def deliver(self, order: Order) -> None:
        """Shows the first picture on the card and sends every file; goes on where it stopped.

        Raises:
            TelegramFault, ProviderFault, PhotoRefused: what stopped it.
            StaleState: the order is in another chat by now, where it begins anew, or is over.
        """
        if order.in_group and order.failure is Failure.TAKEN_OUT:
            # It was made before it could be stopped: who threw the bot out doesn't get it.
            await self._places.bring_home(order, or_fail=True)
            raise StaleState(f"order {order.id} is not for its group any more")
        try:
            await self._bring(order)
        except (ChatGone, TopicGone, MediaForbidden):
            if not order.in_group or not await self._places.bring_home(order, or_fail=False):
                raise
            raise StaleState(f"order {order.id} can't be shown in its group") from None

    async def _bring(self, order: Order) -> None:
        t = await self._pictures.texts(order)
        if order.in_group and not (order.brings_file and await self._with_files(order)):
            await surely(self._database, lambda c: want_files(c, order.id, wanted=False))
        for picture in await self._pictures.of(order):
            seen = picture.number != 1 or picture.photo_file_id is not None
            if picture.document_file_id is not None or (seen and picture.file_withheld):
                continue
            png = await self._results.png(picture.url)
            fits = await self._pictures.fits(png)
            shown = seen or (fits and await self._show_first(order, png, t))
            if not shown:
                await self._show_words(order)
            if not shown:
                await self._pictures.send_file(order, picture, png, t, fits=fits)
            elif picture.file_wanted:
                await self._pictures.bring_file(order, picture, png, t, fits=fits)
        await self._cheer(order)

    async def _with_files(self, order: Order) -> bool:
        async with self._database.reading() as connection:
            chat = await chats.find(connection, order.chat_id)
        return chat is None or chat.settings.files

    async def _cheer(self, order: Order) -> None:
        """On the command in a group; where reactions are refused, the picture is enough."""
        if order.in_group and order.reply_to is not None:
            with contextlib.suppress(TelegramFault):
                await self._outbox.react(order.chat_id, order.reply_to, "🎉")

    async def _show_first(self, order: Order, png: bytes, t: Texts) -> bool:
        """The card becomes the picture; a card that was deleted comes back for it.

        False where the chat takes no photos.
        """
        view = self._final_view(order, await self._pictures.of(order), t)
        # Where a chat lets few messages through, the card may be about to come: it is the one.
        await self._card_settles(order.id)
        order = await self._pictures.current(order)
        try:
            message_id, sent = await self._edit_card(order, png, view)
        except MediaForbidden as fault:
            # The file may still be allowed; if not, the file's sending says so.
            log.warning("order %s: no photos in this chat: %s", order.id, fault)
            return False
        async with self._database.writing() as connection:
            there = await orders.note_there(
                connection, order, card_message_id=message_id, shown_picture=1
            )
            if there and sent is not None:
                await note_picture(connection, order.id, 1, photo_file_id=sent.file_id)
        if not there:
            raise StaleState(f"order {order.id} is in another chat")
        return True

    async def _show_words(self, order: Order) -> None:
        """The card can't become the picture: once it is delivered it gets its words and buttons."""
        async with self._database.writing() as connection:
            await orders.show(connection, order.id)

    async def _edit_card(
        self, order: Order, png: bytes, view: View
    ) -> tuple[int, SentMedia | None]:
        async def edit(message_id: int) -> tuple[int, SentMedia | None]:
            sent = await self._outbox.edit_to_photo(
                order.chat_id, message_id, png, caption=view.caption, keyboard=view.keyboard
            )
            return message_id, sent

        if order.card_message_id is not None:
            try:
                return await edit(order.card_message_id)
            except MessageGone:
                log.info("order %s: its card is gone, a new one comes", order.id)
        message_id = await self._sheet.send(
            order.chat_id, view.caption, thread_id=order.thread_id, reply_to=order.reply_to
        )
        new_card = {"card_message_id": message_id}
        await surely(self._database, lambda c: orders.note_there(c, order, **new_card))
        return await edit(message_id)

    def _final_view(self, order: Order, pictures: list[Picture], t: Texts) -> View:
        """What the card shows once everything is there."""
        shown = replace(order, state=OrderState.DELIVERED, shown_picture=1)
        return self._pictures.card(shown, pictures, t, Waiting(0, 0))
