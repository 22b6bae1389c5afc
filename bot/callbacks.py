"""What a button says to the bot, packed into Telegram's 64 bytes and out again.

Nothing in it is believed: whoever taps is compared with the row that it names.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Generic, TypeVar


class DraftAction(StrEnum):
    """Taps on the card of a draft; what stands behind the colon is the argument."""

    AGREE = "ok"
    AGREE_PROFILE = "okp"
    PROFILE = "pp"
    LATEST = "lp"
    LOOK = "l"
    PAGE = "pg"
    IDEA = "i"
    SURPRISE = "s"
    NO_WORDS = "nw"
    PERSON = "p"
    OWN_WORD = "ow"
    ACCEPT = "a"
    DROP_PHOTOS = "dp"
    START_OVER = "x"


class GroupAction(StrEnum):
    """Taps on the card of a draft in a group."""

    AGREE = "ok"
    FINE = "yes"
    PROFILE = "pp"
    LOOK = "l"
    DRAW = "go"
    NO = "no"


class RoundAction(StrEnum):
    """Taps on the card of a round."""

    LOOK = "l"
    JOIN = "in"
    LEAVE = "out"
    FINISH = "fin"
    MINE = "me"
    PHOTO = "ph"
    YES = "yes"
    NO = "no"


class OrderAction(StrEnum):
    """Taps on the card of an order."""

    CANCEL = "c"
    AGAIN = "a"
    MORE_LIKE_ME = "m"
    OTHER_LOOK = "o"
    WORDS = "w"
    MENU = "pg"
    FINER = "f"
    STRONGER = "s"
    FOUR = "4"
    TURN = "t"
    FILE = "png"
    DELETE = "d"


class ChatAction(StrEnum):
    """Taps under the hello in a group, under what the operator hears of it, on its settings."""

    DRAW_ALL = "all"
    HOW = "how"
    ALLOW = "ok"
    TEN = "ten"
    LEAVE = "bye"
    ON = "on"
    WHO = "who"
    CAP = "cap"
    MEMBER_CAP = "mcap"
    FILES = "file"
    TOPIC = "top"
    TIDY = "tidy"
    CLOSE = "x"


Action = TypeVar("Action", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Tap(Generic[Action]):
    """A button's words to the bot; `number` is the id of the row that it names."""

    kind: ClassVar[str]

    number: int
    action: Action
    argument: str = ""

    def pack(self) -> str:
        data = f"{self.kind}{self.number}:{self.action}"
        return f"{data}:{self.argument}" if self.argument else data


class DraftTap(Tap[DraftAction]):
    """On the card of a draft in private."""

    kind = "d"

    @property
    def draft_id(self) -> int:
        return self.number


class GroupTap(Tap[GroupAction]):
    """On the card of a draft in a group."""

    kind = "g"

    @property
    def draft_id(self) -> int:
        return self.number


class OrderTap(Tap[OrderAction]):
    """On the card of an order."""

    kind = "o"

    @property
    def order_id(self) -> int:
        return self.number


class RoundTap(Tap[RoundAction]):
    """On the card of a round."""

    kind = "r"

    @property
    def round_id(self) -> int:
        return self.number


class ChatTap(Tap[ChatAction]):
    """On what is said of a group; its number is ours, and stays when it becomes a supergroup."""

    kind = "c"

    @property
    def about(self) -> int:
        return self.number


AnyTap = DraftTap | GroupTap | OrderTap | RoundTap | ChatTap

_DATA: Final = re.compile(r"([cdgor])(\d{1,18}):([a-z0-9]{1,4})(?::([\w-]{0,30}))?", re.ASCII)


_TAPS: Final[dict[str, Callable[[int, str, str], AnyTap]]] = {
    DraftTap.kind: lambda number, action, more: DraftTap(number, DraftAction(action), more),
    GroupTap.kind: lambda number, action, more: GroupTap(number, GroupAction(action), more),
    OrderTap.kind: lambda number, action, more: OrderTap(number, OrderAction(action), more),
    RoundTap.kind: lambda number, action, more: RoundTap(number, RoundAction(action), more),
    ChatTap.kind: lambda number, action, more: ChatTap(number, ChatAction(action), more),
}


def unpack(data: str) -> AnyTap | None:
    """What was tapped; None for data that no button of ours holds."""
    match = _DATA.fullmatch(data)
    if match is None:
        return None
    kind, number, action, argument = match.groups()
    try:
        return _TAPS[kind](int(number), action, argument or "")
    except ValueError:
        return None
