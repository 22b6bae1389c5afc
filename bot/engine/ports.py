"""What a driver needs from outside: where photos come from, where pictures go."""

from typing import Protocol

from bot.domain.order import Order


class PhotoSource(Protocol):
    """Photos by their ids."""

    async def photo(self, file_id: str) -> bytes:
        """The file's bytes.

        Raises:
            FileGone: no such file, or it is over 20 MB.
            NotSent, OutcomeUnknown: no connection for the moment.
        """


class Delivery(Protocol):
    """Brings a drawn order's pictures to the person."""

    async def deliver(self, order: Order) -> None:
        """Goes on where an earlier try stopped; when it returns, everything is there.

        Raises:
            TelegramFault, ProviderFault, PhotoRefused: what stopped it.
        """


class Listener(Protocol):
    """Is told that an order's row changed, so that its card can follow."""

    def order_changed(self, order_id: int) -> None: ...


class Wakeups(Listener, Protocol):
    """Whoever goes on from what was committed; a wake-up that gets lost costs only time."""

    def draft_changed(self, draft_id: int, render_at: float = 0.0) -> None: ...

    def round_changed(self, round_id: int) -> None: ...

    def notes_changed(self) -> None: ...
