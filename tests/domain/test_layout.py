"""Where faces go: nobody is cut by the round crop, nobody is covered."""

from itertools import combinations
from math import hypot

import pytest

from bot.domain.layout import ROWS, Layout, Tile, layout

ROUND = range(1, 10)
POSTERS = range(10, 26)
# Radii of the densest packings in a circle of radius 1 (Graham 1968, Pirl 1969).
DENSEST = [1, 0.5, 0.4641, 0.4142, 0.3702, 0.3333, 0.3333, 0.3026, 0.2768]


def holds(tile: Tile, x: float, y: float) -> bool:
    return all(line.across * x + line.down * y <= line.most + 1e-9 for line in tile.lines) and all(
        hypot(x - bowl.x, y - bowl.y) <= bowl.radius + 1e-9 for bowl in tile.bowls
    )


def points(plan: Layout, step: int = 16) -> list[tuple[float, float]]:
    return [
        (x + 0.5, y + 0.5) for x in range(0, plan.width, step) for y in range(0, plan.height, step)
    ]


def test_one_face_is_the_whole_picture() -> None:
    plan = layout(1)
    assert all(holds(plan.tiles[0], x, y) for x, y in points(plan))


@pytest.mark.parametrize("count", ROUND)
def test_the_discs_lie_in_the_circle_and_are_as_large_as_they_can_be(count: int) -> None:
    plan = layout(count)
    assert (plan.width, plan.height, len(plan.tiles)) == (1280, 1280, count)
    discs = [tile.disc for tile in plan.tiles]
    for disc in discs:
        assert hypot(disc.x - 640, disc.y - 640) + disc.radius <= 640
        # The gaps take the rest.
        assert disc.radius == pytest.approx(discs[0].radius)
        assert disc.radius >= 640 * DENSEST[count - 1] * 0.93
    for one, other in combinations(discs, 2):
        assert hypot(one.x - other.x, one.y - other.y) >= one.radius + other.radius + 10


@pytest.mark.parametrize("count", range(2, 10))
def test_tiles_lie_in_the_circle_do_not_overlap_and_fill_it(count: int) -> None:
    plan = layout(count)
    filled = 0
    for x, y in points(plan):
        within = sum(holds(tile, x, y) for tile in plan.tiles)
        assert within <= 1
        if within:
            assert hypot(x - 640, y - 640) <= 640
            filled += 1
    circle = sum(hypot(x - 640, y - 640) <= 640 for x, y in points(plan))
    assert filled / circle > 0.75


@pytest.mark.parametrize("count", [*ROUND, *POSTERS])
def test_a_disc_is_within_its_tile_and_the_tile_within_its_reach(count: int) -> None:
    plan = layout(count)
    for tile in plan.tiles:
        disc = tile.disc
        for line in tile.lines:
            assert line.across * disc.x + line.down * disc.y + disc.radius <= line.most + 1e-6
        for bowl in tile.bowls:
            assert hypot(disc.x - bowl.x, disc.y - bowl.y) + disc.radius <= bowl.radius + 1e-6
        for x, y in points(plan, 32):
            if holds(tile, x, y):
                assert max(abs(x - disc.x), abs(y - disc.y)) <= tile.reach + 1e-6


@pytest.mark.parametrize("count", POSTERS)
def test_a_poster_has_balanced_rows_of_equal_tiles(count: int) -> None:
    rows = ROWS[count]
    assert sum(rows) == count
    assert max(rows) - min(rows) <= 1
    assert rows == rows[::-1]
    plan = layout(count)
    assert max(plan.width, plan.height) == 1280
    assert len({round(tile.disc.radius, 6) for tile in plan.tiles}) == 1
    tiles = iter(plan.tiles)
    for length in rows:
        row = [next(tiles).disc for _ in range(length)]
        assert len({disc.y for disc in row}) == 1
        assert (row[0].x + row[-1].x) / 2 == pytest.approx(plan.width / 2)


@pytest.mark.parametrize("count", POSTERS)
def test_a_posters_tiles_lie_on_it_and_do_not_overlap(count: int) -> None:
    plan = layout(count)
    discs = [tile.disc for tile in plan.tiles]
    for disc in discs:
        assert disc.radius < disc.x < plan.width - disc.radius
        assert disc.radius < disc.y < plan.height - disc.radius
    for one, other in combinations(discs, 2):
        apart = max(abs(one.x - other.x), abs(one.y - other.y))
        assert apart >= one.radius + other.radius + 5


@pytest.mark.parametrize("count", [-1, 0, 26])
def test_no_faces_or_too_many(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 25"):
        layout(count)
