"""parse_mode Markdown and MarkdownV2. A ValueError says what is wrong, as the real server does."""

import re
from typing import Any

from bot.sandbox.telegram.detection import utf16

Entity = dict[str, Any]

_RESERVED = "_*[]()~`>#+-=|{}.!"
_MARKS = {
    "__": "underline",
    "||": "spoiler",
    "```": "pre",
    "_": "italic",
    "*": "bold",
    "~": "strikethrough",
    "`": "code",
    "![": "custom_emoji",
    "[": "text_link",
}
_NAMES = {  # as the real server spells an entity in its errors
    "underline": "Underline",
    "spoiler": "Spoiler",
    "pre": "Pre",
    "italic": "Italic",
    "bold": "Bold",
    "strikethrough": "Strikethrough",
    "code": "Code",
    "custom_emoji": "CustomEmoji",
    "text_link": "TextUrl",
    "blockquote": "BlockQuote",
}
_ENDS = {"blockquote": "\0", "text_link": "]", "custom_emoji": "]"} | {
    kind: mark for mark, kind in _MARKS.items() if "[" not in mark
}
_LANGUAGE = re.compile(r"([^\s`]+)(?=\s)")


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """The legacy mode: nothing nests."""
    text, entities, at = "", [], 0
    while at < len(source):
        character = source[at]
        if character == "\\" and source[at + 1 : at + 2] in set("_*`["):
            text, at = text + source[at + 1], at + 2
        elif character not in "_*`[":
            text, at = text + character, at + 1
        else:
            inner, entity, at = _legacy_entity(source, at)
            if inner and entity:
                entities.append(entity | {"offset": utf16(text), "length": utf16(inner)})
            text += inner
    return text, entities


def _legacy_entity(source: str, at: int) -> tuple[str, Entity, int]:
    mark = "```" if source.startswith("```", at) else source[at]
    begin = at + len(mark)
    end = source.find("]" if mark == "[" else mark, begin)
    if end < 0:
        raise ValueError(
            f"Can't find end of the entity starting at byte offset {_bytes(source, at)}"
        )
    inner, after = source[begin:end], end + len(mark)
    if mark != "[":
        return inner, {"type": _MARKS[mark]}, after
    url, after = _url(source, after)
    return inner, {"type": "text_link", "url": url} if url else {}, after


def _url(source: str, at: int) -> tuple[str, int]:
    if source[at : at + 1] != "(":
        return "", at
    end = source.find(")", at)
    end = len(source) if end < 0 else end
    return source[at + 1 : end], end + 1


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    parser = _Parser(source)
    parser.run()
    return parser.text, sorted(parser.entities, key=lambda e: (e["offset"], -e["length"]))


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._open: list[tuple[str, int, int]] = []  # kind, place in the source and in the text
        self._language = ""
        self.text = ""
        self.entities: list[Entity] = []

    def run(self) -> None:
        while self._at < len(self._source):
            self._step()
        if self._innermost == "blockquote":
            self._close()
        if self._open:
            kind, begin, _ = self._open[-1]
            raise ValueError(
                f"Can't find end of {_NAMES[kind]} entity at byte offset"
                f" {_bytes(self._source, begin)}"
            )

    def _step(self) -> None:
        character = self._source[self._at]
        following = self._source[self._at + 1 : self._at + 2]
        if character == "\\" and following and ord(following) <= 126:
            self._literal(following, 2)
        elif self._ends_here():
            self._end()
        elif character == "\n":
            self._newline()
        elif character not in ("`" if self._innermost in {"code", "pre"} else _RESERVED):
            self._literal(character, 1)
        else:
            self._begin(character)

    def _ends_here(self) -> bool:
        kind = self._innermost
        if kind == "italic" and self._source.startswith("__", self._at):
            return False  # an underline begins
        return bool(kind) and self._source.startswith(_ENDS[kind], self._at)

    @property
    def _innermost(self) -> str:
        return self._open[-1][0] if self._open else ""

    def _literal(self, character: str, length: int) -> None:
        self.text += character
        self._at += length

    def _newline(self) -> None:
        self._literal("\n", 1)
        if self._innermost == "blockquote" and not self._source.startswith(">", self._at):
            self._close()

    def _begin(self, character: str) -> None:
        if character == ">" and self.text[-1:] in {"", "\n"}:
            self._quote()
            return
        mark = next((m for m in _MARKS if self._source.startswith(m, self._at)), "")
        if not mark:
            raise ValueError(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        self._open.append((_MARKS[mark], self._at, len(self.text)))
        self._at += len(mark)
        if mark == "```":
            self._read_language()

    def _quote(self) -> None:
        if self._innermost != "blockquote":
            self._open.append(("blockquote", self._at, len(self.text)))
        self._at += 1

    def _read_language(self) -> None:
        match = _LANGUAGE.match(self._source, self._at)
        self._language = match[1] if match else ""
        self._at += len(self._language)
        if self._source.startswith("\n", self._at):
            self._at += 1

    def _end(self) -> None:
        self._at += len(_ENDS[self._innermost])
        if self._innermost == "text_link":
            self._close_link()
        elif self._innermost == "custom_emoji":
            self._close_emoji()
        elif self._innermost == "pre" and self._language:
            self._close(language=self._language)
        else:
            self._close()

    def _close_link(self) -> None:
        url = self._target() or self.text[self._open[-1][2] :]
        if "." in url or "://" in url:
            self._close(url=url)
        else:
            self._open.pop()  # a link that leads nowhere is text without a link

    def _close_emoji(self) -> None:
        target = self._target()
        if not target.startswith("tg://emoji?id="):
            raise ValueError("The entity must contain a tg://emoji or tg://time URL")
        self._close(custom_emoji_id=target.removeprefix("tg://emoji?id="))

    def _target(self) -> str:
        if self._source[self._at : self._at + 1] != "(":
            return ""
        match = re.compile(r"\(((?:\\.|[^)\\])*)\)").match(self._source, self._at)
        if match is None:
            begin = _bytes(self._source, self._at + 1)
            raise ValueError(f"Can't find end of a URL at byte offset {begin}")
        self._at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1])

    def _close(self, **details: str) -> None:
        kind, _, begin = self._open.pop()
        offset, length = utf16(self.text[:begin]), utf16(self.text[begin:])
        if length:
            self.entities.append({"type": kind, "offset": offset, "length": length} | details)


def _bytes(source: str, at: int) -> int:
    return len(source[:at].encode())
