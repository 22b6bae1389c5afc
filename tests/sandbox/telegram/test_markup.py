"""Texts and their entities."""

from typing import Any

import pytest

from bot.sandbox.telegram.errors import Refused
from bot.sandbox.telegram.text import caption_text, message_text, plain_text

BROKEN = [
    ("HTML", "<b>bold", 'Can\'t find end tag corresponding to start tag "b"'),
    ("HTML", "a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
    ("HTML", "é < b", "Unclosed start tag at byte offset 3"),
    ("HTML", "a</b>", "Unexpected end tag at byte offset 1"),
    (
        "HTML",
        "<b>a</i>",
        'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
    ),
    ("HTML", "<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("Markdown", "a *b", "Can't find end of the entity starting at byte offset 2"),
    ("Markdown", "é_b", "Can't find end of the entity starting at byte offset 2"),
    ("MarkdownV2", "a *b", "Can't find end of Bold entity at byte offset 2"),
    ("MarkdownV2", "a.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
    ("MarkdownV2", "[a](b", "Can't find end of a URL at byte offset 4"),
]


@pytest.mark.parametrize(("mode", "text", "reason"), BROKEN)
def test_broken_markup(mode: str, text: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        message_text(text, mode, [])
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


PARSED: list[tuple[str, str, str, list[dict[str, Any]]]] = [
    ("HTML", "<b>a</b> &lt;3", "a <3", [{"type": "bold", "offset": 0, "length": 1}]),
    (
        "HTML",
        "👋 <i>x <u>y</u></i>",
        "👋 x y",
        [
            {"type": "italic", "offset": 3, "length": 3},
            {"type": "underline", "offset": 5, "length": 1},
        ],
    ),
    (
        "HTML",
        '<a href="https://a.example/?a=1&amp;b=2">here</a>',
        "here",
        [{"type": "text_link", "offset": 0, "length": 4, "url": "https://a.example/?a=1&b=2"}],
    ),
    (
        "HTML",
        '<pre><code class="language-python">x</code></pre>',
        "x",
        [{"type": "pre", "offset": 0, "length": 1, "language": "python"}],
    ),
    (
        "HTML",
        "<blockquote expandable>x</blockquote>",
        "x",
        [{"type": "expandable_blockquote", "offset": 0, "length": 1}],
    ),
    ("Markdown", "a *b* \\_", "a b _", [{"type": "bold", "offset": 2, "length": 1}]),
    (
        "MarkdownV2",
        "*a _b_* \\. `c`",
        "a b . c",
        [
            {"type": "bold", "offset": 0, "length": 3},
            {"type": "italic", "offset": 2, "length": 1},
            {"type": "code", "offset": 6, "length": 1},
        ],
    ),
    (
        "MarkdownV2",
        "[a](https://a.example/\\))",
        "a",
        [{"type": "text_link", "offset": 0, "length": 1, "url": "https://a.example/)"}],
    ),
    (
        "MarkdownV2",
        ">a\n>b\nc",
        "a\nb\nc",
        [{"type": "blockquote", "offset": 0, "length": 4}],
    ),
    (
        "MarkdownV2",
        "__a__ _b_",
        "a b",
        [
            {"type": "underline", "offset": 0, "length": 1},
            {"type": "italic", "offset": 2, "length": 1},
        ],
    ),
]


@pytest.mark.parametrize(("mode", "source", "text", "entities"), PARSED)
def test_markup(mode: str, source: str, text: str, entities: list[dict[str, Any]]) -> None:
    formatted = message_text(source, mode, [])
    assert (formatted.text, formatted.entities) == (text, entities)


def test_lengths_are_counted_after_parsing_in_utf16() -> None:
    assert message_text(f"<b>{'a' * 4096}</b>", "HTML", []).text == "a" * 4096
    with pytest.raises(Refused, match="message is too long"):
        message_text("👋" * 2049, None, [])
    assert caption_text("👋" * 512, None, []).text
    with pytest.raises(Refused, match="message caption is too long"):
        caption_text("a" * 1025, None, [])


@pytest.mark.parametrize("text", [" ", "\n\n", "\u200b", "\x00\x01"])
def test_nothing_to_see_is_empty(text: str) -> None:
    with pytest.raises(Refused, match="text must be non-empty"):
        message_text(text, None, [])


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(Refused, match="unsupported parse_mode"):
        message_text("a", "BBCode", [])


def test_given_entities_are_trimmed_with_the_text() -> None:
    bold = {"type": "bold", "offset": 2, "length": 5}
    formatted = message_text("  abc  ", None, [bold])
    assert (formatted.text, formatted.entities) == (
        "abc",
        [{"type": "bold", "offset": 0, "length": 3}],
    )


def test_an_entity_past_the_end_is_refused() -> None:
    with pytest.raises(Refused, match="ends after the end of the text at UTF-16 offset 9"):
        message_text("abc", None, [{"type": "bold", "offset": 0, "length": 9}])


def test_what_telegram_finds_by_itself() -> None:
    text = "👋 /start@sandbox_bot @somebody #tag https://a.example/x. a/b"
    found = plain_text(text).entities
    units = text.encode("utf-16-le")
    assert [
        (entity["type"], units[2 * entity["offset"] :][: 2 * entity["length"]].decode("utf-16-le"))
        for entity in found
    ] == [
        ("bot_command", "/start@sandbox_bot"),
        ("mention", "@somebody"),
        ("hashtag", "#tag"),
        ("url", "https://a.example/x"),
    ]


def test_nothing_is_found_within_code() -> None:
    code = {"type": "code", "offset": 0, "length": 6}
    assert message_text("/start", None, [code]).entities == [code]
