"""How a call gets to Telegram: in its chat's lane or at once, and again where that is right."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot.errors import NotSent, OutcomeUnknown, RetryLater

from .faults import NotModified
from .lane import Dropped, Priority, Refused, Turn
from .lanes import Lanes
from .repeating import LONGEST_WAIT, Repeating, pause, spoken

T = TypeVar("T")

PATIENCE: Final = 3.0  # seconds that a progress edit may wait


class Channel:
    """Every method raises any `TelegramFault`, and nothing else.

    Args:
        messages_per_second: to all chats together; 0 lifts every limit.
    """

    def __init__(self, messages_per_second: float) -> None:
        self.lanes = Lanes(messages_per_second)

    async def send(self, call: Callable[[], Awaitable[T]], chat_id: int, priority: Priority) -> T:
        """A call that must not be made twice."""
        with self.lanes.turn(chat_id, priority) as turn:
            return await self._repeat(lambda: self._go(call, turn), turn, harmless=False)

    async def edit(
        self,
        call: Callable[[], Awaitable[T]],
        chat_id: int,
        message_id: int,
        priority: Priority,
    ) -> T | None:
        """None: the message already is as wanted."""
        try:
            with self.lanes.turn(chat_id, priority, message_id=message_id) as turn:
                return await self._repeat(lambda: self._go(call, turn), turn, harmless=True)
        except NotModified:
            return None

    async def progress(
        self, call: Callable[[], Awaitable[object]], chat_id: int, message_id: int
    ) -> bool:
        """An edit that is tried once and given up rather than waited for; False: given up."""
        turning = self.lanes.turn(
            chat_id, Priority.PROGRESS, message_id=message_id, patience=PATIENCE
        )
        try:
            with turning as turn:
                await self._go(call, turn)
        except NotModified:
            return True
        except (Dropped, NotSent, OutcomeUnknown):
            return False
        return True

    async def at_once(self, call: Callable[[], Awaitable[T]], chat_id: int | None = None) -> T:
        """A harmless call that no limit counts; still it waits where the chat is held.

        A long delay named for it is its own affair: reactions and the like have limits that
        say nothing about messages.
        """

        async def attempt() -> T:
            if chat_id is None:
                return await spoken(call)
            if held := self.lanes.held_for(chat_id):
                await pause(held, self.lanes.closing)
            return await self._heeding(call, chat_id)

        return await self._repeat(attempt, None, harmless=True)

    async def _go(self, call: Callable[[], Awaitable[T]], turn: Turn) -> T:
        await self.lanes.go(turn)
        left = True
        try:
            return await self._heeding(call, turn.chat_id)
        except RetryLater as fault:
            if fault.seconds > LONGEST_WAIT:
                self._refuse(turn, fault.seconds)
            raise
        except NotSent:
            left = False
            raise
        finally:
            self.lanes.back(turn, left=left)

    async def _heeding(self, call: Callable[[], Awaitable[T]], chat_id: int) -> T:
        """The call; a 429 that can be sat out holds everything else of its chat, too."""
        try:
            return await spoken(call)
        except RetryLater as fault:
            if fault.seconds <= LONGEST_WAIT:
                self.lanes.hold(chat_id, fault.seconds)
            raise

    async def _repeat(
        self, attempt: Callable[[], Awaitable[T]], turn: Turn | None, *, harmless: bool
    ) -> T:
        """Args: turn: of a call in a lane."""
        try:
            return await Repeating(harmless=harmless, closing=self.lanes.closing)(attempt)
        except Refused:
            raise
        except RetryLater as fault:
            # Short delays that add up are as good as a long one.
            if turn is not None:
                self._refuse(turn, fault.seconds)
            raise

    def _refuse(self, turn: Turn, seconds: float) -> None:
        """Slow mode sounds like a flood, and holds back nothing but a group's sends: edits go on
        there, until one of them is refused itself.
        """
        self.lanes.refuse(turn.chat_id, seconds, only_sends=turn.sends and turn.chat_id < 0)
