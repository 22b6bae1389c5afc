"""A request's JSON object, read field by field."""

from typing import Any

from aiohttp import web

from bot.sandbox.telegram.errors import PersonError

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

    def truth(self, name: str) -> bool:
        return self._values.get(name) in (True, 1, "1", "true")


async def read_body(request: web.Request) -> Body:
    values = await request.json() if request.can_read_body else {}
    if not isinstance(values, dict):
        raise PersonError("a JSON object is expected")
    return Body(values)
