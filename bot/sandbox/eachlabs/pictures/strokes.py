"""Brushes and pens: oil, ink, flat colour, facets."""

import cv2
import numpy as np

from bot.sandbox.eachlabs.pictures.brief import Colour
from bot.sandbox.eachlabs.pictures.subject import SIDE, Image
from bot.sandbox.eachlabs.pictures.tones import blur, light

PAINT_SIDE = 640  # pixels at which oil is painted; strokes hide the difference


def oil(image: Image, radius: int) -> Image:
    """A Kuwahara filter of eight sectors: each spot takes the calmest of its neighbourhoods."""
    small = cv2.resize(image, (PAINT_SIDE, PAINT_SIDE), interpolation=cv2.INTER_AREA)
    grey = light(small)
    total = np.zeros_like(small)
    weights = np.zeros((PAINT_SIDE, PAINT_SIDE, 1), np.float32)
    for kernel in _sectors(radius):
        mean = cv2.filter2D(small, -1, kernel)
        m1 = light(mean)
        m2 = cv2.filter2D(grey * grey, -1, kernel)
        spread = np.sqrt(np.clip(m2 - m1 * m1, 1e-7, None))
        weight = (1 / (1 + (spread * 255) ** 4))[..., None]
        total += mean * weight
        weights += weight
    painted = (total / weights).astype(np.float32)
    return cv2.resize(painted, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def _sectors(radius: int) -> list[Image]:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    angle, distance = np.arctan2(y, x), np.hypot(x, y)
    fade = np.exp(-(distance**2) / (2 * (radius * 0.5) ** 2)) * (distance <= radius + 0.5)
    kernels = []
    for turn in range(8):
        away = np.angle(np.exp(1j * (angle - turn * np.pi / 4)))
        kernel = fade * np.exp(-(away**2) / (2 * 0.4**2))
        kernel[radius, radius] = fade[radius, radius]
        kernels.append((kernel / kernel.sum()).astype(np.float32))
    return kernels


def ink(image: Image, sigma: float, threshold: float, sharpness: float = 14.0) -> Image:
    """0 where a pen would draw, 1 on bare paper: the extended difference of Gaussians."""
    grey = light(image)
    near, far = blur(grey, sigma), blur(grey, sigma * 1.6)
    edges = near + 18 * (near - far)
    line = np.where(edges >= threshold, 1, 1 + np.tanh(sharpness * (edges - threshold)))
    return blur(line.astype(np.float32).clip(0, 1), 0.8)


def flat(image: Image, rounds: int = 3) -> Image:
    """Skin and cloth without their texture, edges kept."""
    small = cv2.resize(image, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32)
    for _ in range(rounds):
        small = cv2.bilateralFilter(small, 9, 0.11, 5)
    return cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def banded(place: Image, colours: list[Colour]) -> Image:
    """Each number from 0 to 1 as its place on a band of colours."""
    stops = np.linspace(0, 1, len(colours))
    band = np.array(colours, np.float32) / 255
    planes = [np.interp(place, stops, band[:, channel]) for channel in range(3)]
    return np.stack(planes, axis=-1).astype(np.float32)


def facets(image: Image, density: Image, count: int, dice: np.random.Generator) -> Image:
    """Triangles of one colour each, smaller where `density` is higher."""
    corners = _corners(density, count, dice)
    mesh = cv2.Subdiv2D((0, 0, SIDE, SIDE))
    mesh.insert([(float(x), float(y)) for x, y in corners])
    soft = blur(image, 4)
    canvas = soft.copy()
    for triangle in np.array(mesh.getTriangleList()).reshape(-1, 3, 2):
        if triangle.min() >= -1 and triangle.max() <= SIDE + 1:
            _fill(canvas, soft, triangle, float(dice.uniform(0.955, 1.045)))
    return canvas


def _fill(canvas: Image, soft: Image, triangle: Image, shade: float) -> None:
    x, y = triangle.mean(axis=0).clip(0, SIDE - 1).astype(int)
    colour = [float(value) * shade for value in soft[y, x]]
    points = (triangle * 16).round().astype(np.int32)
    cv2.fillConvexPoly(canvas, points, colour, cv2.LINE_8, 4)


def _corners(density: Image, count: int, dice: np.random.Generator) -> Image:
    """Points by lot, none too near to another, and a frame around the picture."""
    chance = density.ravel() / density.sum()
    side = density.shape[0]
    spots = dice.choice(chance.size, size=count * 3, replace=False, p=chance)
    taken = np.zeros((side, side), np.uint8)
    scale = SIDE / side
    chosen = []
    for spot in spots:
        y, x = divmod(int(spot), side)
        if taken[y, x]:
            continue
        chosen.append(((x + 0.5) * scale, (y + 0.5) * scale))
        gap = int(np.clip(0.9 / np.sqrt(chance[spot] * count), 2, 12))
        cv2.circle(taken, (x, y), gap, 1, -1)
        if len(chosen) == count:
            break
    edge = np.linspace(0, SIDE - 1, 11)
    frame = [(x, y) for x in edge for y in edge if x in edge[[0, -1]] or y in edge[[0, -1]]]
    return np.array(chosen + frame, np.float32)
