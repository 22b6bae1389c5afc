"""Updates as they come in, taken apart so that one strange update hides none of the others."""

import json
import re
from dataclasses import dataclass
from typing import Final

from bot.errors import OutcomeUnknown

# How each update begins (Bot API server); within a string its quotes would be escaped.
_BEGINNING: Final = re.compile(rb'\{\s*"update_id"\s*:\s*(\d{1,18})\s*[,}]')
# Enough to see what it was.
_KEPT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Undecodable:
    """An update that is no JSON, or is nested too deeply; `text` is what came."""

    update_id: int
    text: str


def updates_in(payload: bytes) -> list[object]:
    """What `getUpdates` answered: JSON values, and an `Undecodable` for whatever is none.

    Raises:
        OutcomeUnknown: no update can be made out in it.
    """
    try:
        result = json.loads(payload)["result"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return _one_by_one(payload)
    return result if isinstance(result, list) else []


def update_in(payload: bytes) -> object:
    """What a webhook was sent: a JSON value, an `Undecodable`, or None where it is no update."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return _one(payload) if _BEGINNING.match(payload) else None


def _one_by_one(payload: bytes) -> list[object]:
    begin = [match.start() for match in _BEGINNING.finditer(payload)]
    if not begin:
        raise OutcomeUnknown("an answer that is no batch of updates")
    ends = [*begin[1:], len(payload)]
    return [_one(payload[at:end]) for at, end in zip(begin, ends, strict=True)]


def _one(piece: bytes) -> object:
    text = piece.decode(errors="replace")
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        match = _BEGINNING.match(piece)
        assert match is not None
        return Undecodable(int(match[1]), text[:_KEPT])
