"""Updates as Telegram sends them, and what a chat says about those that came."""

from tests.faults.moments import (
    calls,
    data_of,
    from_bot,
    rows,
    soon,
)
from tests.world import Json, Person, World

WENT_WRONG = "Something went wrong on my side"
HELP = "1. Send a photo"


async def somebody_who_talks(world: World) -> Person:
    anna = await world.person("Anna")
    await anna.sends("/help")
    await anna.hears(HELP)
    return anna


async def everything_is_handled(world: World, person: Person) -> None:
    """Whatever was sent before is; a person's updates are handled in their order."""
    before = calls(world, "sendMessage")
    await person.sends("/avatars")  # no such command: help
    await soon(lambda: calls(world, "sendMessage") > before)
    await soon(lambda: not rows(world, "SELECT 1 FROM updates WHERE state = 'waiting'"))


def texts(sees: list[Json]) -> list[str]:
    return [m.get("text", "") for m in from_bot(sees)]


def popups(world: World) -> list[str]:
    answers = world.stand_ins.telegram.calls.made("answerCallbackQuery")
    return [call.params.get("text") or "" for call in answers]


def message_of(person: Person, update_id: int, text: str) -> Json:
    """An update as Telegram sends it."""
    user = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    chat = {"id": person.id, "type": "private", "first_name": person.first_name}
    message = {"message_id": 500 + update_id, "date": 1, "from": user, "chat": chat, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return {"update_id": update_id, "message": message}


def tap_of(person: Person, update_id: int, card: Json, label: str) -> Json:
    message = message_of(person, 0, "")["message"] | {"message_id": card["message_id"]}
    user = message["from"]
    query = {"id": "55", "from": user, "chat_instance": "1", "data": data_of(card, label)}
    return {"update_id": update_id, "callback_query": query | {"message": message}}
