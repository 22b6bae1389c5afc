"""A sentence in a group, for somebody whose card can't say it: a note, as the handlers' own are."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.texts import Texts, texts
from storage import groups, people


async def say(
    connection: AsyncConnection,
    words: Callable[[Texts], str],
    now: float,
    *,
    chat_id: int,
    thread_id: int,
    user_id: int,
    reply_to: int | None,
) -> None:
    """In the language of the person; whoever commits it wakes the notes."""
    person = await people.find(connection, user_id)
    sentence = words(texts(person.language if person else "en"))
    await groups.say(
        connection,
        sentence,
        now,
        chat_id=chat_id,
        thread_id=thread_id,
        user_id=user_id,
        reply_to=reply_to,
    )
