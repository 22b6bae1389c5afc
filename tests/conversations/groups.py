"""People in a group, and what they see there."""

from typing import Any

from tests.conversations.people import who_agreed
from tests.sandbox.company import Group
from tests.world import Person, World

AVATAR = "/avatar@sandbox_bot"
# What a group counts (Bot API FAQ: 20 a minute), and what it doesn't.
COSTS = ("send", "edit")
FREE = {"sendChatAction"}


async def friends(world: World, **more: Any) -> tuple[Person, Person, Group]:
    """Ana, who has agreed, and Bo, in a group with the bot."""
    ana, bo = await who_agreed(world, "Ana"), await who_agreed(world, "Bo")
    group = await world.group("Friends", ana, bo, **more)
    world.forget()
    return ana.there(group), bo.there(group), group


def spent(world: World, group: Group) -> list[str]:
    """The messages and edits that went to the group."""
    calls = world.stand_ins.telegram.calls.made()
    return [
        call.method
        for call in calls
        if call.method.startswith(COSTS)
        and call.method not in FREE
        and call.params.get("chat_id") == group.id
    ]


async def reaction(person: Person, message_id: int, emoji: str) -> None:
    """Waits until the bot's reaction to a message is this one."""

    def seen(sees: list[Any]) -> Any:
        return any(emoji in str(m.get("reactions")) for m in sees if m["message_id"] == message_id)

    await person.until(seen, emoji)
