"""A group's card of settings, asked for."""

from typing import Any

from tests.conversations.groups import friends
from tests.conversations.people import labels
from tests.sandbox.company import Group
from tests.world import Person, World

SETTINGS = "/avatarsettings@sandbox_bot"
ON = "🟢 I draw here"
AT_FIRST = [
    ON,
    "Who may order: everyone",
    "Group: 30 credits a day",
    "Each member: 30 a day",
    "PNG files: with the picture",
    "Tidying up: no",
    "Close",
]


async def the_card(ana: Person, label: str) -> Any:
    """The settings' card, once a button of it says this."""

    def found(sees: list[Any]) -> Any:
        return next((m for m in reversed(sees) if label in labels(m)), None)

    return await ana.until(found, label)


async def opened(world: World, **more: Any) -> tuple[Person, Person, Group]:
    """Ana, whose group it is, has the settings open; Bo is a member."""
    ana, bo, group = await friends(world, **more)
    await ana.sends(SETTINGS)
    await the_card(ana, ON)
    return ana, bo, group


async def last_of(person: Person) -> int:
    """Their newest message."""
    return int([m for m in await person.sees() if m["outgoing"]][-1]["message_id"])
