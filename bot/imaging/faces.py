"""Faces on a grey picture, how sharp and how bright they are. Imported by the worker only."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]

CASCADES = Path(cv2.__file__).parent / "data"
# Boxes are looked for on a picture of this size: 70 ms of a core, and twice that at 640.
SEARCH_SIDE = 480
# A face whose side is under a third of the biggest one's is a passer-by or a poster.
PASSER_BY = 1 / 3
# The search for turned heads goes over the picture four times more, so it is done on a smaller one.
TURNED_SIDE = 360
LEAN_DEGREES = 25


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(CASCADES / f"haarcascade_{name}.xml"))


def load() -> None:
    # One core is what a worker may use; OpenCV would take them all.
    cv2.setNumThreads(1)
    _cascade("frontalface_alt2")
    _cascade("profileface")


def _shrunk(grey: Grey, side: int) -> tuple[Grey, float]:
    """The picture at most `side` px long, and how often it goes into the given one."""
    factor = max(grey.shape) / side
    if factor <= 1:
        return grey, 1.0
    size = (max(1, round(grey.shape[1] / factor)), max(1, round(grey.shape[0] / factor)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8), factor


def _detect(grey: Grey, cascade: str) -> list[Box]:
    smallest = max(24, round(0.07 * min(grey.shape)))
    found = _cascade(cascade).detectMultiScale(
        grey, scaleFactor=1.1, minNeighbors=5, minSize=(smallest, smallest)
    )
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in found]


def _leaning(grey: Grey, degrees: int) -> Grey:
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(grey, turn, (width, height)).astype(np.uint8)


def _turned(grey: Grey) -> Iterator[list[Box]]:
    """Heads that the frontal cascade doesn't see: in profile, or leaning over.

    The boxes of a mirrored or turned copy are only roughly where the face is, which is enough to
    measure light and sharpness.
    """
    yield _detect(grey, "profileface")
    mirrored = cv2.flip(grey, 1).astype(np.uint8)
    yield [(grey.shape[1] - x - w, y, w, h) for x, y, w, h in _detect(mirrored, "profileface")]
    for degrees in (LEAN_DEGREES, -LEAN_DEGREES):
        yield _detect(_leaning(grey, degrees), "frontalface_alt2")


def _holds(outer: Box, inner: Box) -> bool:
    x, y, width, height = inner
    return (
        outer[0] <= x + width / 2 <= outer[0] + outer[2]
        and outer[1] <= y + height / 2 <= outer[1] + outer[3]
    )


def rivals(boxes: list[Box]) -> list[Box]:
    """The boxes that could each be the person of the photo, the biggest first."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda b: b[2] * b[3], reverse=True):
        small = bool(kept) and box[2] < kept[0][2] * PASSER_BY
        if not small and not any(_holds(other, box) for other in kept):
            kept.append(box)
    return kept


def find(grey: Grey) -> list[Box]:
    """Faces in the picture's own pixels, the biggest first; what is no rival of it is left out."""
    small, factor = _shrunk(grey, SEARCH_SIDE)
    boxes = _detect(small, "frontalface_alt2")
    if not boxes:
        small, factor = _shrunk(grey, TURNED_SIDE)
        boxes = next(filter(None, _turned(small)), [])[:1]
    return [_scaled(box, factor) for box in rivals(boxes)]


def _scaled(box: Box, factor: float) -> Box:
    x, y, width, height = (round(value * factor) for value in box)
    return x, y, width, height


def _sharpness(grey: Grey) -> float:
    contrast = float(grey.var())
    # A plain surface has nothing that could be blurred.
    if contrast < 25:
        return 1.0
    return float(cv2.Laplacian(grey, cv2.CV_64F).var()) / contrast


def light_and_sharpness(grey: Grey, boxes: list[Box]) -> tuple[float, float]:
    """Brightness (0-255) and sharpness of the biggest face, or of the whole without one.

    A face is measured at 128 px, for the same face has less detail to the pixel the closer it is.
    """
    if not boxes:
        small, _ = _shrunk(grey, max(grey.shape) // 2 or 1)
        return float(grey.mean()), _sharpness(small)
    x, y, width, height = boxes[0]
    face = grey[max(0, y) : y + height, max(0, x) : x + width]
    return float(face.mean()), _sharpness(_shrunk(face, 128)[0])
