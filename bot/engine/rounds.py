"""What goes on in rounds: faces come, cards follow, a day ends.

All of it follows from rows, so a process that starts anew goes on where the last one was. One task
a round: whatever happens in it happens one after the other.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.order import Hold
from bot.domain.pace import PACE, Pace
from bot.domain.round import (
    Member,
    MemberState,
    Question,
    Round,
    RoundState,
    after_change,
    due_at,
    ending,
    faces,
    held_by,
    is_whole,
    settled,
    signature,
)
from bot.engine.ports import Listener, Wakeups
from bot.engine.round_cards import RoundCards
from bot.engine.runner import LOOK_SECONDS, Runner
from bot.engine.saying import no_place, say
from bot.errors import (
    ChatMoved,
    DatabaseBusy,
    MediaForbidden,
    MessageGone,
    NotSent,
    NotThere,
    OutcomeUnknown,
    PhotoRefused,
    ProviderFault,
    RetryLater,
    StaleState,
    TelegramFault,
)
from bot.texts import Texts
from storage import groups, orders, round_members, rounds
from storage.database import Database
from storage.round_members import Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A `Listener` for both who show orders."""

    cards: Listener
    rounds: Listener

    def order_changed(self, order_id: int) -> None:
        self.cards.order_changed(order_id)
        self.rounds.order_changed(order_id)


class Rounds:
    """Works on whatever round has something to be done."""

    def __init__(
        self,
        database: Database,
        cards: RoundCards,
        wakeups: Wakeups,
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database = database
        self._cards = cards
        self._wakeups = wakeups
        self._now = now
        self._pace = pace
        self._runner = Runner("round", self._go_on, now, pace)
        self._faces: dict[int, int] = {}

    def round_changed(self, round_id: int) -> None:
        """Somebody joined, left, or asked for something."""
        self._runner.wake(round_id)

    def order_changed(self, order_id: int) -> None:
        """Of any order: those of no round are passed over."""
        round_id = self._faces.get(order_id)
        if round_id is not None:
            self._runner.wake(round_id)

    async def run(self) -> None:
        """Looks for what is to be done, at the start and now and then, until cancelled."""
        while True:
            try:
                await self._look()
            except DatabaseBusy as busy:
                log.warning("rounds wait for the database: %s", busy)
            await asyncio.sleep(LOOK_SECONDS)

    async def drain(self, seconds: float) -> None:
        await self._runner.drain(seconds)

    async def _look(self) -> None:
        async with self._database.reading() as connection:
            drawing = await round_members.drawing(connection)
            to_send = await round_members.with_files_to_send(connection)
            behind = await rounds.behind(connection)
            closing = await rounds.to_close(connection)
        for round_id in {*to_send, *behind, *(member.round_id for member in drawing)}:
            self._runner.wake(round_id)
        for round_id, at in closing:
            if at <= self._now() + LOOK_SECONDS:
                self._runner.wake(round_id, at)

    async def _go_on(self, round_id: int) -> None:
        """One thing after the other, as far as it goes."""
        await self._settle(round_id)
        await self._end_if_due(round_id)
        round_, members = await self._load(round_id)
        if round_ is None:
            return
        try:
            if round_.question is Question.SETTING:
                await self._cards.set_photo(round_, members)
                self._wakeups.notes_changed()
                self._runner.wake(round_id)
                return
            await self._show(round_, members)
            for member in members:
                if member.wants_file:
                    await self._send_file(member)
        except StaleState as stale:
            log.info("round %s: %s", round_id, stale)
            self._runner.wake(round_id)
        except (NotThere, PhotoRefused) as fault:
            await self._give_up(round_, fault)
        except ProviderFault as fault:
            log.warning("round %s waits for a face: %s", round_id, fault)
            self._runner.later(round_id, self._pace.probe)
        except TelegramFault as fault:
            await self._failed(round_, fault)

    async def _settle(self, round_id: int) -> None:
        """Takes in what has become of everybody who was being drawn, and why others wait."""
        _, members = await self._load(round_id)
        drawing = [it.order_id or 0 for it in members if it.state is MemberState.DRAWING]
        # From now on each of their changes wakes the round: only then are they looked at.
        others = {face: other for face, other in self._faces.items() if other != round_id}
        self._faces = others | dict.fromkeys(drawing, round_id)
        async with self._database.reading() as connection:
            round_ = await rounds.load(connection, round_id)
            progress = await round_members.progress(connection, round_id)
        changed = [it for it in progress if settled(it.member, it.order) is not it.member.state]
        hold = held_by(it.hold for it in progress if it not in changed)
        if round_ is not None and (changed or hold is not round_.hold):
            await self._take_in(round_, changed, hold)

    async def _take_in(self, round_: Round, changed: list[Progress], hold: Hold) -> None:
        states = [settled(it.member, it.order) for it in changed]
        async with self._database.writing() as connection:
            for it, state in zip(changed, states, strict=True):
                await round_members.note(connection, it.member, state=state, failure=it.failure)
            now = await rounds.load(connection, round_.id) or round_
            if now.state is RoundState.ENDED:
                await rounds.note(connection, round_.id, hold=hold)
            else:
                question = after_change(now.question, states)
                await rounds.grow(connection, round_.id, hold=hold, question=question)

    async def _end_if_due(self, round_id: int) -> None:
        """At the end of its day, or when nobody is left of a finished one."""
        round_, members = await self._load(round_id)
        if round_ is None or ending(round_, members, self._now()) is None:
            return
        async with self._database.writing() as connection:
            round_ = await rounds.load(connection, round_id)
            if round_ is not None:
                members = await round_members.of_round(connection, round_id)
                state = ending(round_, members, self._now())
                if state is not None:
                    await rounds.change(connection, round_, state=state)

    async def _load(self, round_id: int) -> tuple[Round | None, list[Member]]:
        async with self._database.reading() as connection:
            round_ = await rounds.load(connection, round_id)
            return round_, await round_members.of_round(connection, round_id)

    async def _show(self, round_: Round, members: list[Member]) -> None:
        at = due_at(round_, self._pace.grows)
        if at is not None and at > self._now():
            self._runner.wake(round_.id, at)
        elif at is not None:
            await self._cards.show(round_, members)

    async def _send_file(self, member: Member) -> None:
        """What keeps one person's file back for a while keeps nobody else waiting."""
        try:
            await self._cards.send_file(member)
        except (ProviderFault, NotSent, OutcomeUnknown) as fault:
            log.info("round %s: a file comes later: %s", member.round_id, fault)
            later = fault.seconds if isinstance(fault, RetryLater) else self._pace.probe
            self._runner.later(member.round_id, later)

    async def _failed(self, round_: Round, fault: TelegramFault) -> None:
        match fault:
            case RetryLater():
                self._runner.later(round_.id, fault.seconds)
            case NotSent() | OutcomeUnknown():
                self._runner.later(round_.id, self._pace.card)
            case ChatMoved():
                async with self._database.writing() as connection:
                    await groups.move(connection, round_.chat_id, fault.new_chat_id)
                self._runner.wake(round_.id)
            case MessageGone() if round_.under_way or await self._has_more_to_show(round_):
                async with self._database.writing() as connection:
                    await rounds.card_lost(connection, round_)
                self._runner.wake(round_.id)
            case _:
                await self._give_up(round_, fault)

    async def _has_more_to_show(self, round_: Round) -> bool:
        """Faces that came after its end, and that nobody has seen."""
        _, members = await self._load(round_.id)
        return bool(faces(members)) and signature(faces(members)) != round_.composed

    async def _give_up(self, round_: Round, fault: Exception) -> None:
        """Nothing can be shown there: nobody's face is drawn for that. A round without a card would
        only stand in the way of others.
        """
        log.info("round %s can't be shown: %s", round_.id, fault)
        now, members = await self._load(round_.id)
        forbidden = isinstance(fault, MediaForbidden)
        if now is not None and now.under_way and (forbidden or now.card_message_id is None):
            await self._end(now, fault)
        async with self._database.writing() as connection:
            await rounds.note(connection, round_.id, rendered_version=round_.version)
            if now is not None and forbidden and is_whole(now, members):
                # What is drawn is there by `Get mine`.
                why = Texts.group_no_photos
                await say(connection, why, now, self._now(), reply_to=now.command)
        self._wakeups.notes_changed()

    async def _end(self, round_: Round, fault: Exception) -> None:
        why = no_place(fault) or Texts.round_not_begun
        async with self._database.writing() as connection:
            await rounds.note(connection, round_.id, state=RoundState.ENDED)
            drawing = await round_members.progress(connection, round_.id)
            for it in drawing:
                order = await orders.load(connection, it.member.order_id or 0)
                if order is not None and not order.state.over:
                    await groups.stop(connection, order, self._now())
            command = round_.command
            await say(connection, why, round_, self._now(), reply_to=command)
        for it in drawing:
            self._wakeups.order_changed(it.member.order_id or 0)
        self._wakeups.notes_changed()
