"""An order's life: its states, which follows which, and what ends it.

    queued ──► submitting ──► processing ──► drawn ──► delivered
       │            │  ▲           │           │
       │            ▼  │           │           │
       │         (unknown: look before asking again)
       └────────────┴──────────────┴───────────┴──► failed, cancelled

`submitting` is committed before the POST that may cost money and `processing` right after it, so
a process that starts anew knows that a prediction may exist. A slot of the provider is held in
exactly these two states.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from bot.domain.group import FILE, MOST_MESSAGES, PICTURE
from bot.domain.photomaker import Recipe


class OrderState(StrEnum):
    QUEUED = "queued"
    SUBMITTING = "submitting"
    PROCESSING = "processing"
    DRAWN = "drawn"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in ENDED


ENDED: Final = frozenset({OrderState.DELIVERED, OrderState.FAILED, OrderState.CANCELLED})
HOLDS_SLOT: Final = frozenset({OrderState.SUBMITTING, OrderState.PROCESSING})
UNFINISHED: Final = frozenset(OrderState) - ENDED

FOLLOWS: Final[dict[OrderState, frozenset[OrderState]]] = {
    OrderState.QUEUED: frozenset({OrderState.SUBMITTING, OrderState.FAILED, OrderState.CANCELLED}),
    # Back to queued: the provider surely made nothing.
    OrderState.SUBMITTING: frozenset(
        {OrderState.PROCESSING, OrderState.QUEUED, OrderState.FAILED, OrderState.CANCELLED}
    ),
    OrderState.PROCESSING: frozenset({OrderState.DRAWN, OrderState.FAILED, OrderState.CANCELLED}),
    OrderState.DRAWN: frozenset({OrderState.DELIVERED, OrderState.FAILED}),
    OrderState.DELIVERED: frozenset(),
    OrderState.FAILED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}


class Failure(StrEnum):
    """Why there is no picture; each has a sentence in `bot.texts`."""

    PHOTO = "photo"
    PHOTO_GONE = "photo_gone"
    FLAGGED = "flagged"
    REFUSED = "refused"
    PROVIDER = "provider"
    TOO_LONG = "too_long"
    OUTPUT = "output"
    LOST_TRACK = "lost_track"
    UNDELIVERABLE = "undeliverable"
    # The group threw the bot out; a picture that was made all the same comes elsewhere.
    TAKEN_OUT = "taken_out"


class Hold(StrEnum):
    """Why an order waits for something other than its turn; shown on its card."""

    NONE = ""
    RESTING = "resting"
    PROVIDER_DOWN = "provider_down"
    LOOKING = "looking"


class Told(IntEnum):
    """What a group reads of an order that is under way. It has few messages and edits, so each is
    said once, and never one that comes before it here. As a number it is how many edits that cost,
    at most.
    """

    NOTHING = 0
    DRAWING = 1
    HELD = 2
    STOPPING = 3


# No credit is taken where there is no picture. A prediction that was paid for but can't be
# delivered still counts against the budget in USD.
KEEPS_CREDITS: Final = frozenset({OrderState.FAILED, OrderState.CANCELLED})


@dataclass(frozen=True, slots=True)
class OrderPhoto:
    file_id: str
    unique_id: str


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a tap on a look asks for."""

    chat_id: int
    thread_id: int | None
    user_id: int
    photos: tuple[OrderPhoto, ...]
    recipe: Recipe
    card_message_id: int | None = None
    reply_to: int | None = None
    round_id: int | None = None
    messages_left: int = MOST_MESSAGES


@dataclass(frozen=True, slots=True)
class Order:
    """One order, as its row says. Times are Unix seconds, `usd` is the cost or its estimate.

    `failure` also says why it was stopped, if nobody asked for that. With a `round_id` its picture
    is a face of that round, and has no card of its own. `messages_left` is what it might cost a
    group, in messages and edits, when it was made; `told` is what its group has read meanwhile.
    """

    id: int
    chat_id: int
    thread_id: int
    user_id: int
    photos: tuple[OrderPhoto, ...]
    recipe: Recipe
    credits: int
    usd: float
    state: OrderState
    hold: Hold
    failure: Failure | None
    detail: str | None
    attempts: int
    not_before: float
    photo_urls: tuple[str, ...] | None
    prediction_id: str | None
    cancel_requested: bool
    created_at: float
    submitted_at: float | None
    drawn_at: float | None
    ended_at: float | None
    shown_picture: int
    page: str
    version: int
    rendered_version: int
    render_at: float
    card_message_id: int | None
    reply_to: int | None
    round_id: int | None = None
    messages_left: int = MOST_MESSAGES
    told: Told = Told.NOTHING

    @property
    def in_group(self) -> bool:
        return self.chat_id < 0  # Bot API: people's ids are positive

    @property
    def says_drawing(self) -> bool:
        """Whether its card says that it is under way; in a group there may be no edit left."""
        return not self.in_group or self.messages_left > PICTURE + FILE

    @property
    def tells(self) -> Told:
        """What a card says of it while it is under way."""
        if self.cancel_requested:
            return Told.STOPPING
        return Told.DRAWING if self.hold is Hold.NONE else Told.HELD

    @property
    def is_news(self) -> bool:
        """Whether its group is to read that; the picture's own edit is kept for it."""
        if self.tells is Told.DRAWING and not self.says_drawing:
            return False
        return self.tells > self.told and self.messages_left - self.told > PICTURE

    @property
    def brings_file(self) -> bool:
        """Whether the file comes by itself; else there is a button for it."""
        return not self.in_group or self.messages_left - self.told >= PICTURE + FILE


@dataclass(frozen=True, slots=True)
class Picture:
    """One output; ids are Telegram's, and there once the picture or its file is in the chat.

    `file_wanted`: the file comes with the picture, or was asked for.
    """

    order_id: int
    number: int
    url: str
    photo_file_id: str | None
    reply_message_id: int | None
    document_file_id: str | None
    file_wanted: bool = True

    @property
    def file_due(self) -> bool:
        return self.file_wanted and self.document_file_id is None

    @property
    def file_withheld(self) -> bool:
        return not self.file_wanted and self.document_file_id is None


def may_follow(before: OrderState, after: OrderState) -> bool:
    return after in FOLLOWS[before]
