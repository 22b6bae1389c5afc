"""The sheet of looks that the bot shows: `python -m bot.sandbox.eachlabs.sheet OUT.jpg`."""

from io import BytesIO
from pathlib import Path
from typing import Annotated

import cv2
import typer
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from bot.sandbox.eachlabs.pictures.brief import Brief
from bot.sandbox.eachlabs.pictures.drawing import picture
from bot.sandbox.eachlabs.pictures.subject import Image

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut-face.jpg"
COLUMNS, TILE, GAP, LABEL = 4, 306, 11, 46
WIDTH = 1280  # pixels: what Telegram keeps of a photo
QUALITY = 84
ROUND = 18
INK, GROUND = (28, 30, 38), (247, 246, 243)

# A style of the model, the name a person reads, the words that it is drawn with.
TILES = (
    ("(No style)", "Natural", "img snow"),
    ("Cinematic", "Cinematic", "img city"),
    ("Disney Charactor", "Animated", "img sky blue"),
    ("Digital Art", "Digital art", "img sunset"),
    ("Photographic (Default)", "Photo", "img space"),
    ("Fantasy art", "Fantasy", "img castle"),
    ("Neonpunk", "Neon", "img night"),
    ("Enhance", "Polished", "img pink"),
    ("Comic book", "Comic", "img gold"),
    ("Lowpoly", "Low poly", "img sea"),
    ("Line art", "Line art", "img red"),
)


def sheet() -> Pillow.Image:
    """Every look of the sample portrait, and the portrait itself, each with its name."""
    photo = SAMPLE.read_bytes()
    tiles = [(name, _look(photo, style, words)) for style, name, words in TILES]
    tiles.append(("Your photo", _untouched(photo)))
    rows = -(-len(tiles) // COLUMNS)
    canvas = Pillow.new("RGB", (WIDTH, GAP + rows * (TILE + LABEL)), GROUND)
    for number, (name, tile) in enumerate(tiles):
        row, column = divmod(number, COLUMNS)
        _place(canvas, tile, name, (GAP + column * (TILE + GAP), GAP + row * (TILE + LABEL)))
    return canvas


def _look(photo: bytes, style: str, words: str) -> Pillow.Image:
    brief = Brief(style, strength=0.3, guidance=4 / 9, steps=30, seed=7, index=0, words=words)
    return _tile(picture([photo], brief, mark=False))


def _untouched(photo: bytes) -> Pillow.Image:
    with Pillow.open(BytesIO(photo)) as opened:
        return opened.convert("RGB").resize((TILE, TILE), Pillow.Resampling.LANCZOS)


def _tile(pixels: Image) -> Pillow.Image:
    small = cv2.resize(pixels, (TILE, TILE), interpolation=cv2.INTER_AREA)
    return Pillow.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))


def _place(canvas: Pillow.Image, tile: Pillow.Image, name: str, corner: tuple[int, int]) -> None:
    mask = Pillow.new("L", (TILE * 2, TILE * 2), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *mask.size), ROUND * 2, fill=255)
    canvas.paste(tile, corner, mask.resize((TILE, TILE)))
    middle = (corner[0] + TILE // 2, corner[1] + TILE + LABEL // 2 - 6)
    font = ImageFont.load_default(size=34)
    ImageDraw.Draw(canvas).text(middle, name, INK, font, anchor="mm", stroke_width=0.6)


def main(out: Annotated[Path, typer.Argument(help="The JPEG to write.")]) -> None:
    sheet().save(out, quality=QUALITY, optimize=True, progressive=True)


if __name__ == "__main__":
    typer.run(main)
