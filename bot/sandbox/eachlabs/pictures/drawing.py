"""From photos and a brief to the bytes of a picture."""

import struct
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from bot.sandbox.eachlabs.pictures.brief import Brief
from bot.sandbox.eachlabs.pictures.looks import LOOKS, natural
from bot.sandbox.eachlabs.pictures.subject import SIDE, Image, NotAPicture, subject_of
from bot.sandbox.eachlabs.pictures.tones import blur, contrasted, crisp, grain, mix, saturated

FORMATS = {
    "png": (".png", [cv2.IMWRITE_PNG_COMPRESSION, 3]),
    "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 92]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 90]),
}
QUICK_SIZE = (64, 64)
PNG_END = 12  # bytes of the chunk IEND
MARK = "preview"


def draw(photos: Sequence[bytes], brief: Brief, output_type: str = "png") -> bytes:
    """A picture of 1024 x 1024 in the brief's look, marked as a preview in a corner.

    The same photos and brief give the same bytes.

    Raises:
        NotAPicture: one of the photos can't be decoded.
    """
    return encoded(picture(photos, brief), output_type)


def picture(photos: Sequence[bytes], brief: Brief, *, mark: bool = True) -> Image:
    """As `draw`, as uint8 pixels, blue-green-red."""
    subjects = [subject_of(photo, brief) for photo in photos]
    subject = subjects[brief.index % len(subjects)]
    styled = LOOKS[brief.style](subject, brief)
    share = min(1.0, 0.86 + 0.3 * brief.strength)
    drawn = mix(natural(subject, brief), styled, share) if share < 1 else styled
    finished = (_finished(drawn, brief) * 255).round().astype(np.uint8)
    return _marked(finished) if mark else finished


def quick(brief: Brief, output_type: str = "png", size: tuple[int, int] = QUICK_SIZE) -> bytes:
    """A valid picture that costs little, its colours from the seed: for load tests."""
    pixels = brief.dice("quick").integers(0, 256, (2, 2, 3), dtype=np.uint8)
    # A large one in plain colours: smooth ones would take megabytes.
    smooth = cv2.INTER_LINEAR if size == QUICK_SIZE else cv2.INTER_NEAREST
    return encoded(cv2.resize(pixels, size, interpolation=smooth), output_type)


def padded(png: bytes, count: int) -> bytes:
    """The PNG with a private chunk of `count` bytes that every decoder skips."""
    body = b"paDd" + bytes(count)
    chunk = struct.pack(">I", count) + body + struct.pack(">I", zlib.crc32(body))
    return png[:-PNG_END] + chunk + png[-PNG_END:]


def encoded(pixels: Image, output_type: str) -> bytes:
    ending, settings = FORMATS[output_type]
    done, data = cv2.imencode(ending, pixels, settings)
    if not done:
        raise NotAPicture
    return data.tobytes()


def _finished(drawn: Image, brief: Brief) -> Image:
    """Guidance sets contrast and colour, steps set how clear the picture has become."""
    drawn = drawn.astype(np.float32).clip(0, 1)
    push = brief.guidance - 4 / 9  # the default, 5, changes nothing
    drawn = saturated(contrasted(drawn, push * 0.7), 1 + push * 0.5)
    unclear = max(0.0, 1 - brief.steps / 20)
    if unclear:
        drawn = mix(drawn, blur(drawn, 2 + 14 * unclear), 0.9 * unclear**0.7)
        drawn = grain(drawn, brief.dice("steps"), 0.16 * unclear)
    clearer = min(1.0, max(0.0, (brief.steps - 20) / 80))
    return crisp(drawn, 2, 0.7 * clearer).clip(0, 1) if clearer else drawn.clip(0, 1)


def _marked(pixels: Image) -> Image:
    """The word in the lower right corner, light on a soft shade."""
    canvas = Pillow.fromarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
    pen = ImageDraw.Draw(canvas, "RGBA")
    font = ImageFont.load_default(size=22)
    left, top, right, bottom = pen.textbbox((SIDE - 44, SIDE - 42), MARK, font=font, anchor="rs")
    pen.rounded_rectangle((left - 12, top - 9, right + 12, bottom + 8), 15, fill=(0, 0, 0, 92))
    pen.text((SIDE - 44, SIDE - 42), MARK, font=font, anchor="rs", fill=(255, 255, 255, 215))
    return cv2.cvtColor(np.asarray(canvas), cv2.COLOR_RGB2BGR)
