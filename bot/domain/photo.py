"""What a photo must be like to be drawn from."""

from dataclasses import dataclass
from enum import StrEnum

# The model's image encoder reads a square of 224 px: a short side under that is blown up, and well
# under it there is no face left to read.
SMALLEST_SIDE = 200
# Mean brightness of the face, 0 to 255. A lit face of dark skin measures 50 and more; under 25 the
# detector itself loses the sample portraits.
DARKEST = 25.0
# Sharpness is the variance of the Laplacian over the variance of the brightness, so that a dim or
# low-contrast photo isn't taken for a blurred one. The sample portraits measure 0.08 to 0.34, and
# 0.004 once they are blurred over 6 px of 800.
BLURRED_FACE = 0.005
# The same of a whole picture without a face: sharp ones measure from 0.04, blurred ones 0.001.
BLURRED_PICTURE = 0.002


class PhotoProblem(StrEnum):
    """Why a photo can't be used, or had better not be."""

    NOT_A_PICTURE = "not_a_picture"
    ANIMATED = "animated"
    TOO_BIG = "too_big"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    DAMAGED = "damaged"
    UNAVAILABLE = "unavailable"
    TOO_DARK = "too_dark"
    BLURRED = "blurred"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"


# With these there is nothing to draw from; of the others the person knows better than a detector.
BLOCKING = frozenset(
    {
        PhotoProblem.NOT_A_PICTURE,
        PhotoProblem.ANIMATED,
        PhotoProblem.TOO_BIG,
        PhotoProblem.TOO_MANY_PIXELS,
        PhotoProblem.TOO_SMALL,
        PhotoProblem.DAMAGED,
        PhotoProblem.UNAVAILABLE,
    }
)


@dataclass(frozen=True)
class Measures:
    """What was measured on an upright picture.

    Args:
        width, height: pixels.
        format: "JPEG", "PNG", "WEBP", "HEIF" or "AVIF".
        faces: how many faces compete to be the one.
        sharpness: see `BLURRED_FACE`; of the biggest face, or of the picture if there is none.
        brightness: 0 to 255; likewise.
    """

    width: int
    height: int
    format: str
    faces: int
    sharpness: float
    brightness: float


@dataclass(frozen=True)
class Inspection(Measures):
    """The measures, and what is wrong with the photo, if anything."""

    problem: PhotoProblem | None


@dataclass(frozen=True)
class Prepared:
    """A photo as it leaves: an upright RGB JPEG without metadata; width and height in pixels."""

    data: bytes
    width: int
    height: int
    content_type: str = "image/jpeg"


def judge(measures: Measures) -> PhotoProblem | None:
    """The first thing to tell; the cause before its effect, for a dark photo hides its face."""
    if min(measures.width, measures.height) < SMALLEST_SIDE:
        return PhotoProblem.TOO_SMALL
    if measures.brightness < DARKEST:
        return PhotoProblem.TOO_DARK
    if measures.sharpness < (BLURRED_FACE if measures.faces else BLURRED_PICTURE):
        return PhotoProblem.BLURRED
    if measures.faces > 1:
        return PhotoProblem.SEVERAL_FACES
    return None if measures.faces else PhotoProblem.NO_FACE


def inspected(measures: Measures) -> Inspection:
    return Inspection(**vars(measures), problem=judge(measures))
