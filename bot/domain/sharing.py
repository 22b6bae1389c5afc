"""One's own pictures in any chat: which of them an inline query asks for."""

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.photomaker import Recipe

# Bot API, answerInlineQuery: at most 50 results an answer.
MOST_RESULTS: Final = 50
# How far back words are looked for at a time.
LOOKED_THROUGH: Final = 500

# Of an order's id and a picture's number: small enough for any database.
_KEY: Final = re.compile(r"#?(\d{1,18})-(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Which picture: of which order, and its number. Later ones are greater."""

    order_id: int
    number: int

    def __str__(self) -> str:
        return f"#{self.order_id}-{self.number}"


@dataclass(frozen=True, slots=True)
class OwnPicture:
    """A picture that Telegram keeps as a photo, and what it was drawn from."""

    key: Key
    photo_file_id: str
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer offers; `next_offset` is empty where nothing follows."""

    pictures: tuple[OwnPicture, ...]
    next_offset: str = ""


def key_in(text: str) -> Key | None:
    """The picture that a query or an offset names, if it names one."""
    match = _KEY.fullmatch(text.strip())
    return Key(int(match[1]), int(match[2])) if match else None


def page_of(found: list[OwnPicture], words: str) -> Page:
    """The newest that have all these words, each in its words or its look's name.

    Args: found: newest first, up to `LOOKED_THROUGH`.
    """
    wanted = words.lower().split()
    fitting = [one for one in found if all(word in _about(one.recipe) for word in wanted)]
    shown = tuple(fitting[:MOST_RESULTS])
    if len(fitting) > MOST_RESULTS:
        return Page(shown, str(shown[-1].key))
    return Page(shown, str(found[-1].key) if len(found) >= LOOKED_THROUGH else "")


def _about(recipe: Recipe) -> str:
    return f"{recipe.words} {recipe.style} {recipe.style.key.replace('_', ' ')}".lower()
