"""Whose turn it is: a lane for each chat, and the limits on all of them together.

When the total is short, lanes with the most urgent call go first, and among equals they take
turns. Nothing here polls: one timer stands at the next moment at which anything can change.
"""

import asyncio
import heapq
import itertools
import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bot.errors import NotSent

from . import limits
from .lane import Lane, Priority, Refused, Turn


class Lanes:
    """Every chat's lane. The clock is the event loop's.

    Args:
        messages_per_second: to all chats together; 0 lifts every limit, also those of a chat.
    """

    def __init__(self, messages_per_second: float) -> None:
        self._unlimited = messages_per_second <= 0
        self._total = limits.of_all_chats(messages_per_second)
        self._lanes: dict[int, Lane] = {}
        self._ready: dict[Priority, OrderedDict[Lane, None]] = {
            priority: OrderedDict() for priority in Priority
        }
        self._alarms: list[tuple[float, int, Lane]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = itertools.count()
        self._out = 0
        self._all_back = asyncio.Event()
        self._all_back.set()
        self.closing = asyncio.Event()

    def __len__(self) -> int:
        """How many chats are remembered."""
        return len(self._lanes)

    @contextmanager
    def turn(
        self,
        chat_id: int,
        priority: Priority,
        *,
        message_id: int | None = None,
        patience: float | None = None,
    ) -> Iterator[Turn]:
        """A turn, for the arguments see `Turn`. From the first time that it goes until the end
        of the block nothing else of the chat goes, so that a repeated call keeps its place.
        """
        turn = Turn(chat_id, priority, message_id, patience, next(self._numbers))
        try:
            yield turn
        finally:
            self._leave(turn)

    async def go(self, turn: Turn) -> None:
        """Wait until the call may leave. `back` must follow, whatever became of it.

        Raises:
            Refused: nothing goes to the chat for so long.
            Dropped: the wait made it pointless.
            NotSent: the outbox closes.
        """
        now = self._now()
        lane = self._lane(turn.chat_id)
        self._admit(lane, now, sends=turn.sends)
        turn.going = asyncio.get_running_loop().create_future()
        going = turn.going
        if lane.owner is not turn:
            lane.enqueue(turn, now)
        self._review(lane, now)
        self._pump(now)
        if (fault := await going) is not None:
            raise fault

    def back(self, turn: Turn, *, left: bool) -> None:
        """The call that went is over. `left`: the server may have seen it."""
        self._settle(turn, left=left)
        self._pump(self._now())

    def hold(self, chat_id: int, seconds: float) -> None:
        """Let nothing of the lane leave for so long."""
        lane, now = self._lane(chat_id), self._now()
        lane.held_until = max(lane.held_until, now + seconds)
        self._review(lane, now)
        self._pump(now)

    def refuse(self, chat_id: int, seconds: float, *, only_sends: bool = False) -> None:
        """Turn every call to the chat away for so long, those that wait included.

        Args: only_sends: edits go on.
        """
        lane, now = self._lane(chat_id), self._now()
        lane.refuse(now, seconds, only_sends=only_sends)
        self._review(lane, now)
        self._pump(now)

    def held_for(self, chat_id: int) -> float:
        """Seconds for which the chat is held.

        Raises:
            Refused: nothing goes to the chat for so long.
            NotSent: the outbox closes.
        """
        lane, now = self._lanes.get(chat_id), self._now()
        self._admit(lane, now, sends=False)
        return max(0.0, lane.held_until - now) if lane is not None else 0.0

    async def close(self, grace: float) -> None:
        """Send away what waits, and wait up to `grace` seconds for what is on its way."""
        self.closing.set()
        for lane in list(self._lanes.values()):
            lane.send_away_all(NotSent("the outbox closes"))
            self._review(lane, self._now())
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._all_back.wait()
        if self._timer is not None:
            self._timer.cancel()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _lane(self, chat_id: int) -> Lane:
        lane = self._lanes.get(chat_id)
        if lane is None:
            limit = limits.Unlimited() if self._unlimited else limits.of_chat(chat_id)
            lane = self._lanes[chat_id] = Lane(chat_id, limit)
        return lane

    def _admit(self, lane: Lane | None, now: float, *, sends: bool) -> None:
        if self.closing.is_set():
            raise NotSent("the outbox closes")
        if lane is not None and (refused := lane.refused_for(now, sends=sends)) > 0:
            raise Refused(refused)

    def _settle(self, turn: Turn, *, left: bool) -> None:
        if not turn.out:
            return
        turn.out, turn.going = False, None
        for limit in (self._total, self._lane(turn.chat_id).limit):
            if left:
                limit.answered(self._now())
            else:
                limit.never_left()
        self._out -= 1
        if not self._out:
            self._all_back.set()

    def _leave(self, turn: Turn) -> None:
        self._settle(turn, left=True)
        lane = self._lane(turn.chat_id)
        if turn in lane.waiting:
            lane.waiting.remove(turn)
        if lane.owner is turn:
            lane.owner = None
        now = self._now()
        self._review(lane, now)
        self._pump(now)

    def _review(self, lane: Lane, now: float) -> None:
        """Put the lane where it belongs: among the ready, before an alarm, or away."""
        lane.drop_expired(now)
        turn = lane.next_turn()
        free = lane.free_at(now, turn) if turn is not None else math.inf
        self._stand(lane, turn.priority if turn is not None and free <= now else None)
        if lane.owner is None and turn is None:
            self._retire(lane, now)
        else:
            self._wake(lane, min(lane.deadline(), free if free > now else math.inf))

    def _stand(self, lane: Lane, priority: Priority | None) -> None:
        if lane.standing is priority:
            return
        if lane.standing is not None:
            del self._ready[lane.standing][lane]
        if priority is not None:
            self._ready[priority][lane] = None
        lane.standing = priority

    def _retire(self, lane: Lane, now: float) -> None:
        """Drop a lane that nobody uses as soon as it has nothing left to remember."""
        until = lane.forgotten_at(now)
        if until > now:
            self._wake(lane, until)
        elif self._lanes.get(lane.chat_id) is lane:
            del self._lanes[lane.chat_id]

    def _wake(self, lane: Lane, at: float) -> None:
        if at < math.inf and (lane.alarm is None or at < lane.alarm):
            lane.alarm = at
            heapq.heappush(self._alarms, (at, next(self._numbers), lane))

    def _pump(self, now: float) -> None:
        """Let go whatever may go, then set the timer."""
        while self._alarms and self._alarms[0][0] <= now:
            at, _, lane = heapq.heappop(self._alarms)
            if lane.alarm == at:
                lane.alarm = None
                self._review(lane, now)
        free = now
        while ready := next(filter(None, self._ready.values()), None):
            if (free := self._total.free_at(now)) > now:
                break
            lane, _ = ready.popitem(last=False)
            self._let_go(lane)
        self._set_timer(free if free > now else math.inf)

    def _let_go(self, lane: Lane) -> None:
        lane.standing = None
        if lane.owner is None:
            lane.owner = lane.waiting.pop(0)
        lane.owner.out = True
        self._total.departed()
        lane.limit.departed()
        self._out += 1
        self._all_back.clear()
        lane.owner.resolve(None)
        self._wake(lane, lane.deadline())

    def _set_timer(self, free: float) -> None:
        at = min(self._alarms[0][0], free) if self._alarms else free
        if self._timer is not None:
            if self._timer.when() == at and not self._timer.cancelled():
                return
            self._timer.cancel()
            self._timer = None
        if at < math.inf and not self.closing.is_set():
            self._timer = asyncio.get_running_loop().call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._pump(self._now())
