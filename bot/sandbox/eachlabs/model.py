"""The model's inputs: what it takes, what it refuses, in which words."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SLUG = "photomaker-style"
TRIGGER = "img"
TOKENS_READ = 77  # of the text encoder

STYLES = (
    "(No style)",
    "Cinematic",
    "Disney Charactor",  # the model's own spelling
    "Digital Art",
    "Photographic (Default)",
    "Fantasy art",
    "Neonpunk",
    "Enhance",
    "Comic book",
    "Lowpoly",
    "Line art",
)
PHOTOS = ("input_image", "input_image2", "input_image3", "input_image4")
NEGATIVE_PROMPT = (
    "nsfw, lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, "
    "fewer digits, cropped, worst quality, low quality, normal quality, jpeg artifacts, "
    "signature, watermark, username, blurry"
)


@dataclass(frozen=True)
class Number:
    low: int
    high: int
    default: int | None
    whole: bool = True


NUMBERS: Mapping[str, Number] = {
    "style_strength_ratio": Number(15, 50, 20, whole=False),
    "guidance_scale": Number(1, 10, 5, whole=False),
    "num_steps": Number(1, 100, 20),
    "num_outputs": Number(1, 4, 1),
    "seed": Number(0, 2_147_483_647, None),
}
TEXTS: Mapping[str, str] = {
    "prompt": "A photo of a person img",
    "negative_prompt": NEGATIVE_PROMPT,
}

Problems = list[dict[str, str]]


def request_schema() -> dict[str, Any]:
    """The JSON Schema that `GET /v1/model` shows."""
    properties: dict[str, Any] = {name: {"type": "string", "format": "uri"} for name in PHOTOS}
    for name, words in TEXTS.items():
        properties[name] = {"type": "string", "default": words}
    properties["style_name"] = {"type": "string", "enum": list(STYLES), "default": STYLES[0]}
    for name, number in NUMBERS.items():
        properties[name] = {
            "type": "integer" if number.whole else "number",
            "minimum": number.low,
            "maximum": number.high,
        } | ({} if number.default is None else {"default": number.default})
    properties["disable_safety_checker"] = {"type": "boolean", "default": False}
    return {"type": "object", "required": ["input_image"], "properties": properties}


def problems(given: Mapping[str, Any]) -> Problems:
    """What doesn't fit, one {"field", "message"} each; a create with any is refused with 400."""
    found: Problems = []
    for name, value in given.items():
        message = _problem(name, value)
        if message:
            found.append({"field": name, "message": message})
    if not given.get("input_image"):
        found.append({"field": "input_image", "message": "is required"})
    return found


def _problem(name: str, value: Any) -> str | None:
    if name in PHOTOS:
        return _photo_problem(value)
    if name in NUMBERS:
        return _number_problem(NUMBERS[name], value)
    if name in TEXTS:
        return None if isinstance(value, str) else "must be a string"
    if name == "style_name":
        return None if value in STYLES else f"must be one of {', '.join(STYLES)}"
    if name == "disable_safety_checker":
        return None if isinstance(value, bool) else "must be a boolean"
    return "is not an input of this model"


def _photo_problem(value: Any) -> str | None:
    if value is None or value == "":
        return None
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
        return "must be a URL"
    return None


def _number_problem(number: Number, value: Any) -> str | None:
    if value is None and number.default is None:
        return None
    kind = "an integer" if number.whole else "a number"
    read = _number(value)
    if read is None or (number.whole and read != int(read)):
        return f"must be {kind}"
    if not number.low <= read <= number.high:
        return f"must be between {number.low} and {number.high}"
    return None


def _number(value: Any) -> float | None:
    """A number, or one written as a string: the page's own example sends strings."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except ValueError:
        return None
    return read if math.isfinite(read) else None


def complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """The checked input with numbers as numbers and every default in its place."""
    whole: dict[str, Any] = {"style_name": STYLES[0], **TEXTS, **given}
    for name, number in NUMBERS.items():
        read = _number(given.get(name))
        value = number.default if read is None else read
        whole[name] = int(value) if number.whole and value is not None else value
    whole["photos"] = [given[name] for name in PHOTOS if given.get(name)]
    return whole


def complaint(inputs: Mapping[str, Any]) -> str | None:
    """The model's own error about completed inputs, which ends a prediction in `error`."""
    triggers = tokens(inputs["prompt"])[:TOKENS_READ].count(TRIGGER)
    if triggers == 0:
        return f"Cannot find the trigger word '{TRIGGER}' in text prompt!"
    if tokens(inputs["prompt"]).count(TRIGGER) > 1:
        return f"Cannot use multiple trigger words '{TRIGGER}' in text prompt!"
    if TRIGGER in tokens(inputs["negative_prompt"]):
        return f"Cannot use trigger word '{TRIGGER}' in negative prompt!"
    return None


def tokens(text: str) -> list[str]:
    """Lower-cased words, single digits, runs of the rest: how CLIP's tokenizer first cuts a text.

    It cuts long words further, so there are at least this many tokens.
    """
    return re.findall(r"[^\W\d_]+|\d|[^\s\w]+|_+", text.lower())
