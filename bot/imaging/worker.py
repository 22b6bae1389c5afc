"""Decoding, in a process of its own: whatever a stranger's file does, it does it here.

Each function takes a file's bytes and answers with plain values, or raises `PhotoRefused`; whatever
else a decoder raises means a damaged file, and `imaging` says so.
"""

import os
import resource
import signal
import struct
import sys
import warnings
from contextlib import suppress
from io import BytesIO
from math import ceil

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from bot.domain.photo import Inspection, Measures, PhotoProblem, Prepared, inspected
from bot.errors import PhotoRefused
from bot.imaging import faces

# Phones make up to 50 MP; decoded that is 200 MB, and a copy for each conversion.
MAX_PIXELS = 50_000_000
# The model reads 224 px and composes at 1024: more than that is only upload.
LARGEST_SIDE = 1536
MEASURED_SIDE = 640
JPEG_QUALITY = 92
ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"}
SEQUENCE_BRANDS = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avis"}
VIDEO_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"qt  "}


def set_up(memory: int) -> None:
    """Limits first, then what takes time.

    Args:
        memory: bytes of address space; 320 MB of it are the libraries.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Elsewhere the limit isn't kept (macOS), or refuses what is already there.
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # A decoder that is stuck in C would never come to run a handler of Python's.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A photo may wait a little; an answer in a chat may not.
    os.nice(10)
    warnings.simplefilter("ignore")
    load()


def load() -> None:
    """The decoders and the cascades, so that the first photo doesn't wait for them."""
    # Pixels are counted before anything is decoded; Pillow's own guard would only warn.
    Image.MAX_IMAGE_PIXELS = None
    Image.init()
    pillow_heif.register_heif_opener()
    faces.load()


def allow_cpu(seconds: float) -> None:
    """From now on so much time of a core: the kernel ends a worker whose parent died before it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = ceil(usage.ru_utime + usage.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _format_of(data: bytes) -> str:
    """What the content says it is; a file's name and declared type are anybody's claim."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _format_of_brand(data[8:12])
    if data.startswith((b"GIF87a", b"GIF89a", b"\x1a\x45\xdf\xa3")):
        raise PhotoRefused(PhotoProblem.ANIMATED)
    raise PhotoRefused(PhotoProblem.NOT_A_PICTURE)


def _format_of_brand(brand: bytes) -> str:
    if brand == b"avif":
        return "AVIF"
    if brand in HEIF_BRANDS:
        return "HEIF"
    animated = brand in SEQUENCE_BRANDS | VIDEO_BRANDS
    raise PhotoRefused(PhotoProblem.ANIMATED if animated else PhotoProblem.NOT_A_PICTURE)


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotoRefused(PhotoProblem.TOO_MANY_PIXELS)


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Width and height by the header: libwebp reserves two canvases as soon as a file is opened."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = data[26:28], data[28:30]
    return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF


def _open(data: bytes) -> Image.Image:
    """Reads the header only; refuses what moves and what is too large to decode."""
    kind = _format_of(data)
    if kind == "WEBP":
        _check_pixels(*_webp_canvas(data))
    try:
        image = Image.open(BytesIO(data), formats=[kind])
    except (OSError, SyntaxError) as error:
        raise PhotoRefused(PhotoProblem.DAMAGED) from error
    _check_pixels(*image.size)
    # A JPEG or HEIF of several pictures is one with its depth map or thumbnail.
    if kind in {"PNG", "WEBP", "AVIF"} and getattr(image, "is_animated", False):
        raise PhotoRefused(PhotoProblem.ANIMATED)
    image.format = kind
    return image


def _orientation(image: Image.Image) -> int:
    """1 to 8. Unreadable EXIF leaves the picture as it is, for the picture itself may be fine."""
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _plain(image: Image.Image) -> Image.Image:
    """A mode that can be scaled without loss of what it shows."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode == "PA" or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in {"P", "1"}:
        return image.convert("RGB")
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in {"RGBA", "LA"}:
        return image
    colours = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, colours).convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as they were meant; a profile that can't be used is left aside."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            if converted is not None:
                return converted
    return image.convert("RGB")


def _upright_rgb(image: Image.Image, side: int | None = None) -> Image.Image:
    """Decoded, at most `side` px long, upright, sRGB on white, and without any metadata."""
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    if side is not None and image.format == "JPEG":
        # The JPEG decoder can leave out detail, which makes 50 MP as cheap as 3.
        image.draft(None, (side, side))
    plain = _plain(image)
    if side is not None:
        plain.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    plain.load()
    picture = _in_srgb(_on_white(plain), profile)
    if orientation in UPRIGHT:
        picture = picture.transpose(UPRIGHT[orientation])
    # Encoders write a comment, profile or EXIF that they find here.
    picture.info.clear()
    return picture


def _encoded(picture: Image.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _upright_size(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


def inspect(data: bytes) -> Inspection:
    image = _open(data)
    width, height = _upright_size(image)
    kind = str(image.format)
    grey = np.asarray(_upright_rgb(image, MEASURED_SIDE).convert("L"))
    boxes = faces.find(grey)
    brightness, sharpness = faces.light_and_sharpness(grey, boxes)
    return inspected(Measures(width, height, kind, len(boxes), sharpness, brightness))


def prepare(data: bytes) -> Prepared:
    picture = _upright_rgb(_open(data), LARGEST_SIDE)
    # Colour at full resolution: the likeness sits in eyes and lips, a few pixels each.
    jpeg = _encoded(picture, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return Prepared(jpeg, picture.width, picture.height)


def to_png(data: bytes) -> bytes:
    image = _open(data)
    if image.format == "PNG":
        image.load()
        return data
    return _encoded(_upright_rgb(image), "PNG")


def describe(data: bytes) -> tuple[str, int, int]:
    image = _open(data)
    return str(image.format), *_upright_size(image)
