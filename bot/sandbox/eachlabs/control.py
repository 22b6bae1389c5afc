"""The hand on the stand-in: faults, options, and what it has seen."""

import json
from typing import Any, Protocol

from aiohttp import web

from bot.sandbox.eachlabs import answers


class Controlled(Protocol):
    """What the hand needs of a stand-in."""

    def fault(self, **fields: Any) -> None: ...

    def clear_faults(self) -> None: ...

    def set(self, **wishes: Any) -> None: ...

    def report(self) -> dict[str, Any]: ...


class Control:
    def __init__(self, standin: Controlled) -> None:
        self._standin = standin

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/faults", self._add_fault),
            web.delete("/control/faults", self._clear_faults),
            web.get("/control/predictions", self._show),
            web.post("/control/options", self._set),
        ]

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            self._standin.fault(**await _object(request))
        except (ValueError, TypeError) as error:
            return answers.refusal(400, str(error))
        return web.json_response({"ok": True})

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._standin.clear_faults()
        return web.json_response({"ok": True})

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self._standin.report())

    async def _set(self, request: web.Request) -> web.Response:
        try:
            self._standin.set(**await _object(request))
        except (ValueError, TypeError) as error:
            return answers.refusal(400, str(error))
        return web.json_response({"ok": True})


async def _object(request: web.Request) -> dict[str, Any]:
    body = json.loads(await request.read())
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return body
