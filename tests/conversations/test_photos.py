"""One to four photos of the same person, however they are sent."""

from io import BytesIO

import pillow_heif
import pytest
from PIL import Image

from tests.conversations import unusual
from tests.conversations.people import (
    a_newer_card,
    cards,
    labels,
    who_agreed,
    with_a_photo,
    with_a_picture,
)
from tests.world import FACE, PHOTOS, World

GOOD = "Lovely, clear face. Tap a look and I'll draw."


def encoded(kind: str) -> bytes:
    pillow_heif.register_heif_opener()
    out = BytesIO()
    Image.open(FACE).convert("RGB").save(out, kind)
    return out.getvalue()


def sheets_sent(world: World) -> int:
    return len(world.stand_ins.telegram.calls.made("sendPhoto"))


async def test_a_photo_is_looked_at_and_every_look_is_offered(world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends_photo(FACE)
    card = await anna.card(GOOD)
    assert card["caption"] == f"{GOOD}\n\nOr first write what you want to see, like: as a knight"
    assert labels(card) == [
        *["Natural", "Cinematic", "Animated", "Digital art", "Photo", "Fantasy", "Neon"],
        *["Polished", "Comic", "Low poly", "Line art"],
        *["✏️ Words", "🙂 I'm: person", "📷 Photos: 1", "✖️ Start over"],
    ]


async def test_the_card_is_the_last_thing_in_the_chat_and_the_only_one(world: World) -> None:
    anna = await who_agreed(world)
    for step in (FACE, "as a knight", FACE, "as a king", "/start", "/privacy"):
        if isinstance(step, str):
            number = await anna.sends(step)
        else:
            (number,) = await anna.sends_photo(step)
        await a_newer_card(anna, number)
    await anna.card("✏️ as a king")
    await anna.until(lambda sees: len(cards(sees)) == 1, "one card only")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("me.png", "PNG"), ("me.webp", "WEBP"), ("me.heic", "HEIF"), ("me.jpg", "JPEG")],
)
async def test_an_image_file_is_as_good_as_a_photo(name: str, kind: str, world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends_photo((name, encoded(kind)), kind="document")
    await anna.card(GOOD)
    await anna.taps("Comic")
    await anna.gets_a_png()


async def test_a_groups_command_under_a_photo_in_private_is_no_words(world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends_photo(FACE, caption="/avatar@sandbox_bot as a knight")
    card = await anna.card("✏️ as a knight")
    assert "/avatar" not in card["caption"]


async def test_a_forwarded_photo_counts(world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends_photo(FACE, forwarded="1")
    await anna.card(GOOD)


async def test_the_profile_photo_by_a_tap(world: World) -> None:
    anna = await who_agreed(world)
    await anna.taps("👤 Use my profile photo")
    await anna.card(GOOD)


@pytest.mark.parametrize("button", ["Agree · use my profile photo", "👤 Use my profile photo"])
async def test_no_profile_photo_is_said_and_another_one_asked_for(
    button: str, world: World
) -> None:
    anna = await world.person("Anna", profile_photo=None)
    await anna.sends("/start")
    if "Agree" not in button:
        await anna.taps("send a photo")
    await anna.taps(button)
    await anna.card("I can't see a profile photo of yours. Send me one instead.")
    await anna.sends_photo(FACE)
    await anna.card(GOOD)


async def test_a_caption_is_the_words(world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends_photo(FACE, caption="as a knight")
    card = await anna.card(f"✏️ as a knight\n\n{GOOD}")
    assert "Or first write" not in card["caption"]
    await anna.taps("Comic")
    await anna.gets_a_png()
    assert world.predictions[0]["input"]["prompt"] == "a person img as a knight"


@pytest.mark.parametrize("count", [2, 4])
async def test_an_album_gets_one_answer_and_all_its_photos_are_drawn_from(
    count: int, world: World
) -> None:
    anna = await who_agreed(world)
    before = sheets_sent(world)
    await anna.sends_photo(*[FACE] * count, kind="album", caption="as a king")
    card = await anna.card(f"{count} photos: more angles, more likeness. Tap a look and I'll draw.")
    assert card["caption"].startswith("✏️ as a king\n\n")
    assert f"📷 Photos: {count}" in labels(card)
    await anna.taps("Comic")
    await anna.gets_a_png()

    assert sheets_sent(world) == before + 1
    given = world.predictions[0]["input"]
    names = ["input_image", "input_image2", "input_image3", "input_image4"]
    assert [name for name in names if name in given] == names[:count]
    assert len({given[name] for name in names[:count]}) == count


@pytest.mark.parametrize("count", [5, 7])
async def test_of_a_larger_album_the_first_four_are_kept_and_that_is_said(
    count: int, world: World
) -> None:
    anna = await who_agreed(world)
    before = sheets_sent(world)
    await anna.sends_photo(*[FACE] * count, kind="album")
    card = await anna.card("Four photos are plenty; I keep the first four.")
    assert "📷 Photos: 4" in labels(card)
    assert sheets_sent(world) == before + 1


async def test_a_straggler_joins_the_album_on_the_card_that_is_there(world: World) -> None:
    anna = await who_agreed(world)
    first, _ = await anna.sends_photo(FACE, FACE, kind="album")
    card = await anna.card("2 photos")
    before = sheets_sent(world)
    photo = unusual.photo_of(world, anna, first, file_unique_id="the-third")
    album = unusual.media_group_of(world, anna, first)
    unusual.sends(world, anna, photo=photo, media_group_id=album)

    after = await anna.card("3 photos: more angles")

    assert after["message_id"] == card["message_id"]
    assert "📷 Photos: 3" in labels(after)
    assert sheets_sent(world) == before


async def test_what_an_album_has_to_be_told_outlives_its_other_parts(world: World) -> None:
    """Of the caption, and of a part that is no picture."""
    anna = await who_agreed(world)
    await anna.sends_photo(FACE, FACE, kind="album", caption="в доспехах рыцаря")
    await anna.card("I'll draw that. English words work best, by the way.\n\n✏️ в доспехах рыцаря")

    ben = await who_agreed(world, "Ben")
    _, second = await ben.sends_photo(FACE, FACE)
    await ben.card("2 photos")
    pdf = unusual.file("pdf", mime_type="application/pdf", file_name="cv.pdf")
    unusual.sends(world, ben, document=pdf, media_group_id="7")
    picture = unusual.photo_of(world, ben, second, file_unique_id="new")[-1]
    image = unusual.file("image", file_id=picture["file_id"], mime_type="image/jpeg")
    unusual.sends(world, ben, document=image, media_group_id="7")
    card = await ben.card("That file is not a picture that I can read.")
    assert "📷 Photos: 3" in labels(card)


async def test_a_second_photo_says_what_it_is_good_for(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends_photo(PHOTOS / "astronaut.png")
    await anna.card("2 photos: more angles, more likeness. Tap a look and I'll draw.")


async def test_a_fifth_photo_is_declined_kindly(world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends_photo(FACE, FACE, FACE, FACE, kind="album")
    await anna.card("4 photos")
    await anna.sends_photo(FACE)
    card = await anna.card("Four photos are plenty; I keep the first four.\n\n4 photos")
    assert "📷 Photos: 4" in labels(card)


async def test_the_same_photo_twice_is_one(world: World) -> None:
    anna = await who_agreed(world)
    (number,) = await anna.sends_photo(FACE)
    await anna.card(GOOD)
    unusual.sends(world, anna, photo=unusual.photo_of(world, anna, number))
    await anna.until(lambda sees: len(cards(sees)) == 1 and sees[-1]["message_id"] > number + 1)
    assert "📷 Photos: 1" in labels(await anna.card(GOOD))


async def test_photos_can_be_looked_after_and_taken_away(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("📷 Photos: 1")
    card = await anna.card("One photo is in. Send another one, from another angle: that keeps")
    assert labels(card) == ["👤 Use my profile photo", "🗑 Remove the photos", "‹ Back"]
    await anna.taps("‹ Back")
    await anna.card(GOOD)
    await anna.taps("📷 Photos: 1")
    await anna.taps("Use my profile photo")
    await anna.card("2 photos: more angles")
    await anna.taps("📷 Photos: 2")
    await anna.taps("🗑 Remove the photos")
    await anna.card("Send me a photo of one face")


async def test_start_over_clears_photos_and_words(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a knight")
    await anna.taps("Start over", on=await anna.card("✏️ as a knight"))
    card = await anna.card("All cleared. A fresh start!\n\nSend me a photo of one face")
    assert "knight" not in card["caption"]


async def test_a_photo_and_one_tap_for_somebody_who_was_here_before(world: World) -> None:
    anna = await with_a_picture(world)
    await anna.sends_photo(FACE)
    await anna.card(GOOD)
    await anna.taps("Neon")
    await anna.gets_a_png(2)
    assert [p["input"]["style_name"] for p in world.predictions] == ["Comic book", "Neonpunk"]


async def test_the_same_photo_as_last_time(world: World) -> None:
    anna = await with_a_picture(world)
    await anna.sends("/start")
    presigned = world.counts["presigns"]
    await anna.taps("🕘 Same photo as last time")
    await anna.card(GOOD)
    await anna.taps("Neon")
    await anna.gets_a_png(2)
    first, second = world.predictions
    assert second["input"]["input_image"] == first["input"]["input_image"]
    assert world.counts["presigns"] == presigned
