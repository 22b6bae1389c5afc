"""A sentence in a group, for somebody whose card can't say it: a note, as the handlers' own are."""

from collections.abc import Callable
from typing import Protocol

from bot.errors import ChatGone, MediaForbidden, TopicGone
from bot.texts import Texts, texts
from storage import groups, people
from storage.connection import Connection


class Place(Protocol):
    """Whose it is, and where: an order, a round, a draft's key."""

    @property
    def chat_id(self) -> int: ...

    @property
    def thread_id(self) -> int: ...

    @property
    def user_id(self) -> int: ...


def no_place(fault: Exception) -> Callable[[Texts], str] | None:
    """What is said of a card that can never be shown there; None where it isn't about the place."""
    match fault:
        case MediaForbidden():
            return Texts.group_no_photos
        case TopicGone() | ChatGone():
            return Texts.group_no_words
        case _:
            return None


async def say(
    connection: Connection,
    words: Callable[[Texts], str],
    place: Place,
    now: float,
    *,
    reply_to: int | None,
) -> None:
    """In the language of the person; whoever commits it wakes the notes."""
    person = await people.find(connection, place.user_id)
    sentence = words(texts(person.language if person else "en"))
    await groups.say(
        connection,
        sentence,
        now,
        chat_id=place.chat_id,
        thread_id=place.thread_id,
        user_id=place.user_id,
        reply_to=reply_to,
    )
