"""The picture of a group, looked at pixel by pixel."""

import colorsys
from math import cos, hypot, pi, sin

import numpy as np
import pytest
from PIL import Image

from bot.domain.layout import layout
from bot.domain.photo import PhotoProblem
from bot.errors import PhotoRefused
from bot.imaging import faces as imaging_faces
from bot.imaging import worker as imaging_worker
from bot.imaging.compose import compose
from tests.imaging.pictures import encoded, located, opened, photo, quarters

Colour = tuple[int, int, int]


@pytest.fixture(autouse=True, scope="module")
def decoders() -> None:
    imaging_worker.load()


def colours(count: int) -> list[Colour]:
    """Bright ones, which no background is."""
    found = []
    for number in range(count):
        red, green, blue = colorsys.hsv_to_rgb(number / count, 0.7 - number % 2 * 0.35, 1)
        found.append((round(red * 255), round(green * 255), round(blue * 255)))
    return found


def plain(colour: Colour, size: tuple[int, int] = (256, 256)) -> bytes:
    return encoded(Image.new("RGB", size, colour), "PNG")


def composed(faces: list[bytes]) -> Image.Image:
    picture = opened(compose(faces))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    return picture


def far(picture: Image.Image, x: float, y: float, colour: Colour) -> int:
    pixel = picture.getpixel((int(x), int(y)))
    assert isinstance(pixel, tuple)
    return max(abs(int(one) - other) for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("count", [*range(1, 10), 17, 25])
def test_each_face_is_where_the_layout_says(count: int) -> None:
    wanted, plan = colours(count), layout(count)
    picture = composed([plain(colour) for colour in wanted])
    assert picture.size == (plan.width, plan.height)
    for tile, colour in zip(plan.tiles, wanted, strict=True):
        disc = tile.disc
        assert far(picture, disc.x, disc.y, colour) <= 8
        for turn in range(16):
            # To the edge of its disc, less what JPEG blurs.
            x = disc.x + (disc.radius - 3) * cos(turn * pi / 8)
            y = disc.y + (disc.radius - 3) * sin(turn * pi / 8)
            assert far(picture, x, y, colour) <= 24


@pytest.mark.parametrize("count", [2, 5, 8])
def test_outside_the_circle_and_between_two_is_a_calm_dark(count: int) -> None:
    pixels = np.asarray(composed([plain(colour) for colour in colours(count)])).astype(int)
    y, x = np.indices((1280, 1280)) + 0.5
    outside = pixels[np.hypot(x - 640, y - 640) > 632]
    assert outside.max() < 140
    one, other = (tile.disc for tile in layout(count).tiles[:2])
    assert pixels[int((one.y + other.y) / 2), int((one.x + other.x) / 2)].max() < 140


def test_the_background_has_the_colour_of_the_face_beside_it() -> None:
    picture = composed([plain((255, 80, 60)), plain((60, 90, 255))])
    left, right = picture.getpixel((20, 640 - 600)), picture.getpixel((1260, 640 - 600))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > left[2]
    assert right[0] < right[2]


@pytest.mark.parametrize("count", [2, 3, 5, 9, 16])
@pytest.mark.parametrize("name", ["astronaut.png", "astronaut-face.jpg"])
def test_no_face_is_cut(name: str, count: int) -> None:
    picture = composed([photo(name)] * count).convert("L")
    for tile in layout(count).tiles:
        disc, radius = tile.disc, tile.disc.radius
        seen = picture.crop((disc.x - radius, disc.y - radius, disc.x + radius, disc.y + radius))
        x, y, width, height = imaging_faces.find(np.asarray(seen))[0]
        away = hypot(x + width / 2 - radius, y + height / 2 - radius)
        # The cascade's box has the brows and the mouth in it, as far from its middle as its sides.
        assert away + max(width, height) / 2 <= radius


def test_one_face_fills_the_square() -> None:
    picture = composed([encoded(quarters(512, 512), "PNG")])
    for x, y, colour in (
        (2, 2, (255, 0, 0)),
        (1277, 2, (0, 255, 0)),
        (2, 1277, (0, 0, 255)),
        (1277, 1277, (255, 255, 0)),
    ):
        assert far(picture, x, y, colour) <= 8


@pytest.mark.parametrize("size", [(1, 1), (40, 700), (1200, 90), (1536, 1536)])
def test_any_size_fills_its_tile(size: tuple[int, int]) -> None:
    wanted = colours(3)
    picture = composed([plain(colour, size) for colour in wanted])
    for tile, colour in zip(layout(3).tiles, wanted, strict=True):
        assert far(picture, tile.disc.x, tile.disc.y, colour) <= 8


def test_of_a_tall_picture_without_a_face_the_upper_middle_is_seen() -> None:
    tall = Image.new("RGB", (300, 900), "white")
    tall.paste((230, 60, 60), (0, 600, 300, 900))
    picture = composed([encoded(tall, "PNG")] * 4)
    for tile in layout(4).tiles:
        assert far(picture, tile.disc.x, tile.disc.y + tile.disc.radius - 5, (255, 255, 255)) <= 8


def test_what_looks_like_a_face_far_below_is_not_followed() -> None:
    badge = Image.new("RGB", (800, 800), "white")
    badge.paste((230, 60, 60), (0, 0, 800, 240))
    badge.paste(opened(photo("astronaut-face.jpg")).resize((200, 200)), (300, 600))
    data = encoded(badge, "PNG")
    _, y, _, height = imaging_faces.find(np.asarray(badge.convert("L")))[0]
    assert y + height / 2 > 560
    picture = composed([data] * 4)
    for tile in layout(4).tiles:
        above = tile.disc.y - tile.disc.radius + 5
        assert far(picture, tile.disc.x, above, (230, 60, 60)) <= 8


def test_the_same_faces_make_the_same_bytes_and_their_order_counts() -> None:
    faces = [photo("astronaut.png"), photo("astronaut-face.jpg"), plain((200, 90, 30))]
    assert compose(faces) == compose(faces)
    assert compose(faces) != compose(faces[::-1])


def test_telegram_takes_it_and_nothing_of_the_photos_is_told() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    data = compose([encoded(Image.fromarray(noise), "PNG")] * 3 + [located()])
    # Bot API, sendPhoto: 10 MB.
    assert len(data) < 10_000_000
    for word in (b"Exif", b"Acme", b"home", b"xmpmeta"):
        assert word not in data


class TestErrors:
    @pytest.mark.parametrize("count", [0, 26])
    def test_none_or_too_many(self, count: int) -> None:
        with pytest.raises(ValueError, match="1 to 25"):
            compose([plain((200, 0, 0))] * count)

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"<html>502</html>", PhotoProblem.NOT_A_PICTURE),
            (photo("astronaut.png")[:9000], PhotoProblem.DAMAGED),
            (photo("astronaut-face.jpg")[:9000], PhotoProblem.DAMAGED),
        ],
        ids=["html", "png", "jpeg"],
    )
    def test_one_that_does_not_decode(self, data: bytes, problem: PhotoProblem) -> None:
        with pytest.raises(PhotoRefused) as refused:
            compose([plain((200, 0, 0)), data])
        assert refused.value.problem == problem
