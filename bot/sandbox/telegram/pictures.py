"""What Telegram's servers make of a photo: JPEGs of several sizes."""

import asyncio
import hashlib
import io
from collections import OrderedDict
from dataclasses import dataclass, field

from PIL import Image, ImageOps, UnidentifiedImageError

# The largest side of each PhotoSize (types s, m, x, y of the client API).
SIDES = (90, 320, 800, 1280)

# Bot API, sendPhoto: at most 10 MB, width and height at most 10,000 together, ratio at most 20.
LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_SUM, LARGEST_RATIO = 10_000, 20

# A chat's photo: Bot API, ChatPhoto has 160 and 640 px. The real server crops whatever it gets to
# a square; this one refuses what would lose much by it, since nobody meant to send that.
CHAT_SIDES = (160, 640)
LARGEST_CHAT_RATIO = 1.5

_KEPT = 256


class NotAPictureError(Exception):
    """The bytes can't be decoded as a picture."""


class BadDimensionsError(Exception):
    """Too large or too long for a photo."""


@dataclass(frozen=True, slots=True)
class Rendition:
    width: int
    height: int
    jpeg: bytes = field(repr=False)


class Renderer:
    """Makes the sizes of a photo in a thread; the same bytes are worked on once."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[bytes, bool], tuple[Rendition, ...]] = OrderedDict()

    async def renditions(self, data: bytes, *, strict: bool) -> tuple[Rendition, ...]:
        """The sizes, smallest first. `strict` holds a bot's upload to the limits of sendPhoto;
        a phone shrinks what it sends.

        Raises NotAPictureError, BadDimensionsError.
        """
        key = (hashlib.sha256(data).digest(), strict)
        if key not in self._made:
            self._made[key] = await asyncio.to_thread(_render, data, strict)
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return self._made[key]

    @staticmethod
    async def chat_photo(data: bytes) -> tuple[Rendition, ...]:
        """The two squares of a chat's photo; raises NotAPictureError, and BadDimensionsError with
        the server's word for it.
        """
        return await asyncio.to_thread(_render_chat_photo, data)


def _render_chat_photo(data: bytes) -> tuple[Rendition, ...]:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as image:
            _check_chat_photo(data, *image.size)
            whole = _opaque(ImageOps.exif_transpose(image))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise NotAPictureError from error
    squares = [ImageOps.fit(whole, (side, side)) for side in CHAT_SIDES]
    return tuple(Rendition(*square.size, _jpeg(square)) for square in squares)


def _check_chat_photo(data: bytes, width: int, height: int) -> None:
    if len(data) > LARGEST_PHOTO:
        raise BadDimensionsError("PHOTO_FILE_MISSING")
    if min(width, height) < CHAT_SIDES[0]:
        raise BadDimensionsError("PHOTO_CROP_SIZE_SMALL")
    if max(width, height) > LARGEST_CHAT_RATIO * min(width, height):
        raise BadDimensionsError("PHOTO_INVALID_DIMENSIONS")


def _render(data: bytes, strict: bool) -> tuple[Rendition, ...]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if strict:
                _check_dimensions(*image.size)
            image.draft("RGB", (max(SIDES), max(SIDES)))
            return _sizes(_opaque(ImageOps.exif_transpose(image)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadDimensionsError from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise NotAPictureError from error


def _check_dimensions(width: int, height: int) -> None:
    ratio = max(width, height) / max(1, min(width, height))
    if width + height > LARGEST_SUM or ratio > LARGEST_RATIO:
        raise BadDimensionsError


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA", "P"}:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _sizes(image: Image.Image) -> tuple[Rendition, ...]:
    longest = max(image.size)
    sides = [side for side in SIDES if side < longest] + [min(longest, SIDES[-1])]
    renditions: list[Rendition] = []
    for side in sorted(set(sides), reverse=True):  # each from the one before: cheaper
        image = ImageOps.contain(image, (side, side)) if side < max(image.size) else image
        renditions.append(Rendition(*image.size, _jpeg(image)))
    return tuple(reversed(renditions))


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=87)
    return target.getvalue()
