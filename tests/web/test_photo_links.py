"""A photo behind its link: for whoever has the link, for two hours, without the token."""

import asyncio
import logging
from urllib.parse import quote

import pytest

from bot.app import telegram_bot
from bot.domain.photo import PhotoProblem
from bot.errors import FileGone, NotSent, PhotoRefused, TokenRefused
from bot.imaging import Imaging
from bot.links import PHOTO_SECONDS, Links
from bot.outbox import Outbox
from storage.database import Database
from tests.imaging.pictures import located, opened
from tests.world import FACE, World

from .site import SECRET, NoDecoder, Shelf, Site, a_site, until


class Source:
    """Photos by the bot's own way to Telegram."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def photo(self, file_id: str) -> bytes:
        return await self._outbox.download(file_id)


class TestPhotos:
    async def test_a_link_gives_the_prepared_photo(self, site: Site, shelf: Shelf) -> None:
        url = site.links.photo("face", "unique")
        found = await site.get(url)
        assert (found.status, found.body) == (200, b"a face")
        assert found.headers["Content-Type"] == "image/jpeg"
        assert "no-store" in found.headers["Cache-Control"]

    async def test_reading_it_again_downloads_nothing(self, site: Site, shelf: Shelf) -> None:
        url = site.links.photo("face", "unique")
        shelf.open.clear()
        reading = [asyncio.create_task(site.get(url)) for _ in range(8)]
        await until(lambda: shelf.asked)
        shelf.open.set()
        answers = [*await asyncio.gather(*reading), await site.get(url)]
        assert {(answer.status, answer.body) for answer in answers} == {(200, b"a face")}
        assert shelf.asked == ["face"]

    async def test_what_is_no_good_link_fetches_nothing(self, site: Site, shelf: Shelf) -> None:
        url = site.links.photo("face", "unique")
        other = Links("", SECRET + "x", now=site.clock).photo("face", "unique")
        for forged in (
            url[:-1],
            url + "A",
            url + "!",
            other,
            "/photos/face",
            site.links.webhook(1),
        ):
            signed = forged.rsplit("/", 1)[1]
            assert (await site.get(f"/photos/{signed}")).status == 403, forged
        assert shelf.asked == []

    async def test_a_link_ends_after_two_hours(self, site: Site, shelf: Shelf) -> None:
        url = site.links.photo("face", "unique")
        await site.get(url)
        site.clock.at += PHOTO_SECONDS - 1
        assert (await site.get(url)).status == 200
        site.clock.at += 1
        assert (await site.get(url)).status == 403

    @pytest.mark.parametrize(
        ("trouble", "status"),
        [
            (FileGone("gone"), 404),
            (NotSent("no connection"), 503),
            (TokenRefused("401"), 503),
        ],
    )
    async def test_telegrams_troubles(
        self, site: Site, shelf: Shelf, trouble: Exception, status: int
    ) -> None:
        shelf.photos["lost"] = trouble
        found = await site.get(site.links.photo("lost", "unique"))
        assert found.status == status
        assert ("Retry-After" in found.headers) == (status == 503)
        assert (await site.get(site.links.photo("lost", "unique"))).body == b"after all"

    async def test_a_photo_that_cant_be_read_is_not_there(self, database: Database) -> None:
        imaging = NoDecoder()
        imaging.refuses = PhotoRefused(PhotoProblem.DAMAGED)
        async with a_site(database, Shelf({"a": b"x"}), imaging) as site:
            assert (await site.get(site.links.photo("a", "A"))).status == 404

    async def test_where_it_was_taken_stays_here(self, database: Database) -> None:
        photo = located()
        assert opened(photo).getexif().get_ifd(0x8825)
        async with (
            Imaging(workers=1) as imaging,
            a_site(database, Shelf({"a": photo}), imaging) as site,
        ):
            found = await site.get(site.links.photo("a", "A"))
        assert found.status == 200
        assert not opened(found.body).getexif()
        for told in (b"Exif", b"Acme", b"at home"):
            assert told in photo
            assert told not in found.body


async def test_the_token_is_in_nothing_that_leaves(
    stand_ins_only: World, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in answers nor in logs, when it goes well and when it doesn't."""
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="bot")
    bot, _ = telegram_bot(stand_ins_only.settings)
    await bot.initialize()
    anna = await stand_ins_only.person()
    await anna.sends_photo(FACE)
    [update] = await bot.get_updates()
    assert update.message is not None
    photo = update.message.photo[-1]

    answers = []
    async with (
        Imaging(workers=1) as imaging,
        a_site(database, Source(Outbox(bot)), imaging) as site,
    ):
        url = site.links.photo(photo.file_id, photo.file_unique_id)
        stand_ins_only.stand_ins.telegram.add_fault(method="download", status=404, times=2)
        answers.append(await site.get(url))
        stand_ins_only.stand_ins.telegram.add_fault(
            method="getFile", status=429, parameters={"retry_after": 3600}
        )
        answers.append(await site.get(url))
        stand_ins_only.stand_ins.telegram.add_fault(method="getFile", status=401)
        answers.append(await site.get(url))
        answers.append(await site.get(url))
        answers.append(await site.get(url + "A"))
    await bot.shutdown()

    assert [answer.status for answer in answers] == [404, 503, 503, 200, 403]
    token = stand_ins_only.settings.token()
    for said in (caplog.text, url, *(answer.everything for answer in answers)):
        for secret in (token, quote(token, safe=""), token.split(":")[1], SECRET):
            assert secret not in said
    assert "can't be handed out" in caplog.text
