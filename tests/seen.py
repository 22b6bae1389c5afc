"""What is looked for among the messages that somebody sees."""

from typing import Any

Json = Any


def newest_button(sees: list[Json], label: str, on: Json) -> tuple[int, str] | None:
    for message in reversed(sees):
        if on is not None and message["message_id"] != on["message_id"]:
            continue
        for row in message.get("keyboard", []):
            for button in row:
                if label in button["text"]:
                    return message["message_id"], button["text"]
    return None


def is_card(message: Json, words: str) -> bool:
    # In a group others write, too, and things happen.
    bots = message["from"]["is_bot"] and "service" not in message
    return bots and not message["outgoing"] and words in text_of(message)


def is_from_bot(message: Json, words: str) -> bool:
    return is_card(message, words)


def files_of(sees: list[Json]) -> list[Json]:
    return [m for m in sees if "document" in m and is_card(m, "")]


def text_of(message: Json) -> str:
    return str(message.get("caption") or message.get("text") or "")


def line_of(message: Json) -> str:
    kinds = [kind for kind in ("photo", "document") if kind in message]
    who = ">" if message["outgoing"] else "<"
    labels = [b["text"] for row in message.get("keyboard", []) for b in row]
    return f"{who} #{message['message_id']} {kinds} {text_of(message)!r} {labels}"
