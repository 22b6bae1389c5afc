"""The stand-in as a widely used client library meets it, with its own way of writing forms."""

from collections.abc import AsyncIterator

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto

from tests.sandbox.telegram.phone import Person, World, picture


@pytest.fixture
async def library(here: World) -> AsyncIterator[telegram.Bot]:
    url = f"{here.url}/telegram"
    async with telegram.Bot(
        "42:SANDBOX", base_url=f"{url}/bot", base_file_url=f"{url}/file/bot"
    ) as bot:
        yield bot


async def test_a_conversation(library: telegram.Bot, ana: Person) -> None:
    await ana.says("/start")
    updates = await library.get_updates(timeout=1)
    assert updates[0].message is not None
    assert updates[0].message.text == "/start"
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("A", callback_data="a")]])
    sent = await library.send_message(ana.id, "Which?", reply_markup=markup)
    await ana.does("tap", message_id=sent.message_id, text="A")
    query = (await library.get_updates(offset=-1))[0].callback_query
    assert query is not None
    assert await query.answer("Drawing")
    await library.edit_message_media(InputMediaPhoto(picture(), "Done"), ana.id, sent.message_id)
    file = await library.send_document(ana.id, picture(64, 64, "PNG"), filename="avatar “1”.png")
    assert file.document is not None
    assert file.document.file_name == "avatar “1”.png"
    got = await (await library.get_file(file.document.file_id)).download_as_bytearray()
    assert bytes(got) == picture(64, 64, "PNG")
    album = await library.send_media_group(ana.id, [InputMediaPhoto(picture())] * 2)
    assert len(album) == 2


async def test_errors_are_understood(
    library: telegram.Bot, here: World, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # as an int it is deprecated, with a warning
    with pytest.raises(telegram.error.BadRequest, match="Chat not found"):
        await library.send_message(1, "a")
    await ana.does("block")
    with pytest.raises(telegram.error.Forbidden, match="bot was blocked"):
        await library.send_message(ana.id, "a")
    parameters = {"retry_after": 7}
    here.standin.add_fault(method="getMe", kind="status", status=429, parameters=parameters)
    with pytest.raises(telegram.error.RetryAfter, match="0:00:07"):
        await library.get_me()
