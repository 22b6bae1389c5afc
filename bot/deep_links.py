"""Links of t.me that open a chat with the bot, and what the bot is then told (Telegram, "Deep
links"): /start and an argument, of up to 64 letters, digits, "_" and "-".
"""

from enum import StrEnum


class Start(StrEnum):
    """What an argument begins with; what follows names the row, the look or the secret."""

    LOOK = "look-"
    ERRAND = "ask-"
    SELFIE = "selfie-"
    MINE = "mine-"
    CLAIM = "claim-"
    # In a group: the bot was given a right there.
    PHOTO = "photo-"

    def of(self, argument: str) -> str | None:
        """What follows in an argument of this kind; None for another one."""
        return argument.removeprefix(self) if argument.startswith(self) else None

    def number(self, argument: str) -> int | None:
        """The same for the ids of rows, which are what a database's integer holds."""
        digits = self.of(argument) or ""
        whole = digits.isascii() and digits.isdecimal() and len(digits) <= 18
        return int(digits) if whole else None


def private(bot_name: str, start: Start, what: object) -> str:
    """Opens the private chat."""
    return f"https://t.me/{bot_name}?start={start}{what}"


def group_right(bot_name: str, start: Start, what: object, right: str) -> str:
    """Asks in which group the bot is to have this administrator's right."""
    return f"https://t.me/{bot_name}?startgroup={start}{what}&admin={right}"
