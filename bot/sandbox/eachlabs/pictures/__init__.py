"""Pictures that look like the model's: a photo of a person in eleven looks."""

from bot.sandbox.eachlabs.pictures.brief import Brief
from bot.sandbox.eachlabs.pictures.drawing import draw, padded, quick
from bot.sandbox.eachlabs.pictures.subject import NotAPicture

__all__ = ["Brief", "NotAPicture", "draw", "padded", "quick"]
