"""The looks: each takes a subject and a brief, and paints a picture of 1024 x 1024.

They work on float32 pictures, 0..1, and are free to leave that range; the finish clips.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from bot.sandbox.eachlabs.pictures import backdrops, strokes
from bot.sandbox.eachlabs.pictures.brief import Brief, Colour
from bot.sandbox.eachlabs.pictures.subject import SIDE, Image, Subject
from bot.sandbox.eachlabs.pictures.tones import (
    blur,
    contrasted,
    crisp,
    floated,
    glowing,
    grain,
    levelled,
    light,
    mix,
    paint,
    posterised,
    rim_lit,
    saturated,
    screen,
    toned,
    vignette,
)

Look = Callable[[Subject, Brief], Image]


def _person(subject: Subject) -> Image:
    return levelled(floated(subject.image), subject.matte) * 0.95


def _behind(subject: Subject, sigma: float) -> Image:
    """What was behind the person, out of focus, without the person's colours bleeding into it."""
    away = (1 - subject.matte)[..., None]
    spread = blur(floated(subject.image) * away, sigma)
    weight = blur(1 - subject.matte, sigma)[..., None]
    known = np.clip(weight * 20, 0, 1)
    return mix(np.full_like(spread, 0.5), spread / np.maximum(weight, 0.02), known)


def natural(subject: Subject, brief: Brief) -> Image:
    top, _, accent = brief.scene
    behind = _behind(subject, 26)
    behind = mix(behind, backdrops.gradient(accent, top), 0.16)
    picture = mix(behind, _person(subject), subject.matte)
    return vignette(toned(picture, (120, 122, 128), (128, 140, 150), 0.5), 0.16)


def cinematic(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("cinematic")
    top, bottom, accent = brief.scene
    behind = mix(_behind(subject, 40) * 0.3, backdrops.gradient(top, bottom) * 0.42, 0.72)
    behind = screen(behind, backdrops.bokeh(dice, (70, 150, 255), 13))
    behind = screen(behind, backdrops.bokeh(dice, accent, 12) * 0.9)
    side = np.linspace(0.72, 1.06, SIDE, dtype=np.float32)[None, :, None]
    person = contrasted(_person(subject) * 0.84 * side, 0.6)
    person = rim_lit(person, subject.matte, (22, 0), (70, 160, 255), 1.3)
    person = rim_lit(person, subject.matte, (-22, 0), (255, 190, 80), 1.0)
    picture = mix(behind, person, subject.matte)
    picture = toned(picture, (176, 128, 62), (92, 140, 205), 0.55 + 0.4 * brief.strength)
    picture = glowing(saturated(picture, 1.15), 22, 0.25, 0.75)
    streak = cv2.GaussianBlur(np.clip(light(picture) - 0.86, 0, 1), (0, 0), 120, sigmaY=2)
    picture = screen(picture, streak[..., None] * paint((255, 190, 120)) * 2)
    picture = grain(vignette(picture, 0.75), dice, 0.012)
    bar = int(SIDE * 0.062)
    picture[:bar] = picture[-bar:] = 0.012
    return picture


def animated(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("animated")
    top, bottom, accent = brief.scene
    bright = backdrops.gradient(paint(top) * 0.4 + 0.55, paint(bottom) * 0.4 + 0.6)
    bright = saturated(bright, 1.9)
    bright = screen(bright, (backdrops.clouds(dice) ** 3)[..., None] * 0.5)
    bright = screen(bright, backdrops.bokeh(dice, accent, 16) * 0.75)
    person, matte = _wide_eyed(_person(subject), subject, 0.16 + 0.14 * brief.strength)
    smooth = strokes.flat(person, 4)
    smooth = mix(smooth, strokes.flat(posterised(smooth, 6, 0.7), 1), 0.45)
    smooth = saturated(smooth**0.95, 1.5 + 0.3 * brief.strength)
    smooth = toned(smooth, (150, 100, 130), (120, 145, 170), 0.45)
    smooth = crisp(smooth, 5, 0.7)
    smooth = rim_lit(smooth, matte, (18, -6), (150, 220, 255), 0.9)
    smooth = rim_lit(smooth, matte, (-18, 0), (255, 205, 150), 0.7)
    return glowing(mix(bright, smooth, matte), 26, 0.22, 0.72)


def _wide_eyed(image: Image, subject: Subject, amount: float) -> tuple[Image, Image]:
    """Eyes enlarged and the chin drawn in, as cartoons do."""
    if subject.face is None:
        return image, subject.matte
    x, y, w, h = subject.face
    columns, rows = np.meshgrid(
        np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32)
    )
    map_x, map_y = columns.copy(), rows.copy()
    for share in (0.31, 0.69):
        dx, dy = columns - (x + w * share), rows - (y + h * 0.40)
        pull = amount * np.exp(-(dx**2 + dy**2) / (2 * (w * 0.13) ** 2))
        map_x -= dx * pull
        map_y -= dy * pull
    dx, dy = columns - (x + w * 0.5), rows - (y + h * 0.98)
    squeeze = 0.5 * amount * np.exp(-((dx / (w * 0.42)) ** 2 + (dy / (h * 0.28)) ** 2))
    map_x += dx * squeeze
    bent = [
        cv2.remap(it, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        for it in (image, subject.matte)
    ]
    return bent[0].clip(0, 1), bent[1].clip(0, 1)


def digital_art(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("digital")
    top, bottom, accent = brief.scene
    person = strokes.oil(crisp(_person(subject) * 0.93, 6, 0.7), 5 + round(4 * brief.strength))
    person = crisp(contrasted(saturated(person, 1.5), 0.45), 4, 0.8)
    person = toned(person, (190, 70, 120), (125, 130, 150), 0.6)
    behind = _marbled(dice, [(70, 26, 48), top, (150, 60, 190), bottom, accent, (60, 110, 250)])
    behind = _ringed(behind, accent)
    person = rim_lit(person, subject.matte, (20, -6), (255, 220, 60), 1.7)
    person = rim_lit(person, subject.matte, (-20, 6), (200, 70, 255), 1.7)
    return glowing(mix(behind, person, subject.matte), 20, 0.3, 0.75)


def _marbled(dice: np.random.Generator, colours: list[Colour]) -> Image:
    """Bands of paint that flow around each other, laid on with a broad brush."""
    fold = backdrops.clouds(dice, 3)
    rows, columns = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    flow = 0.9 * (1 - rows) + 0.5 * columns + fold * 1.9 + dice.uniform(0, 1)
    place = (0.5 + 0.5 * np.sin(flow * 5)).astype(np.float32)
    cut = np.floor(place * 12) / 12
    painted = strokes.banded(mix(place, cut, 0.75), colours)
    return strokes.oil(painted + (backdrops.clouds(dice, 7)[..., None] - 0.5) * 0.22, 6)


def _ringed(behind: Image, accent: Colour) -> Image:
    """A fine circle of light around the head."""
    ring = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(ring, (SIDE // 2, int(SIDE * 0.47)), int(SIDE * 0.43), 1.0, 5, cv2.LINE_AA)
    shine = (ring + blur(ring, 12) * 2.5)[..., None] * paint(accent)
    return screen(behind * 0.85, shine)


def photographic(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("photographic")
    top, bottom, _ = brief.scene
    tint = paint(top) * 0.5 + paint(bottom) * 0.5
    cloth = backdrops.clouds(dice)[..., None] * 0.10
    dark = np.full((SIDE, SIDE, 3), 0.10, np.float32) + tint * 0.10
    lamp = backdrops.spot(0.5 + dice.uniform(-0.08, 0.08), 0.48, 0.52)[..., None]
    studio = dark + lamp * (tint * 0.32 + 0.30) + cloth * lamp
    person = crisp(crisp(_person(subject), 24, 0.22), 2.2, 0.8)
    side = np.linspace(1.12, 0.76, SIDE, dtype=np.float32)[None, :, None]
    person = contrasted(person * side, 0.55)
    person = rim_lit(person, subject.matte, (14, -14), (255, 245, 235), 0.8)
    picture = mix(studio, person, subject.matte)
    picture = toned(picture, (134, 124, 118), (126, 132, 140), 0.5)
    return grain(vignette(picture, 0.35), dice, 0.01)


def fantasy(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("fantasy")
    _, _, accent = brief.scene
    mist = backdrops.clouds(dice)
    behind = mix(
        backdrops.far_hills(brief, dice), backdrops.gradient((110, 40, 74), (150, 90, 160)), 0.45
    )
    behind = screen(
        behind, (mist**2.2)[..., None] * (paint(accent) * 0.5 + paint((200, 120, 160)) * 0.3)
    )
    halo = backdrops.spot(0.5, 0.42, 0.42)[..., None]
    behind = screen(behind, halo * paint((120, 205, 255)) * 0.75)
    behind = screen(behind, backdrops.stars(dice, 190)[..., None] * paint((215, 240, 255)))
    person = strokes.oil(_person(subject), 4 + round(3 * brief.strength))
    person = toned(contrasted(person, 0.35), (170, 84, 120), (96, 158, 205), 0.75)
    person = rim_lit(person * 0.88, subject.matte, (22, -10), (90, 195, 255), 1.7)
    person = rim_lit(person, subject.matte, (-22, -10), (255, 190, 170), 1.3)
    picture = mix(behind, person, subject.matte)
    front = backdrops.stars(brief.dice("sparks"), 60)[..., None] * paint((150, 225, 255))
    picture = screen(picture, front * (1 - 0.75 * backdrops.spot(0.5, 0.45, 0.3))[..., None])
    return vignette(glowing(saturated(picture, 1.25), 30, 0.4, 0.62), 0.45)


NEON: list[Colour] = [
    (40, 6, 18),
    (120, 16, 60),
    (190, 30, 170),
    (150, 70, 255),
    (230, 150, 200),
    (255, 235, 130),
    (255, 255, 225),
]


def neonpunk(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("neon")
    person = contrasted(crisp(_person(subject), 12, 0.5), 0.5)
    mapped = strokes.banded(light(person).clip(0, 1) ** 1.5, NEON)
    mapped = mix(mapped, saturated(person, 1.4), 0.2 - 0.12 * brief.strength)
    mapped = rim_lit(mapped, subject.matte, (20, -4), (255, 235, 30), 2.6)
    mapped = rim_lit(mapped, subject.matte, (-20, 4), (200, 20, 255), 2.6)
    lines = (1 - strokes.ink(_person(subject), 1.6, 0.30)) * (0.25 + light(person))
    lit = screen(mapped, blur(lines, 1.2)[..., None] * paint((255, 240, 90)) * 0.35)
    behind = backdrops.night_city(dice)
    picture = mix(behind, lit, subject.matte)
    picture = glowing(picture, 18, 0.6, 0.6)
    picture[::4] *= 0.9
    return saturated(vignette(picture, 0.4), 1.15)


def enhanced(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("enhance")
    _, bottom, accent = brief.scene
    person = (_person(subject) * 255).astype(np.uint8)
    detailed = floated(cv2.detailEnhance(person, sigma_s=8, sigma_r=0.12 + 0.08 * brief.strength))
    skin = strokes.flat(_person(subject), 2)
    polished = mix(detailed, skin, 0.55) ** 0.92
    polished = saturated(contrasted(polished, 0.35), 1.28)
    tint = saturated((paint(bottom) * 0.6 + paint(accent) * 0.4)[None, None], 1.5)[0, 0]
    airy = backdrops.gradient(tint * 0.55 + 0.3, tint * 0.35 + 0.55)
    airy = screen(airy, backdrops.spot(0.5, 0.35, 0.5)[..., None] * 0.45)
    airy = screen(airy, backdrops.bokeh(dice, (255, 255, 255), 9) * 0.5)
    polished = rim_lit(polished, subject.matte, (14, -10), (255, 255, 255), 0.6)
    polished = rim_lit(polished, subject.matte, (-14, -10), (255, 255, 255), 0.6)
    return glowing(mix(airy, polished, subject.matte), 24, 0.2, 0.75)


def comic(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("comic")
    person = strokes.flat(_person(subject), 3)
    lines = strokes.ink(strokes.flat(_person(subject), 1), 1.7 + 0.7 * brief.strength, 0.36)
    colours = saturated(posterised(contrasted(person, 0.5) ** 0.85, 4, 0.12), 1.7)
    shade = np.clip(0.62 - light(person), 0, 0.62) * 0.9
    colours = mix(colours, colours * paint((190, 130, 120)), backdrops.dots(shade, 11) * 0.6)
    _, bottom, _ = brief.scene
    rays = backdrops.sunburst(dice, (60, 200, 255), (40, 120, 250), 11)
    tint = saturated(paint(bottom)[None, None] * 0.6 + 0.4, 1.6)
    rays = mix(rays, np.broadcast_to(tint, rays.shape), 0.22)
    fade = 1 - backdrops.spot(0.5, 0.5, 0.62)
    rays = mix(
        rays, np.broadcast_to(paint((40, 40, 210)), rays.shape), backdrops.dots(fade * 0.62, 22)
    )
    rays = screen(rays, backdrops.spot(0.5, 0.5, 0.36)[..., None] * 0.35)
    picture = mix(rays, colours * lines[..., None], subject.matte)
    outline = (1 - np.abs(blur(subject.matte, 3) - 0.5) * 4).clip(0, 1)
    picture = picture * (1 - outline[..., None])
    return _panel(picture)


def _panel(picture: Image) -> Image:
    """A black frame on a white margin."""
    framed = np.full_like(picture, 0.98)
    margin = 13
    framed[margin:-margin, margin:-margin] = picture[margin:-margin, margin:-margin]
    cv2.rectangle(framed, (margin, margin), (SIDE - margin, SIDE - margin), (0.04,) * 3, 8)
    return framed


def low_poly(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("mesh")
    top, bottom, accent = brief.scene
    person = saturated(contrasted(crisp(_person(subject), 10, 0.5), 0.45), 1.45)
    person = toned(person, (150, 100, 120), (125, 138, 150), 0.4)
    behind = backdrops.gradient(paint(top) * 0.9, paint(bottom))
    behind = screen(behind, backdrops.spot(0.5, 0.4, 0.45)[..., None] * paint(accent) * 0.5)
    behind = behind * (0.82 + 0.36 * backdrops.clouds(dice, 3)[..., None])
    whole = mix(behind, person, subject.matte).astype(np.float32)
    count = round(2100 - 1100 * brief.strength)
    return strokes.facets(whole, _density(whole, subject), count, dice).clip(0, 1)


def _density(whole: Image, subject: Subject) -> Image:
    """Where corners lie: along edges, most of all in the face."""
    side = SIDE // 4
    grey = cv2.resize(light(blur(whole, 3)), (side, side), interpolation=cv2.INTER_AREA)
    edges = np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))
    matte = cv2.resize(subject.matte, (side, side), interpolation=cv2.INTER_AREA)
    density: Image = 0.012 + 0.02 * matte + np.minimum(edges, 0.35) * (0.4 + 0.6 * matte)
    if subject.face is not None:
        x, y, w, h = (value // 4 for value in subject.face)
        density[y + h // 5 : y + h, x + w // 10 : x + w * 9 // 10] *= 2.4
    return density


def line_art(subject: Subject, brief: Brief) -> Image:
    dice = brief.dice("line")
    person = strokes.flat(_person(subject), 2)
    fine = strokes.ink(person, 1.3 + 0.6 * brief.strength, 0.30, 20)
    bold = strokes.ink(person, 3.2, 0.17, 20)
    drawn = fine * bold
    tone = light(blur(person, 4))
    drawn = drawn * _hatched(tone, 0.58, 0.9) * _hatched(tone, 0.3, -0.7)
    drawn = mix(np.ones_like(drawn), drawn, subject.matte)
    outline = (1 - np.abs(blur(subject.matte, 2.2) - 0.5) * 3.4).clip(0, 1)
    drawn = drawn * (1 - outline)
    _, bottom, accent = brief.scene
    paper = paint((226, 240, 246)) * (1 - 0.05 * backdrops.clouds(dice)[..., None])
    wash = backdrops.spot(0.5 + dice.uniform(-0.1, 0.1), 0.45, 0.42) * (
        0.4 + backdrops.clouds(dice, 6)
    )
    blot = np.clip((wash - 0.34) * 5, 0, 1) * 0.32
    colour = saturated((paint(bottom) * 0.6 + paint(accent) * 0.4)[None, None], 1.5)
    paper = mix(paper, paper * colour.clip(0, 1), blot * (1 - subject.matte * 0.85))
    pen = paint((58, 40, 34))
    return mix(np.broadcast_to(pen, paper.shape), paper, drawn)


def _hatched(tone: Image, below: float, slant: float) -> Image:
    """Pen strokes where `tone` is darker than `below`; 1 elsewhere."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    wave = np.sin((columns * np.cos(slant) + rows * np.sin(slant)) * 2 * np.pi / 9)
    depth = np.clip((below - tone) / below, 0, 1)
    paper: Image = 1 - np.clip((wave - 1 + depth * 1.9) * 3, 0, 1) * (depth > 0)
    return paper


LOOKS: Mapping[str, Look] = {
    "(No style)": natural,
    "Cinematic": cinematic,
    "Disney Charactor": animated,
    "Digital Art": digital_art,
    "Photographic (Default)": photographic,
    "Fantasy art": fantasy,
    "Neonpunk": neonpunk,
    "Enhance": enhanced,
    "Comic book": comic,
    "Lowpoly": low_poly,
    "Line art": line_art,
}
