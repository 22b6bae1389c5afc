"""How far somebody has come when a test's own story begins."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from handlers.context import Context
from handlers.membership import on_moved
from tests.faults.moments import rows
from tests.sandbox.company import Group
from tests.world import FACE, Person, World

LOOKS = {
    "Natural": "(No style)",
    "Cinematic": "Cinematic",
    "Animated": "Disney Charactor",
    "Digital art": "Digital Art",
    "Photo": "Photographic (Default)",
    "Fantasy": "Fantasy art",
    "Neon": "Neonpunk",
    "Polished": "Enhance",
    "Comic": "Comic book",
    "Low poly": "Lowpoly",
    "Line art": "Line art",
}


async def who_agreed(world: World, first_name: str = "Anna", **about: Any) -> Person:
    """Somebody who has been greeted and has agreed, and has sent nothing yet."""
    person = await world.person(first_name, **about)
    await person.sends("/start")
    await person.taps("Agree · send a photo")
    await person.card("Send me a photo")
    return person


async def with_a_photo(world: World, first_name: str = "Anna", **about: Any) -> Person:
    """Somebody whose photo is in and good."""
    person = await who_agreed(world, first_name, **about)
    await person.sends_photo(FACE)
    await person.card("Lovely, clear face")
    return person


async def with_a_picture(world: World, look: str = "Comic", words: str = "") -> Person:
    """Somebody who has just got a picture and its file."""
    person = await with_a_photo(world)
    if words:
        await person.sends(words)
        await person.card(f"✏️ {words}")
    await person.taps(look)
    await person.gets_a_png()
    await person.until(picture_of, "the buttons under the picture")
    return person


async def soon(condition: Callable[[], Any]) -> None:
    """Waits for something that isn't to be seen in a chat."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


async def a_newer_card(person: Person, than: int) -> Any:
    """The bot's answer below this message."""

    def newer(sees: list[Any]) -> Any:
        last = sees[-1]
        return last if last["message_id"] > than and not last["outgoing"] else None

    return await person.until(newer, "a newer card")


def picture_of(sees: list[Any], number: int = 1) -> Any:
    """The nth message of the bot's that shows a finished picture, if it is there."""
    shown = [m for m in sees if "👤 More like me" in labels(m)]
    return shown[number - 1] if len(shown) >= number else None


def labels(message: Any) -> list[str]:
    """What stands on a message's buttons."""
    return [button["text"] for row in message.get("keyboard", []) for button in row]


def data_of(message: Any, label: str) -> str:
    """What a button of a message says to the bot."""
    buttons = [button for row in message["keyboard"] for button in row]
    return str(next(button["data"] for button in buttons if label in button["text"]))


def cards(sees: list[Any]) -> list[Any]:
    """The bot's messages that have buttons to go on with, oldest first."""
    return [m for m in sees if not m["outgoing"] and m.get("keyboard")]


def moves_late(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The bot hears that a group became a supergroup once this is set, if it starts after that."""
    said = asyncio.Event()

    async def late(context: Context) -> None:
        await said.wait()
        await on_moved(context)

    monkeypatch.setattr("handlers.routes.on_moved", late)
    return said


def once_each(sees: list[Any]) -> bool:
    """Whether the bot's picture and its file are there, and nothing twice."""
    shown = [m for m in sees if m["from"]["is_bot"]]
    return [len([m for m in shown if kind in m]) for kind in ("photo", "document")] == [1, 1]


async def all_is_over(world: World) -> None:
    """Waits for the last call of every order."""
    await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE ended_at IS NULL"))


def sends_nothing(world: World, group: Group, words: str) -> None:
    world.expects(words.removeprefix("Bad Request: "))
    for method in ("sendPhoto", "sendMessage"):
        world.stand_ins.telegram.add_fault(
            method=method, status=400, description=words, times=99, chat_id=group.id
        )


def is_there(sees: list[Any], message: Any) -> bool:
    return any(m["message_id"] == message["message_id"] for m in sees)
