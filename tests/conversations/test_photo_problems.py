"""A photo that will not work is named with its reason, and nothing is lost by it."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from bot.sandbox.telegram.files import LARGEST_DOWNLOAD
from tests.conversations import unusual
from tests.conversations.people import labels, who_agreed, with_a_photo
from tests.imaging.pictures import encoded, frames, huge_png
from tests.world import FACE, PHOTOS, Person, World

GOOD = "Lovely, clear face. Tap a look and I'll draw."
ASK = "Send me a photo of one face"
DOUBTFUL = "Tap “Use it anyway”, or send another one."


def face() -> Image.Image:
    return Image.open(FACE).convert("RGB")


def small() -> bytes:
    return encoded(face().resize((120, 120)), "JPEG")


def dark() -> bytes:
    return encoded(ImageEnhance.Brightness(face()).enhance(0.05), "JPEG")


def blurred() -> bytes:
    return encoded(face().resize((800, 800)).filter(ImageFilter.GaussianBlur(12)), "JPEG")


DOUBTS: dict[str, tuple[Path | tuple[str, bytes], str]] = {
    "nobody": (PHOTOS / "no-person-coffee.jpg", "I can't find a face in that photo."),
    "two": (PHOTOS / "two-people.jpg", "There are several faces in that photo."),
    "dark": (("dark.jpg", dark()), "That photo is very dark."),
    "blurred": (("blurred.jpg", blurred()), "That photo is blurred."),
}
# What can't be drawn from: (name, bytes, reason).
NO_PICTURES = {
    "small": ("me.jpg", small(), "That photo is very small; a larger one works better."),
    "pdf": ("me.jpg", b"%PDF-1.7\n" + b"0" * 5000, "That file is not a picture that I can read."),
    "html": ("me.jpg", b"<!DOCTYPE html><html></html>", "That file is not a picture"),
    "text": ("notes.txt", b"hello", "That file is not a picture that I can read."),
    "gif": ("me.gif", frames("GIF"), "That one moves; I need a still photo."),
    "moving": ("me.webp", frames("WEBP"), "That one moves; I need a still photo."),
    "half": ("me.jpg", FACE.read_bytes()[:9000], "That photo is damaged: part of the file"),
    "huge": ("me.png", huge_png(60_000), "That picture is too large to open."),
}


async def has_a_good_photo_now(person: Person) -> None:
    await person.sends_photo(FACE)
    await person.card(GOOD)


@pytest.mark.parametrize("what", DOUBTS)
async def test_a_doubtful_photo_can_be_used_all_the_same(what: str, world: World) -> None:
    photo, reason = DOUBTS[what]
    anna = await who_agreed(world)
    await anna.sends("as a knight")
    await anna.card("✏️ as a knight")
    await anna.sends_photo(photo)
    card = await anna.card(DOUBTFUL)
    assert card["caption"] == f"✏️ as a knight\n\n{reason}\n\n{DOUBTFUL}"
    assert labels(card) == ["👍 Use it anyway", "👤 Use my profile photo"]

    await anna.taps("Use it anyway")
    await anna.card("✏️ as a knight\n\nGot it! Tap a look and I'll draw.")
    await anna.taps("Comic")
    await anna.gets_a_png()
    assert world.predictions[0]["input"]["prompt"] == "a person img as a knight"


async def test_a_better_photo_after_a_doubtful_one(world: World) -> None:
    """Both are there; only the good one is drawn from, unless the person says otherwise."""
    anna = await who_agreed(world)
    await anna.sends_photo(PHOTOS / "two-people.jpg")
    await anna.card(DOUBTFUL)
    await anna.sends_photo(FACE)
    card = await anna.card("Photo 1: There are several faces in that photo.\n\nLovely, clear face")
    assert "👍 Use it anyway" in labels(card)
    await anna.taps("Comic")
    await anna.gets_a_png()
    assert "input_image2" not in world.predictions[0]["input"]


async def test_in_an_album_each_doubtful_photo_is_told_apart(world: World) -> None:
    anna = await who_agreed(world)
    album = (FACE, PHOTOS / "no-person-coffee.jpg", FACE, PHOTOS / "two-people.jpg")
    await anna.sends_photo(*album, kind="album")
    await anna.card(
        "Photo 2: I can't find a face in that photo.\n"
        "Photo 4: There are several faces in that photo.\n\n2 photos: more angles"
    )
    await anna.taps("Use it anyway")
    await anna.card("4 photos: more angles")


@pytest.mark.parametrize("what", NO_PICTURES)
async def test_what_is_no_photo_is_refused_with_the_reason(what: str, world: World) -> None:
    name, data, reason = NO_PICTURES[what]
    anna = await who_agreed(world)
    await anna.sends("as a knight")
    await anna.card("✏️ as a knight")
    await anna.sends_photo((name, data), kind="document")
    card = await anna.card(reason)
    assert card["caption"].endswith(
        f"✏️ as a knight\n\n{ASK}: a selfie in good light is best. Up to four of the same person."
    )
    assert labels(card) == ["👤 Use my profile photo"]
    await has_a_good_photo_now(anna)
    await anna.card("✏️ as a knight")


async def test_a_bad_file_leaves_the_photo_and_the_words(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a knight")
    await anna.card("✏️ as a knight")
    await anna.sends_photo(("cv.jpg", b"%PDF-1.7"), kind="document")
    card = await anna.card("That file is not a picture that I can read.\n\n✏️ as a knight")
    assert "📷 Photos: 1" in labels(card)
    await anna.taps("Comic")
    await anna.gets_a_png()


async def test_a_file_over_20_mb_is_refused_without_a_download(world: World) -> None:
    anna = await who_agreed(world)
    data = FACE.read_bytes() + bytes(LARGEST_DOWNLOAD)
    await anna.sends_photo(("me.jpg", data), kind="document")
    await anna.card("That file is too big: 20 MB is the most I can take.")
    assert world.stand_ins.telegram.calls.made("getFile") == []
    await has_a_good_photo_now(anna)


async def test_a_file_of_exactly_20_mb_is_taken(world: World) -> None:
    anna = await who_agreed(world)
    data = FACE.read_bytes()
    await anna.sends_photo(("me.jpg", data + bytes(LARGEST_DOWNLOAD - len(data))), kind="document")
    await anna.card(GOOD)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"video": unusual.VIDEO}, "That one moves; I need a still photo."),
        ({"video_note": unusual.VIDEO_NOTE}, "That one moves; I need a still photo."),
        (unusual.GIF, "That one moves; I need a still photo."),
        ({"sticker": unusual.STICKER}, "I can only work with photos and words."),
        ({"voice": unusual.VOICE}, "I can only work with photos and words."),
        ({"contact": unusual.CONTACT}, "I can only work with photos and words."),
        (
            {"document": unusual.file("zip", mime_type="application/zip")},
            "That file is not a picture that I can read.",
        ),
    ],
    ids=["video", "video note", "gif", "sticker", "voice", "contact", "zip"],
)
async def test_what_is_neither_photo_nor_words_is_kindly_declined(
    content: dict[str, object], reason: str, world: World
) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a knight")
    before = await anna.card("✏️ as a knight")
    unusual.sends(world, anna, **content)
    card = await anna.card(f"{reason}\n\n✏️ as a knight\n\n{GOOD}")
    assert card["message_id"] != before["message_id"]
    assert len(world.stand_ins.telegram.calls.made("getFile")) == 1


async def test_a_bad_file_before_the_consent_is_named_too(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.card("Hi Anna")
    pdf = unusual.file("pdf", mime_type="application/pdf")
    unusual.sends(world, anna, document=pdf)
    card = await anna.card("That file is not a picture that I can read.\n\nHi Anna")
    assert "Agree" in labels(card)[0]


async def test_a_photo_that_telegram_lost_is_asked_for_again(world: World) -> None:
    anna = await who_agreed(world)
    unusual.sends(world, anna, photo=[unusual.file("photo", width=640, height=640)])
    await anna.card("I couldn't get that photo. Please send it again.")
    await has_a_good_photo_now(anna)


async def test_a_photo_as_large_as_phones_make_them(world: World) -> None:
    out = BytesIO()
    face().resize((6000, 6000)).save(out, "JPEG", quality=60)
    anna = await who_agreed(world)
    await anna.sends_photo(("me.jpg", out.getvalue()), kind="document")
    await anna.card(GOOD)
