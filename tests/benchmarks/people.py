"""The people of a run: each does the next step when the last one is answered."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any, Final

import aiohttp
from PIL import Image

from bot.domain.photomaker import Style
from bot.texts import texts
from tests.benchmarks.phone import Phone, Unanswered
from tests.benchmarks.scenario import Scenario, Variant
from tests.world import FACE

Json = Any

PATIENCE: Final = 90.0
LARGEST_SIDE: Final = 800
SIDES: Final = 20
T: Final = texts("en")


@dataclass(frozen=True, slots=True)
class Answer:
    """One step's answer: when the stand-in had taken the step, and when the chat showed it."""

    step: str
    accepted: float
    seconds: float


@dataclass(slots=True)
class Life:
    """What became of one person's conversation. `png` is the address of the file they got."""

    number: int
    words: str
    style: Style
    sides: tuple[int, int]
    answers: list[Answer] = field(default_factory=list)
    ordered: float | None = None
    finished: float | None = None
    png: str | None = None
    trouble: str = ""


@cache
def photos() -> dict[int, bytes]:
    """The same face in many sizes, so that whose photo is whose shows wherever it turns up."""
    face = Image.open(FACE).convert("RGB")
    made: dict[int, bytes] = {}
    for side in range(LARGEST_SIDE, LARGEST_SIDE - SIDES, -1):
        out = BytesIO()
        face.crop((0, 0, side, side)).save(out, "JPEG", quality=88)
        made[side] = out.getvalue()
    return made


def cast(scenario: Scenario) -> list[Life]:
    """Who wants what: words of their own, a style and two photos by chance."""
    chance = random.Random(scenario.seed)
    styles = list(Style)
    return [
        Life(
            number,
            f"as a knight, flag Q{number:04}",
            chance.choice(styles),
            _two_sides(chance),
        )
        for number in range(scenario.people)
    ]


def _two_sides(chance: random.Random) -> tuple[int, int]:
    first, second = chance.sample(range(LARGEST_SIDE - SIDES + 1, LARGEST_SIDE + 1), 2)
    return first, second


def peers_words() -> str:
    """JSON: what a peer has to say so that these people understand it."""
    words = {
        "hello": T.hello("you", 5),
        "agree": T.agree_send(),
        "ask_photo": T.ask_photo(),
        "photos": T.photos_button(7).replace("7", "{count}"),
        "words": T.words_line("{words}"),
        "drawing": f"{T.drawing(20)}\n\n{T.caption('{look}', '{words}')}",
        "looks": [T.look(style) for style in Style],
    }
    return json.dumps(words)


class Actor:
    """Plays one life."""

    def __init__(self, life: Life, phone: Phone, patience: float) -> None:
        self._life = life
        self._phone = phone
        self._patience = patience
        self._files = [photos()[side] for side in life.sides]
        self._card: Json = None

    async def play(self, variant: Variant, *, wait_for_picture: bool) -> None:
        try:
            await self._converse(variant)
            if wait_for_picture:
                await self._receive()
            self._life.finished = time.monotonic()
        except Unanswered:
            done = [answer.step for answer in self._life.answers]
            self._life.trouble = f"no answer after {done[-1] if done else 'nothing'}"

    async def _converse(self, variant: Variant) -> None:
        await self._says("start", "/start", T.agree_send())
        await self._taps("agree", T.agree_send(), lambda message: T.ask_photo() in _words(message))
        if variant is Variant.PHOTOS:
            for number, file in enumerate(self._files, start=1):
                await self._sends(f"photo {number}", [file], "photo", T.photos_button(number))
        else:
            await self._sends("album", self._files, "album", T.photos_button(2))
        words = self._life.words
        await self._says("words", words, T.words_line(words))
        label = T.look(self._life.style)
        drawn = T.caption(label, words)
        await self._taps("style", label, lambda message: drawn in _words(message))
        self._life.ordered = self._life.answers[-1].accepted

    async def _says(self, step: str, text: str, shows: str) -> None:
        await self._step(step, lambda: self._phone.sends(text), shows)

    async def _sends(self, step: str, files: list[bytes], kind: str, shows: str) -> None:
        await self._step(step, lambda: self._phone.sends_files(*files, kind=kind), shows)

    async def _step(self, step: str, act: Callable[[], Awaitable[list[int]]], shows: str) -> None:
        """Something sent, answered by a new card below it that shows this."""
        self._phone.forget()
        newest = max(await act())
        accepted = await self._own_message(newest)

        def answers(event: Json) -> bool:
            message = event.get("message")
            return (
                message is not None
                and not message["outgoing"]
                and message["message_id"] > newest
                and (shows in _words(message) or shows in _labels(message))
            )

        await self._answered(step, accepted, answers)

    async def _taps(self, step: str, label: str, shows: Callable[[Json], bool]) -> None:
        """A tap on the card, answered when the card has changed."""
        self._phone.forget()
        card = self._card["message_id"]
        await self._phone.taps(card, _button(self._card, label))
        accepted = time.monotonic()

        def answers(event: Json) -> bool:
            if event["event"] != "edited" or event["message"]["message_id"] != card:
                return False
            return shows(event["message"])

        await self._answered(step, accepted, answers)

    async def _answered(self, step: str, accepted: float, answers: Callable[[Json], bool]) -> None:
        moment, event = await self._phone.hears(answers, self._patience)
        self._card = event["message"]
        self._life.answers.append(Answer(step, accepted, max(0.0, moment - accepted)))

    async def _own_message(self, message_id: int) -> float:
        """When the stand-in had taken it: it shows on the phone that sent it."""
        moment, _ = await self._phone.hears(
            lambda event: event.get("message", {}).get("message_id") == message_id,
            self._patience,
        )
        return moment

    async def _receive(self) -> None:
        card = self._card["message_id"]

        def is_picture(event: Json) -> bool:
            message = event.get("message", {})
            return message.get("message_id") == card and T.again() in _labels(message)

        def is_file(event: Json) -> bool:
            return "document" in event.get("message", {})

        await self._phone.hears(is_picture, self._patience)
        _, event = await self._phone.hears(is_file, self._patience)
        self._life.png = event["message"]["document"]["url"]


async def perform(
    origin: str,
    scenario: Scenario,
    lives: list[Life],
    *,
    wait_for_picture: bool = True,
    patience: float = PATIENCE,
) -> float:
    """Everybody at once; returns the moment at which they began."""
    limits = aiohttp.ClientTimeout(total=PATIENCE)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=limits) as http,
        AsyncExitStack() as stack,
    ):
        phones = [await stack.enter_async_context(await _phone(http, origin, it)) for it in lives]
        actors = [Actor(life, phone, patience) for life, phone in zip(lives, phones, strict=True)]
        began = time.monotonic()
        plays = (it.play(scenario.variant, wait_for_picture=wait_for_picture) for it in actors)
        await asyncio.gather(*plays)
    return began


async def show_photos(origin: str) -> None:
    """Lets the stand-in make its sizes of every photo, which is none of the bot's time."""
    async with aiohttp.ClientSession() as http:
        person = await _person(http, origin, "Warm")
        for data in photos().values():
            form = aiohttp.FormData()
            form.add_field("file", data, filename="face.jpg", content_type="image/jpeg")
            async with http.post(f"{origin}/people/{person}/profile-photo", data=form) as response:
                response.raise_for_status()


async def _phone(http: aiohttp.ClientSession, origin: str, life: Life) -> Phone:
    return Phone(http, origin, await _person(http, origin, f"P{life.number}"))


async def _person(http: aiohttp.ClientSession, origin: str, first_name: str) -> int:
    async with http.post(f"{origin}/people", json={"first_name": first_name}) as response:
        return int((await response.json())["id"])


def _button(card: Json, label: str) -> str:
    found = (b["data"] for row in card["keyboard"] for b in row if label in b["text"])
    return str(next(found))


def _labels(message: Json) -> set[str]:
    return {button["text"] for row in message.get("keyboard", ()) for button in row}


def _words(message: Json) -> str:
    return str(message.get("caption") or message.get("text") or "")
