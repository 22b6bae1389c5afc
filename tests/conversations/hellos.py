"""What the bot says when it comes into a group."""

from typing import Any

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import friends
from tests.conversations.people import who_agreed
from tests.sandbox.company import Group
from tests.world import Person, World

BOT = 42
# The world gives its people numbers from here on.
FIRST = 7_000_000_001


async def operated(open_world: OpenWorld, **settings: Any) -> tuple[World, Person, Person, Group]:
    """Olga, who runs the bot, and Ana, who has added it to her group."""
    world = await open_world(admin_ids={FIRST}, **settings)
    olga = await who_agreed(world, "Olga")
    assert olga.id == FIRST
    ana, _, group = await friends(world)
    return world, olga, ana, group


def hellos(sees: list[Any]) -> list[Any]:
    """The greetings in a group."""
    return [m for m in sees if "Hi 👋" in str(m.get("text"))]
