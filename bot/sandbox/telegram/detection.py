"""Entities that Telegram finds by itself: commands, mentions, hashtags, links."""

import re
from typing import Any

Entity = dict[str, Any]

_PATTERNS = {
    "bot_command": re.compile(
        r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"
    ),
    "mention": re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{4,32}(?!\w)"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
    "url": re.compile(r"(?<!\w)https?://[^\s<>\"]+[^\s<>\".,;:!?)]"),
}
_SIGNS = {"bot_command": "/", "mention": "@", "hashtag": "#", "url": "://"}
_OPAQUE = frozenset({"code", "pre", "text_link", "text_mention"})


def detected(text: str, known: list[Entity]) -> list[Entity]:
    """`known` and what is found beside it, in order; offsets are UTF-16 code units."""
    found = [
        entity
        for kind, pattern in _PATTERNS.items()
        if _SIGNS[kind] in text
        for entity in _matches(kind, pattern, text)
    ]
    taken = [entity for entity in known if entity["type"] in _OPAQUE]
    for entity in found:
        if not any(_overlap(entity, other) for other in taken):
            taken.append(entity)
            known = [*known, entity]
    return sorted(known, key=lambda entity: (entity["offset"], -entity["length"]))


def _matches(kind: str, pattern: re.Pattern[str], text: str) -> list[Entity]:
    return [
        {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match[0])}
        for match in pattern.finditer(text)
    ]


def _overlap(one: Entity, other: Entity) -> bool:
    first, second = sorted((one, other), key=lambda entity: int(entity["offset"]))
    return int(second["offset"]) < int(first["offset"]) + int(first["length"])


def utf16(text: str) -> int:
    """How many UTF-16 code units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
