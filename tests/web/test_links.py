"""Links that only the holder of the secret can make, each good for its own purpose."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import LinkRefused
from bot.links import PHOTO_SECONDS, Links, PhotoLink
from tests.properties import PROPERTY

from .site import PUBLIC, SECRET, Clock

# As long as Telegram's are.
FILE_ID = "AgACAgIAAxkBAAIBZ2VwQk1hZ2U" * 4
PHOTO = PhotoLink(FILE_ID, "AQADzrExG1h-kEp-")
LINKS = Links(PUBLIC, SECRET)
CHARACTERS = string.ascii_letters + string.digits + "-_.=~!%+ é\udcff"


def end_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_a_photos_link_leads_back_to_it() -> None:
    url = LINKS.photo(PHOTO.file_id, PHOTO.unique_id)
    assert url.startswith(f"{PUBLIC}/photos/")
    assert len(url) < 500
    assert LINKS.read_photo(end_of(url)) == PHOTO


def test_a_photos_link_ends_after_two_hours() -> None:
    clock = Clock()
    links = Links(PUBLIC, SECRET, now=clock)
    signed = end_of(links.photo(PHOTO.file_id, PHOTO.unique_id))
    clock.at += PHOTO_SECONDS - 1
    assert links.read_photo(signed) == PHOTO
    clock.at += 1
    with pytest.raises(LinkRefused):
        links.read_photo(signed)
    assert PHOTO_SECONDS == 7200


def test_a_clock_that_is_set_back_leaves_links_good() -> None:
    clock = Clock()
    links = Links(PUBLIC, SECRET, now=clock)
    signed = end_of(links.photo(PHOTO.file_id, PHOTO.unique_id))
    clock.at -= 3600
    assert links.read_photo(signed) == PHOTO


def test_a_webhooks_address_leads_back_to_its_order() -> None:
    assert LINKS.read_webhook(end_of(LINKS.webhook(17))) == 17
    assert LINKS.webhook(17) != LINKS.webhook(18)
    assert LINKS.webhook_secret(17) != LINKS.webhook_secret(18)


def test_addresses_and_secrets_need_no_quoting() -> None:
    for url in (LINKS.photo("\u0007/?#", "ü"), LINKS.webhook(17)):
        assert re.fullmatch(r"[A-Za-z0-9._-]+", end_of(url))
    assert re.fullmatch(r"[A-Za-z0-9._-]+", LINKS.webhook_secret(17))


def test_a_link_is_good_for_its_own_purpose_only() -> None:
    photo, webhook = end_of(LINKS.photo("a", "b")), end_of(LINKS.webhook(17))
    for not_a_photo in (webhook, LINKS.webhook_secret(17)):
        with pytest.raises(LinkRefused):
            LINKS.read_photo(not_a_photo)
    for not_a_webhook in (photo, LINKS.webhook_secret(17)):
        with pytest.raises(LinkRefused):
            LINKS.read_webhook(not_a_webhook)


def test_another_secrets_links_are_refused() -> None:
    other = Links(PUBLIC, SECRET + "x")
    with pytest.raises(LinkRefused):
        LINKS.read_photo(end_of(other.photo("a", "b")))
    with pytest.raises(LinkRefused):
        LINKS.read_webhook(end_of(other.webhook(17)))
    assert other.webhook_secret(17) != LINKS.webhook_secret(17)


def test_a_link_can_be_changed_nowhere() -> None:
    """Not even where base64 would pass over it: one photo, one spelling."""
    signed = end_of(LINKS.photo(PHOTO.file_id, PHOTO.unique_id))
    changed = {
        signed[:at] + character + signed[at + 1 :]
        for at in range(len(signed))
        for character in CHARACTERS
    }
    changed |= {signed[:at] + "!!!!" + signed[at:] for at in range(len(signed))}
    changed |= {signed[:at] for at in range(len(signed))}
    for link in changed - {signed}:
        with pytest.raises(LinkRefused):
            LINKS.read_photo(link)


@PROPERTY
@given(st.text(max_size=60) | st.text(CHARACTERS))
def test_whatever_is_invented_is_refused(text: str) -> None:
    for read in (LINKS.read_photo, LINKS.read_webhook):
        with pytest.raises(LinkRefused):
            read(text)
