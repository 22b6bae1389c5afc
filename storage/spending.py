"""What was spent, for the caps."""

from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select

from bot.domain.access import Usage
from bot.domain.order import OrderState
from storage.connection import Connection
from storage.tables import UNFINISHED_ROWS
from storage.tables import orders as t

_today: Final = t.c.created_at >= bindparam("since")
_of_person: Final = t.c.user_id == bindparam("of_user")
_in_chat: Final = t.c.chat_id == bindparam("of_chat")


def _total(column: ColumnElement[float], *conditions: ColumnElement[bool]) -> ScalarSelect[float]:
    return select(func.coalesce(func.sum(column), 0)).where(*conditions).scalar_subquery()


# Made once: to put a question together costs more than to ask it.
_USAGE: Final = select(
    _total(t.c.credits, _of_person, _today),
    _total(t.c.credits, _in_chat, _today),
    _total(t.c.usd, _today),
    select(func.count())
    .where(_of_person, UNFINISHED_ROWS, t.c.state != OrderState.DRAWN)
    .scalar_subquery(),
    _total(t.c.credits, _of_person, _in_chat, _today),
)


async def usage(connection: Connection, user_id: int, chat_id: int, since: float) -> Usage:
    """What was spent or promised since then: by the person, in the chat, by the bot, and by the
    person in just this chat.
    """
    whose = {"of_user": user_id, "of_chat": chat_id, "since": since}
    return Usage(*(await connection.execute(_USAGE, whose)).one())
