"""Pictures and files that only look like pictures, built as they are needed."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PHOTOS = Path(__file__).parents[1] / "photos"
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def photo(name: str) -> bytes:
    return (PHOTOS / name).read_bytes()


def quarters(width: int = 320, height: int = 240) -> Image.Image:
    """Red and green above, blue and yellow below: every turn and mirroring shows."""
    image = Image.new("RGB", (width, height))
    for colour, x, y in ((RED, 0, 0), (GREEN, 1, 0), (BLUE, 0, 1), (YELLOW, 1, 1)):
        left, top = x * width // 2, y * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters, rounded to full channels."""
    width, height = image.size
    found = []
    for y in (height // 4, height * 3 // 4):
        for x in (width // 4, width * 3 // 4):
            pixel = image.convert("RGB").getpixel((x, y))
            assert isinstance(pixel, tuple)
            found.append(tuple(255 if channel > 127 else 0 for channel in pixel))
    return found


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_png(side: int = 60_000) -> bytes:
    """A few kilobytes that claim `side` × `side` pixels, with the beginning of real data."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(4_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
    )


def webp_canvas(side: int) -> bytes:
    """A WebP whose header claims a canvas of `side` × `side`."""
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x00" * 4 + (side - 1).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", len(body)) + body


def frames(kind: str, **options: Any) -> bytes:
    """Two frames that differ."""
    return encoded(
        quarters(),
        kind,
        save_all=True,
        append_images=[quarters().rotate(180)],
        duration=100,
        **options,
    )


def sixteen_bit() -> bytes:
    """Grey, 16 bits: the left half at 25%, the right at 75%."""
    values = np.full((240, 320), 0x4000, dtype=np.uint16)
    values[:, 160:] = 0xC000
    return encoded(Image.fromarray(values), "PNG")


def located() -> bytes:
    """A JPEG with a GPS position, a camera's name, an XMP block and a comment."""
    image = quarters()
    exif = Image.Exif()
    exif[0x010F] = "Acme Camera Works"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)})
    return encoded(
        image, "JPEG", exif=exif, comment=b"taken at home", xmp=b"<x:xmpmeta>at home</x:xmpmeta>"
    )
