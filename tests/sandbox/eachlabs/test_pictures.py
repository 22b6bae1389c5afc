"""The pictures themselves, and their way through the worker process."""

import io
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from bot.sandbox.eachlabs import sheet
from bot.sandbox.eachlabs.model import STYLES
from bot.sandbox.eachlabs.pictures import Brief, NotAPicture, draw, quick
from bot.sandbox.eachlabs.pictures.looks import LOOKS
from tests.sandbox.eachlabs.conftest import FACE, PHOTOS, Start

BRIEF = Brief("Cinematic", 0.14, 4 / 9, steps=20, seed=7, index=0, words="a woman img at night")


def pixels(data: bytes) -> npt.NDArray[Any]:
    with Image.open(io.BytesIO(data)) as opened:
        return np.asarray(opened.convert("RGB").resize((128, 128)), np.float32)


def apart(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """Mean difference of a colour value, 0 to 255."""
    return float(np.abs(one - other).mean())


@pytest.fixture(scope="module")
def photo() -> bytes:
    return FACE.read_bytes()


@pytest.fixture(scope="module")
def drawn(photo: bytes) -> dict[str, bytes]:
    return {style: draw([photo], replace(BRIEF, style=style)) for style in STYLES}


@pytest.fixture(scope="module")
def looks(drawn: dict[str, bytes]) -> dict[str, npt.NDArray[Any]]:
    return {style: pixels(data) for style, data in drawn.items()}


def test_every_style_has_its_look() -> None:
    assert tuple(LOOKS) == STYLES


def test_looks_differ_from_each_other_and_from_the_photo(
    looks: dict[str, npt.NDArray[Any]], photo: bytes
) -> None:
    for (one, seen), (other, shown) in itertools.combinations(looks.items(), 2):
        assert apart(seen, shown) > 8, (one, other)
    for style, seen in looks.items():
        assert apart(seen, pixels(photo)) > 5, style


def test_a_look_uses_the_whole_range_of_light(looks: dict[str, npt.NDArray[Any]]) -> None:
    for style, seen in looks.items():
        dark, bright = np.percentile(seen, (2, 98))
        assert bright - dark > 110, style


@pytest.mark.parametrize("style", STYLES)
def test_the_same_brief_gives_the_same_bytes(
    drawn: dict[str, bytes], photo: bytes, style: str
) -> None:
    assert draw([photo], replace(BRIEF, style=style)) == drawn[style]


@pytest.mark.parametrize("style", STYLES)
def test_the_seed_shows(looks: dict[str, npt.NDArray[Any]], photo: bytes, style: str) -> None:
    changed = pixels(draw([photo], replace(BRIEF, style=style, seed=8)))
    assert apart(changed, looks[style]) > 2


@pytest.mark.parametrize("style", STYLES[1:])
def test_the_strength_shows(looks: dict[str, npt.NDArray[Any]], photo: bytes, style: str) -> None:
    changed = pixels(draw([photo], replace(BRIEF, style=style, strength=1.0)))
    assert apart(changed, looks[style]) > 0.8


@pytest.mark.parametrize("style", ["(No style)", "Comic book", "Fantasy art"])
@pytest.mark.parametrize("change", [{"index": 1}, {"guidance": 1.0}, {"steps": 4}])
def test_every_other_input_shows(
    looks: dict[str, npt.NDArray[Any]], photo: bytes, style: str, change: dict[str, int | float]
) -> None:
    changed = pixels(draw([photo], replace(BRIEF, style=style, **change)))  # type: ignore[arg-type]
    assert apart(changed, looks[style]) > 0.8


@pytest.mark.parametrize("style", ["(No style)", "Fantasy art"])
def test_more_steps_make_it_clearer(photo: bytes, style: str) -> None:
    clear = []
    for steps in (20, 50, 100):
        data = draw([photo], replace(BRIEF, style=style, steps=steps))
        with Image.open(io.BytesIO(data)) as opened:
            rows = np.diff(np.asarray(opened.convert("L"), np.float32), axis=0)
        clear.append(float(rows.std()))
    assert clear[0] * 1.05 < clear[1] < clear[2]


@pytest.mark.parametrize("style", ["Fantasy art", "Lowpoly", "Disney Charactor", "Enhance"])
def test_words_set_the_scene(looks: dict[str, npt.NDArray[Any]], photo: bytes, style: str) -> None:
    changed = pixels(draw([photo], replace(BRIEF, style=style, words="a woman img on a beach")))
    assert apart(changed, looks[style]) > 8


def test_a_picture_is_a_png_of_1024(photo: bytes) -> None:
    data = draw([photo], replace(BRIEF, style="Digital Art"))
    with Image.open(io.BytesIO(data)) as opened:
        assert (opened.format, opened.size, opened.mode) == ("PNG", (1024, 1024), "RGB")
    assert len(data) < 4_000_000


@pytest.mark.parametrize(("output_type", "name"), [("jpeg", "JPEG"), ("webp", "WEBP")])
def test_other_formats(photo: bytes, output_type: str, name: str) -> None:
    for data in (draw([photo], BRIEF, output_type), quick(BRIEF, output_type)):
        with Image.open(io.BytesIO(data)) as opened:
            assert opened.format == name


@pytest.mark.parametrize(
    "name", ["astronaut.png", "astronaut-mirrored.webp", "two-people.jpg", "no-person-coffee.jpg"]
)
def test_any_photo_will_do(name: str) -> None:
    for style in ("(No style)", "Lowpoly", "Disney Charactor"):
        data = draw([(PHOTOS / name).read_bytes()], replace(BRIEF, style=style))
        assert pixels(data).std() > 20


@pytest.mark.parametrize("size", [(1, 1), (2000, 3), (3, 2000), (40, 40)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 90, 40)).save(buffer, "PNG")
    for style in ("(No style)", "Lowpoly", "Enhance"):
        assert draw([buffer.getvalue()], replace(BRIEF, style=style))


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        draw([data], BRIEF)


def test_outputs_take_turns_with_the_photos(photo: bytes) -> None:
    other = (PHOTOS / "astronaut-mirrored.webp").read_bytes()
    alone = draw([photo], replace(BRIEF, index=1))
    both = draw([photo, other], replace(BRIEF, index=1))
    assert apart(pixels(alone), pixels(both)) > 5


def test_quick_pictures_repeat_and_differ() -> None:
    assert quick(BRIEF) == quick(BRIEF)
    assert len({quick(replace(BRIEF, seed=seed)) for seed in range(50)}) == 50
    assert len(quick(BRIEF)) < 20_000


async def test_quick_pictures_of_any_size(start: Start, photo: bytes) -> None:
    provider = await start()
    provider.standin.set(quick_width=30, quick_height=700, quick_padding=100_000)
    done = await provider.makes(input_image=await provider.uploads(photo))
    data = (await provider.http.get(done["output"][0])).content
    assert Image.open(io.BytesIO(data)).size == (30, 700)
    assert 100_000 < len(data) < 110_000


async def test_the_worker_draws_what_drawing_here_does(start: Start, photo: bytes) -> None:
    provider = await start(pictures="full")
    address = await provider.uploads(photo)
    inputs = {"seed": 7, "style_name": "Lowpoly", "prompt": "a woman img"}
    done = await provider.makes(input_image=address, num_outputs=2, **inputs)
    made = [(await provider.http.get(it)).content for it in done["output"]]
    completed = provider.standin.predictions.all[done["id"]].completed
    assert made == [draw([photo], Brief.of(completed, 7, index)) for index in (0, 1)]


async def test_a_photo_that_is_none_ends_in_error(start: Start) -> None:
    provider = await start(pictures="full")
    done = await provider.makes(input_image=await provider.uploads(b"<html>"))
    assert (done["status"], done["logs"]) == ("error", "cannot identify image file")


async def test_the_server_answers_while_a_picture_is_drawn(start: Start) -> None:
    provider = await start(pictures="full", typical_seconds=0)
    id_ = await provider.orders(style_name="Digital Art", num_outputs=2)
    answered = 0
    while not provider.standin.predictions.all[id_].over:
        answered += (await provider.polls(id_))["status"] == "processing"
    # Were it drawn on the server's own loop, a question would wait until both are there.
    assert answered >= 5


def test_the_sheet_shows_every_style_and_the_photo() -> None:
    assert [style for style, _, _ in sheet.TILES] == list(STYLES)
    whole = sheet.sheet()
    assert whole.size == (1280, 1067)
    buffer = io.BytesIO()
    whole.save(buffer, "JPEG", quality=sheet.QUALITY)
    assert buffer.tell() < 350_000
