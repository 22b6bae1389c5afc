"""Ideas for those who don't want to write: what a button says, and the words it stands for."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Idea:
    """`label` stands on the button; `words` go to the model, which reads English best."""

    label: str
    words: str


IDEAS: Final = (
    Idea("⚔️ Knight", "as a knight in shining armour, castle behind, golden hour"),
    Idea("🚀 Astronaut", "as an astronaut in a white space suit, the earth behind"),
    Idea("👑 Royal portrait", "as a monarch in a velvet robe, oil painting, dark background"),
    Idea("🏴‍☠️ Pirate", "as a pirate captain on deck, stormy sea, dramatic sky"),
    Idea("💼 Business", "in a navy suit, modern office, soft window light"),
    Idea("🎓 Graduate", "in a graduation gown and cap, campus in spring"),
    Idea("🌆 City at night", "in a leather jacket, city street at night, neon reflections"),
    Idea("🏔 Mountains", "in a red outdoor jacket, snowy mountains, clear morning light"),
    Idea("🧙 Wizard", "as a wizard with a glowing staff, misty forest"),
    Idea("🦸 Superhero", "as a superhero with a cape, skyline, dramatic light from behind"),
    Idea("🎸 Rock star", "as a rock star on stage, spotlights, smoke"),
    Idea("🌸 Spring garden", "in a garden full of cherry blossoms, soft pastel light"),
)
