"""Light and colour. Pictures are float32, 0..1, blue-green-red, unless said otherwise."""

import cv2
import numpy as np

from bot.sandbox.eachlabs.pictures.brief import Colour
from bot.sandbox.eachlabs.pictures.subject import SIDE, Image

GREY = np.array([0.114, 0.587, 0.299], np.float32)  # ITU-R BT.601, blue first


def floated(image: Image) -> Image:
    return image.astype(np.float32) / 255


def paint(colour: Colour) -> Image:
    return np.array(colour, np.float32) / 255


def light(image: Image) -> Image:
    """Brightness, without a colour axis."""
    grey: Image = image @ GREY
    return grey


def blur(image: Image, sigma: float) -> Image:
    """Wide blurs are made small and enlarged again: they cost the same and look alike."""
    if sigma < 8:
        return cv2.GaussianBlur(image, (0, 0), sigma)
    small = cv2.resize(image, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma / 8)
    return cv2.resize(soft, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def mix(under: Image, over: Image, share: Image | float) -> Image:
    """`share` of `over`; a plane counts for all colours."""
    if isinstance(share, np.ndarray) and share.ndim < over.ndim:
        share = share[..., None]
    mixed: Image = under + (over - under) * share
    return mixed


def screen(under: Image, over: Image) -> Image:
    lit: Image = 1 - (1 - under.clip(0, 1)) * (1 - over.clip(0, 1))
    return lit


def saturated(image: Image, factor: float) -> Image:
    grey = light(image)[..., None]
    return mix(np.broadcast_to(grey, image.shape), image, factor)


def contrasted(image: Image, amount: float, middle: float = 0.5) -> Image:
    """An S-curve around `middle`; amount 0 leaves all as it is."""
    clipped = image.clip(0, 1)
    curve = clipped**2 * (3 - 2 * clipped)
    return mix(clipped, curve, amount) + (0.5 - middle) * 0.2 * amount


def toned(image: Image, shadows: Colour, lights: Colour, amount: float) -> Image:
    """Split toning: a soft-light layer of one colour in the shadows and another in the lights."""
    grey = light(image)[..., None].clip(0, 1)
    layer = paint(shadows) * (1 - grey) + paint(lights) * grey
    soft = (1 - 2 * layer) * image**2 + 2 * layer * image
    return mix(image, soft, amount)


def levelled(image: Image, matte: Image) -> Image:
    """Brightness stretched so that the person uses the whole range."""
    seen = light(image)[matte > 0.5]
    if seen.size < 100:
        return image
    dark, bright = (float(edge) for edge in np.percentile(seen, (1.5, 98.5)))
    stretched: Image = (image - dark) / max(bright - dark, 0.2)
    return mix(image, stretched, 0.45).clip(0, 1)


def crisp(image: Image, sigma: float, amount: float) -> Image:
    return image + (image - blur(image, sigma)) * amount


def glowing(image: Image, sigma: float, amount: float, threshold: float = 0.6) -> Image:
    """The bright parts shine over their surroundings."""
    bright = np.clip(image - threshold, 0, 1) / (1 - threshold)
    return screen(image, blur(bright.astype(np.float32), sigma) * amount)


def vignette(image: Image, amount: float) -> Image:
    y, x = np.ogrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    shade = 1 - amount * np.clip(np.hypot(x, y) - 0.55, 0, 1) ** 1.5
    darker: Image = image * shade[..., None].astype(np.float32)
    return darker


def grain(image: Image, dice: np.random.Generator, amount: float) -> Image:
    noise = dice.standard_normal((SIDE // 2, SIDE // 2), dtype=np.float32) * amount
    spread = cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    grainy: Image = image + spread[..., None]
    return grainy


def rim_lit(
    image: Image, matte: Image, side: tuple[int, int], colour: Colour, power: float
) -> Image:
    """A lamp of `colour` behind the person, on the `side` (right, down) in pixels.

    A narrow bright edge on a wider soft one; hair and cloth that are bright take more of it.
    """
    shift = np.array([[1, 0, -side[0]], [0, 1, -side[1]]], np.float32)
    moved = cv2.warpAffine(matte, shift, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    narrow = (matte - blur(moved, 5)).clip(0, 1)
    wide = (matte - blur(moved, 26)).clip(0, 1)
    edge = blur((narrow * 0.9 + wide * 0.5) * matte, 2) * (0.35 + 0.9 * light(image))
    return screen(image, edge[..., None] * paint(colour) * power)


def posterised(image: Image, levels: int, softness: float = 0.25) -> Image:
    """Brightness in steps with slightly soft edges; the hue is kept."""
    grey = light(image).clip(0.004, 1)
    scaled = grey * levels
    base = np.floor(scaled)
    ramp = np.clip((scaled - base - 0.5) / softness + 0.5, 0, 1)
    stepped = (base + ramp) / levels
    flat: Image = image * (stepped / grey)[..., None]
    return flat.clip(0, 1)
