"""What an error means for an order: its end, or another try."""

from bot.domain.order import Failure, OrderState
from bot.domain.photo import PhotoProblem
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
    TokenRefused,
)


def ends(state: OrderState, error: Exception) -> Failure | None:
    """What ends an order in this state for good; None where trying again makes sense."""
    if isinstance(error, PhotoRefused):
        # That one is no word about the photo: there was nobody to look at it.
        if error.problem == PhotoProblem.UNAVAILABLE:
            return None
        return Failure.PHOTO if state is OrderState.QUEUED else Failure.OUTPUT
    if state is OrderState.QUEUED and isinstance(error, InputRefused):
        return Failure.REFUSED
    if state is OrderState.DRAWN and isinstance(error, BadAnswer):
        return Failure.OUTPUT
    if isinstance(error, FileGone):
        return Failure.PHOTO_GONE
    passing = isinstance(error, ChatMoved | NotSent | OutcomeUnknown | TokenRefused)
    return Failure.UNDELIVERABLE if isinstance(error, TelegramFault) and not passing else None


def gives_up(state: OrderState, error: Exception) -> Failure:
    """What to call it when the last try failed with this error."""
    match state:
        case OrderState.QUEUED if isinstance(error, TelegramFault | PhotoRefused):
            return Failure.PHOTO_GONE
        case OrderState.SUBMITTING:
            return Failure.LOST_TRACK
        case OrderState.DRAWN if isinstance(error, TelegramFault):
            return Failure.UNDELIVERABLE
        case OrderState.DRAWN:
            return Failure.OUTPUT
        case _:
            return Failure.PROVIDER


def uses_up_a_try(error: Exception) -> bool:
    """Being told to wait, or to pay, is no failed try."""
    return not isinstance(error, BalanceEmpty | KeyRefused | RateLimited)


def is_kept(state: OrderState, error: Exception) -> bool:
    """A picture that is drawn and paid for waits for as long as Telegram can't be reached."""
    return state is OrderState.DRAWN and isinstance(error, NotSent | TokenRefused)
