"""The two ends of the stand-in: the bot's and a person's."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from bot.sandbox.telegram import TelegramStandIn

Json = Any
Client = TestClient[web.Request, web.Application]
TOKEN = "42:SANDBOX"


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bot:
    """Calls methods as a bot does, with a form."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._offset = 0

    async def answer(self, method: str, **params: Json) -> tuple[int, Json]:
        path = f"/telegram/bot{TOKEN}/{method}"
        async with self._client.post(path, data=_form(params)) as response:
            return response.status, await response.json()

    async def does(self, method: str, **params: Json) -> Json:
        """The result."""
        status, answer = await self.answer(method, **params)
        assert (status, answer["ok"]) == (200, True), answer
        return answer["result"]

    async def fails(self, method: str, **params: Json) -> str:
        """The description, without the "Bad Request: " of a 400."""
        status, answer = await self.answer(method, **params)
        assert answer["ok"] is False
        assert answer["error_code"] == status
        description: str = answer["description"]
        return description.removeprefix("Bad Request: ")

    async def updates(self, **params: Json) -> list[Json]:
        updates: list[Json] = await self.does("getUpdates", **params)
        return updates

    async def hears(self, **params: Json) -> list[Json]:
        """What has come since the last time, as (kind, object)."""
        updates = await self.updates(offset=self._offset, **params)
        if updates:
            self._offset = updates[-1]["update_id"] + 1
        return [
            (kind, update[kind]) for update in updates for kind in update if kind != "update_id"
        ]

    async def downloads(self, file_id: str) -> tuple[int, bytes]:
        file = await self.does("getFile", file_id=file_id)
        return await self.opens(file["file_path"])

    async def opens(self, file_path: str) -> tuple[int, bytes]:
        async with self._client.get(f"/telegram/file/bot{TOKEN}/{file_path}") as response:
            return response.status, await response.read()


class Person:
    """Somebody in their chat with the bot, or in another one by `there`."""

    def __init__(self, client: Client, number: int, chat_id: int | None = None) -> None:
        self._client = client
        self.id = number
        self.chat_id = number if chat_id is None else chat_id

    def there(self, chat_id: int) -> "Person":
        return Person(self._client, self.id, chat_id)

    async def makes(self, what: str, **body: Json) -> int:
        """A group or a channel ("groups", "channels"); returns its id."""
        async with self._client.post(f"/people/{self.id}/{what}", json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            number: int = answer["chat_id"]
            return number

    async def gets(self, what: str) -> Json:
        async with self._client.get(f"/people/{self.id}/{what}") as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def post(self, what: str, **body: Json) -> tuple[int, Json]:
        path = f"/people/{self.id}/chats/{self.chat_id}/{what}"
        async with self._client.post(path, json=body) as response:
            return response.status, await response.json()

    async def does(self, what: str, **body: Json) -> Json:
        status, answer = await self.post(what, **body)
        assert status == 200, answer
        return answer

    async def fails(self, what: str, **body: Json) -> tuple[int, str]:
        status, answer = await self.post(what, **body)
        return status, answer["error"]

    async def says(self, text: str, **more: Json) -> int:
        answer = await self.does("text", text=text, **more)
        number: int = answer["message_id"]
        return number

    async def uploads(
        self, *files: tuple[str, bytes, str], status: int = 200, **fields: str
    ) -> Json:
        """Each file as its name, bytes and type; `fields` with a trailing _ where Python asks."""
        form = FormData(
            {name.rstrip("_"): value for name, value in fields.items()}, quote_fields=False
        )
        for name, data, mime_type in files:
            form.add_field("file", io.BytesIO(data), filename=name, content_type=mime_type)
        path = f"/people/{self.id}/chats/{self.chat_id}/media"
        async with self._client.post(path, data=form) as response:
            answer = await response.json()
            assert response.status == status, answer
            return answer.get("message_ids", answer)

    async def sees(self) -> list[Json]:
        path = f"/people/{self.id}/chats/{self.chat_id}/messages"
        async with self._client.get(path) as response:
            messages: list[Json] = (await response.json())["messages"]
            return messages

    async def events(self, after: int = 0, wait: float = 0.0) -> list[Json]:
        params = {"after": str(after), "wait": str(wait)}
        async with self._client.get(f"/people/{self.id}/events.json", params=params) as response:
            events: list[Json] = (await response.json())["events"]
            return events


class World:
    """The running stand-in with both its ends."""

    def __init__(self, client: Client, standin: TelegramStandIn) -> None:
        self.client = client
        self.standin = standin
        self.bot = Bot(client)

    @property
    def url(self) -> str:
        return str(self.client.make_url("")).rstrip("/")

    async def person(self, **about: Json) -> Person:
        async with self.client.post("/people", json={"first_name": "Ana"} | about) as response:
            return Person(self.client, (await response.json())["id"])

    async def met(self, **about: Json) -> Person:
        """A person who pressed START; the update is taken."""
        person = await self.person(**about)
        await person.says("/start")
        updates = await self.bot.updates()
        await self.bot.updates(offset=updates[-1]["update_id"] + 1)
        return person


@asynccontextmanager
async def world(**options: Json) -> AsyncIterator[World]:
    given: dict[str, Json] = {"flood_limits": False} | options
    standin = TelegramStandIn(TOKEN, **given)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_subapp("/telegram", standin.app())
    app.add_subapp("/people", standin.people_app())
    async with TestClient(TestServer(app)) as client:
        yield World(client, standin)


def buttons(*rows: list[tuple[str, str]]) -> str:
    """An inline keyboard of labels and callback data, as JSON."""
    keyboard = [[{"text": text, "callback_data": data} for text, data in row] for row in rows]
    return json.dumps({"inline_keyboard": keyboard})


def picture(width: int = 640, height: int = 480, kind: str = "JPEG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(target, kind)
    return target.getvalue()


def _form(params: dict[str, Json]) -> FormData:
    """Bytes become uploads; what is not text becomes JSON."""
    form = FormData()
    for name, value in params.items():
        if isinstance(value, bytes):
            form.add_field(name, io.BytesIO(value), filename=name)
        else:
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    return form
