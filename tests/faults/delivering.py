"""What the tests of delivery share: faults of Telegram, and what has come of an order."""

import asyncio

from bot.sandbox.telegram.calls import Call
from tests.faults.moments import cards_behind, files, labels, pictures, soon
from tests.faults.orders import state
from tests.world import Json, Person, World

PICTURE, FILE = {"method": "editMessageMedia"}, {"method": "editMessageMedia", "skip": 1}


def fault(world: World, **how: Json) -> None:
    world.stand_ins.telegram.add_fault(**how)


def calls_to(world: World, anna: Person) -> list[Call]:
    made = world.stand_ins.telegram.calls
    return [call for call in made if call.params.get("chat_id") == anna.id]


async def beats() -> None:
    """Long enough for every loop to have come round."""
    await asyncio.sleep(1.3)


async def one_picture_and_its_file(world: World, anna: Person) -> None:
    assert await anna.gets_a_png() == await world.drawn()
    await state(world, anna, "delivered")
    await soon(lambda: not cards_behind(world))
    sees = await anna.sees()
    assert (len(pictures(sees)), len(files(sees))) == (1, 1)
    assert any("Again" in label for label in labels(pictures(sees)[0]))
    assert len(world.predictions) == 1
