"""The person in the photo: decoded, found, framed, and cut out from what is behind."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from bot.sandbox.eachlabs.pictures.brief import Brief

SIDE = 1024  # pixels of every picture
LARGEST = 40_000_000  # pixels of a photo
MATTE_SIDE = 224  # pixels at which the person is cut out

Image = npt.NDArray[Any]
Box = tuple[int, int, int, int]  # x, y, width, height


class NotAPicture(Exception):
    """The bytes can't be decoded as a picture."""


@dataclass(frozen=True)
class Subject:
    """SIDE x SIDE: the framed photo, and 0..1 where the person is; the face where one was found."""

    image: Image
    matte: Image
    face: Box | None


def subject_of(photo: bytes, brief: Brief) -> Subject:
    """Raises NotAPicture."""
    image = _decoded(photo)
    face = _face(image)
    framed, face = _framed(image, face, brief)
    return Subject(framed, _matte(framed, face), face)


def _decoded(photo: bytes) -> Image:
    data = np.frombuffer(photo, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None or image.shape[0] * image.shape[1] > LARGEST:
        raise NotAPicture
    scale = 1280 / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return image


@cache
def _cascade() -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))


def _face(image: Image) -> Box | None:
    """The largest face."""
    grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    least = max(24, min(grey.shape) // 10)
    found = _cascade().detectMultiScale(grey, 1.1, 6, minSize=(least, least))
    boxes: list[Box] = [(int(x), int(y), int(w), int(h)) for x, y, w, h in found]
    return max(boxes, key=lambda box: box[2], default=None)


def _framed(image: Image, face: Box | None, brief: Brief) -> tuple[Image, Box | None]:
    """A square around head and shoulders, a little different for each seed."""
    height, width = image.shape[:2]
    dice = brief.dice("frame")
    zoom, aside, up = dice.uniform(0.955, 1.0), dice.uniform(-0.03, 0.03), dice.uniform(-0.01, 0.03)
    x, y, w, h = face or (width // 2 - 1, height // 2 - 1, min(width, height), 2)
    side = max(1, int(min(w * 2.55 if face else w, width, height) * zoom))
    left = int(np.clip(x + w / 2 - side * (0.5 + aside), 0, width - side))
    top = int(np.clip(y + h / 2 - side * (0.47 + up), 0, height - side))
    square = image[top : top + side, left : left + side]
    scale = SIDE / side
    framed = _enlarged(square)
    if face is None:
        return framed, None
    moved = (x - left, y - top, w, h)
    return framed, tuple(round(value * scale) for value in moved)  # type: ignore[return-value]


def _enlarged(square: Image) -> Image:
    """SIDE x SIDE, without the blocks and noise of a small original."""
    method = cv2.INTER_AREA if square.shape[0] > SIDE else cv2.INTER_CUBIC
    image = cv2.resize(square, (SIDE, SIDE), interpolation=method)
    soft = cv2.GaussianBlur(image, (0, 0), 3)
    return cv2.addWeighted(image, 1.6, soft, -0.6, 0)


def _matte(image: Image, face: Box | None) -> Image:
    """0..1: GrabCut from a rough guess of head and shoulders, its edge fitted to the photo."""
    if face is None:
        return _round()
    small = cv2.resize(image, (MATTE_SIDE, MATTE_SIDE), interpolation=cv2.INTER_AREA)
    guess = _guess(face)
    cv2.setRNGSeed(1)  # GrabCut draws lots; the same photo must give the same picture
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, guess, (0, 0, 1, 1), *models, 3, cv2.GC_INIT_WITH_MASK)
    person = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    chin = (face[1] + face[3]) * MATTE_SIDE // SIDE
    person = _shouldered(_one_piece(person), chin)
    return _fitted(person.astype(np.float32), image)


def _round() -> Image:
    """Without a face, the middle of the photo, fading out."""
    y, x = np.ogrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    return np.clip((1.05 - np.hypot(x, y)) / 0.3, 0, 1).astype(np.float32)


def _guess(face: Box) -> Image:
    side = MATTE_SIDE
    guess = np.full((side, side), cv2.GC_PR_BGD, np.uint8)
    x, y, w, h = (value * side / SIDE for value in face)
    cx, cy = x + w / 2, y + h / 2
    guess[: max(1, int(y - h * 0.55))] = cv2.GC_BGD
    for left in (True, False):
        edge = int(cx - w * 1.05) if left else int(cx + w * 1.05)
        columns = slice(0, max(edge, 0)) if left else slice(min(edge, side), side)
        guess[: int(y + h * 0.9), columns] = cv2.GC_BGD
    shoulders = np.array(
        [
            (cx - w * 0.35, y + h),
            (cx + w * 0.35, y + h),
            (cx + w * 1.15, side),
            (cx - w * 1.15, side),
        ]
    )
    cv2.fillConvexPoly(guess, shoulders.astype(np.int32), cv2.GC_PR_FGD)
    _oval(guess, (cx, cy - h * 0.12), (w * 0.78, h * 0.78), cv2.GC_PR_FGD)
    _oval(guess, (cx, cy + h * 0.02), (w * 0.44, h * 0.56), cv2.GC_FGD)
    chest = slice(int(cx - w * 0.3), int(cx + w * 0.3))
    guess[int(y + h * 1.1) :, chest] = cv2.GC_FGD
    return guess


def _oval(guess: Image, centre: tuple[float, float], axes: tuple[float, float], mark: int) -> None:
    cv2.ellipse(guess, (centre, (axes[0] * 2, axes[1] * 2), 0.0), mark, -1)


def _one_piece(person: Image) -> Image:
    """Only the largest piece, with its holes filled."""
    outlines, _ = cv2.findContours(person, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = np.zeros_like(person)
    if outlines:
        cv2.drawContours(whole, [max(outlines, key=cv2.contourArea)], -1, 1, -1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    opened: Image = cv2.morphologyEx(whole, cv2.MORPH_OPEN, kernel)
    return opened


def _shouldered(person: Image, chin: int) -> Image:
    """Below the chin a body only gets wider: what GrabCut lost of the shoulders is put back."""
    left, right = float(MATTE_SIDE), 0.0
    for row in range(min(chin + 2, MATTE_SIDE), MATTE_SIDE):
        columns = np.flatnonzero(person[row])
        if columns.size:
            left = min(left - 0.3, int(columns[0]))
            right = max(right + 0.3, int(columns[-1]))
        if right > left:
            person[row, max(round(left), 0) : round(right) + 1] = 1
    return person


def _fitted(person: Image, image: Image) -> Image:
    """The rough mask drawn to the photo's edges by a guided filter, at full size."""
    side = SIDE // 2
    guide = cv2.cvtColor(cv2.resize(image, (side, side)), cv2.COLOR_BGR2GRAY) / np.float32(255)
    rough = cv2.resize(person, (side, side), interpolation=cv2.INTER_LINEAR)
    window, ease = (17, 17), 2e-4
    mean_g, mean_p = cv2.blur(guide, window), cv2.blur(rough, window)
    covariance = cv2.blur(guide * rough, window) - mean_g * mean_p
    variance = cv2.blur(guide * guide, window) - mean_g * mean_g
    slope = covariance / (variance + ease)
    offset = mean_p - slope * mean_g
    fitted = cv2.blur(slope, window) * guide + cv2.blur(offset, window)
    fitted = np.clip((fitted - 0.2) / 0.6, 0, 1)
    matte: Image = cv2.resize(fitted, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return matte
