"""The model `photomaker-style`: its styles, its inputs, its trigger word.

Ranges, defaults and the rules of the trigger word are those of the model's public page; how a
prompt is cut into tokens follows the published tokenizer of its text encoder (CLIP).
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MODEL: Final = "photomaker-style"
# Bot API, sendDocument: 50 MB. A 1024 × 1024 PNG has 1 to 3 MB.
MAX_OUTPUT_BYTES: Final = 50 * 1024 * 1024
TRIGGER: Final = "img"
MAX_PHOTOS: Final = 4
MAX_SEED: Final = 2_147_483_647
# The text encoder reads 77 tokens, two of them its own; a word is rarely shorter than a token.
MAX_PROMPT_CHARACTERS: Final = 400
# A token is at least one byte: whatever the script, the trigger word is among those 75.
MAX_BYTES_BEFORE_TRIGGER: Final = 70
MAX_PERSON_CHARACTERS: Final = 30
MAX_PERSON_BYTES: Final = 60


class Style(StrEnum):
    """The values of `style_name`, spelt as the model spells them."""

    NATURAL = "(No style)"
    CINEMATIC = "Cinematic"
    ANIMATED = "Disney Charactor"
    DIGITAL_ART = "Digital Art"
    PHOTO = "Photographic (Default)"
    FANTASY = "Fantasy art"
    NEON = "Neonpunk"
    POLISHED = "Enhance"
    COMIC = "Comic book"
    LOW_POLY = "Lowpoly"
    LINE_ART = "Line art"

    @property
    def key(self) -> str:
        """A short name for callback data and deep links, 1 to 11 characters of a-z and _."""
        return self.name.lower()

    @classmethod
    def from_key(cls, key: str) -> "Style | None":
        return next((style for style in cls if style.key == key), None)


# What is drawn when a person taps a look without a word of their own.
DEFAULT_WORDS: Final[dict[Style, str]] = {
    Style.NATURAL: "portrait, looking at the camera, soft daylight",
    Style.CINEMATIC: "in a rainy city street at night, film still, shallow depth of field",
    Style.ANIMATED: "as the hero of an animated film, warm smile, bright colours",
    Style.DIGITAL_ART: "portrait with glowing light, detailed digital painting",
    Style.PHOTO: "studio portrait, softbox light, neutral background",
    Style.FANTASY: "as a traveller in an enchanted forest, golden light",
    Style.NEON: "in a neon city at night, reflections, futuristic jacket",
    Style.POLISHED: "elegant portrait, crisp detail, soft studio light",
    Style.COMIC: "as a comic book hero, bold ink, dynamic light",
    Style.LOW_POLY: "portrait made of facets, soft gradient background",
    Style.LINE_ART: "portrait, clean confident lines, white background",
}

_PERSON_WORDS: Final = (
    "woman", "man", "person", "girl", "boy", "lady", "guy", "gentleman", "child", "kid", "baby",
    "teenager", "grandmother", "grandfather", "grandma", "grandpa", "mother", "father", "mom",
    "mum", "dad", "bride", "groom", "male", "female", "dude", "human",
)  # fmt: skip
_PERSON: Final = re.compile(rf"\b(?:{'|'.join(_PERSON_WORDS)})\b", re.IGNORECASE)
# The tokenizer splits at every change between letters, digits and signs: `img_1` holds the
# trigger word, `imgur` does not.
_TRIGGER: Final = re.compile(r"(?<![^\W\d_])img(?![^\W\d_])", re.IGNORECASE)
# The published pipeline adds the trigger word to its tokenizer, and an added word is cut out of
# longer words too: to it, `imgur` is `img` and `ur`.
_INSIDE: Final = re.compile(r"(im)(g)", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"^(?:an?|the|my)\s+", re.IGNORECASE)
_CONTINUES: Final = re.compile(
    r"^(?:as|in|on|at|with|wearing|riding|holding|like|from|under|inside|and)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads, and what became of the person's words.

    `shortened` is true where the words were longer than the text encoder reads.
    """

    text: str
    shortened: bool = False


def continues(words: str) -> bool:
    """Whether words go on from somebody's name: "as a knight", "in the rain"."""
    return bool(_CONTINUES.match(words))


def plain(words: str) -> str:
    """Words as one line of ordinary characters: no controls, surrogates or invisible signs."""
    kept = (
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in unicodedata.normalize("NFKC", words.encode("utf-8", "ignore").decode())
        if unicodedata.category(c) != "Cf"
    )
    return " ".join("".join(kept).split())


def without_trigger(words: str) -> str:
    """Words in which no tokenizer finds the trigger word; longer words that hold it are cut."""
    return " ".join(_INSIDE.sub(r"\1 \2", _TRIGGER.sub(" ", words)).split())


def build_prompt(words: str, person: str, style: Style) -> Prompt:
    """A prompt that holds the trigger word once, early, right behind the word for the person.

    Args:
        words: what the person typed, as typed; empty stands for the style's own sentence.
        person: the word for the person ("woman", "old man"), used where the words name none.
        style: decides the words where there are none.
    """
    cleaned = without_trigger(plain(words)) or DEFAULT_WORDS[style]
    text = _with_trigger(cleaned, person_word(person))
    if len(text) <= MAX_PROMPT_CHARACTERS:
        return Prompt(text)
    return Prompt(_shorten(text), shortened=True)


def person_word(typed: str) -> str:
    """A usable word for the person out of what was typed; "person" where nothing is left."""
    word = _ARTICLE.sub("", without_trigger(plain(typed)))[:MAX_PERSON_CHARACTERS]
    word = word.encode()[:MAX_PERSON_BYTES].decode(errors="ignore")
    return word.strip(" ,.;:!?") or "person"


def reads_as_english(words: str) -> bool:
    """False where most letters belong to no English word; emoji and digits don't count."""
    letters = [c for c in plain(words) if c.isalpha()]
    foreign = sum(not c.isascii() for c in letters)
    # Accents occur in English too ("café"); one letter in twelve is more than that.
    return foreign * 12 <= len(letters)


def _with_trigger(words: str, person: str) -> str:
    found = _PERSON.search(words)
    if found and len(words[: found.end()].encode()) <= MAX_BYTES_BEFORE_TRIGGER:
        return f"{words[: found.end()]} {TRIGGER}{words[found.end() :]}"
    article = "an" if person[0].lower() in "aeiou" else "a"
    glue = " " if _CONTINUES.match(words) else ", "
    return f"{article} {person} {TRIGGER}{glue}{words}"


def _shorten(text: str) -> str:
    """The first characters, up to a word's end where the language has such."""
    head = text[: MAX_PROMPT_CHARACTERS + 1]
    at_word = head.rfind(" ")
    return head[: at_word if at_word > MAX_PROMPT_CHARACTERS // 2 else MAX_PROMPT_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that makes a picture, but the photos.

    Raises:
        ValueError: a number outside the model's range.
    """

    words: str = ""
    person: str = "person"
    style: Style = Style.NATURAL
    seed: int = 0
    strength: int = 20
    guidance: float = 5.0
    steps: int = 20
    outputs: int = 1

    def __post_init__(self) -> None:
        _within("seed", self.seed, 0, MAX_SEED)
        _within("style_strength_ratio", self.strength, 15, 50)
        _within("guidance_scale", self.guidance, 1, 10)
        _within("num_steps", self.steps, 1, 100)
        _within("num_outputs", self.outputs, 1, 4)

    @property
    def prompt(self) -> Prompt:
        return build_prompt(self.words, self.person, self.style)

    @property
    def credits(self) -> int:
        """A credit is cost: one quick picture of 20 steps is one."""
        return self.outputs * max(1, -(-self.steps // 20))

    def model_input(self, photo_urls: tuple[str, ...]) -> dict[str, str | int | float]:
        """The `input` of a create: numbers as numbers, photos as input_image, input_image2…

        Raises:
            ValueError: not one to four photos.
        """
        _within("photos", len(photo_urls), 1, MAX_PHOTOS)
        names = ("input_image", "input_image2", "input_image3", "input_image4")
        photos: dict[str, str | int | float] = dict(zip(names, photo_urls, strict=False))
        return photos | {
            "prompt": self.prompt.text,
            "style_name": self.style.value,
            "style_strength_ratio": self.strength,
            "guidance_scale": self.guidance,
            "num_steps": self.steps,
            "num_outputs": self.outputs,
            "seed": self.seed,
        }


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low:g} and {high:g}, not {value:g}")


def new_seed() -> int:
    """Random enough that two orders never have the same: a lost prediction is found by it."""
    return secrets.randbelow(MAX_SEED + 1)
