"""What only a test may do: failures on order, raw updates, the record of calls."""

from dataclasses import fields
from typing import Any

from aiohttp import web

from bot.sandbox.telegram.errors import PersonError
from bot.sandbox.telegram.faults import Fault
from bot.sandbox.telegram.state import State

Json = dict[str, Any]

_FAULT_FIELDS = frozenset(field.name for field in fields(Fault))
_OPTIONS = frozenset({"telegram_latency", "download_latency", "flood_limits", "inline_mode"})


class ControlApi:
    def __init__(self, state: State) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/control/faults", self._add_fault)
        router.add_delete("/control/faults", self._clear_faults)
        router.add_get("/control/calls", self._calls)
        router.add_delete("/control/calls", self._clear_calls)
        router.add_post("/control/updates", self._put_update)
        router.add_post("/control/options", self._set_options)
        router.add_post("/control/expire-links", self._expire_links)

    async def _add_fault(self, request: web.Request) -> web.Response:
        self._state.faults.add(Fault(**_known(await request.json(), _FAULT_FIELDS)))
        return _done()

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._state.faults.clear()
        return _done()

    async def _calls(self, request: web.Request) -> web.Response:
        calls = self._state.calls
        return web.json_response(
            {
                "calls": [call.view() for call in calls.made(request.query.get("method"))],
                "flood_429": calls.flood_429,
                "refused": calls.refused,
                "totals": calls.totals,
            }
        )

    async def _clear_calls(self, _request: web.Request) -> web.Response:
        self._state.calls.clear()
        return _done()

    async def _put_update(self, request: web.Request) -> web.Response:
        body = await request.json()
        raw = _known(body, frozenset({"update", "raw"}))
        if len(raw) != 1:
            raise PersonError("either update or raw is expected")
        number = self._state.updates.put_raw(raw.get("raw", raw.get("update")))
        return web.json_response({"ok": True, "update_id": number})

    async def _set_options(self, request: web.Request) -> web.Response:
        set_options(self._state, **_known(await request.json(), _OPTIONS))
        return _done()

    async def _expire_links(self, _request: web.Request) -> web.Response:
        self._state.files.expire_links()
        return _done()


def set_options(
    state: State,
    telegram_latency: float | None = None,
    download_latency: float | None = None,
    flood_limits: bool | None = None,
    inline_mode: bool | None = None,
) -> None:
    """Change what is given; latencies in seconds."""
    if telegram_latency is not None:
        state.knobs.telegram_latency = float(telegram_latency)
    if download_latency is not None:
        state.knobs.download_latency = float(download_latency)
    if flood_limits is not None:
        state.flood.enabled = bool(flood_limits)
    if inline_mode is not None:
        state.knobs.inline_mode = bool(inline_mode)


def _known(values: Any, names: frozenset[str]) -> Json:
    if not isinstance(values, dict) or not values.keys() <= names:
        raise PersonError(f"an object with some of {', '.join(sorted(names))} is expected")
    return values


def _done() -> web.Response:
    return web.json_response({"ok": True})
