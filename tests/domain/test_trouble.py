"""What an error means for an order, state by state."""

import pytest

from bot.domain.order import UNFINISHED, Failure, OrderState
from bot.domain.trouble import ends, gives_up, is_kept, uses_up_a_try
from bot.errors import (
    BadAnswer,
    BalanceEmpty,
    CallRejected,
    ChatGone,
    ChatMoved,
    FileGone,
    InputRefused,
    KeyRefused,
    MediaForbidden,
    NotSent,
    NotThere,
    OutcomeUnknown,
    PhotoRefused,
    ProviderDown,
    ProviderUnknown,
    RateLimited,
    RetryLater,
    TokenRefused,
    TopicGone,
)

Q, S = OrderState.QUEUED, OrderState.SUBMITTING
P, D = OrderState.PROCESSING, OrderState.DRAWN


@pytest.mark.parametrize(
    ("state", "error", "failure"),
    [
        (Q, PhotoRefused("damaged"), Failure.PHOTO),
        (D, PhotoRefused("damaged"), Failure.OUTPUT),
        # Nobody could look at it: no word about the photo.
        (Q, PhotoRefused("unavailable"), None),
        (D, PhotoRefused("unavailable"), None),
        (D, BadAnswer("html"), Failure.OUTPUT),
        (P, BadAnswer("html"), None),
        (Q, InputRefused("seed"), Failure.REFUSED),
        (P, InputRefused("seed"), None),
        (Q, FileGone("404"), Failure.PHOTO_GONE),
        (D, ChatGone("blocked"), Failure.UNDELIVERABLE),
        (D, MediaForbidden("no"), Failure.UNDELIVERABLE),
        (D, TopicGone("no"), Failure.UNDELIVERABLE),
        (D, CallRejected("no"), Failure.UNDELIVERABLE),
        (D, ChatMoved(-1), None),
        (D, TokenRefused("401"), None),
        (D, NotSent("no"), None),
        (D, RetryLater(3600), None),
        (D, OutcomeUnknown("?"), None),
        (D, ProviderDown("503"), None),
    ],
)
def test_what_ends_an_order(state: OrderState, error: Exception, failure: Failure | None) -> None:
    assert ends(state, error) is failure


@pytest.mark.parametrize("state", sorted(UNFINISHED))
@pytest.mark.parametrize(
    "error",
    [
        RateLimited("429"),
        ProviderDown("503"),
        ProviderUnknown("?"),
        KeyRefused("401"),
        BalanceEmpty("402"),
        NotThere("404"),
        RetryLater(5),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_ends_nothing(state: OrderState, error: Exception) -> None:
    assert ends(state, error) is None


def test_being_told_to_wait_or_to_pay_is_no_failed_try() -> None:
    waits = [RateLimited("429"), BalanceEmpty("402"), KeyRefused("401")]
    assert not any(uses_up_a_try(error) for error in waits)
    assert all(uses_up_a_try(error) for error in (ProviderDown("503"), NotSent("x")))


@pytest.mark.parametrize(
    ("state", "error", "failure"),
    [
        (Q, NotSent("no network"), Failure.PHOTO_GONE),
        (Q, PhotoRefused("unavailable"), Failure.PHOTO_GONE),
        (Q, ProviderDown("503"), Failure.PROVIDER),
        (S, ProviderDown("503"), Failure.LOST_TRACK),
        (S, NotSent("no network"), Failure.LOST_TRACK),
        (P, ProviderDown("503"), Failure.PROVIDER),
        (D, OutcomeUnknown("?"), Failure.UNDELIVERABLE),
        (D, ProviderDown("503"), Failure.OUTPUT),
    ],
)
def test_what_the_last_try_is_called(state: OrderState, error: Exception, failure: Failure) -> None:
    assert gives_up(state, error) is failure


@pytest.mark.parametrize("state", OrderState)
def test_only_a_drawn_picture_waits_for_telegram(state: OrderState) -> None:
    away = [NotSent("no network"), RetryLater(3600), TokenRefused("401")]
    assert all(is_kept(state, error) is (state is D) for error in away)
    others = [OutcomeUnknown("?"), ChatGone("blocked"), ProviderDown("503")]
    assert not any(is_kept(state, error) for error in others)
