"""Where each face of a group goes: a round picture for up to nine, a poster for more.

A chat photo is shown as the circle inside its square. Up to nine faces therefore lie as the densest
packing of so many equal discs in a circle (Graham 1968; Pirl 1969). A tile is its disc and what is
around it, up to half a gap before the line to its neighbour and a gap before the circle.
"""

from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import Final

MOST: Final = 25
MOST_ROUND: Final = 9
# Px; Telegram's apps make larger photos as small as this.
LONGEST_SIDE: Final = 1280
# A part of the circle's radius.
GAP: Final = 0.028
# How far a tile reaches from its disc's middle, and how round its corners are: parts of the disc's
# radius. A larger reach fills more, and makes a close portrait too large for its tile.
REACH: Final = 1.6
CORNER: Final = 0.24
# Parts of a tile's side.
POSTER_GAP: Final = 0.055
POSTER_CORNER: Final = 0.16

# The packings: is there one in the middle, how many are around it, and at which angle in degrees
# the first of these is (180 is to the left, 270 above; they follow clockwise).
RINGS: Final[dict[int, tuple[bool, int, int]]] = {
    2: (False, 2, 180),
    3: (False, 3, 270),
    4: (False, 4, 225),
    5: (False, 5, 270),
    6: (True, 5, 270),
    7: (True, 6, 270),
    8: (True, 7, 270),
    9: (True, 8, 270),
}
# Rows differ by one at most and read the same from above and from below.
ROWS: Final[dict[int, tuple[int, ...]]] = {
    10: (3, 4, 3),
    11: (4, 3, 4),
    12: (4, 4, 4),
    13: (4, 5, 4),
    14: (3, 4, 4, 3),
    15: (5, 5, 5),
    16: (4, 4, 4, 4),
    17: (3, 4, 3, 4, 3),
    18: (4, 5, 5, 4),
    19: (4, 4, 3, 4, 4),
    20: (5, 5, 5, 5),
    21: (4, 4, 5, 4, 4),
    22: (4, 5, 4, 5, 4),
    23: (5, 4, 5, 4, 5),
    24: (5, 5, 4, 5, 5),
    25: (5, 5, 5, 5, 5),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Everything on one side of a line: where `x * across + y * down <= most`; across and down
    are of length 1 together.
    """

    across: float
    down: float
    most: float


@dataclass(frozen=True, slots=True)
class Disc:
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Tile:
    """Where one face goes, in px from the upper left.

    Args:
        disc: what of it is surely seen.
        reach: the tile lies in the square that extends so far from the disc's middle.
        lines: the tile is on their inner side.
        bowls: and in these discs.
        corner: radius of its corners.
    """

    disc: Disc
    reach: float
    lines: tuple[Line, ...]
    bowls: tuple[Disc, ...]
    corner: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture's size in px, and its tiles in the order of the faces."""

    width: int
    height: int
    tiles: tuple[Tile, ...]


def layout(count: int) -> Layout:
    """Round for up to nine, a poster for more. Raises `ValueError` for none or over 25."""
    if not 1 <= count <= MOST:
        raise ValueError(f"a picture has 1 to {MOST} faces, not {count}")
    return _round(count) if count <= MOST_ROUND else _poster(ROWS[count])


def _round(count: int) -> Layout:
    half = LONGEST_SIDE / 2
    if count == 1:
        return Layout(LONGEST_SIDE, LONGEST_SIDE, (_square(0, 0, LONGEST_SIDE, 0),))
    gap = GAP * half
    bowl = Disc(half, half, half - gap)
    discs = _packed(count, bowl, gap)
    tiles = tuple(_tile(disc, discs, bowl, gap) for disc in discs)
    return Layout(LONGEST_SIDE, LONGEST_SIDE, tiles)


def _packed(count: int, bowl: Disc, gap: float) -> list[Disc]:
    """Equal discs in the bowl, a gap apart: the packing of discs that are half a gap wider, in a
    bowl that is.
    """
    middle, around, first = RINGS[count]
    room = bowl.radius + gap / 2
    share = sin(pi / around)
    part = min(share / (1 + share), 1 / 3 if middle else 1)
    radius = part * room - gap / 2
    distance = bowl.radius - radius
    angles = [(first + 360 * number / around) * pi / 180 for number in range(around)]
    ring = [
        Disc(bowl.x + distance * cos(angle), bowl.y + distance * sin(angle), radius)
        for angle in angles
    ]
    return [Disc(bowl.x, bowl.y, radius), *ring] if middle else ring


def _tile(disc: Disc, discs: list[Disc], bowl: Disc, gap: float) -> Tile:
    reach = REACH * disc.radius
    lines = tuple(_between(disc, other, gap) for other in discs if other != disc)
    bowls = (bowl, Disc(disc.x, disc.y, reach))
    return Tile(disc, reach, lines, bowls, disc.radius * CORNER)


def _between(disc: Disc, other: Disc, gap: float) -> Line:
    """This disc's side of the line in the middle of the two, less half a gap."""
    apart = hypot(other.x - disc.x, other.y - disc.y)
    across, down = (other.x - disc.x) / apart, (other.y - disc.y) / apart
    return Line(across, down, across * disc.x + down * disc.y + (apart - gap) / 2)


def _poster(rows: tuple[int, ...]) -> Layout:
    """Squares in rows, each row centred; the longest side is as long as may be."""
    columns = max(rows)
    side = LONGEST_SIDE / (max(columns, len(rows)) * (1 + POSTER_GAP) + POSTER_GAP)
    gap, corner = POSTER_GAP * side, POSTER_CORNER * side
    width, height = (round(number * (side + gap) + gap) for number in (columns, len(rows)))
    tiles: list[Tile] = []
    for row, length in enumerate(rows):
        left = (width - length * (side + gap) + gap) / 2
        top = gap + row * (side + gap)
        tiles += (_square(left + i * (side + gap), top, side, corner) for i in range(length))
    return Layout(width, height, tuple(tiles))


def _square(left: float, top: float, side: float, corner: float) -> Tile:
    half = side / 2
    lines = (
        Line(-1, 0, -left),
        Line(1, 0, left + side),
        Line(0, -1, -top),
        Line(0, 1, top + side),
    )
    return Tile(Disc(left + half, top + half, half), half, lines, (), corner)
