"""Uploads, file ids, download links, profile photos."""

import io

import pytest
from PIL import Image

from tests.sandbox.telegram.phone import Bot, Clock, Person, World, picture

MEGABYTE = 1024 * 1024


async def test_a_photo_is_made_into_jpegs_of_several_sizes(bot: Bot, ana: Person) -> None:
    sent = await bot.does("sendPhoto", chat_id=ana.id, photo=picture(2000, 1000, "PNG"))
    sizes = [(size["width"], size["height"]) for size in sent["photo"]]
    assert sizes == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    status, data = await bot.downloads(sent["photo"][-1]["file_id"])
    image = Image.open(io.BytesIO(data))
    assert (status, image.format, image.size) == (200, "JPEG", (1280, 640))
    assert len(data) == sent["photo"][-1]["file_size"]


async def test_a_document_stays_as_it_is(here: World, bot: Bot, ana: Person) -> None:
    data = picture(64, 64, "PNG")
    sent = await bot.does("sendDocument", chat_id=ana.id, document=data)
    assert await bot.downloads(sent["document"]["file_id"]) == (200, data)
    shown = (await ana.sees())[-1]["document"]
    async with here.client.get(shown["url"]) as response:
        assert await response.read() == data
        assert response.headers["Content-Disposition"] == ("attachment; filename*=UTF-8''document")


REFUSED = [
    (b"", "file must be non-empty"),
    (b"<html>no picture</html>", "IMAGE_PROCESS_FAILED"),
    (picture()[:900], "IMAGE_PROCESS_FAILED"),
    (picture(9000, 1001, "PNG"), "PHOTO_INVALID_DIMENSIONS"),
    (picture(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
    (
        b"x" * (10 * MEGABYTE + 1),
        "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
    ),
]


@pytest.mark.parametrize(("data", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
async def test_photos_that_are_refused(bot: Bot, ana: Person, data: bytes, reason: str) -> None:
    assert await bot.fails("sendPhoto", chat_id=ana.id, photo=data) == reason


async def test_photos_at_the_limits_are_taken(bot: Bot, ana: Person) -> None:
    await bot.does("sendPhoto", chat_id=ana.id, photo=picture(2000, 100, "PNG"))
    await bot.does("sendPhoto", chat_id=ana.id, photo=picture(9000, 1000, "PNG"))


async def test_a_document_over_50_megabytes_does_not_get_in(bot: Bot, ana: Person) -> None:
    for size in (50 * MEGABYTE + 1, 52 * MEGABYTE):
        status, answer = await bot.answer("sendDocument", chat_id=ana.id, document=b"x" * size)
        assert (status, answer["description"]) == (413, "Request Entity Too Large")


async def test_a_file_over_20_megabytes_is_not_handed_out(bot: Bot, ana: Person) -> None:
    just, over = b"x" * (20 * MEGABYTE), b"y" * (20 * MEGABYTE + 1)
    sent = await bot.does("sendDocument", chat_id=ana.id, document=just)
    assert (await bot.does("getFile", file_id=sent["document"]["file_id"]))["file_path"]
    sent = await bot.does("sendDocument", chat_id=ana.id, document=over)
    assert await bot.fails("getFile", file_id=sent["document"]["file_id"]) == "file is too big"


async def test_files_are_sent_again_by_id(bot: Bot, ana: Person) -> None:
    photo = (await bot.does("sendPhoto", chat_id=ana.id, photo=picture()))["photo"]
    document = (await bot.does("sendDocument", chat_id=ana.id, document=b"x"))["document"]
    again = await bot.does("sendPhoto", chat_id=ana.id, photo=photo[0]["file_id"])
    assert again["photo"] == photo
    assert await bot.fails("sendPhoto", chat_id=ana.id, photo=document["file_id"]) == (
        "can't use file of type Document as Photo"
    )
    assert await bot.fails("sendDocument", chat_id=ana.id, document=photo[0]["file_id"]) == (
        "can't use file of type Photo as Document"
    )
    assert await bot.fails("sendPhoto", chat_id=ana.id, photo="nonsense") == (
        "wrong file identifier/HTTP URL specified"
    )
    assert await bot.fails("sendPhoto", chat_id=ana.id, photo="https://a.example/b.jpg") == (
        "failed to get HTTP URL content"
    )
    assert await bot.fails("getFile", file_id="nonsense") == "invalid file_id"


async def test_a_link_expires(here: World, bot: Bot, ana: Person, clock: Clock) -> None:
    sent = await bot.does("sendDocument", chat_id=ana.id, document=b"x")
    file_id = sent["document"]["file_id"]
    first = (await bot.does("getFile", file_id=file_id))["file_path"]
    clock.now += 3599
    assert (await bot.opens(first))[0] == 200
    clock.now += 1
    assert (await bot.opens(first))[0] == 404
    second = (await bot.does("getFile", file_id=file_id))["file_path"]
    assert (await bot.opens(second))[0] == 200
    await here.client.post("/people/control/expire-links")
    assert (await bot.opens(second))[0] == 404
    assert (await bot.opens("photos/never.jpg"))[0] == 404


async def test_profile_photos(here: World, bot: Bot) -> None:
    person = await here.met(first_name="Bo", profile_photo="astronaut-face.jpg")
    photos = await bot.does("getUserProfilePhotos", user_id=person.id)
    assert photos["total_count"] == 1
    assert [size["width"] for size in photos["photos"][0]] == sorted(
        size["width"] for size in photos["photos"][0]
    )
    assert (await bot.downloads(photos["photos"][0][-1]["file_id"]))[0] == 200
    path = f"/people/{person.id}/profile-photo"
    async with here.client.post(path, json={"sample": None}) as response:
        assert response.status == 200
    nothing = {"total_count": 0, "photos": []}
    assert await bot.does("getUserProfilePhotos", user_id=person.id) == nothing
    async with here.client.post(path, data={"file": io.BytesIO(picture())}) as response:
        assert response.status == 200
    assert (await bot.does("getUserProfilePhotos", user_id=person.id))["total_count"] == 1
    assert (await bot.does("getChat", chat_id=person.id))["photo"]["big_file_id"]
    async with here.client.post(path, json={"sample": "../secret"}) as response:
        assert response.status == 404
