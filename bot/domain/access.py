"""Who may order, and how much: credits, caps and the day's budget.

A cap of None is no cap; a cap of 0 allows nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

# The model's page: about $0.00108 a second of `predict_time`.
USD_PER_SECOND = 0.00108


class Cap(StrEnum):
    """Which cap stands in the way."""

    CLOSED_CHAT = "closed_chat"
    AT_A_TIME = "at_a_time"
    PERSON = "person"
    CHAT = "chat"
    MEMBER = "member"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Caps:
    """What the operator allows. Credits and USD are for a day of UTC.

    `credits_per_member` are a person's in this one chat, where its admins set a cap.
    """

    credits_per_person: int | None = 5
    credits_per_chat: int | None = 30
    budget_usd: float | None = 2.0
    allowed_chats: frozenset[int] | None = None
    at_a_time: int = 2
    credits_per_member: int | None = None

    def closed_to(self, chat_id: int) -> bool:
        """Nothing is ever drawn there, today or tomorrow."""
        allowed = self.allowed_chats is None or chat_id in self.allowed_chats
        nothing = chat_id < 0 and self.credits_per_chat == 0  # Bot API: people's ids are positive
        return not allowed or nothing or 0 in {self.credits_per_person, self.budget_usd}


@dataclass(frozen=True, slots=True)
class Usage:
    """What has been spent or promised since the day began."""

    person_credits: int = 0
    chat_credits: int = 0
    spent_usd: float = 0.0
    unfinished: int = 0
    member_credits: int = 0


def refuse(caps: Caps, usage: Usage, *, chat_id: int, credits_: int, usd: float) -> Cap | None:
    """The first cap that an order of so many credits and expected USD would break, if any."""
    if caps.allowed_chats is not None and chat_id not in caps.allowed_chats:
        return Cap.CLOSED_CHAT
    if usage.unfinished >= caps.at_a_time:
        return Cap.AT_A_TIME
    in_group = chat_id < 0  # Bot API: people's ids are positive
    broken = {
        Cap.PERSON: _over(caps.credits_per_person, usage.person_credits + credits_),
        Cap.CHAT: in_group and _over(caps.credits_per_chat, usage.chat_credits + credits_),
        Cap.MEMBER: in_group and _over(caps.credits_per_member, usage.member_credits + credits_),
        Cap.BUDGET: _over(caps.budget_usd, usage.spent_usd + usd),
    }
    return next((cap for cap, over in broken.items() if over), None)


def expected_usd(seconds: float, credits_: int) -> float:
    """The cost to reckon with before it is known; seconds are those of one credit's picture."""
    return seconds * credits_ * USD_PER_SECOND


def day_began(now: float) -> float:
    """Unix time of the UTC midnight before `now`."""
    return _midnight(now).timestamp()


def seconds_to_midnight(now: float) -> float:
    """Until the caps open again."""
    return (_midnight(now) + timedelta(days=1)).timestamp() - now


def _midnight(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _over(cap: float | None, value: float) -> bool:
    return cap is not None and value > cap + 1e-9
