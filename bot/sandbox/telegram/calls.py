"""A record of what the bot asked for."""

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram.errors import ApiError, Flooded, Refused
from bot.sandbox.telegram.reading import Upload

Json = Any

KEPT = 20_000


@dataclass(slots=True)
class Call:
    """One call; `params` as their types are, uploads as {"upload": {...}}; `at` is Unix time."""

    method: str
    params: dict[str, Json]
    ok: bool = True
    error_code: int | None = None
    description: str | None = None
    at: float = field(default_factory=time.time)

    def view(self) -> dict[str, Json]:
        view = {
            "method": self.method,
            "params": {name: _shown(value) for name, value in self.params.items()},
            "ok": self.ok,
            "at": self.at,
        }
        if not self.ok:
            view |= {"error_code": self.error_code, "description": self.description}
        return view


class CallLog:
    """The last 20,000 calls, and totals of all."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.flood_429 = 0
        self.refused = 0
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def begin(self, method: str, params: dict[str, Json]) -> Call:
        call = Call(method, params)
        self.totals[method] += 1
        self._calls.append(call)
        return call

    def fail(self, call: Call, error: ApiError) -> None:
        call.ok, call.error_code, call.description = False, error.code, error.description
        self.refused += isinstance(error, Refused)
        self.flood_429 += isinstance(error, Flooded)

    def made(self, method: str | None = None) -> list[Call]:
        return [call for call in self._calls if method in {None, call.method}]

    def clear(self) -> None:
        self.totals.clear()
        self.flood_429 = self.refused = 0
        self._calls.clear()


def _shown(value: Json) -> Json:
    if not isinstance(value, Upload):
        return value
    sizes = {"file_name": value.file_name, "mime_type": value.mime_type, "size": len(value.data)}
    return {"upload": sizes}
