"""The calls to one chat: one at a time, by priority, then by age."""

import asyncio
import bisect
import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from bot.errors import RetryLater, TelegramFault

from .limits import Limit

# A progress edit leaves so many calls of its chat's allowance for what matters more.
SPARE_IN_GROUP: Final = 5
SPARE_IN_PRIVATE: Final = 3


class Priority(IntEnum):
    """What goes first when not everything can."""

    ANSWER = 0  # somebody is looking at the chat and waits
    DELIVERY = 1  # somebody was promised it
    PROGRESS = 2  # nice to have; its edits are dropped rather than delayed


class Dropped(TelegramFault):
    """A progress edit that a newer edit, or time, has made pointless."""


class Refused(RetryLater):
    """Not even tried: Telegram named a delay before that isn't over."""


@dataclass(eq=False, slots=True)
class Turn:
    """One call's way through its lane.

    Args:
        chat_id: whose lane.
        priority: how urgent it is.
        message_id: of an edit; edits of one message never overtake each other.
        patience: seconds after which waiting is pointless; such a call also makes way for a
            newer edit of the same message.
        age: smaller is older.
    """

    chat_id: int
    priority: Priority
    message_id: int | None
    patience: float | None
    age: int
    deadline: float = math.inf
    going: asyncio.Future[TelegramFault | None] | None = None
    out: bool = False

    @property
    def sends(self) -> bool:
        """Whether a message comes of it that wasn't there."""
        return self.message_id is None

    @property
    def pending(self) -> bool:
        return self.going is not None and not self.out

    def rank(self) -> tuple[int, int]:
        return self.priority, self.age

    def resolve(self, fault: TelegramFault | None) -> None:
        """Let the waiting caller go on, or fail."""
        # A caller that was cancelled a moment ago has not come to leave its turn yet.
        if self.going is not None and not self.going.done():
            self.going.set_result(fault)


@dataclass(eq=False, slots=True)
class Lane:
    """What waits for one chat, and what it still has to remember."""

    chat_id: int
    limit: Limit
    waiting: list[Turn] = field(default_factory=list)
    owner: Turn | None = None
    held_until: float = -math.inf
    refused_until: float = -math.inf
    sends_refused_until: float = -math.inf
    standing: Priority | None = None  # among which of the ready lanes it stands
    alarm: float | None = None

    def next_turn(self) -> Turn | None:
        """The call that may leave as far as the lane is concerned."""
        if self.owner is not None:
            return self.owner if self.owner.pending else None
        return self.waiting[0] if self.waiting else None

    def free_at(self, now: float, turn: Turn) -> float:
        spare = 0
        if turn.priority is Priority.PROGRESS:
            spare = SPARE_IN_GROUP if self.chat_id < 0 else SPARE_IN_PRIVATE
        return max(self.held_until, self.limit.free_at(now, spare))

    def forgotten_at(self, now: float) -> float:
        refused = max(self.refused_until, self.sends_refused_until)
        return max(self.held_until, refused, self.limit.forgotten_at(now))

    def refused_for(self, now: float, *, sends: bool) -> float:
        """Seconds for which a call is turned away, or less than none."""
        until = max(self.refused_until, self.sends_refused_until) if sends else self.refused_until
        return until - now

    def refuse(self, now: float, seconds: float, *, only_sends: bool) -> None:
        """Turn away what waits, and what comes within so many seconds."""
        if only_sends:
            self.sends_refused_until = max(self.sends_refused_until, now + seconds)
        else:
            self.refused_until = max(self.refused_until, now + seconds)
        for turn in self._waiting_turns():
            if (refused := self.refused_for(now, sends=turn.sends)) > 0:
                self.send_away(turn, Refused(refused))

    def deadline(self) -> float:
        return min((turn.deadline for turn in self.waiting), default=math.inf)

    def enqueue(self, turn: Turn, now: float) -> None:
        if turn.patience is not None:
            turn.deadline = now + turn.patience
        if turn.message_id is not None:
            for older in [it for it in self.waiting if it.message_id == turn.message_id]:
                self._let_pass(older, turn)
        bisect.insort(self.waiting, turn, key=Turn.rank)

    def _let_pass(self, older: Turn, newer: Turn) -> None:
        """Keep the edits of one message in order, and only those that are still wanted."""
        if older.patience is not None:
            self.send_away(older, Dropped("a newer edit takes its place"))
        elif newer.priority < older.priority:
            self.waiting.remove(older)
            older.priority = newer.priority
            bisect.insort(self.waiting, older, key=Turn.rank)

    def send_away(self, turn: Turn, fault: TelegramFault) -> None:
        if turn in self.waiting:
            self.waiting.remove(turn)
        turn.resolve(fault)
        turn.going = None

    def send_away_all(self, fault: TelegramFault) -> None:
        for turn in self._waiting_turns():
            self.send_away(turn, fault)

    def _waiting_turns(self) -> list[Turn]:
        turns = [*self.waiting, *([self.owner] if self.owner else [])]
        return [turn for turn in turns if turn.pending]

    def drop_expired(self, now: float) -> None:
        for turn in [it for it in self.waiting if it.deadline <= now]:
            self.send_away(turn, Dropped("it waited too long"))
