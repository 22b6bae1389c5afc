"""Pictures into the chat, each visible once, whatever was retried.

A send has no idempotency key, an edit is harmless when it is repeated. So the card itself becomes
the picture, and each file starts as a short reply whose id is kept and which is then edited into
the document.
"""

import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.order import Order, OrderState, Picture
from bot.engine.results import Results
from bot.engine.sheet import Sheet
from bot.errors import (
    MediaForbidden,
    MessageGone,
    PhotoRefused,
    ProviderFault,
    TelegramFault,
    TopicGone,
)
from bot.imaging import Imaging
from bot.outbox import Outbox, SentMedia
from bot.texts import Texts, texts
from bot.views import View, Waiting
from bot.views_group import order_card
from storage import chats, orders, people
from storage.database import Database
from storage.pictures import note_picture, note_reply, pictures_of, want_files
from storage.surely import surely

log = logging.getLogger(__name__)

# Bot API, sendPhoto: at most 10 MB, width + height at most 10,000, ratio at most 20.
MAX_PHOTO = 10 * 1024 * 1024
MAX_SIDES = 10_000
MAX_RATIO = 20


class Pictures:
    """A `Delivery` to Telegram, and the turning of pages afterwards.

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
        sheet: Sheet,
        bot_name: Callable[[], str],
        inline: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._imaging = imaging
        self._results = results
        self._sheet = sheet
        self._bot_name = bot_name
        self._inline = inline
        # Whoever shows cards says when one is on its way no more.
        self.card_settles: Callable[[int], Awaitable[None]] | None = None

    @property
    def bot_name(self) -> str:
        return self._bot_name()

    def card(self, order: Order, pictures: list[Picture], t: Texts, waiting: Waiting) -> View:
        """What an order's card shows."""
        return order_card(order, pictures, t, waiting, self.bot_name, inline=self._inline())

    async def deliver(self, order: Order) -> None:
        """Shows the first picture on the card and sends every file; goes on where it stopped.

        Raises:
            TelegramFault, ProviderFault, PhotoRefused: what stopped it.
        """
        t = await self._texts(order)
        if order.in_group and not await self._with_files(order):
            await surely(self._database, lambda c: want_files(c, order.id, wanted=False))
        for picture in await self._pictures(order):
            seen = picture.number != 1 or picture.photo_file_id is not None
            if picture.document_file_id is not None or (seen and picture.file_withheld):
                continue
            png = await self._results.png(picture.url)
            fits = await self._fits(png)
            shown = seen or (fits and await self._show_first(order, png, t))
            if not shown:
                await self._show_words(order)
            if picture.file_wanted or not shown:
                await self._send_file(order, picture, png, t, fits=fits)
        await self._cheer(order)

    async def send_asked(self, order: Order) -> None:
        """The files that somebody asked for after the picture was there, or why they don't come.

        Raises:
            TelegramFault: what stopped it.
        """
        if not order.in_group or order.state is not OrderState.DELIVERED:
            return
        t = await self._texts(order)
        for picture in await self._pictures(order):
            if not picture.file_due:
                continue
            try:
                png = await self._results.png(picture.url)
                await self._send_file(order, picture, png, t, fits=await self._fits(png))
            except (ProviderFault, PhotoRefused, MediaForbidden) as fault:
                log.warning("order %s: its file can't be brought: %s", order.id, fault)
                await surely(self._database, lambda c: want_files(c, order.id, wanted=False))
                forbidden = isinstance(fault, MediaForbidden)
                await self._say(order, t.group_no_files() if forbidden else t.group_no_file())
                return

    async def _say(self, order: Order, words: str) -> None:
        await self._outbox.send_text(
            order.chat_id,
            words,
            thread_id=order.thread_id or None,
            reply_to=order.card_message_id,
            anyway=True,
        )

    async def _with_files(self, order: Order) -> bool:
        async with self._database.reading() as connection:
            chat = await chats.find(connection, order.chat_id)
        return chat is None or chat.settings.files

    async def _cheer(self, order: Order) -> None:
        """On the command in a group; where reactions are refused, the picture is enough."""
        if order.in_group and order.reply_to is not None:
            with contextlib.suppress(TelegramFault):
                await self._outbox.react(order.chat_id, order.reply_to, "🎉")

    async def turn_to(self, order: Order, view: View) -> bool:
        """Shows page `view.picture` on the card; false if the card can't show it."""
        assert order.card_message_id is not None
        pictures = {picture.number: picture for picture in await self._pictures(order)}
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

    async def _show_first(self, order: Order, png: bytes, t: Texts) -> bool:
        """The card becomes the picture; a card that was deleted comes back for it.

        False where the chat takes no photos.
        """
        view = self._final_view(order, await self._pictures(order), t)
        if self.card_settles is not None:
            # Where a chat lets few messages through, the card may be about to come: it is the one.
            await self.card_settles(order.id)
        order = await self._current(order)
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
        # A group that became a supergroup in this moment gets the picture there.
        return there or await self._show_first(order, png, t)

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

    async def _send_file(
        self, order: Order, picture: Picture, png: bytes, t: Texts, *, fits: bool
    ) -> None:
        """The untouched PNG, as a reply that notifies."""
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
        file_id = sent.file_id if sent is not None else "shown"
        await self._note(order, picture.number, document_file_id=file_id)

    async def _announce(self, order: Order, picture: Picture, words: str) -> int:
        order = await self._current(order)

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
        await surely(self._database, lambda c: note_reply(c, order, picture.number, message_id))
        return message_id

    def _final_view(self, order: Order, pictures: list[Picture], t: Texts) -> View:
        """What the card shows once everything is there."""
        shown = replace(order, state=OrderState.DELIVERED, shown_picture=1)
        return self.card(shown, pictures, t, Waiting(0, 0))

    async def _fits(self, png: bytes) -> bool:
        """Whether Telegram shows it as a photo."""
        _, width, height = await self._imaging.describe(png)
        return (
            len(png) <= MAX_PHOTO
            and width + height <= MAX_SIDES
            and max(width, height) <= MAX_RATIO * min(width, height)
        )

    async def _pictures(self, order: Order) -> list[Picture]:
        async with self._database.reading() as connection:
            return await pictures_of(connection, order.id)

    async def _current(self, order: Order) -> Order:
        async with self._database.reading() as connection:
            return await orders.load(connection, order.id) or order

    async def _note(self, order: Order, number: int, **values: object) -> None:
        await surely(self._database, lambda c: note_picture(c, order.id, number, **values))

    async def _texts(self, order: Order) -> Texts:
        async with self._database.reading() as connection:
            person = await people.find(connection, order.user_id)
        return texts(person.language if person else "en")
