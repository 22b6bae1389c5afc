"""What stands behind the person, painted from a scene's colours and the seed's chance."""

import cv2
import numpy as np

from bot.sandbox.eachlabs.pictures.brief import Brief, Colour
from bot.sandbox.eachlabs.pictures.subject import SIDE, Image
from bot.sandbox.eachlabs.pictures.tones import blur, paint, screen


def gradient(top: Colour | Image, bottom: Colour | Image) -> Image:
    ramp = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None, None]
    upper, lower = _floats(top), _floats(bottom)
    column = upper * (1 - ramp) + lower * ramp
    return np.repeat(column.astype(np.float32), SIDE, axis=1)


def _floats(colour: Colour | Image) -> Image:
    return colour if isinstance(colour, np.ndarray) else paint(colour)


def spot(x: float, y: float, radius: float) -> Image:
    """A soft disc of light, 0..1; place and radius as shares of the side."""
    rows, columns = np.ogrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    away = ((columns - x) ** 2 + (rows - y) ** 2) / radius**2
    return np.exp(-away).astype(np.float32)


def clouds(dice: np.random.Generator, octaves: int = 5) -> Image:
    """Fractal noise, 0..1."""
    total: Image = np.zeros((SIDE // 2, SIDE // 2), np.float32)
    for octave in range(octaves):
        cells = 3 * 2**octave
        noise = dice.random((cells, cells), dtype=np.float32) / np.float32(1.9**octave)
        total += cv2.resize(noise, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_CUBIC)
    total = (total - total.min()) / (total.max() - total.min())
    whole: Image = cv2.resize(total, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return whole


def bokeh(dice: np.random.Generator, colour: Colour, count: int) -> Image:
    """Lamps out of focus: discs of light, to be screened over a backdrop."""
    canvas = np.zeros((SIDE, SIDE, 3), np.float32)
    for _ in range(count):
        disc = np.zeros((SIDE, SIDE), np.float32)
        centre = (int(dice.uniform(0, SIDE)), int(dice.beta(1.2, 1.8) * SIDE))
        radius = int(dice.uniform(18, 72))
        cv2.circle(disc, centre, radius, 1.0, -1, cv2.LINE_AA)
        cv2.circle(disc, centre, radius, 1.35, 3, cv2.LINE_AA)
        tint = np.clip(paint(colour) * dice.uniform(0.75, 1.2, 3), 0, 1)
        canvas += disc[..., None] * (tint * dice.uniform(0.10, 0.38)).astype(np.float32)
    return blur(canvas, 2.5).clip(0, 1)


def stars(dice: np.random.Generator, count: int) -> Image:
    """0..1: small stars, and some that sparkle with four rays."""
    canvas = np.zeros((SIDE, SIDE), np.float32)
    for number in range(count):
        x, y = (int(value) for value in dice.uniform(0, SIDE, 2))
        shine = float(dice.uniform(0.3, 1))
        cv2.circle(canvas, (x, y), 1 if number % 5 else 2, shine, -1, cv2.LINE_AA)
        if number % 14 == 0:
            _ray(canvas, x, y, int(dice.uniform(12, 34)), shine)
    return (canvas + blur(canvas, 4) * 2.2).clip(0, 1)


def _ray(canvas: Image, x: int, y: int, reach: int, shine: float) -> None:
    for dx, dy in ((reach, 0), (0, reach)):
        cv2.line(canvas, (x - dx, y - dy), (x + dx, y + dy), shine * 0.8, 1, cv2.LINE_AA)
    cv2.circle(canvas, (x, y), 3, 1.0, -1, cv2.LINE_AA)


def sunburst(dice: np.random.Generator, one: Colour, other: Colour, rays: int) -> Image:
    """Rays in two colours from behind the head."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    angle = np.arctan2(rows - SIDE * 0.52, columns - SIDE / 2) + dice.uniform(0, 1)
    wave = np.sin(angle * rays) * 60
    return np.where(wave.clip(0, 1)[..., None] > 0.5, paint(one), paint(other)).astype(np.float32)


def dots(darkness: Image, pitch: int, angle: float = 0.6) -> Image:
    """A printer's screen: 1 inside dots that grow with `darkness` (0..1)."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    turned_x = columns * np.cos(angle) + rows * np.sin(angle)
    turned_y = rows * np.cos(angle) - columns * np.sin(angle)
    wave = np.cos(turned_x * 2 * np.pi / pitch) + np.cos(turned_y * 2 * np.pi / pitch)
    edge = (wave / 4 + 0.5) - (1 - darkness)
    screened: Image = (edge * pitch * 0.9 + 0.5).clip(0, 1)
    return screened


def night_city(dice: np.random.Generator) -> Image:
    """A striped sun over a skyline and a grid that runs to the horizon."""
    sky = gradient((70, 12, 26), (140, 30, 150))
    sky = screen(sky, stars(dice, 160)[..., None] * paint((255, 220, 240)))
    sky = _sun(sky, x=float(dice.uniform(0.36, 0.64)))
    horizon = int(SIDE * 0.72)
    _skyline(sky, dice, horizon)
    sky[horizon:] = paint((60, 8, 30))
    grid = _grid(horizon)
    shine = grid + blur(grid, 7) * 1.6
    return screen(sky, shine[..., None] * paint((255, 60, 235)))


def _sun(sky: Image, x: float) -> Image:
    disc = np.zeros((SIDE, SIDE), np.float32)
    centre = (int(SIDE * x), int(SIDE * 0.40))
    cv2.circle(disc, centre, int(SIDE * 0.36), 1.0, -1, cv2.LINE_AA)
    for number in range(7):
        y = centre[1] + int(SIDE * (0.03 + number * 0.05))
        cv2.rectangle(disc, (0, y), (SIDE, y + 4 + number * 3), 0.0, -1)
    fire = gradient((90, 220, 255), (190, 30, 255))
    glow = blur(disc, 60)[..., None] * paint((200, 60, 255)) * 0.8
    return screen(sky, glow) * (1 - disc[..., None]) + fire * disc[..., None]


def _skyline(sky: Image, dice: np.random.Generator, horizon: int) -> None:
    x = 0
    while x < SIDE:
        width, height = int(dice.uniform(36, 96)), int(dice.uniform(60, 330))
        cv2.rectangle(sky, (x, horizon - height), (x + width, horizon), (0.16, 0.02, 0.09), -1)
        for row in range(horizon - height + 14, horizon - 10, 22):
            for column in range(x + 8, x + width - 8, 16):
                if dice.random() < 0.3:
                    lamp = (1.0, 0.85, 0.25) if dice.random() < 0.5 else (0.85, 0.25, 1.0)
                    cv2.rectangle(sky, (column, row), (column + 5, row + 8), lamp, -1)
        x += width + int(dice.uniform(0, 10))


def _grid(horizon: int) -> Image:
    canvas = np.zeros((SIDE, SIDE), np.float32)
    for number in range(-14, 15):
        start, end = (SIDE // 2 + number * 30, horizon), (SIDE // 2 + number * 240, SIDE)
        cv2.line(canvas, start, end, 0.9, 2, cv2.LINE_AA)
    for number in range(10):
        y = horizon + int((SIDE - horizon) * (number / 9) ** 2)
        cv2.line(canvas, (0, y), (SIDE, y), 0.9, 2, cv2.LINE_AA)
    return canvas


def far_hills(brief: Brief, dice: np.random.Generator) -> Image:
    """A glowing sky over three ranges of hills."""
    top, bottom, accent = brief.scene
    scene = gradient(top, bottom)
    scene = screen(scene, spot(dice.uniform(0.2, 0.8), 0.3, 0.4)[..., None] * paint(accent) * 0.7)
    for layer in range(3):
        base = SIDE * (0.52 + layer * 0.14)
        heights = np.cumsum(dice.standard_normal(18)) * (26 - layer * 4)
        xs = np.linspace(0, SIDE, 18)
        line = base + np.interp(np.arange(SIDE), xs, heights - heights.mean())
        mask = (np.arange(SIDE)[:, None] > line[None, :]).astype(np.float32)
        mask = blur(mask, 1.5)[..., None]
        colour = paint(top) * (0.75 - layer * 0.2) + paint(bottom) * (0.35 - layer * 0.1)
        scene = scene * (1 - mask) + colour * mask
    return scene.astype(np.float32)
