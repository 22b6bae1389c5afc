"""What a peer says, and what its calls have in common with the bot's."""

import json
import os
from pathlib import Path

SHEET = Path(__file__).parents[3] / "bot" / "assets" / "looks.jpg"
TOKEN = os.environ.get("TELEGRAM_BOT_TOKEN", "")
API_URL = os.environ.get("TELEGRAM_API_URL", "")

_words = json.loads(os.environ.get("BENCHMARK_WORDS", "{}"))
HELLO: str = _words.get("hello", "")
AGREE: str = _words.get("agree", "")
ASK_PHOTO: str = _words.get("ask_photo", "")
PHOTOS: str = _words.get("photos", "")  # with {count}
WORDS: str = _words.get("words", "")  # with {words}
DRAWING: str = _words.get("drawing", "")  # with {look} and {words}
LOOKS: list[str] = _words.get("looks", [])

# Rows of (label, callback data).
HELLO_BUTTONS = [[(AGREE, "agree")]]


def looks_buttons(photos: int) -> list[list[tuple[str, str]]]:
    """As many as under the bot's card: the looks in threes, and a few more."""
    looks = [(label, f"look:{number}") for number, label in enumerate(LOOKS)]
    rows = [looks[at : at + 3] for at in range(0, len(looks), 3)]
    more = [("Words", "words"), ("Person", "person")]
    return [*rows, more, [(PHOTOS.format(count=photos), "photos"), ("Start over", "over")]]


class Sheet:
    """Uploaded once, by its file_id from then on."""

    file_id: str | None = None
