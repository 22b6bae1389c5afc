"""What the tests of faults share: exact moments, and what a chat, a stand-in or a row holds."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.world import PATIENCE, Person, World

Json = Any
# The sheet of looks as Telegram keeps it; every other photo of the bot's is an avatar.
SHEET_WIDTH = 1280
FOR_EVER = 3600.0


async def soon(condition: Callable[[], Json], what: str = "") -> Json:
    """What the condition finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"never: {what or condition}")


def hangs(world: World, method: str, kind: str = "delay", **more: Json) -> Callable[[], bool]:
    """The next call of this method gets no answer; returns whether it has come.

    Of the kind "delay" it has no effect either, of the kind "late" it has.
    """
    before = calls(world, method)
    skip = int(more.get("skip", 0))
    world.stand_ins.telegram.add_fault(method=method, kind=kind, seconds=FOR_EVER, **more)
    return lambda: calls(world, method) > before + skip


def provider_hangs(world: World, place: str, count: str) -> Callable[[], bool]:
    """The next request there is carried out and not answered; returns whether it has come."""
    before = world.counts[count]
    world.stand_ins.eachlabs.fault(on=place, kind="delay", seconds=FOR_EVER)
    return lambda: bool(world.counts[count] > before)


def heal(world: World) -> None:
    world.stand_ins.telegram.clear_faults()
    world.stand_ins.eachlabs.clear_faults()


def calls(world: World, method: str) -> int:
    """How often the bot called this method."""
    return world.stand_ins.telegram.calls.totals[method]


async def changes(world: World, *statements: str) -> None:
    """As if time had passed, or somebody had drawn: beside the running bot, so in a thread, where
    it can wait for a transaction of the bot's to end.
    """

    def change() -> None:
        path = world.settings.database_path
        with closing(sqlite3.connect(path, timeout=30)) as database, database:
            for statement in statements:
                database.execute(statement)

    await asyncio.to_thread(change)


def rows(world: World, sql: str) -> list[tuple[Json, ...]]:
    """What the bot's database says."""
    with closing(sqlite3.connect(world.settings.database_path)) as connection:
        return connection.execute(sql).fetchall()


def states(world: World) -> list[str]:
    """Of all orders, oldest first."""
    return [row[0] for row in rows(world, "SELECT state FROM orders ORDER BY id")]


def cards_behind(world: World) -> int:
    """How many rows the chat doesn't show yet."""
    return sum(
        rows(world, f"SELECT count(*) FROM {table} WHERE version > rendered_version")[0][0]
        for table in ("drafts", "orders")
    )


def pictures(sees: list[Json]) -> list[Json]:
    """Every avatar that is visible as a photo."""
    return [m for m in from_bot(sees) if "photo" in m and m["photo"]["width"] != SHEET_WIDTH]


def files(sees: list[Json]) -> list[Json]:
    return [m for m in from_bot(sees) if "document" in m]


def from_bot(sees: list[Json]) -> list[Json]:
    return [m for m in sees if not m["outgoing"]]


def labels(message: Json) -> list[str]:
    return [button["text"] for row in message.get("keyboard", []) for button in row]


def data_of(card: Json, label: str) -> str:
    """What the button with this in its label says to the bot."""
    buttons = [button for row in card["keyboard"] for button in row]
    return str(next(button["data"] for button in buttons if label in button["text"]))


async def taps_and_waits_not(person: Person, label: str) -> None:
    """A tap on the last card that may be answered long after, or too late."""
    card = await person.card()
    await person.forges(card["message_id"], data_of(card, label))


async def anna_with_a_photo(world: World) -> Person:
    """Somebody who has only a look to tap."""
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.taps("use my profile photo")
    await anna.card("Lovely, clear face")
    return anna
