"""Photos in: hosted once, side by side, and the first reason is told."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.order import Order, OrderPhoto
from bot.domain.photo import PhotoProblem, Prepared
from bot.engine.references import GOOD_FOR_SECONDS, HOSTED_SECONDS, References
from bot.errors import FileGone, NotSent, PhotoRefused, ProviderDown
from bot.links import Links
from storage import hosted
from storage.hosted import HostedPhoto
from tests.engine.workshop import Album, NoDecoder, Workshop
from tests.world import FACE

LINKS = Links("https://here", "a-secret-of-16-chars")


async def order_of(shop: Workshop, *names: str) -> Order:
    photos = tuple(OrderPhoto(name, f"unique-{name}") for name in names)
    for name in names:
        shop.album.photos.setdefault(name, FACE.read_bytes() + name.encode())
    return replace(await shop.order(), photos=photos)


async def test_urls_come_in_the_photos_order(shop: Workshop) -> None:
    order = await order_of(shop, "a", "b", "c", "d")

    urls = await shop.tools.references.host(order)

    uploads = shop.stand_in.uploads
    assert [uploads.named(url.rsplit("/", 1)[1]).data[-1:] for url in urls] == [  # type: ignore[union-attr, index]
        b"a",
        b"b",
        b"c",
        b"d",
    ]


async def test_they_expire_by_themselves(shop: Workshop) -> None:
    [url] = await shop.tools.references.host(await order_of(shop, "a"))

    upload = shop.stand_in.uploads.named(url.rsplit("/", 1)[1])
    assert upload is not None
    left = upload.expires_at - shop.tools.now()
    assert HOSTED_SECONDS - 60 < left <= HOSTED_SECONDS


async def test_a_copy_that_is_good_for_long_enough_is_used_again(shop: Workshop) -> None:
    order = await order_of(shop, "a")
    first = await shop.tools.references.host(order)

    assert await shop.tools.references.host(order) == first
    assert (shop.counts["presigns"], shop.album.asked) == (1, ["a"])


async def test_two_orders_with_one_new_photo_upload_it_once(shop: Workshop) -> None:
    order = await order_of(shop, "a")

    one, other = await asyncio.gather(*(shop.tools.references.host(order) for _ in range(2)))

    assert one == other
    assert shop.counts["presigns"] == 1


async def test_a_copy_that_might_expire_in_line_is_made_anew(shop: Workshop) -> None:
    order = await order_of(shop, "a")
    ends = shop.tools.now() + GOOD_FOR_SECONDS - 60
    async with shop.database.writing() as connection:
        await hosted.put(connection, HostedPhoto("unique-a", "x", "http://old", ends))

    [url] = await shop.tools.references.host(order)

    assert url != "http://old"


@pytest.mark.parametrize("error", [FileGone("gone"), NotSent("no connection")])
async def test_what_telegram_says_comes_through(shop: Workshop, error: Exception) -> None:
    order = await order_of(shop, "a", "b")
    shop.album.photos["b"] = [error]

    with pytest.raises(type(error)):
        await shop.tools.references.host(order)


async def test_a_refused_photo_carries_its_number(shop: Workshop) -> None:
    class Picky(NoDecoder):
        async def prepare(self, data: bytes):  # type: ignore[no-untyped-def]
            if data.endswith(b"b"):
                raise PhotoRefused(PhotoProblem.DAMAGED)
            return await super().prepare(data)

    order = await order_of(shop, "a", "b")
    tools = shop.tools
    references = References(shop.database, shop.album, Picky(), shop.client, tools.budget)

    with pytest.raises(PhotoRefused) as refused:
        await references.host(order)

    assert (refused.value.problem, refused.value.number) == (PhotoProblem.DAMAGED, 2)


async def test_a_refused_upload_is_the_providers_fault(shop: Workshop) -> None:
    shop.stand_in.fault(on="put", kind="status", status=403)

    with pytest.raises(ProviderDown):
        await shop.tools.references.host(await order_of(shop, "a"))


async def test_a_bug_is_not_taken_for_a_fault(shop: Workshop) -> None:
    class Broken(Album):
        async def photo(self, file_id: str) -> bytes:
            raise ZeroDivisionError

    references = References(shop.database, Broken(), NoDecoder(), shop.client, shop.tools.budget)

    with pytest.raises(ExceptionGroup):
        await references.host(await order_of(shop, "a"))


async def test_downloads_run_side_by_side(shop: Workshop) -> None:
    inside = asyncio.Barrier(4)

    class Slow(Album):
        async def photo(self, file_id: str) -> bytes:
            async with asyncio.timeout(5):
                await inside.wait()
            return FACE.read_bytes()

    references = References(shop.database, Slow(), NoDecoder(), shop.client, shop.tools.budget)

    assert len(await references.host(await order_of(shop, "a", "b", "c", "d"))) == 4


class TestPublicAddress:
    """With PUBLIC_URL the bot serves the photos itself."""

    def references(self, shop: Workshop, imaging: NoDecoder | None = None) -> References:
        return References(
            shop.database,
            shop.album,
            imaging or NoDecoder(),
            shop.client,
            shop.tools.budget,
            links=LINKS,
        )

    async def test_photos_are_links_to_the_bot_and_cost_no_request(self, shop: Workshop) -> None:
        urls = await self.references(shop).host(await order_of(shop, "a", "b"))

        read = [LINKS.read_photo(url.removeprefix("https://here/photos/")) for url in urls]
        assert [(link.file_id, link.unique_id) for link in read] == [
            ("a", "unique-a"),
            ("b", "unique-b"),
        ]
        assert shop.counts["presigns"] == 0

    async def test_what_was_looked_at_is_ready_for_the_model(self, shop: Workshop) -> None:
        references = self.references(shop)
        order = await order_of(shop, "a")
        await references.host(order)
        await references.host(order)

        prepared = await references.photos.prepared("a", "unique-a")

        assert prepared.data == FACE.read_bytes() + b"a"
        assert shop.album.asked == ["a"]

    async def test_a_photo_that_cant_be_read_is_refused_beforehand(self, shop: Workshop) -> None:
        class Picky(NoDecoder):
            async def prepare(self, data: bytes) -> Prepared:
                raise PhotoRefused(PhotoProblem.DAMAGED)

        with pytest.raises(PhotoRefused) as refused:
            await self.references(shop, Picky()).host(await order_of(shop, "a"))

        assert refused.value.number == 1

    async def test_a_photo_that_is_gone_is_told_beforehand(self, shop: Workshop) -> None:
        order = await order_of(shop, "a")
        shop.album.photos["a"] = [FileGone("gone")]

        with pytest.raises(FileGone):
            await self.references(shop).host(order)
