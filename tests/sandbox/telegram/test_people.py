"""What a person's phone does."""

import asyncio
import json
from typing import Any

from tests.sandbox.telegram.phone import Bot, Person, World, buttons, picture

Json = Any


async def test_a_person_comes_back_as_they_were(here: World) -> None:
    first = {"first_name": "Ana", "last_name": "B", "language_code": "pt", "username": "anab"}
    async with here.client.post("/people", json=first) as response:
        person = await response.json()
    assert person["chat_id"] == person["id"] > 2**32
    again = {"first_name": "Other", "id": person["id"]}
    async with here.client.post("/people", json=again) as response:
        assert await response.json() == person
    async with here.client.post("/people", json={"first_name": "New", "id": 5}) as response:
        assert (await response.json())["id"] == 5
    async with here.client.post("/people", json={}) as response:
        assert (response.status, await response.json()) == (
            400,
            {"error": "first_name must be a text"},
        )


async def test_the_bot_is_told_who_says_what(bot: Bot, here: World) -> None:
    person = await here.person(first_name="Ana", username="anab", language_code="pt")
    await person.says("/start look")
    message = (await bot.updates())[0]["message"]
    assert message["from"] == {
        "id": person.id,
        "is_bot": False,
        "first_name": "Ana",
        "username": "anab",
        "language_code": "pt",
    }
    assert message["chat"]["type"] == "private"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_a_phone_does_not_send_nothing_or_too_much(ana: Person) -> None:
    assert (await ana.fails("text", text=" \n"))[0] == 400
    assert (await ana.fails("text", text="a" * 4097))[0] == 400
    assert (await ana.fails("text", text="a", reply_to=999))[0] == 404
    assert (await ana.fails("text"))[0] == 400


async def test_photos(bot: Bot, ana: Person) -> None:
    numbers = await ana.uploads(
        ("me.png", picture(1600, 1200, "PNG"), "image/png"), as_="photo", caption="me"
    )
    message = (await bot.updates())[-1]["message"]
    assert (message["message_id"], message["caption"]) == (numbers[0], "me")
    assert [size["width"] for size in message["photo"]] == [90, 320, 800, 1280]
    shown = (await ana.sees())[-1]
    assert shown["photo"]["url"].startswith("/people/files/")
    assert (shown["photo"]["width"], shown["photo"]["height"]) == (1280, 960)
    assert shown["outgoing"] is True
    refused = await ana.uploads(("me.jpg", b"no picture", "image/jpeg"), as_="photo", status=400)
    assert refused == {"error": "this file can't be sent as a photo"}


async def test_an_album_is_one_update_a_picture(bot: Bot, ana: Person) -> None:
    files = [(f"{n}.jpg", picture(200 + n), "image/jpeg") for n in range(3)]
    numbers = await ana.uploads(*files, as_="album", caption="us", forwarded="1")
    messages = [update["message"] for update in await bot.updates()]
    assert [message["message_id"] for message in messages] == numbers
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["us", None, None]
    assert all(message["forward_origin"]["type"] == "hidden_user" for message in messages)
    assert [message["forwarded"] for message in await ana.sees()][-3:] == [True] * 3
    eleven = [("a.jpg", picture(), "image/jpeg")] * 11
    assert "from 1 to 10" in (await ana.uploads(*eleven, as_="album", status=400))["error"]


async def test_a_document_is_untouched(here: World, bot: Bot, ana: Person) -> None:
    page = b"<script>alert(1)</script>"
    await ana.uploads(("ñ “x”.html", page, "text/html"), as_="document")
    document = (await bot.updates())[-1]["message"]["document"]
    assert (document["file_name"], document["mime_type"]) == ("ñ “x”.html", "text/html")
    assert await bot.downloads(document["file_id"]) == (200, page)
    shown = (await ana.sees())[-1]["document"]
    async with here.client.get(shown["url"]) as response:
        assert response.headers["Content-Type"] == "text/html"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.content_disposition is not None
        assert response.content_disposition.filename == "ñ “x”.html"


async def test_taps(bot: Bot, ana: Person) -> None:
    keyboard = json.loads(buttons([("Yes", "y")]))
    keyboard["inline_keyboard"].append([{"text": "Site", "url": "https://a.example"}])
    sent = await bot.does("sendMessage", chat_id=ana.id, text="?", reply_markup=keyboard)
    number = sent["message_id"]
    assert await ana.does("tap", message_id=number, text="Site") == {"url": "https://a.example"}
    assert (await ana.fails("tap", message_id=number, text="No"))[0] == 404
    assert (await ana.fails("tap", message_id=number, data="n"))[0] == 404
    assert (await ana.fails("tap", message_id=999, data="y"))[0] == 404
    await ana.does("tap", message_id=number, data="invented", forge=True)
    await ana.does("tap", message_id=999, data="invented", forge=True)
    queries = [update["callback_query"] for update in await bot.updates()]
    assert [query["data"] for query in queries] == ["invented", "invented"]
    assert queries[1]["message"]["date"] == 0


async def test_own_messages_are_edited_and_deleted(bot: Bot, ana: Person) -> None:
    number = await ana.says("as a knite")
    await ana.does("edit", message_id=number, text="as a knight")
    edited = (await bot.updates())[-1]["edited_message"]
    assert (edited["text"], edited["message_id"]) == ("as a knight", number)
    assert edited["edit_date"]
    sent = await bot.does("sendMessage", chat_id=ana.id, text="hi")
    assert (await ana.fails("edit", message_id=sent["message_id"], text="x"))[0] == 403
    before = len(await bot.updates())
    await ana.does("delete", message_id=sent["message_id"])
    assert len(await bot.updates()) == before
    assert (await ana.fails("delete", message_id=sent["message_id"]))[0] == 404
    where = {"chat_id": ana.id, "message_id": sent["message_id"]}
    assert await bot.fails("editMessageText", text="x", **where) == "message to edit not found"


async def test_nobody_reads_anothers_chat(here: World, ana: Person) -> None:
    bo = await here.person(first_name="Bo")
    for path in (f"/people/{bo.id}/chats/{ana.id}/messages", "/people/1/chats/1/messages"):
        async with here.client.get(path) as response:
            assert response.status == 404


async def test_events_replay_what_was_missed(bot: Bot, ana: Person) -> None:
    start = (await ana.events())[-1]["id"]
    sent = await bot.does("sendMessage", chat_id=ana.id, text="one")
    await bot.does("editMessageText", chat_id=ana.id, message_id=sent["message_id"], text="two")
    events = await ana.events(after=start)
    assert [event["event"] for event in events] == ["message", "edited"]
    assert [event["id"] for event in events] == [start + 1, start + 2]
    # An event shows the message as it was then.
    assert [event["data"]["message"]["text"] for event in events] == ["one", "two"]
    assert await ana.events(after=start + 2) == []
    waiting = asyncio.create_task(ana.events(after=start + 2, wait=10))
    await asyncio.sleep(0.05)
    await ana.says("three")
    assert (await asyncio.wait_for(waiting, 2))[0]["data"]["message"]["text"] == "three"


async def test_server_sent_events_go_on_where_they_broke_off(
    here: World, bot: Bot, ana: Person
) -> None:
    await ana.says("one")
    path = f"/people/{ana.id}/events"
    async with here.client.get(path, params={"after": "1"}) as response:
        assert response.content_type == "text/event-stream"
        first = await _frames(response, 1)
        await bot.does("sendMessage", chat_id=ana.id, text="two\nlines")
        second = await _frames(response, 1)
    assert (first[0]["id"], first[0]["event"]) == ("2", "message")
    assert second[0]["data"]["message"]["text"] == "two\nlines"
    headers = {"Last-Event-ID": "2"}
    async with here.client.get(path, params={"after": "0"}, headers=headers) as response:
        assert (await _frames(response, 1))[0]["id"] == "3"


async def _frames(response: Any, count: int) -> list[dict[str, Json]]:
    frames: list[dict[str, Json]] = []
    async with asyncio.timeout(3):
        while len(frames) < count:
            text = (await response.content.readuntil(b"\n\n")).decode().strip()
            fields = dict(line.split(": ", 1) for line in text.splitlines())
            if "data" in fields:
                frames.append(fields | {"data": json.loads(fields["data"])})
    return frames
