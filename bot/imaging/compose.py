"""The picture of a whole group, for its chat photo or as a poster. For the imaging workers only."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, floor
from typing import Final

import numpy as np
from PIL import Image, ImageEnhance

from bot.domain.layout import Layout, Tile, layout
from bot.domain.photo import PhotoProblem
from bot.errors import PhotoRefused
from bot.imaging import worker
from bot.imaging.faces import find

Point = tuple[float, float]
Box = tuple[float, float, float, float]

JPEG_QUALITY: Final = 90
LANCZOS: Final = Image.Resampling.LANCZOS
# A face's width, as a part of its disc's radius: the hair and the chin are seen too.
FACE: Final = 0.85
# A small face is brought so much closer: what it wears should still be seen.
CLOSER: Final = 1.5
# Faces are looked for at this size, and not below this part of the height.
SEARCHED_SIDE: Final = 320
LOWEST: Final = 0.7
# Where an avatar's face is, and how wide, where none is found.
USUAL: Final = 0.42
# The background is computed this small; it has no detail.
BACKGROUND_SIDE: Final = 64
# What is left of the faces' light, so that they stand out, and no less than what dark ones stand
# out from. Mean colours are dull, and a little more vivid than they are.
DIMMED: Final = 0.34
DARKEST: Final = 20
VIVID: Final = 1.7


@dataclass(frozen=True)
class Cut:
    """What is seen of a picture, where its upper left corner goes, and how much of each px."""

    corner: tuple[int, int]
    picture: Image.Image
    mask: Image.Image


def compose(faces: Sequence[bytes]) -> bytes:
    """Up to nine faces for the round crop of a chat photo, more as a poster.

    Args:
        faces: 1 to 25 pictures of any format that the worker reads, in the order of their places.

    Returns:
        A JPEG without metadata, 1280 px on its longer side; a square for up to nine faces.

    Raises:
        ValueError: no face, or more than 25.
        PhotoRefused: one of them is no picture or damaged.
    """
    plan = layout(len(faces))
    closer = CLOSER if len(faces) > 1 else 1.0
    cuts = [_cut(data, tile, closer) for data, tile in zip(faces, plan.tiles, strict=True)]
    canvas = _background(plan, [cut.picture for cut in cuts])
    for cut in cuts:
        canvas.paste(cut.picture, cut.corner, cut.mask)
    out = BytesIO()
    canvas.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def _cut(data: bytes, tile: Tile, closer: float) -> Cut:
    left, top = floor(tile.disc.x - tile.reach), floor(tile.disc.y - tile.reach)
    mask = _mask(tile, left, top, ceil(2 * tile.reach) + 1)
    box = mask.getbbox() or (0, 0, *mask.size)
    left, top, mask = left + box[0], top + box[1], mask.crop(box)
    picture = _decoded(data, 2 * max(mask.size))
    middle = (tile.disc.x - left, tile.disc.y - top)
    seen = _seen(picture, mask.size, middle, tile.disc.radius, closer)
    return Cut((left, top), picture.resize(mask.size, LANCZOS, box=seen), mask)


def _decoded(data: bytes, side: int) -> Image.Image:
    """Upright RGB, about `side` px long where the picture has so many."""
    try:
        prepared = worker.prepare(data)
        picture = Image.open(BytesIO(prepared.data), formats=["JPEG"])
        picture.draft(None, (side, side))
        picture.load()
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise PhotoRefused(PhotoProblem.DAMAGED) from error
    return picture


def _seen(
    picture: Image.Image, size: tuple[int, int], middle: Point, radius: float, closer: float
) -> Box:
    """The part of a picture that fills a tile: the face in the disc, and at its best size.

    Size is the tile's; middle and radius are its disc's, in px of the canvas from the tile's
    corner; closer is how much larger the picture may become than would fill the tile.
    """
    least = max(size[0] / picture.width, size[1] / picture.height)
    x, y, face = _face(picture)
    scale = min(max(FACE * radius / face, least), closer * least)
    left, right = _stretch(x - middle[0] / scale, size[0] / scale, picture.width)
    top, bottom = _stretch(y - middle[1] / scale, size[1] / scale, picture.height)
    return left, top, right, bottom


def _stretch(start: float, length: float, whole: int) -> tuple[float, float]:
    """Where it starts and ends, moved so that it lies between 0 and the whole."""
    start = max(0.0, min(start, whole - length))
    return start, min(start + length, whole)


def _face(picture: Image.Image) -> tuple[float, float, float]:
    """The middle of the face and its width, in px; where an avatar has it if none is found."""
    grey = picture.convert("L")
    grey.thumbnail((SEARCHED_SIDE, SEARCHED_SIDE))
    factor = picture.width / grey.width
    for x, y, width, height in find(np.asarray(grey))[:1]:
        # What lies so low is a pattern on the clothes.
        if y + height / 2 < LOWEST * grey.height:
            return (x + width / 2) * factor, (y + height / 2) * factor, width * factor
    return picture.width / 2, USUAL * picture.height, min(picture.size) * USUAL


def _mask(tile: Tile, left: int, top: int, side: int) -> Image.Image:
    """How much of each px is within the tile.

    Distances to the edges, negative inside, are joined so that two edges meet in a rounded corner
    (Inigo Quilez, "Rounded boxes").
    """
    x = np.arange(left, left + side)[np.newaxis, :] + 0.5
    y = np.arange(top, top + side)[:, np.newaxis] + 0.5
    depths = [line.across * x + line.down * y - line.most for line in tile.lines]
    depths += [np.hypot(x - bowl.x, y - bowl.y) - bowl.radius for bowl in tile.bowls]
    outside = np.zeros((side, side))
    deepest = np.full((side, side), -float(side))
    for depth in depths:
        outside += np.maximum(depth + tile.corner, 0) ** 2
        deepest = np.maximum(deepest, depth)
    distance = np.sqrt(outside) + np.minimum(deepest + tile.corner, 0) - tile.corner
    seen = np.clip(0.5 - distance, 0, 1)
    return Image.fromarray((seen * 255).round().astype(np.uint8))


def _background(plan: Layout, pictures: list[Image.Image]) -> Image.Image:
    """Each face's mean colour around it, running into its neighbours', darkened."""
    colours = [
        np.asarray(picture.resize((1, 1), Image.Resampling.BOX))[0, 0] for picture in pictures
    ]
    x = (np.arange(BACKGROUND_SIDE) + 0.5)[np.newaxis, :] * plan.width / BACKGROUND_SIDE
    y = (np.arange(BACKGROUND_SIDE) + 0.5)[:, np.newaxis] * plan.height / BACKGROUND_SIDE
    total = np.zeros((BACKGROUND_SIDE, BACKGROUND_SIDE, 3))
    weights = np.zeros((BACKGROUND_SIDE, BACKGROUND_SIDE, 1))
    for tile, colour in zip(plan.tiles, colours, strict=True):
        distance = np.hypot(x - tile.disc.x, y - tile.disc.y) / tile.reach
        weight = (1 / (1 + distance**2) ** 2)[:, :, np.newaxis]
        total += weight * colour
        weights += weight
    dimmed = Image.fromarray((DARKEST + DIMMED * total / weights).round().astype(np.uint8))
    vivid = ImageEnhance.Color(dimmed).enhance(VIVID)
    return vivid.resize((plan.width, plan.height), Image.Resampling.BICUBIC)
