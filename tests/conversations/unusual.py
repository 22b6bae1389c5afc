"""What a person can send that the stand-in's phones don't: stickers, voices, odd characters."""

import time
from typing import Any

from bot.sandbox.telegram.views import message_object
from tests.world import Person, World

Json = dict[str, Any]


def sends(world: World, person: Person, **content: Any) -> None:
    """A message of the person with any content, straight into the bot's updates."""
    about = {"id": person.id, "first_name": person.first_name}
    chats = world.stand_ins.telegram._state.chats
    number = chats.next_message_id(chats.chats[person.id])
    message = {
        "message_id": number,
        "date": int(time.time()),
        "chat": about | {"type": "private"},
        "from": about | {"is_bot": False, "language_code": "en"},
    }
    world.stand_ins.telegram.put_update({"message": message | content})


def photo_of(world: World, person: Person, message_id: int, **changed: Any) -> list[Json]:
    """The photo of a message, as an update has it."""
    chats = world.stand_ins.telegram._state.chats
    message = chats.chats[person.id].messages[message_id]
    return [size | changed for size in message_object(message, chats)["photo"]]


def media_group_of(world: World, person: Person, message_id: int) -> str:
    message = world.stand_ins.telegram._state.chats.chats[person.id].messages[message_id]
    assert message.media_group_id is not None
    return message.media_group_id


def file(kind: str, **more: Any) -> Json:
    """A file object of the Bot API that only has to be there."""
    return {"file_id": f"{kind}-id", "file_unique_id": f"{kind}-unique", "file_size": 4096} | more


STICKER = file("sticker", type="regular", width=512, height=512, is_animated=False, is_video=False)
VIDEO = file("video", width=640, height=480, duration=3, mime_type="video/mp4")
VOICE = file("voice", duration=2, mime_type="audio/ogg")
VIDEO_NOTE = file("note", length=240, duration=3)
# Bot API: an animation is told as a document, too.
GIF = {
    "animation": file("gif", width=320, height=240, duration=2, mime_type="video/mp4"),
    "document": file("gif", mime_type="video/mp4", file_name="cat.gif.mp4"),
}
CONTACT = {"phone_number": "+100", "first_name": "Ben"}
