"""What the worker makes of files, called directly; the limits are in test_process.py."""

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageFilter

from bot.domain.photo import PhotoProblem
from bot.errors import PhotoRefused
from bot.imaging import faces, worker
from tests.imaging.pictures import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    corners,
    encoded,
    frames,
    huge_png,
    located,
    opened,
    photo,
    quarters,
    sixteen_bit,
    webp_canvas,
)

UPRIGHT = [RED, GREEN, BLUE, YELLOW]


# How a camera that is held this way stores the picture, by its orientation tag.
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.fixture(autouse=True, scope="module")
def decoders() -> None:
    worker.load()


def refusal(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        worker.prepare(data)
    return refused.value.problem


def prepared(data: bytes) -> Image.Image:
    made = worker.prepare(data)
    picture = opened(made.data)
    assert made.content_type == "image/jpeg"
    assert (picture.format, picture.mode, picture.size) == (
        "JPEG",
        "RGB",
        (made.width, made.height),
    )
    return picture


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", PhotoProblem.NOT_A_PICTURE),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", PhotoProblem.NOT_A_PICTURE),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', PhotoProblem.NOT_A_PICTURE),
        (b"\x00", PhotoProblem.NOT_A_PICTURE),
        (b"\x00\x00\x00\x20ftypM4A ", PhotoProblem.NOT_A_PICTURE),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2mp41", PhotoProblem.ANIMATED),
        (b"\x00\x00\x00\x20ftyphevc\x00\x00\x00\x00", PhotoProblem.ANIMATED),
        (b"\xff\xd8\xff\xe0<html>", PhotoProblem.DAMAGED),
        (b"\x89PNG\r\n\x1a\n", PhotoProblem.DAMAGED),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", PhotoProblem.DAMAGED),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:16]),
)
def test_no_picture_is_refused_with_its_reason(data: bytes, problem: PhotoProblem) -> None:
    assert refusal(data) == problem


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animations_are_refused(kind: str) -> None:
    assert refusal(frames(kind)) == PhotoProblem.ANIMATED


def test_a_still_gif_is_refused_too() -> None:
    assert refusal(encoded(quarters().quantize(8), "GIF")) == PhotoProblem.ANIMATED


def test_a_truncated_jpeg_is_damaged() -> None:
    whole = photo("astronaut-face.jpg")
    with pytest.raises(OSError, match="truncated"):
        worker.prepare(whole[: len(whole) // 2])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_still_pictures_are_taken(kind: str) -> None:
    assert corners(prepared(encoded(quarters(), kind))) == UPRIGHT


def test_a_jpeg_with_a_second_picture_in_it_is_no_animation() -> None:
    """Phones put the depth map or a preview behind the photo (MPO)."""
    both = encoded(quarters(), "MPO", save_all=True, append_images=[quarters(64, 48)])
    assert corners(prepared(both)) == UPRIGHT
    assert worker.describe(both) == ("JPEG", 320, 240)


def test_a_heif_with_a_second_picture_in_it_is_no_animation() -> None:
    both = encoded(quarters(), "HEIF", save_all=True, append_images=[quarters(64, 64)])
    assert pillow_heif.open_heif(both).__len__() == 2
    assert corners(prepared(both)) == UPRIGHT


class TestTooManyPixels:
    def test_png_of_60000_by_60000(self) -> None:
        assert len(huge_png()) < 6_000
        assert refusal(huge_png()) == PhotoProblem.TOO_MANY_PIXELS

    def test_webp_before_its_canvas_is_reserved(self) -> None:
        assert refusal(webp_canvas(16_384)) == PhotoProblem.TOO_MANY_PIXELS

    def test_lossless_webp(self) -> None:
        bits = (16_382 | 16_382 << 14).to_bytes(4, "little")
        header = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0e\x00\x00\x00\x2f" + bits
        assert refusal(header) == PhotoProblem.TOO_MANY_PIXELS

    def test_50_megapixels_are_taken_one_row_more_is_not(self) -> None:
        # Only the header is read to describe, so the data may be missing.
        assert worker.describe(huge_png(7_071)) == ("PNG", 7_071, 7_071)
        with pytest.raises(PhotoRefused):
            worker.describe(huge_png(7_072))


class TestColours:
    def test_cmyk(self) -> None:
        assert corners(prepared(encoded(quarters().convert("CMYK"), "JPEG"))) == UPRIGHT

    def test_greyscale(self) -> None:
        grey = quarters().convert("L")
        picture = prepared(encoded(grey, "PNG"))
        pixel = picture.getpixel((80, 60))
        assert isinstance(pixel, tuple)
        assert pixel == pytest.approx((76, 76, 76), abs=2)

    def test_16_bit(self) -> None:
        picture = np.asarray(prepared(sixteen_bit()))
        assert picture[120, 60] == pytest.approx((0x40, 0x40, 0x40), abs=3)
        assert picture[120, 260] == pytest.approx((0xC0, 0xC0, 0xC0), abs=3)

    def test_one_bit(self) -> None:
        picture = np.asarray(prepared(encoded(Image.new("1", (300, 300), 1), "PNG")))
        assert picture.min() > 250

    def test_palette_with_transparency_stands_on_white(self) -> None:
        flat = quarters().quantize(4, dither=Image.Dither.NONE)
        index = flat.getpixel((10, 10))
        assert isinstance(index, int)
        data = encoded(flat, "PNG", transparency=index)
        assert corners(prepared(data)) == [(255, 255, 255), GREEN, BLUE, YELLOW]

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])
    def test_alpha_stands_on_white(self, kind: str) -> None:
        clear = quarters().convert("RGBA")
        clear.paste((0, 0, 0, 0), (0, 0, 160, 120))
        assert corners(prepared(encoded(clear, kind)))[0] == (255, 255, 255)

    def test_colours_follow_their_profile(self) -> None:
        """In the profile of this picture, red and blue have changed places."""
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        swapped = profile.replace(b"rXYZ", b"tmp ", 1).replace(b"bXYZ", b"rXYZ", 1)
        data = encoded(quarters(), "PNG", icc_profile=swapped.replace(b"tmp ", b"bXYZ", 1))
        picture = prepared(data)
        assert corners(picture)[0] == BLUE
        assert corners(picture)[2] == RED
        assert "icc_profile" not in picture.info

    def test_a_broken_profile_is_left_aside(self) -> None:
        assert corners(prepared(encoded(quarters(), "JPEG", icc_profile=b"no profile"))) == UPRIGHT


class TestUpright:
    def turned(self, orientation: int, kind: str = "JPEG") -> bytes:
        """A picture stored the other way round, with the tag that says how to hold it."""
        turn = TURNS[orientation]
        stored = quarters() if turn is None else quarters().transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation
        return encoded(stored, kind, exif=exif.tobytes())

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
    def test_exif_orientation(self, kind: str, orientation: int) -> None:
        data = self.turned(orientation, kind)
        picture = prepared(data)
        assert corners(picture) == UPRIGHT
        assert picture.size == (320, 240)
        assert worker.describe(data) == (kind, 320, 240)

    @pytest.mark.parametrize("orientation", [3, 6])
    def test_outputs_too(self, orientation: int) -> None:
        made = opened(worker.to_png(self.turned(orientation)))
        assert (corners(made), made.format) == (UPRIGHT, "PNG")

    @pytest.mark.parametrize("orientation", [0, 9, 255])
    def test_a_value_nobody_defined_changes_nothing(self, orientation: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        assert corners(prepared(encoded(quarters(), "JPEG", exif=exif))) == UPRIGHT

    @pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
    def test_unreadable_exif_changes_nothing(self) -> None:
        data = encoded(quarters(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
        assert corners(prepared(data)) == UPRIGHT


class TestWhatLeaves:
    def test_no_position_and_no_other_metadata(self) -> None:
        data = located()
        assert b"Acme Camera Works" in data
        assert opened(data).getexif().get_ifd(0x8825)
        left = worker.prepare(data).data
        assert not opened(left).getexif()
        for word in (b"Exif", b"Acme", b"home", b"xmpmeta", b"ICC_PROFILE"):
            assert word not in left

    def test_nothing_that_was_appended_or_hidden_in_it(self) -> None:
        data = (
            encoded(quarters(), "JPEG", comment=b"<script>alert(1)</script>") + b"<html>hi</html>"
        )
        left = worker.prepare(data).data
        assert b"<script" not in left
        assert b"<html" not in left

    def test_the_largest_side_is_1536(self) -> None:
        assert prepared(encoded(quarters(4000, 2000), "JPEG")).size == (1536, 768)
        assert prepared(encoded(quarters(2000, 4000), "PNG")).size == (768, 1536)

    def test_a_small_one_is_not_blown_up(self) -> None:
        assert prepared(encoded(quarters(220, 260), "PNG")).size == (220, 260)


class TestOutputs:
    def test_a_png_comes_back_byte_for_byte(self) -> None:
        data = photo("astronaut.png")
        assert worker.to_png(data) == data

    def test_a_png_that_stops_half_way_does_not(self) -> None:
        data = photo("astronaut.png")
        with pytest.raises(OSError, match="truncated"):
            worker.to_png(data[: len(data) // 2])

    @pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
    def test_others_become_png_in_full_size(self, kind: str) -> None:
        made = opened(worker.to_png(encoded(quarters(1800, 1200), kind)))
        assert (made.format, made.size, corners(made)) == ("PNG", (1800, 1200), UPRIGHT)

    def test_html_is_no_output(self) -> None:
        with pytest.raises(PhotoRefused):
            worker.to_png(b"<html>502</html>")


class TestFaces:
    @pytest.mark.parametrize(
        ("name", "faces", "problem"),
        [
            ("astronaut-face.jpg", 1, None),
            ("astronaut.png", 1, None),
            ("astronaut-mirrored.webp", 1, None),
            ("two-people.jpg", 2, PhotoProblem.SEVERAL_FACES),
            ("no-person-coffee.jpg", 0, PhotoProblem.NO_FACE),
        ],
    )
    def test_samples(self, name: str, faces: int, problem: PhotoProblem | None) -> None:
        found = worker.inspect(photo(name))
        assert (found.faces, found.problem) == (faces, problem)

    def portrait(self) -> Image.Image:
        return opened(photo("astronaut-face.jpg"))

    def problem(self, image: Image.Image) -> PhotoProblem | None:
        return worker.inspect(encoded(image, "PNG")).problem

    def test_dark(self) -> None:
        assert self.problem(self.portrait().point(lambda value: value * 0.12)) == "too_dark"
        assert self.problem(self.portrait().point(lambda value: value * 0.4)) is None

    def test_blurred(self) -> None:
        assert self.problem(self.portrait().filter(ImageFilter.GaussianBlur(9))) == "blurred"
        assert self.problem(self.portrait().filter(ImageFilter.GaussianBlur(2))) is None

    def test_small(self) -> None:
        assert self.problem(self.portrait().resize((180, 180))) == "too_small"
        assert self.problem(self.portrait().resize((220, 220))) is None

    @pytest.mark.parametrize("degrees", [-25, 25])
    def test_a_leaning_head_is_found(self, degrees: int) -> None:
        assert self.problem(self.portrait().rotate(degrees)) is None

    def test_lying_on_its_side_until_exif_is_followed(self) -> None:
        lying = self.portrait().transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = 6
        assert self.problem(lying) == "no_face"
        found = worker.inspect(encoded(lying, "JPEG", exif=exif, quality=90))
        assert found.problem is None

    def test_a_plain_surface_has_no_face_and_is_not_blurred(self) -> None:
        assert self.problem(Image.new("RGB", (600, 400), "white")) == "no_face"

    def test_a_small_face_in_the_background_is_no_rival(self) -> None:
        near, far, second = (100, 100, 200, 200), (400, 50, 50, 50), (350, 200, 120, 120)
        assert faces.rivals([far, near]) == [near]
        assert faces.rivals([second, near]) == [near, second]

    def test_a_box_within_a_face_is_the_same_face(self) -> None:
        assert faces.rivals([(130, 120, 90, 90), (100, 100, 200, 200)]) == [(100, 100, 200, 200)]
