"""What an error means for an order: its end, or another try."""

from bot.domain.order import Failure, OrderState
from bot.errors import (
    BadAnswer,
    BalanceEmpty,
    ChatMoved,
    FileGone,
    InputRefused,
    KeyRefused,
    NotSent,
    OutcomeUnknown,
    PhotoRefused,
    RateLimited,
    TelegramFault,
)


def ends(state: OrderState, error: Exception) -> Failure | None:
    """What ends an order in this state for good; None where trying again makes sense."""
    if state is OrderState.QUEUED and isinstance(error, PhotoRefused):
        return Failure.PHOTO
    if state is OrderState.QUEUED and isinstance(error, InputRefused):
        return Failure.REFUSED
    if isinstance(error, PhotoRefused) or (
        state is OrderState.DRAWN and isinstance(error, BadAnswer)
    ):
        return Failure.OUTPUT
    if isinstance(error, FileGone):
        return Failure.PHOTO_GONE
    passing = isinstance(error, ChatMoved | NotSent | OutcomeUnknown)
    return Failure.UNDELIVERABLE if isinstance(error, TelegramFault) and not passing else None


def uses_up_a_try(error: Exception) -> bool:
    """Being told to wait, or to pay, is no failed try."""
    return not isinstance(error, BalanceEmpty | KeyRefused | RateLimited)
