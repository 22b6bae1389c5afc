"""Faults that the stand-in was told to have, and what each does to an answer on the wire."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from aiohttp import web

from bot.sandbox.eachlabs import answers

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PLACES = ("create", "get", "cancel", "presign", "put", "delete", "executions", "output", "model")
# On the wire, anywhere.
WIRE = ("status", "delay", "delay_before", "cut_before", "cut_after", "garbage", "empty", "no_id")
# What becomes of the prediction that a create makes.
FATES = ("stuck", "fail")
# The status word of one answer to a poll.
STATES = ("state",)
# How a finished prediction's output looks, from the first poll that sees it on.
SHAPES = (
    "empty_output",
    "missing_output",
    "null_output",
    "string_output",
    "object_output",
    "url_output",
)
# What comes instead of a picture's bytes.
FILES = (
    "html_output",
    "redirect_output",
    "endless_output",
    "huge_output",
    "truncated_output",
)
KINDS = (*WIRE, *FATES, *STATES, *SHAPES, *FILES)
# The request has its effect before the answer is spoilt.
_EFFECTIVE = ("delay", "cut_after", "garbage", "empty")

HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Fault:
    """One fault, as `POST /eachlabs/control/faults` takes it.

    on: an operation, "*" for all.
    kind: one of `KINDS`.
    status, body, headers: of the answer, for kind "status"; `body` is JSON or text, and for
        kind "fail" the reason (text) or the error envelope (object).
    seconds: for the delays.
    state: the word that a poll says, for kind "state".
    url: where "redirect_output" leads, or what "url_output" names as the picture.
    size: bytes of a "huge_output".
    effect: whether the request is carried out; by default so for delays, "cut_after", "garbage"
        and "empty".
    times: how often it strikes, None for ever.
    probability: how likely it strikes a request that it fits.
    """

    on: str
    kind: str
    status: int = 500
    seconds: float = 0.0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    state: str = "thinking"
    url: str = "http://169.254.169.254/latest/meta-data/"
    size: int = 60_000_000
    effect: bool | None = None
    times: int | None = 1
    probability: float = 1.0

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Fault":
        """Raises ValueError: an unknown field, place or kind."""
        unknown = set(body) - {known.name for known in fields(cls)}
        if unknown:
            raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
        if body.get("on") not in (*PLACES, "*"):
            raise ValueError(f"on is one of {', '.join(PLACES)}, *")
        if body.get("kind") not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        return cls(**body)

    @property
    def carried_out(self) -> bool:
        return self.kind in _EFFECTIVE if self.effect is None else self.effect

    def fits(self, place: str) -> bool:
        """Shapes belong to polls and files to pictures, whichever of the two was named."""
        if self.on in ("*", place):
            return True
        ours = ("get", "output")
        crossed = self.kind in SHAPES + FILES and self.kind != "missing_output"
        return crossed and self.on in ours and place in ours


class FaultBook:
    """The faults that are still to strike, oldest first."""

    def __init__(self, seed: int | None = None) -> None:
        self._faults: list[Fault] = []
        self._dice = np.random.default_rng(seed)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, place: str, kinds: tuple[str, ...]) -> Fault | None:
        """The fault that strikes now at `place`, if any; it has one time less left."""
        for fault in self._faults:
            if fault.kind in kinds and fault.fits(place) and self._strikes(fault):
                self._use(fault)
                return fault
        return None

    def _strikes(self, fault: Fault) -> bool:
        return fault.probability >= 1 or self._dice.random() < fault.probability

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self._faults.remove(fault)


async def suffered(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to `request` under a fault of the wire."""
    if fault.kind == "delay_before":
        await asyncio.sleep(fault.seconds)
        return await handler(request)
    answer = await handler(request) if fault.carried_out else None
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
        return answer or await handler(request)
    if fault.kind in ("cut_before", "cut_after"):
        return cut(request)
    return _spoilt(fault)


def cut(request: web.Request) -> web.Response:
    """Closes the connection; the response that is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _spoilt(fault: Fault) -> web.Response:
    match fault.kind:
        case "garbage":
            return web.Response(text=HTML, content_type="text/html")
        case "empty":
            return web.Response(content_type="application/json")
        case "no_id":
            return web.json_response({"status": "error", "message": "Prediction was not created"})
        case _:
            return _refused(fault)


def _refused(fault: Fault) -> web.Response:
    if fault.body is None:
        return answers.refusal(fault.status, headers=fault.headers)
    if isinstance(fault.body, str):
        return web.Response(status=fault.status, text=fault.body, headers=fault.headers)
    return web.json_response(fault.body, status=fault.status, headers=fault.headers)
