"""Rounds in a group, as far as a test's own story needs them."""

from io import BytesIO
from typing import Any

import aiohttp

from tests.conversations.people import soon
from tests.faults.moments import rows
from tests.sandbox.company import Group
from tests.world import PHOTOS, Person, World

ROUND = "/groupavatar@sandbox_bot"
NO_FACE = PHOTOS / "no-person-coffee.jpg"
COFFEE = NO_FACE.read_bytes()
JOIN, SELFIE = "🙋 Put me in", "🤳 Use a selfie"


async def three(world: World, **more: Any) -> tuple[Person, Person, Person, Group]:
    """Ana, Bo and Cleo, who have never spoken to the bot, in Ana's group."""
    people = [await world.person(name) for name in ("Ana", "Bo", "Cleo")]
    group = await world.group("Friends", *people, **more)
    ana, bo, cleo = (person.there(group) for person in people)
    world.forget()
    return ana, bo, cleo, group


async def shows(person: Person, photo: bytes) -> None:
    """A new profile photo."""
    form = aiohttp.FormData()
    form.add_field("file", BytesIO(photo), filename="me.jpg")
    url = f"{person.origin}/people/{person.id}/profile-photo"
    async with person.http.post(url, data=form) as response:
        assert response.status == 200, await response.text()


async def joins(*people: Person) -> None:
    """Both taps of each."""
    for person in people:
        assert "Each Labs draws it" in await person.taps(JOIN)
        assert await person.taps(JOIN) == "You're in! I'm drawing you."


def reactions(world: World) -> list[str]:
    """Those that the bot gave."""
    calls = world.stand_ins.telegram.calls.made("setMessageReaction")
    return [call.params["reaction"][0]["emoji"] for call in calls]


async def deleted(group: Group, message_id: int) -> None:
    """An admin deletes the bot's message."""
    await group.does("delete", message_id=message_id)


def pictures(sees: list[Any]) -> list[Any]:
    """The cards that show faces: those are square, and the sheet of looks isn't."""
    return [m for m in sees if "photo" in m and m["photo"]["width"] == m["photo"]["height"]]


async def grown(person: Person, names: str) -> Any:
    """The card, once these are drawn and its picture shows them."""
    return await person.until(
        lambda sees: next(
            (m for m in pictures(sees) if f"In it: {names}" in m["caption"].splitlines()), None
        ),
        f"a picture of {names}",
    )


async def noted(world: World) -> None:
    """Once the bot has written down what its cards of rounds show."""
    await soon(lambda: not rows(world, "SELECT 1 FROM rounds WHERE rendered_version < version"))
