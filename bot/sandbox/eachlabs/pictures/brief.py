"""What a picture is to be, read from a prediction's completed input."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Colour = tuple[int, int, int]  # blue, green, red: OpenCV's order

# Words that name a place or a colour give the backdrop its colours: top, bottom, accent.
SCENES: Mapping[str, tuple[Colour, Colour, Colour]] = {
    "space": ((42, 14, 10), (96, 34, 58), (255, 205, 150)),
    "night": ((48, 20, 12), (92, 52, 40), (190, 220, 255)),
    "forest": ((52, 74, 34), (96, 140, 92), (150, 235, 215)),
    "beach": ((226, 176, 96), (160, 212, 238), (190, 240, 255)),
    "sea": ((150, 96, 30), (206, 178, 96), (235, 240, 190)),
    "ocean": ((150, 96, 30), (206, 178, 96), (235, 240, 190)),
    "snow": ((216, 190, 160), (246, 238, 228), (255, 250, 240)),
    "city": ((84, 52, 44), (120, 104, 150), (140, 205, 255)),
    "desert": ((178, 156, 110), (110, 160, 218), (160, 225, 255)),
    "sunset": ((110, 60, 92), (84, 138, 246), (150, 215, 255)),
    "garden": ((120, 150, 96), (150, 206, 176), (205, 190, 250)),
    "castle": ((112, 72, 74), (150, 150, 196), (150, 220, 250)),
    "gold": ((30, 72, 112), (70, 160, 216), (150, 235, 255)),
    "red": ((36, 22, 96), (62, 58, 190), (150, 180, 255)),
    "blue": ((110, 52, 20), (200, 140, 70), (255, 225, 170)),
    "green": ((44, 78, 30), (104, 168, 96), (180, 250, 210)),
    "pink": ((120, 70, 150), (190, 160, 240), (225, 215, 255)),
    "purple": ((104, 36, 70), (180, 104, 150), (255, 190, 225)),
}


@dataclass(frozen=True)
class Brief:
    """One picture of one prediction.

    strength, guidance: 0 to 1 over the input's range; steps as given; index: which of the outputs.
    """

    style: str
    strength: float
    guidance: float
    steps: int
    seed: int
    index: int
    words: str

    @classmethod
    def of(cls, completed: Mapping[str, Any], seed: int, index: int) -> "Brief":
        return cls(
            style=completed["style_name"],
            strength=(float(completed["style_strength_ratio"]) - 15) / 35,
            guidance=(float(completed["guidance_scale"]) - 1) / 9,
            steps=int(completed["num_steps"]),
            seed=seed,
            index=index,
            words=completed["prompt"],
        )

    def dice(self, purpose: str) -> np.random.Generator:
        """Chance that repeats itself for the same seed, words and number of the picture."""
        text = f"{self.seed}/{self.index}/{self.words}/{purpose}"
        return np.random.default_rng(_digest(text))

    @property
    def scene(self) -> tuple[Colour, Colour, Colour]:
        """Colours of the backdrop: of the first scene that the words name, else of their hash."""
        for word in re.findall(r"\w+", self.words.lower()):
            if word in SCENES:
                return SCENES[word]
        names = sorted(SCENES)
        return SCENES[names[_digest(self.words) % len(names)]]


def _digest(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(data).digest()[:8])
