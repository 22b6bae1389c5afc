"""The world of a test: stand-ins on loopback, the bot on them, and people with phones.

async def test_comic(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.taps("Agree · use my profile photo")
    await anna.taps("Comic")
    assert await anna.gets_a_png() == world.drawn()[0]
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import run
from bot.domain.pace import Pace
from bot.sandbox.server import Options, StandIns, serve
from bot.settings import Settings, load
from tests.decoders import Decoders
from tests.sandbox.company import Group, InGroups
from tests.seen import files_of, is_card, is_from_bot, line_of, newest_button

Json = Any
PHOTOS = Path(__file__).parent / "photos"
FACE = PHOTOS / "astronaut-face.jpg"
# Seconds. As long as a crowded machine may take; nothing that works waits for its end.
PATIENCE = 45.0
# Pauses a hundred times as short as those of a bot that people use, as many tries.
QUICK = Pace(
    first_pause=0.02,
    longest_pause=0.6,
    unknown=0.6,
    cancelling=1.0,
    settle=0.5,
    lost=9.0,
    probe=0.3,
    look=0.1,
    card=0.03,
    hello=0.03,
    tidy=1.5,
    grows=0.15,
)


@dataclass
class Person(InGroups):
    """Somebody with a phone, in their private chat with the bot, or in a group by `there`."""

    # The number of the last event that was waited for.
    heard: int = 0

    async def sends(self, text: str, *, reply_to: int | None = None) -> int:
        """Types a message; returns its id."""
        body = {"text": text} | ({"reply_to": reply_to} if reply_to else {})
        return int((await self._does("text", body))["message_id"])

    async def sends_photo(
        self, *photos: Path | tuple[str, bytes], caption: str = "", kind: str = "photo", **more: str
    ) -> list[int]:
        """Sends files as photo, document or album (`kind`); returns the messages' ids."""
        form = aiohttp.FormData({"as": kind, "caption": caption, **more}, quote_fields=False)
        for photo in photos:
            name, data = (photo.name, photo.read_bytes()) if isinstance(photo, Path) else photo
            form.add_field("file", BytesIO(data), filename=name)
        async with self.http.post(f"{self.place}/media", data=form) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return list(answer["message_ids"])

    async def taps(self, label: str, *, on: Json = None) -> str:
        """Taps the newest button that has this in its label; returns the pop-up's text, or ""."""
        message, button = await self.until(lambda sees: newest_button(sees, label, on))
        return await self._answer({"message_id": message, "text": button})

    async def follows(self, label: str) -> str:
        """Taps likewise; returns the link that the answer opens."""
        message, button = await self.until(lambda sees: newest_button(sees, label, None))
        return await self._answer({"message_id": message, "text": button}, "url")

    async def forges(self, message_id: int, data: str) -> None:
        """Taps a button that isn't there."""
        await self._does("tap", {"message_id": message_id, "data": data, "forge": True})

    async def invents(self, message_id: int, data: str) -> str:
        """Taps a button that isn't there, and waits; returns the pop-up's text, or ""."""
        return await self._answer({"message_id": message_id, "data": data, "forge": True})

    async def deletes(self, message_id: int) -> None:
        await self._does("delete", {"message_id": message_id})

    async def blocks(self) -> None:
        await self._does("block", {})

    async def unblocks(self) -> None:
        await self._does("unblock", {})

    async def sees(self, chat: Group | None = None) -> list[Json]:
        """Everything in the chat, oldest first."""
        place = self.place if chat is None else self.there(chat).place
        async with self.http.get(f"{place}/messages") as response:
            messages: list[Json] = (await response.json())["messages"]
            return messages

    async def events(self, after: int = 0, wait: float = 0) -> list[Json]:
        """Those after this number, as soon as there are any, or none after so many seconds."""
        url = f"{self.origin}/people/{self.id}/events.json"
        given = {"after": str(after), "wait": str(wait)}
        async with self.http.get(url, params=given) as response:
            events: list[Json] = (await response.json())["events"]
            return events

    async def card(self, words: str = "") -> Json:
        """The chat's last message, once it is the bot's and says this."""
        return await self.until(
            lambda sees: sees[-1] if sees and is_card(sees[-1], words) else None, words
        )

    async def hears(self, words: str) -> Json:
        """A message of the bot's that holds these words."""
        return await self.until(
            lambda sees: next((m for m in reversed(sees) if is_from_bot(m, words)), None), words
        )

    async def gets_a_png(self, number: int = 1) -> bytes:
        """The file of the chat's picture number n, once it is there."""
        files = await self.until(
            lambda sees: files if len(files := files_of(sees)) >= number else None, "a file"
        )
        return await self.opens(files[number - 1]["document"]["url"])

    async def opens(self, url: str) -> bytes:
        async with self.http.get(self.origin + url) as response:
            assert response.status == 200
            return await response.read()

    async def until(self, condition: Callable[[list[Json]], Json], what: str = "") -> Json:
        """What the condition finds in the chat, as soon as it finds something."""

        async def look() -> Json:
            return condition(await self.sees())

        try:
            return await until_seen(look, what, self._news)
        except TimeoutError:
            seen = "\n".join(f"  {line_of(m)}" for m in await self.sees())
            raise AssertionError(f"{self.first_name} waits for {what!r} and sees\n{seen}") from None

    async def _answer(self, tap: Json, what: str = "text") -> str:
        after = await self._last_event()
        query = (await self._does("tap", tap))["callback_query_id"]

        async def answer() -> Json:
            for event in await self.events(after):
                data = event["data"]
                if event["event"] == "callback_answer" and data["callback_query_id"] == query:
                    return {what: data.get(what) or ""}
            return None

        found = await until_seen(answer, f"an answer to the tap {tap}", self._news)
        return str(found[what])

    async def _last_event(self) -> int:
        await self._news(0)
        return self.heard

    async def _news(self, wait: float = 0.3) -> None:
        """Waits until something happens on the phone, or a while: not all that is seen does."""
        for event in await self.events(self.heard, wait):
            self.heard = int(event["id"])

    async def _does(self, what: str, body: Json) -> Json:
        return await self.acts(what, chat=self.chat_id or self.id, **body)


@dataclass
class World:
    """Stand-ins, the bot's settings for them, and the bot once it is started."""

    stand_ins: StandIns
    http: aiohttp.ClientSession
    settings: Settings
    pace: Pace = QUICK
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _running: "asyncio.Task[None] | None" = None
    _process: asyncio.subprocess.Process | None = None
    _forgotten: int = 0
    refusals: tuple[str, ...] = ()

    async def person(self, first_name: str = "Anna", **about: Json) -> Person:
        """Somebody new, with a profile photo unless told otherwise."""
        body = {"first_name": first_name, "profile_photo": "astronaut-face.jpg"} | about
        async with self.http.post(f"{self.stand_ins.origin}/people", json=body) as response:
            made = await response.json()
            assert response.status == 200, made
        return Person(self.http, self.stand_ins.origin, made["id"], first_name)

    async def group(
        self, title: str, owner: Person, *others: Person, kind: str = "supergroup", **more: bool
    ) -> Group:
        """A group with the bot in it, which has said hello unless `greeted` is false; `more` is
        forum, or with_bot to have it without.
        """
        given = {"forum": False, "with_bot": True} | more
        greeted = given.pop("greeted", given["with_bot"] and self.is_running)
        group = await owner.found(title, [other.id for other in others], kind=kind, **given)
        if greeted:
            await owner.there(group).hears("Hi 👋")
        return group

    @property
    def is_running(self) -> bool:
        return self._running is not None or self._process is not None

    async def start(self, *, announce: bool = False) -> None:
        """The bot in this process."""
        self.stop = asyncio.Event()
        bot = run(self.settings, self.stop, announce=announce, pace=self.pace, decoders=Decoders)
        self._running = asyncio.create_task(bot)

    async def end(self) -> None:
        """Stops it in an orderly way; what made it fail is raised here."""
        self.stop.set()
        if self._running is not None:
            running, self._running = self._running, None
            await running

    async def start_process(self, **environment: str) -> None:
        """The bot in a process of its own, to be killed; returns once it says that it runs."""
        given = {**os.environ, **self.environment(), **environment}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=given, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            async for line in self._process.stdout:
                if b"is running" in line:
                    return
        raise AssertionError("the bot ended as soon as it was started")

    async def kill(self) -> None:
        """SIGKILL: no goodbye."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._process = None

    async def terminate(self) -> None:
        """SIGTERM: it finishes what it has begun."""
        assert self._process is not None
        self._process.terminate()

    async def close(self) -> None:
        await self.end()
        if self._process is not None:
            await self.kill()

    def environment(self) -> dict[str, str]:
        """The settings as an operator would set them."""
        s = self.settings
        return {
            "TELEGRAM_BOT_TOKEN": s.token(),
            "TELEGRAM_API_URL": s.telegram_api_url,
            "TELEGRAM_MESSAGES_PER_SECOND": str(s.telegram_messages_per_second),
            "EACHLABS_API_KEY": s.api_key(),
            "EACHLABS_API_URL": s.eachlabs_api_url,
            "EACHLABS_TYPICAL_SECONDS": str(s.eachlabs_typical_seconds),
            "EACHLABS_REQUESTS_PER_MINUTE": str(s.eachlabs_requests_per_minute),
            "EACHLABS_CONCURRENCY": str(s.eachlabs_concurrency),
            "DATA_DIR": str(s.data_dir),
            "DAILY_CREDITS_PER_USER": "none",
            "DAILY_BUDGET_USD": "none",
            "LOG_LEVEL": "WARNING",
        }

    @property
    def counts(self) -> Json:
        """How often the provider was asked for what."""
        return self.stand_ins.eachlabs.report()["counts"]

    @property
    def predictions(self) -> list[Json]:
        """What the provider was asked to draw, since `forget` if that was called."""
        return list(self.stand_ins.eachlabs.report()["predictions"])[self._forgotten :]

    def forget(self) -> None:
        """Leaves the predictions so far, and the bot's calls, out of the account."""
        self._forgotten += len(self.predictions)
        self.stand_ins.telegram.calls.clear()

    def expects(self, *refusals: str) -> None:
        """Telegram is going to refuse calls with these words, and a test may look on."""
        self.refusals += refusals

    async def drawn(self, prediction: int = 0, output: int = 0) -> bytes:
        """The bytes that the provider's stand-in made."""
        async with self.http.get(self.predictions[prediction]["output"][output]) as response:
            return await response.read()


@asynccontextmanager
async def a_world(folder: Path, *, options: Json = None, **settings: Json) -> AsyncIterator[World]:
    """Stand-ins that draw a hundred times as fast as the real provider; no bot yet."""
    given = {"speed": 100.0, "requests_per_minute": 0, "seed": 1, "pictures": "quick"} | (
        options or {}
    )
    async with serve(Options(**given)) as stand_ins, aiohttp.ClientSession() as http:
        asked: dict[str, Json] = {
            "telegram_bot_token": "42:SANDBOX",
            "telegram_api_url": stand_ins.telegram_url,
            "eachlabs_api_key": "sandbox-key",
            "eachlabs_api_url": stand_ins.eachlabs_url,
            "eachlabs_typical_seconds": 0.21,
            "eachlabs_requests_per_minute": 0,
            "data_dir": folder,
            "daily_credits_per_user": None,
            "daily_budget_usd": None,
        }
        world = World(stand_ins, http, load(**(asked | settings)))
        try:
            yield world
        finally:
            await world.close()


async def a_moment() -> None:
    await asyncio.sleep(0.03)


async def until_seen(
    look: Callable[[], Any], what: str, pause: Callable[[], Awaitable[None]] = a_moment
) -> Json:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = await look()
        if found:
            return found
        await pause()
    raise TimeoutError(what)
