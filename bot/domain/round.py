"""A round: the avatar of a whole group, which grows face by face.

asking ──► open ──► finished
   └────────┴─────► ended       nobody is in it, or the bot had to leave
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.domain.order import Failure, Hold, OrderState
from bot.domain.photomaker import Style

# The command itself, without its slash.
GROUP_AVATAR: Final = "groupavatar"
# What Telegram's round crop of a chat photo leaves room for, and what a poster has room for.
MOST_IN_CIRCLE: Final = 9
MOST_FACES: Final = 25
OPEN_SECONDS: Final = timedelta(days=1).total_seconds()
# Nobody waits longer for somebody who began a round and taps no look.
UNDECIDED_SECONDS: Final = timedelta(minutes=10).total_seconds()
# A photo that comes later than this after the link is one of their own affairs.
SELFIE_SECONDS: Final = timedelta(minutes=15).total_seconds()


class RoundState(StrEnum):
    ASKING = "asking"
    OPEN = "open"
    FINISHED = "finished"
    ENDED = "ended"


class Question(StrEnum):
    """What a finished round's card is about, beside its picture."""

    NONE = ""
    PHOTO = "photo"
    RIGHT = "right"
    SETTING = "setting"
    DONE = "done"


class MemberState(StrEnum):
    """`asked` has been told what happens to some photo, and has agreed to nothing yet."""

    ASKED = "asked"
    DRAWING = "drawing"
    DRAWN = "drawn"
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Round:
    """One round, as its row says. Times are Unix seconds.

    `user_id` is the starter, 0 for an anonymous administrator. `hold` is why its drawings wait.
    `composed` are the orders whose faces the card shows, `file_id` is that picture at Telegram.
    `command` is the message that began it, until its end was cheered there. `shown_at` is when the
    card was last changed. Somebody waits for what came with `urgent_version`.
    """

    id: int
    chat_id: int
    thread_id: int
    user_id: int
    name: str
    title: str
    words: str
    look: Style | None
    state: RoundState
    question: Question
    hold: Hold
    composed: str
    file_id: str | None
    command: int | None
    card_message_id: int | None
    version: int
    rendered_version: int
    urgent_version: int
    shown_at: float
    opened_at: float
    closes_at: float

    @property
    def under_way(self) -> bool:
        return self.state in {RoundState.ASKING, RoundState.OPEN}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a round. `told`: what happens with their profile photo, and not with a selfie
    alone; `failure` is why their drawing failed, where that is known; `file_message_id` is where
    their PNG goes, in their private chat.
    """

    round_id: int
    user_id: int
    name: str
    state: MemberState
    told: bool = False
    order_id: int | None = None
    failure: Failure | None = None
    joined_at: float = 0.0
    selfie_until: float = 0.0
    wants_file: bool = False
    file_message_id: int | None = None

    @property
    def is_in(self) -> bool:
        return self.state in {MemberState.DRAWING, MemberState.DRAWN}


class Begin(StrEnum):
    """What a command means for the round that is there, if one is."""

    NEW = "new"
    INSTEAD = "instead"
    OWN = "own"
    UNDECIDED = "undecided"
    OPEN = "open"


def begin(current: Round | None, user_id: int, now: float) -> Begin:
    """Args: current: the chat's round that is under way; user_id: 0 for an anonymous admin."""
    if current is None:
        return Begin.NEW
    if current.state is RoundState.OPEN:
        return Begin.OPEN
    if now - current.opened_at > UNDECIDED_SECONDS:
        return Begin.INSTEAD
    return Begin.OWN if current.user_id == user_id else Begin.UNDECIDED


class Join(StrEnum):
    """What `Put me in` comes to."""

    TELL = "tell"
    DRAW = "draw"
    ALREADY = "already"
    FULL = "full"
    OVER = "over"


def join(round_: Round, members: Sequence[Member], user_id: int) -> Join:
    """The first tap tells what happens, the second one agrees; whoever left begins anew."""
    if round_.state is not RoundState.OPEN:
        return Join.OVER
    mine = member_of(members, user_id)
    if mine is not None and mine.is_in:
        return Join.ALREADY
    if sum(member.is_in for member in members) >= MOST_FACES:
        return Join.FULL
    return Join.DRAW if mine is not None and mine.told else Join.TELL


def join_by_selfie(round_: Round, members: Sequence[Member], user_id: int) -> Join:
    """By the link everything is told beforehand, so that only a photo is to come."""
    found = join(round_, members, user_id)
    return Join.DRAW if found is Join.TELL else found


def told(member: Member) -> Member:
    """After the first tap. A selfie may still come instead."""
    is_out = member.state is MemberState.LEFT
    return replace(member, told=True, state=MemberState.ASKED if is_out else member.state)


def drawing(member: Member, order_id: int, now: float) -> Member:
    """Whoever has agreed is in from now on, be it once more."""
    return replace(
        member,
        state=MemberState.DRAWING,
        order_id=order_id,
        failure=None,
        joined_at=now,
        selfie_until=0.0,
    )


def gone(member: Member) -> Member:
    """Whoever left; to come back they are told everything anew."""
    return replace(member, state=MemberState.LEFT, told=False, wants_file=False, selfie_until=0.0)


def awaits_selfie(round_: Round, member: Member, now: float) -> bool:
    return round_.state is RoundState.OPEN and not member.is_in and now < member.selfie_until


def may_run(round_: Round, user_id: int, *, is_admin: bool) -> bool:
    """Who finishes a round; an anonymous administrator's belongs to all of them."""
    return is_admin or is_starter(round_, user_id)


def is_starter(round_: Round, user_id: int) -> bool:
    return round_.user_id == user_id != 0


def finished(round_: Round, members: Iterable[Member]) -> RoundState:
    """What comes of a round that is closed now; faces that are being drawn still join."""
    anybody = any(member.is_in for member in members)
    return RoundState.FINISHED if round_.look and anybody else RoundState.ENDED


def ending(round_: Round, members: Iterable[Member], now: float) -> RoundState | None:
    """What it comes to without anybody's tap, at the end of its day or when the last face of a
    finished one failed or left; None where it stays as it is.
    """
    is_due = round_.under_way and round_.closes_at <= now
    if not is_due and round_.state is not RoundState.FINISHED:
        return None
    found = finished(round_, members)
    return None if found is round_.state else found


def is_whole(round_: Round, members: Sequence[Member]) -> bool:
    """Whether it is finished, and everybody's face is there."""
    waits = any(member.state is MemberState.DRAWING for member in members)
    return round_.state is RoundState.FINISHED and bool(faces(members)) and not waits


def settled(member: Member, order: OrderState) -> MemberState:
    """What somebody's order has come to, for their place in the round."""
    if member.state is not MemberState.DRAWING or not order.over:
        return member.state
    return MemberState.DRAWN if order is OrderState.DELIVERED else MemberState.FAILED


def after_change(question: Question, changed: Iterable[MemberState]) -> Question:
    """Of the card: where a face came or went, the group's photo is an older picture now.

    Args: changed: what those have become who came, and were who went.
    """
    is_older = question is Question.DONE and MemberState.DRAWN in changed
    return Question.NONE if is_older else question


def held_by(holds: Iterable[Hold]) -> Hold:
    """What its card says of orders that wait; a look after one of them is that one's affair."""
    found = set(holds)
    return next((it for it in (Hold.RESTING, Hold.PROVIDER_DOWN) if it in found), Hold.NONE)


def member_of(members: Iterable[Member], user_id: int) -> Member | None:
    return next((member for member in members if member.user_id == user_id), None)


def faces(members: Iterable[Member]) -> list[Member]:
    """Whose faces the picture shows, in the order in which they came."""
    drawn = [member for member in members if member.state is MemberState.DRAWN]
    return sorted(drawn, key=lambda member: (member.joined_at, member.user_id))[:MOST_FACES]


def needs_smaller(members: Iterable[Member]) -> bool:
    """Whether the picture on the card is a poster, which a chat photo's crop would cut."""
    return len(faces(members)) > MOST_IN_CIRCLE


def signature(shown: Iterable[Member]) -> str:
    """Of a picture: whose faces, by their orders."""
    return ",".join(str(member.order_id) for member in shown)


def due_at(round_: Round, pause: float) -> float | None:
    """When the card is to be changed, if it is behind; what somebody waits for goes at once.

    Args: pause: seconds between two changes that merely add a face or a name.
    """
    if round_.version <= round_.rendered_version:
        return None
    return 0.0 if round_.urgent_version > round_.rendered_version else round_.shown_at + pause
