"""Failures on order."""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.telegram.errors import PersonError

Kind = Literal["status", "delay", "late", "cut_before", "cut_after", "garbage", "empty"]
KINDS = frozenset({"status", "delay", "late", "cut_before", "cut_after", "garbage", "empty"})


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls of `method`, after letting `skip` pass.

    status: refused with `status`, `description` and `parameters`, no effect.
    delay: done and answered `seconds` later.
    late: done at once, answered `seconds` later.
    cut_before: the connection is closed with no effect.
    cut_after: the effect is there, the connection is closed without an answer; a download is cut
    half-way.
    garbage, empty: the effect is there, the answer is HTML, or nothing.

    `method` is a Bot API method, "*" for all of them, or "download"; `chat_id` narrows it down.
    """

    method: str = "*"
    kind: Kind = "status"
    status: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] = field(default_factory=dict)
    seconds: float = 1.0
    times: int = 1
    probability: float = 1.0
    chat_id: int | None = None
    skip: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise PersonError(f"{self.kind} is no kind of fault")

    def meets(self, method: str, chat_id: object) -> bool:
        named = self.method == method or (self.method == "*" and method != "download")
        return named and self.times > 0 and self.chat_id in (None, chat_id)


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, chat_id: object = None) -> Fault | None:
        """What is to go wrong with this call."""
        return next((fault for fault in self._faults if _strikes(fault, method, chat_id)), None)


def _strikes(fault: Fault, method: str, chat_id: object) -> bool:
    if not fault.meets(method, chat_id):
        return False
    if fault.skip > 0:
        fault.skip -= 1
        return False
    if random.random() >= fault.probability:  # noqa: S311 - not a secret
        return False
    fault.times -= 1
    return True
