"""Rounds when something breaks: a kill at each step, a lost face, a stumbling Telegram."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.order import Order
from bot.domain.photo import Prepared
from bot.engine.faces import Faces
from bot.engine.results import Results
from bot.errors import NotThere, ProviderDown, ProviderFault
from bot.imaging import Imaging
from storage import orders
from storage.database import Database
from storage.pictures import add_pictures
from tests.conversations.groups import reaction
from tests.conversations.rounds import ROUND, grown, joins, three
from tests.conversations.test_group_round_photo import SET, asks
from tests.faults.moments import changes, files, hangs, heal, rows, soon
from tests.storage.ordering import REQUEST
from tests.world import World

pytestmark = pytest.mark.timeout(300)  # seconds, on a crowded machine: each life takes its time


async def test_killed_at_each_step_then_everything_is_there_once(stand_ins_only: World) -> None:
    world = stand_ins_only
    await world.start_process()
    ana, bo, _, group = await three(world)
    command = await ana.sends(f"{ROUND} comic")
    await joins(ana, bo)
    await soon(lambda: world.predictions[1:])
    await _kill(world)  # two are being drawn

    grows = hangs(world, "editMessageMedia", "late")
    await world.start_process()
    await _kill_when(world, grows)  # the picture is there, and Telegram's answer isn't

    await world.start_process()
    await grown(ana, "Ana, Bo")
    await group.promotes(42, "can_change_info")
    cheering = hangs(world, "setMessageReaction")
    await ana.taps("Finish")
    await _kill_when(world, cheering)  # the end is shown, and the command has no 🎉 yet

    await world.start_process()
    await reaction(ana, command, "🎉")
    await asks(ana, SET)
    await ana.taps(SET)
    setting = hangs(world, "setChatPhoto")
    await ana.taps("Yes")
    await _kill_when(world, setting)  # the group's photo isn't set yet

    await world.start_process()
    await ana.hears("It's the group's photo now.")
    assert (await group.looks())["photo"] is not None
    alone = await _in_private(ana)
    sending = hangs(world, "editMessageMedia")
    await ana.taps("Get mine")
    await _kill_when(world, sending)  # the words are there, the file isn't

    await world.start_process()
    assert await alone.gets_a_png() == await world.drawn(0)
    assert len(files(await alone.sees())) == 1
    assert len(world.predictions) == 2
    assert len([m for m in await bo.sees() if "photo" in m and not m["outgoing"]]) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "parameters": {"retry_after": 1}},
        {"status": 502},
        {"kind": "cut_after"},
        {"status": 400, "description": "Bad Request: message to edit not found"},
    ],
)
async def test_telegram_stumbles_and_the_picture_comes(world: World, fault: Any) -> None:
    ana, _, _, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    await joins(ana)
    world.stand_ins.telegram.add_fault(method="editMessageMedia", **fault)
    await grown(ana, "Ana")
    await soon(lambda: rows(world, "SELECT 1 FROM rounds WHERE composed <> ''"))


class Lost(Results):
    """Only the first picture can be had."""

    def __init__(self, error: ProviderFault) -> None:
        self._error = error

    async def png(self, url: str) -> bytes:
        if url.endswith("1.png"):
            return b"first"
        raise self._error


class Glue(Imaging):
    """Passes bytes on, so that no worker has to be started."""

    async def prepare(self, data: bytes) -> Prepared:
        return Prepared(data, 512, 512)

    async def compose(self, faces: Any) -> bytes:
        return b"+".join(faces)


class Nobody:
    """Delivers nothing."""

    async def deliver(self, order: Order) -> None:
        raise AssertionError("a face isn't sent by itself")


async def test_a_face_that_is_lost_for_ever_is_left_out(database: Database) -> None:
    async with database.writing() as connection:
        made = [await orders.create(connection, REQUEST, 0.1, 0.0) for _ in range(2)]
        for order in made:
            await add_pictures(connection, order.id, [f"https://a/{order.id}.png"])
    first, second = (order.id for order in made)
    faces = Faces(database, Glue(), Lost(NotThere("gone")), Nobody())
    assert await faces.composed([first, second]) == b"first"
    with pytest.raises(NotThere):
        await faces.composed([second, 99])
    slow = Faces(database, Glue(), Lost(ProviderDown("for a while")), Nobody())
    with pytest.raises(ProviderDown):
        await slow.composed([first, second])


async def _in_private(person: Any) -> Any:
    """The same person, who has written to the bot."""
    alone = person.there(person.id)
    await alone.sends("/start")
    await alone.card()
    return alone


async def _kill_when(world: World, moment: Callable[[], bool]) -> None:
    await soon(moment)
    await _kill(world)


async def _kill(world: World) -> None:
    """SIGKILL; the pause before the card's next change is over when the bot comes back."""
    await world.kill()
    heal(world)
    await changes(world, "UPDATE rounds SET shown_at = 0")
