"""Faults of photos that only the whole bot shows: downloads, sizes, and what leaves it."""

from pathlib import Path

import pytest
from PIL import Image

from tests.faults.moments import calls, from_bot, labels
from tests.faults.orders import Counter, ended
from tests.imaging.pictures import encoded, frames, huge_png, opened, photo, quarters
from tests.world import FACE, PHOTOS, Person, World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
MOST = 20 * 1024 * 1024
BROKEN_LINK = {"method": "download", "kind": "status", "status": 404, "description": "Not Found"}


async def agreed(world: World, name: str = "Anna") -> Person:
    person = await world.person(name)
    await person.sends("/start")
    await person.taps("send a photo")
    await person.card("Send me a photo of one face")
    return person


def uploads(world: World) -> list[bytes]:
    """The bytes that the provider's stand-in was given."""
    known = world.stand_ins.eachlabs.uploads._known
    return [upload.data for upload in known.values() if upload.data]


# Downloads


async def test_a_link_that_ends_in_404_is_asked_for_anew(bot: World) -> None:
    anna = await agreed(bot)
    await anna.sends_photo(FACE)
    await anna.card("Lovely, clear face")
    asked = calls(bot, "getFile")
    bot.stand_ins.telegram.add_fault(**BROKEN_LINK)

    await anna.taps("Comic")

    await anna.gets_a_png()
    assert calls(bot, "getFile") == asked + 2


async def test_a_file_that_telegram_has_no_more_is_told(bot: World) -> None:
    anna = await agreed(bot)
    await anna.sends_photo(FACE)
    await anna.card("Lovely, clear face")
    bot.stand_ins.telegram.add_fault(**BROKEN_LINK, times=99)

    await anna.taps("Comic")

    await anna.card("I can't get your photo any more. Please send it again. No credit was taken.")
    assert [row[:3] for row in await ended(bot, anna)] == [("failed", "photo_gone", 0)]
    assert bot.predictions == []


async def test_a_file_that_is_gone_before_anybody_looked_is_told(bot: World) -> None:
    anna = await agreed(bot)
    bot.stand_ins.telegram.add_fault(**BROKEN_LINK, times=99)

    await anna.sends_photo(FACE)

    await anna.card("I couldn't get that photo. Please send it again.")


async def test_a_download_that_stops_half_way_is_made_again(bot: World) -> None:
    bot.stand_ins.telegram.add_fault(method="download", kind="cut_after", times=2)
    anna = await agreed(bot)

    await anna.sends_photo(FACE)

    await anna.card("Lovely, clear face")
    bot.stand_ins.telegram.add_fault(method="download", kind="cut_after")
    await anna.taps("Comic")
    await anna.gets_a_png()
    assert len(bot.predictions) == 1


async def test_one_slow_download_holds_up_nobody_else(bot: World) -> None:
    bot.stand_ins.telegram.add_fault(method="download", kind="delay", seconds=3.0)
    ben = await agreed(bot, "Ben")
    await ben.sends_photo(FACE)
    anna = await agreed(bot)

    await anna.sends_photo(FACE)
    await anna.taps("Comic", on=await anna.card("Lovely, clear face"))
    await anna.gets_a_png()

    await ben.card("Got it!")  # his is still on its way, and he could order all the same
    await ben.card("Lovely, clear face")


# Sizes


@pytest.mark.parametrize("size", [MOST - 1, MOST])
async def test_up_to_20_mb_are_taken(bot: World, size: int) -> None:
    anna = await agreed(bot)
    data = FACE_BYTES + bytes(size - len(FACE_BYTES))

    await anna.sends_photo(("face.jpg", data), kind="document")

    await anna.card("Lovely, clear face")


async def test_a_byte_more_is_refused_without_a_download(bot: World) -> None:
    anna = await agreed(bot)
    asked = calls(bot, "getFile")
    data = FACE_BYTES + bytes(MOST + 1 - len(FACE_BYTES))

    await anna.sends_photo(("face.jpg", data), kind="document")

    await anna.card("That file is too big: 20 MB is the most I can take.")
    assert calls(bot, "getFile") == asked


async def test_sixty_thousand_pixels_square_and_under_300_mb(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.start_process()
        anna = await agreed(world)
        for _ in range(3):
            await anna.sends_photo(("vast.png", huge_png()), kind="document")
            await anna.card("That picture is too large to open.")

        assert world._process is not None
        processes = _family(world._process.pid)
        assert len(processes) >= 2  # the bot, and a worker for pictures
        peaks = [_peak(process) for process in processes]
        assert max(peaks) < 300
        assert peaks[0] < 200
        await anna.sends_photo(FACE)
        await anna.card("Lovely, clear face")  # nothing of it broke


# What is no photo


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("half.jpg", photo("astronaut-face.jpg")[:9_000], "That photo is damaged"),
        ("page.jpg", b"<html><body>hello</body></html>", "not a picture that I can read"),
        ("moving.gif", frames("GIF"), "That one moves; I need a still photo."),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a picture"),
        ("paper.pdf", b"%PDF-1.7\n%%EOF", "not a picture that I can read"),
        ("tiny.png", encoded(quarters(64, 64), "PNG"), "That photo is very small"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value[-5:] else "",
)
async def test_no_photo_then_refused_with_the_reason(
    bot: World, name: str, data: bytes, reason: str
) -> None:
    anna = await agreed(bot)

    await anna.sends_photo((name, data), kind="document")

    card = await anna.card(reason)
    assert "Comic" not in labels(card)


async def test_a_wrong_extension_does_not_matter(bot: World) -> None:
    anna = await agreed(bot)
    webp = (PHOTOS / "astronaut-mirrored.webp").read_bytes()

    await anna.sends_photo(("portrait.jpg", webp), kind="document")

    await anna.card("Lovely, clear face")


async def test_an_album_of_six_then_the_first_four_and_told(bot: World) -> None:
    anna = await agreed(bot)

    await anna.sends_photo(*[(f"{n}.png", _variant(n)) for n in range(6)], kind="album")

    card = await anna.card("Four photos are plenty; I keep the first four.")
    assert "Photos: 4" in str(labels(card))
    await anna.until(lambda sees: len(from_bot(sees)) == 1, "one card, not one a photo")
    asked = Counter(bot)
    await anna.taps("Comic")
    await anna.gets_a_png()
    assert asked["presigns"] == 4
    inputs = bot.predictions[0]["input"]
    assert len({inputs[f"input_image{n}"] for n in ("", "2", "3", "4")}) == 4


# What leaves the bot


async def test_gps_and_camera_are_not_in_the_bytes_that_leave(bot: World) -> None:
    anna = await agreed(bot)
    exif = Image.Exif()
    exif[0x010F] = "Acme Camera Works"
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)})
    lying = opened(FACE_BYTES).transpose(Image.Transpose.ROTATE_90)
    data = encoded(lying, "JPEG", exif=exif, comment=b"taken at home")
    assert all(secret in data for secret in (b"Acme", b"Exif", b"at home"))
    before = len(uploads(bot))

    await anna.sends_photo(("photo.jpg", data), kind="document")
    await anna.taps("Comic", on=await anna.card("Lovely, clear face"))
    await anna.gets_a_png()

    [sent] = uploads(bot)[before:]
    assert not any(secret in sent for secret in (b"Acme", b"Exif", b"GPS", b"at home"))
    image = opened(sent)
    assert not image.getexif()
    assert image.size == opened(FACE_BYTES).size  # upright


async def test_the_provider_never_sees_telegrams_link(bot: World) -> None:
    anna = await agreed(bot)
    await anna.sends_photo(FACE)
    await anna.taps("Comic", on=await anna.card("Lovely, clear face"))
    await anna.gets_a_png()

    sent = str(bot.predictions[0]["input"])

    assert "/telegram/" not in sent
    assert bot.settings.token() not in sent


async def test_two_orders_of_one_photo_upload_it_once(bot: World) -> None:
    anna = await agreed(bot)
    await anna.sends_photo(FACE)
    asked = Counter(bot)
    await anna.taps("Comic", on=await anna.card("Lovely, clear face"))
    await anna.gets_a_png()

    await anna.taps("Again")
    await anna.gets_a_png(2)

    assert (asked["presigns"], asked["puts"], asked["creates"]) == (1, 1, 2)


FACE_BYTES = FACE.read_bytes()


def _variant(number: int) -> bytes:
    """A photo of the face that differs from the others."""
    image = opened(FACE_BYTES).convert("RGB")
    image.putpixel((0, 0), (number, number, number))
    return encoded(image, "PNG")


def _family(pid: int) -> list[int]:
    """The process and all that its threads started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [pid, *(member for child in children for member in _family(child))]


def _peak(pid: int) -> int:
    """MB."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
