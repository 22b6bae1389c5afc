"""A round in its chats: the card whose picture grows, the group's photo, everybody's own PNG."""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence

from cachetools import LRUCache

from bot.domain.round import (
    MOST_IN_CIRCLE,
    Member,
    Question,
    Round,
    faces,
    is_whole,
    signature,
)
from bot.engine.faces import Faces
from bot.engine.saying import say
from bot.engine.sheet import Sheet
from bot.errors import (
    CallRejected,
    ChatGone,
    ChatMoved,
    FileGone,
    MessageGone,
    NotSent,
    NotThere,
    OutcomeUnknown,
    PhotoRefused,
    StaleState,
    TelegramFault,
)
from bot.outbox import Outbox, Priority
from bot.texts import Texts, texts
from bot.views.cards import View
from bot.views.round import round_card
from storage import people, round_members, rounds
from storage.connection import Connection
from storage.database import Database
from storage.surely import surely

log = logging.getLogger(__name__)

REMEMBERED = 1000


class RoundCards:
    """Every method raises any TelegramFault, and ProviderFault or PhotoRefused for a face.

    Args:
        bot_name: the bot's username, for the links on a card.
        bot_id: under which its rights are asked for.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        sheet: Sheet,
        faces: Faces,
        bot_name: Callable[[], str],
        bot_id: Callable[[], int],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._sheet = sheet
        self._faces = faces
        self._bot_name = bot_name
        self._bot_id = bot_id
        self._now = now
        # An edit that nobody would see is one too many for a group.
        self._seen: LRUCache[int, tuple[int, View]] = LRUCache(REMEMBERED)

    async def show(self, round_: Round, members: Sequence[Member]) -> None:
        """The card as its row says, with a picture of all who are drawn."""
        view = round_card(round_, members, await self._texts(round_.user_id), self._bot_name())
        shown, file_id, composed = faces(members), round_.file_id, round_.composed
        message_id = round_.card_message_id
        if message_id is None:
            message_id, composed = await self._send(round_, view), ""
        if signature(shown) != composed:
            file_id = await self._edit_picture(round_, message_id, view, shown)
        elif self._seen.get(round_.id) != (message_id, view):
            await self._outbox.edit_caption(
                round_.chat_id, message_id, view.caption, keyboard=view.keyboard
            )
        self._seen[round_.id] = message_id, view
        values: dict[str, object] = {"composed": signature(shown), "file_id": file_id}
        if is_whole(round_, members) and round_.command is not None:
            await self._cheer(round_, round_.command)
            values["command"] = None
        await surely(self._database, lambda c: rounds.shown(c, round_, self._now(), **values))

    async def _cheer(self, round_: Round, command: int) -> None:
        """As under a single order; where reactions are refused, the picture is enough."""
        with contextlib.suppress(TelegramFault):
            await self._outbox.react(round_.chat_id, command, "🎉")

    async def _send(self, round_: Round, view: View) -> int:
        message_id = await self._sheet.send(
            round_.chat_id,
            view.caption,
            thread_id=round_.thread_id,
            keyboard=view.keyboard,
            reply_to=round_.command,
        )
        self._seen[round_.id] = message_id, view
        if not await surely(self._database, lambda c: rounds.card_sent(c, round_, message_id)):
            with contextlib.suppress(TelegramFault):
                await self._outbox.delete(round_.chat_id, message_id)
            raise StaleState(f"round {round_.id} has no card there any more")
        return message_id

    async def _edit_picture(
        self, round_: Round, message_id: int, view: View, shown: Sequence[Member]
    ) -> str | None:
        """Telegram's id of the picture; None where it is the sheet of looks again."""
        sent = await self._outbox.edit_to_photo(
            round_.chat_id,
            message_id,
            await self._picture(shown),
            caption=view.caption,
            keyboard=view.keyboard,
            priority=Priority.PROGRESS if round_.under_way else Priority.DELIVERY,
        )
        if not shown:
            return None
        return sent.file_id if sent is not None else round_.file_id

    async def _picture(self, shown: Sequence[Member]) -> bytes | str:
        if not shown:
            return await self._sheet.picture()
        return await self._composed(shown)

    async def _composed(self, shown: Sequence[Member]) -> bytes:
        """Raises NotThere where nobody's face is left."""
        return await self._faces.composed([member.order_id or 0 for member in shown])

    async def set_photo(self, round_: Round, members: Sequence[Member]) -> None:
        """Makes it the group's photo; without the right to, the card shows how to give it.

        Where that fails for another reason, a note says so.
        """
        question, gone = Question.DONE, False
        try:
            await self._outbox.set_chat_photo(round_.chat_id, await self._photo(round_, members))
        except (NotSent, OutcomeUnknown, ChatMoved):
            raise
        except (NotThere, PhotoRefused, TelegramFault) as fault:
            log.info("the photo of round %s was not taken: %s", round_.id, fault)
            gone = isinstance(fault, ChatGone)
            question = await self._after_refusal(round_, fault)

        async def unit(connection: Connection) -> None:
            now = signature(faces(await round_members.of_round(connection, round_.id)))
            is_older = question is Question.DONE and now != signature(faces(members))
            shown = Question.NONE if is_older else question
            await rounds.change(connection, round_, question=shown)
            if question is Question.NONE and not gone:
                card = round_.card_message_id
                why = Texts.round_photo_failed
                await say(connection, why, round_, self._now(), reply_to=card)

        await surely(self._database, unit)

    async def _after_refusal(self, round_: Round, fault: Exception) -> Question:
        """Telegram has many words for a missing right, so it is asked."""
        if not isinstance(fault, CallRejected):
            return Question.NONE
        may = await self._outbox.may_change_info(round_.chat_id, self._bot_id())
        return Question.NONE if may else Question.RIGHT

    async def _photo(self, round_: Round, members: Sequence[Member]) -> bytes:
        """What the card shows, where that is for a circle and nobody has left since."""
        shown = faces(members)[:MOST_IN_CIRCLE]
        if round_.file_id is not None and round_.composed == signature(shown):
            with contextlib.suppress(FileGone):
                return await self._outbox.download(round_.file_id)
        return await self._composed(shown)

    async def send_file(self, member: Member) -> None:
        """Somebody's own PNG, in their private chat: first words, which become the file.

        That way it is there once, whatever is retried.

        Raises:
            ProviderFault, NotSent, OutcomeUnknown: it can't be brought for the moment.
        """
        t = await self._texts(member.user_id)
        try:
            message_id = member.file_message_id or await self._announce(member, t)
            await self._put_file(member, message_id, t)
        except (NotSent, OutcomeUnknown):
            raise
        except MessageGone:
            await self._note(member, file_message_id=None)
            return
        except TelegramFault as fault:
            log.info("nobody takes the file of round %s: %s", member.round_id, fault)
        await self._note(member, wants_file=0, file_message_id=None)

    async def _put_file(self, member: Member, message_id: int, t: Texts) -> None:
        try:
            png = await self._faces.png(member.order_id or 0)
        except (NotThere, PhotoRefused) as fault:
            log.warning("the file of order %s is lost: %s", member.order_id, fault)
            await self._outbox.edit_text(member.user_id, message_id, t.round_no_file())
            return
        await self._outbox.edit_to_document(
            member.user_id, message_id, png, filename="avatar.png", caption=t.round_file()
        )

    async def _announce(self, member: Member, t: Texts) -> int:
        message_id = await self._outbox.send_text(member.user_id, t.round_file())
        await self._note(member, file_message_id=message_id)
        return message_id

    async def _note(self, member: Member, **values: object) -> None:
        await surely(self._database, lambda c: round_members.note(c, member, **values))

    async def _texts(self, user_id: int) -> Texts:
        async with self._database.reading() as connection:
            person = await people.find(connection, user_id)
        return texts(person.language if person else "en")
