"""What goes on in rounds: faces come, cards follow, a day ends.

All of it follows from rows, so a process that starts anew goes on where the last one was. One task
a round: whatever happens in it happens one after the other.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.pace import PACE, Pace
from bot.domain.round import (
    Member,
    MemberState,
    Question,
    Round,
    RoundState,
    due_at,
    finished,
    settled,
)
from bot.engine.ports import Listener
from bot.engine.round_cards import RoundCards
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
from storage import groups, orders, rounds
from storage.database import Database

log = logging.getLogger(__name__)

# When no wake-up came: the rows are looked through now and then all the same.
LOOK_SECONDS: Final = 30.0


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
        now: Callable[[], float] = time.time,
        pace: Pace = PACE,
    ) -> None:
        self._database = database
        self._cards = cards
        self._now = now
        self._pace = pace
        self._working: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._faces: dict[int, int] = {}

    def round_changed(self, round_id: int) -> None:
        """Somebody joined, left, or asked for something."""
        self._wake(round_id)

    def order_changed(self, order_id: int) -> None:
        """Of any order: those of no round are passed over."""
        round_id = self._faces.get(order_id)
        if round_id is not None:
            self._wake(round_id)

    async def run(self) -> None:
        """Looks for what is to be done, at the start and now and then, until cancelled."""
        while True:
            try:
                await self._look()
            except DatabaseBusy as busy:
                log.warning("rounds wait for the database: %s", busy)
            await asyncio.sleep(LOOK_SECONDS)

    async def drain(self, seconds: float) -> None:
        tasks = set(self._working.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()

    async def _look(self) -> None:
        async with self._database.reading() as connection:
            drawing = await rounds.drawing(connection)
            busy = await rounds.with_files_to_send(connection) + await rounds.behind(connection)
            closing = await rounds.to_close(connection)
        for round_id in {*busy, *(member.round_id for member in drawing)}:
            self._wake(round_id)
        for round_id, at in closing:
            if at <= self._now() + LOOK_SECONDS:
                self._wake(round_id, at)

    def _wake(self, round_id: int, at: float = 0.0) -> None:
        pause = at - self._now()
        if pause > 0:
            asyncio.get_running_loop().call_later(pause, self._wake, round_id)
        elif round_id in self._working:
            self._again.add(round_id)
        else:
            task = asyncio.create_task(self._work(round_id), name=f"round-{round_id}")
            self._working[round_id] = task

    async def _work(self, round_id: int) -> None:
        try:
            while True:
                self._again.discard(round_id)
                await self._go_on(round_id)
                if round_id not in self._again:
                    return
        except DatabaseBusy as busy:
            log.warning("a round waits for the database: %s", busy)
            self._later(round_id, self._pace.card)
        finally:
            del self._working[round_id]

    def _later(self, round_id: int, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._wake, round_id)

    async def _go_on(self, round_id: int) -> None:
        """One thing after the other, as far as it goes."""
        await self._settle(round_id)
        await self._close(round_id)
        round_, members = await self._load(round_id)
        if round_ is None:
            return
        try:
            if round_.question is Question.SETTING:
                await self._cards.set_photo(round_, members)
                self._again.add(round_id)
                return
            for member in members:
                if member.wants_file:
                    await self._cards.send_file(member)
            await self._show(round_, members)
        except StaleState as stale:
            log.info("round %s: %s", round_id, stale)
            self._again.add(round_id)
        except (NotThere, PhotoRefused) as fault:
            await self._give_up(round_, fault)
        except ProviderFault as fault:
            log.warning("round %s waits for a face: %s", round_id, fault)
            self._later(round_id, self._pace.probe)
        except TelegramFault as fault:
            await self._failed(round_, fault)

    async def _settle(self, round_id: int) -> None:
        """Takes in what has become of everybody who was being drawn."""
        async with self._database.reading() as connection:
            everybody = await rounds.members(connection, round_id)
        waiting = {
            member.order_id: member
            for member in everybody
            if member.state is MemberState.DRAWING and member.order_id is not None
        }
        self._faces.update(dict.fromkeys(waiting, round_id))
        async with self._database.reading() as connection:
            states = await orders.states(connection, list(waiting))
        changed = [
            (member, settled(member, states[order_id]))
            for order_id, member in waiting.items()
            if order_id in states and settled(member, states[order_id]) is not member.state
        ]
        if changed:
            await self._take_in(round_id, changed)

    async def _take_in(self, round_id: int, changed: list[tuple[Member, MemberState]]) -> None:
        async with self._database.writing() as connection:
            round_ = await rounds.load(connection, round_id)
            for member, state in changed:
                await rounds.note_member(connection, member, state=state)
            if round_ is not None and round_.state is not RoundState.ENDED:
                await rounds.grow(connection, round_id)
        for member, _ in changed:
            self._faces.pop(member.order_id or 0, None)

    async def _close(self, round_id: int) -> None:
        """At the end of its day."""
        async with self._database.reading() as connection:
            round_ = await rounds.load(connection, round_id)
        if round_ is None or not round_.under_way or round_.closes_at > self._now():
            return
        async with self._database.writing() as connection:
            round_ = await rounds.load(connection, round_id)
            if round_ is not None and round_.under_way:
                state = finished(round_, await rounds.members(connection, round_id))
                await rounds.change(connection, round_, state=state)

    async def _load(self, round_id: int) -> tuple[Round | None, list[Member]]:
        async with self._database.reading() as connection:
            round_ = await rounds.load(connection, round_id)
            return round_, await rounds.members(connection, round_id)

    async def _show(self, round_: Round, members: list[Member]) -> None:
        at = due_at(round_, self._pace.grows)
        if at is not None and at > self._now():
            self._wake(round_.id, at)
        elif at is not None:
            await self._cards.show(round_, members)

    async def _failed(self, round_: Round, fault: TelegramFault) -> None:
        match fault:
            case RetryLater():
                self._later(round_.id, fault.seconds)
            case NotSent() | OutcomeUnknown():
                self._later(round_.id, self._pace.card)
            case ChatMoved():
                async with self._database.writing() as connection:
                    await groups.move(connection, round_.chat_id, fault.new_chat_id)
                self._again.add(round_.id)
            case MessageGone() if round_.under_way:
                async with self._database.writing() as connection:
                    await rounds.card_lost(connection, round_)
                self._again.add(round_.id)
            case _:
                await self._give_up(round_, fault)

    async def _give_up(self, round_: Round, fault: Exception) -> None:
        """Nothing can be shown there: nobody's face is drawn for that."""
        log.info("round %s can't be shown: %s", round_.id, fault)
        if isinstance(fault, MediaForbidden) and round_.under_way:
            await self._end(round_)
        async with self._database.writing() as connection:
            await rounds.note(connection, round_.id, rendered_version=round_.version)

    async def _end(self, round_: Round) -> None:
        async with self._database.writing() as connection:
            await rounds.note(connection, round_.id, state=RoundState.ENDED)
            for member in await rounds.members(connection, round_.id):
                order = await orders.load(connection, member.order_id or 0)
                if member.state is MemberState.DRAWING and order is not None:
                    await groups.stop(connection, order, self._now())
        try:
            await self._cards.say_no_photos(round_)
        except TelegramFault as fault:
            log.info("nothing can be said in this group: %s", fault)
