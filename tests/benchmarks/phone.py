"""A phone in the loop: it asks the stand-in for things, and hears what happens as it happens."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp

Json = Any


class Unanswered(Exception):
    """Nothing came that belongs to the step, within a person's patience."""


class Phone:
    """One person's phone, in their private chat with the bot. Moments are `time.monotonic`'s."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, person_id: int) -> None:
        self._http = http
        self._origin = f"{origin}/people/{person_id}"
        self._chat = f"{self._origin}/chats/{person_id}"
        self._heard: list[tuple[float, Json]] = []
        self._wants: Callable[[Json], bool] | None = None
        self._found: asyncio.Future[tuple[float, Json]] | None = None
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Phone":
        connected = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(connected))
        await connected.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listening is not None
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
            await self._listening

    async def sends(self, text: str) -> list[int]:
        return [int((await self._post("text", {"text": text}))["message_id"])]

    async def sends_files(self, *files: bytes, kind: str) -> list[int]:
        form = aiohttp.FormData({"as": kind}, quote_fields=False)
        for number, data in enumerate(files):
            form.add_field("file", data, filename=f"{number}.jpg", content_type="image/jpeg")
        async with self._http.post(f"{self._chat}/media", data=form) as response:
            return list((await _accepted(response))["message_ids"])

    async def taps(self, message_id: int, data: str) -> None:
        await self._post("tap", {"message_id": message_id, "data": data})

    def forget(self) -> None:
        """What has happened so far belongs to no step that follows."""
        self._heard.clear()

    async def hears(self, wanted: Callable[[Json], bool], patience: float) -> tuple[float, Json]:
        """When it heard of the first wanted event since `forget`, and the event.

        Raises:
            Unanswered: none came within `patience` seconds.
        """
        for moment, event in self._heard:
            if wanted(event):
                return moment, event
        self._wants = wanted
        self._found = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience):
                return await self._found
        except TimeoutError:
            raise Unanswered from None
        finally:
            self._wants = self._found = None

    async def opens(self, url: str) -> bytes:
        async with self._http.get(url) as response:
            return await response.read()

    async def _listen(self, connected: asyncio.Event) -> None:
        quiet = aiohttp.ClientTimeout(total=None)
        async with self._http.get(f"{self._origin}/events?after=0", timeout=quiet) as response:
            connected.set()
            kind = ""
            async for line in response.content:
                if line.startswith(b"event: "):
                    kind = line[7:-1].decode()
                elif line.startswith(b"data: "):
                    self._hear({"event": kind, **json.loads(line[6:])})

    def _hear(self, event: Json) -> None:
        heard = (time.monotonic(), event)
        self._heard.append(heard)
        found, wants = self._found, self._wants
        if found is not None and wants is not None and not found.done() and wants(event):
            found.set_result(heard)

    async def _post(self, what: str, body: Json) -> Json:
        async with self._http.post(f"{self._chat}/{what}", json=body) as response:
            return await _accepted(response)


async def _accepted(response: aiohttp.ClientResponse) -> Json:
    answer = await response.json()
    if response.status != 200:
        raise RuntimeError(f"the stand-in refuses what a person does: {answer}")
    return answer
