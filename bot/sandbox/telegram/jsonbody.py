"""A request's JSON object, read field by field."""

from typing import Any

from aiohttp import web

from bot.sandbox.telegram.errors import PersonError
from bot.sandbox.telegram.voices import Place

_MISSING = object()


class Body:
    """Every method raises PersonError for a field that is missing or of another type."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, default: str | object = _MISSING) -> str:
        value = self._values.get(name)
        if value is None:
            value = default
        if not isinstance(value, str):
            raise PersonError(f"{name} must be a text")
        return value

    def number(self, name: str) -> int:
        value = self._values.get(name)
        if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise PersonError(f"{name} must be a whole number")
        return value

    def number_or_none(self, name: str) -> int | None:
        # A form can't be without a field's value: an empty one is none.
        return self.number(name) if self._values.get(name) not in (None, "") else None

    def texts(self, name: str) -> list[str]:
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise PersonError(f"{name} must be a list of texts")
        return list(value)

    def numbers(self, name: str) -> list[int]:
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise PersonError(f"{name} must be a list of whole numbers")
        return list(value)

    def truth(self, name: str) -> bool:
        return self._values.get(name) in (True, 1, "1", "true")


async def read_body(request: web.Request) -> Body:
    values = await request.json() if request.can_read_body else {}
    if not isinstance(values, dict):
        raise PersonError("a JSON object is expected")
    return Body(values)


def read_place(body: Body) -> Place:
    return Place(
        reply_to=body.number_or_none("reply_to"),
        thread_id=body.number_or_none("thread_id"),
        as_chat=body.number_or_none("as_chat"),
    )
