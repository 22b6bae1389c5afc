"""parse_mode HTML. A ValueError says what is wrong, in the real server's words."""

import re
from typing import Any

from bot.sandbox.telegram.detection import utf16

Entity = dict[str, Any]

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_START = re.compile(r"<([^\s>/]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_END = re.compile(r"</([^\s>]*)\s*>")
_ATTRIBUTE = re.compile(r"([^\s=>/\"']+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9.\-]*))?")
_ESCAPE = re.compile(r"&(?:(lt|gt|amp|quot)\b;?|#(\d{1,7});?|#x([0-9a-fA-F]{1,6});?)")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


def parse_html(source: str) -> tuple[str, list[Entity]]:
    parser = _Parser(source)
    parser.run()
    return parser.text, sorted(parser.entities, key=lambda e: (e["offset"], -e["length"]))


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._open: list[tuple[str, dict[str, str], int, int]] = []
        self.text = ""
        self.entities: list[Entity] = []

    def run(self) -> None:
        while self._at < len(self._source):
            if self._source.startswith("</", self._at):
                self._end_tag()
            elif self._source[self._at] == "<":
                self._start_tag()
            else:
                self._characters()
        if self._open:
            tag = self._open[-1][0]
            raise ValueError(f'Can\'t find end tag corresponding to start tag "{tag}"')

    def _characters(self) -> None:
        end = self._source.find("<", self._at)
        end = len(self._source) if end < 0 else end
        self.text += _unescaped(self._source[self._at : end])
        self._at = end

    def _start_tag(self) -> None:
        match = _START.match(self._source, self._at)
        if match is None:
            raise ValueError(f"Unclosed start tag at byte offset {self._byte}")
        tag = match[1].lower()
        if tag not in _KINDS:
            raise ValueError(f'Unsupported start tag "{tag}" at byte offset {self._byte}')
        attributes = {
            name.lower(): _unescaped(value.strip("\"'"))
            for name, value in _ATTRIBUTE.findall(match[2])
        }
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise ValueError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte}')
        self._open.append((tag, attributes, utf16(self.text), len(self.text)))
        self._at = match.end()

    def _end_tag(self) -> None:
        if not self._open:
            raise ValueError(f"Unexpected end tag at byte offset {self._byte}")
        match = _END.match(self._source, self._at)
        if match is None:
            raise ValueError(f"Unclosed end tag at byte offset {self._byte}")
        tag, attributes, offset, begin = self._open.pop()
        found = match[1].lower()
        if found and found != tag:
            raise ValueError(
                f"Unmatched end tag at byte offset {self._byte},"
                f' expected "</{tag}>", found "</{found}>"'
            )
        self._at = match.end()
        length = utf16(self.text) - offset
        if length:
            self._close(tag, attributes, {"offset": offset, "length": length}, begin)

    def _close(self, tag: str, attributes: dict[str, str], where: Entity, begin: int) -> None:
        entity = {"type": _KINDS[tag]} | where
        if tag == "a":
            self._link(entity, attributes.get("href") or self.text[begin:])
            return
        if tag == "pre" and self._language_of_last(where):
            return
        self.entities.append(entity | _details(tag, attributes))

    def _link(self, entity: Entity, url: str) -> None:
        # A link that leads nowhere is text without a link.
        if "." in url or "://" in url:
            whole = url if "://" in url else f"http://{url}/"
            self.entities.append(entity | {"url": whole})

    def _language_of_last(self, where: Entity) -> bool:
        """<pre><code class="language-x"> is one entity."""
        last = self.entities[-1] if self.entities else {}
        if "language" not in last or (last["offset"], last["length"]) != tuple(where.values()):
            return False
        last["type"] = "pre"
        return True

    @property
    def _byte(self) -> int:
        return len(self._source[: self._at].encode())


def _details(tag: str, attributes: dict[str, str]) -> Entity:
    language = attributes.get("class", "").removeprefix("language-")
    if tag == "code" and language:
        return {"language": language}
    if tag == "tg-emoji":
        if not attributes.get("emoji-id", "").isdigit():
            raise ValueError("Invalid custom emoji identifier specified")
        return {"custom_emoji_id": attributes["emoji-id"]}
    if tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    if tag == "tg-time" and attributes.get("unix", "").isdigit():
        return {"unix_time": int(attributes["unix"])}
    return {}


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    if match[1]:
        return _NAMED[match[1]]
    code = int(match[2]) if match[2] else int(match[3], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]
