"""A message's text as Telegram keeps it: parsed, cleaned, trimmed, with its entities."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram.detection import detected, utf16
from bot.sandbox.telegram.errors import Refused
from bot.sandbox.telegram.markup_html import parse_html
from bot.sandbox.telegram.markup_markdown import parse_markdown, parse_markdown_v2

Entity = dict[str, Any]

# Bot API, in UTF-16 code units after the entities are parsed.
LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u2028-\u202e]")
_UNSEEN = " \t\n\r\u00a0\u200b\u200c\u200d\u2060\ufeff"
_PARSERS = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}


@dataclass(frozen=True, slots=True)
class FormattedText:
    text: str = ""
    entities: list[Entity] = field(default_factory=list)


EMPTY = FormattedText()


def message_text(text: str, parse_mode: str | None, entities: list[Entity]) -> FormattedText:
    """Raises Refused if it is empty, too long or can't be parsed."""
    if not text:
        raise Refused("message text is empty")
    formatted = _formatted(text, parse_mode, entities)
    if not formatted.text.strip(_UNSEEN):
        raise Refused("text must be non-empty")
    if utf16(formatted.text) > LONGEST_TEXT:
        raise Refused("message is too long")
    return formatted


def caption_text(text: str | None, parse_mode: str | None, entities: list[Entity]) -> FormattedText:
    """Raises Refused if it is too long or can't be parsed."""
    if not text:
        return EMPTY
    formatted = _formatted(text, parse_mode, entities)
    if utf16(formatted.text) > LONGEST_CAPTION:
        raise Refused("message caption is too long")
    return formatted


def plain_text(text: str) -> FormattedText:
    """What somebody typed: commands, mentions and links are found in it."""
    return _trimmed(text, [])


def _formatted(text: str, parse_mode: str | None, entities: list[Entity]) -> FormattedText:
    mode = (parse_mode or "none").lower()
    if mode == "none":
        _check_ranges(text, entities)
        return _trimmed(text, [entity for entity in entities if entity["length"] > 0])
    if mode not in _PARSERS:
        raise Refused("unsupported parse_mode")
    try:
        return _trimmed(*_PARSERS[mode](text))
    except ValueError as error:
        raise Refused(f"can't parse entities: {error}") from None


def _check_ranges(text: str, entities: list[Entity]) -> None:
    length = utf16(text)
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start < 0:
            raise Refused(f"receive an entity with incorrect offset {start}")
        if end > length:
            raise Refused(
                f"entity beginning at UTF-16 offset {start} ends after the end of the text"
                f" at UTF-16 offset {end}"
            )


def _trimmed(text: str, entities: list[Entity]) -> FormattedText:
    cleaned = _CONTROL.sub(" ", text.replace("\r", " " if entities else ""))
    text = cleaned.rstrip().lstrip(" \n")
    cut = len(cleaned.rstrip()) - len(text)  # one UTF-16 unit each: only spaces and newlines
    end = utf16(text)
    kept = [_moved(entity, cut, end) for entity in entities]
    return FormattedText(text, detected(text, [entity for entity in kept if entity["length"] > 0]))


def _moved(entity: Entity, cut: int, end: int) -> Entity:
    start = max(0, entity["offset"] - cut)
    stop = min(end, entity["offset"] + entity["length"] - cut)
    return entity | {"offset": start, "length": stop - start}
