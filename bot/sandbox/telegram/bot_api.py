"""The Bot API over HTTP: who may call, what goes wrong on order, what is answered."""

import asyncio
import json
from typing import Any

from aiohttp import web

from bot.sandbox.telegram.checking import checked
from bot.sandbox.telegram.errors import ApiError, Refused
from bot.sandbox.telegram.faults import Fault
from bot.sandbox.telegram.files import StoredFile
from bot.sandbox.telegram.handlers import HANDLERS
from bot.sandbox.telegram.handlers.request import Request
from bot.sandbox.telegram.methods import METHODS, NAMES
from bot.sandbox.telegram.reading import Form, Upload, read_form
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.updates import Update

Json = Any

_HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class BotApi:
    def __init__(self, state: State) -> None:
        self._state = state

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        return app

    async def _method(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["token"])
            name = _method_name(request.match_info["method"])
            form = await read_form(request)
        except ApiError as error:
            return _failure(error)
        if name != "getUpdates" and self._state.knobs.telegram_latency:
            await asyncio.sleep(self._state.knobs.telegram_latency)
        return await self._called(request, name, form)

    def _check_token(self, token: str) -> None:
        number, colon, _ = token.partition(":")
        if not colon or not number.isdigit():
            raise ApiError(404, "Not Found")
        if token != self._state.token:
            raise ApiError(401, "Unauthorized")

    async def _called(self, request: web.Request, name: str, form: Form) -> web.StreamResponse:
        call = self._state.calls.begin(name, form.values)
        fault = None
        try:
            call.params = checked(name, _with_uploads(name, form))
            fault = self._state.faults.take(name, call.params.get("chat_id"))
            if fault is not None and not await _lets_through(fault):
                call.ok, call.description = False, "the connection was cut"
                return _cut(request)
            handled = Request(self._state, call.params, _attachments(form))
            response = _success(await HANDLERS[name](handled))
        except ApiError as error:
            self._state.calls.fail(call, error)
            response = _failure(error)
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        return _spoiled(fault, request, response)

    def _linked(self, path: str) -> StoredFile:
        file = self._state.files.linked(path)
        if file is None:
            raise ApiError(404, "Not Found")
        return file

    async def _download(self, request: web.Request) -> web.StreamResponse:
        fault = self._state.faults.take("download")
        try:
            self._check_token(request.match_info["token"])
            if self._state.knobs.download_latency:
                await asyncio.sleep(self._state.knobs.download_latency)
            if fault is not None and not await _lets_through(fault):
                return _cut(request)
            file = self._linked(request.match_info["path"])
        except ApiError as error:
            return _failure(error)
        if fault is not None and fault.kind == "cut_after":
            return await _half(request, file)
        response = web.Response(body=file.data, content_type="application/octet-stream")
        return _spoiled(fault, request, response)


def _method_name(called: str) -> str:
    try:
        return NAMES[called.lower()]
    except KeyError:
        raise ApiError(404, "Not Found: method not found") from None


def _with_uploads(name: str, form: Form) -> dict[str, Json]:
    """Plain values, and the uploads that are parameters by themselves."""
    values = dict(form.values)
    for part, uploads in form.uploads.items():
        if len(uploads) > 1:
            raise Refused(f'the request has more than one file "{part}"')
        if part in METHODS[name]:
            values[part] = uploads[0]
        elif not any(f"attach://{part}" in str(value) for value in form.values.values()):
            raise Refused(f'unknown parameter "{part}"')
    return values


def _attachments(form: Form) -> dict[str, Upload]:
    return {part: uploads[0] for part, uploads in form.uploads.items()}


async def _lets_through(fault: Fault) -> bool:
    """Whether the call has its effect; raises ApiError for one that is refused."""
    match fault.kind:
        case "status":
            raise ApiError(fault.status, fault.description, fault.parameters)
        case "delay":
            await asyncio.sleep(fault.seconds)
    return fault.kind != "cut_before"


def _spoiled(
    fault: Fault | None, request: web.Request, response: web.StreamResponse
) -> web.StreamResponse:
    """The answer, or what is left of it."""
    match fault.kind if fault is not None else None:
        case "cut_after":
            return _cut(request)
        case "garbage":
            return web.Response(text=_HTML, content_type="text/html")
        case "empty":
            return web.Response(content_type="application/json")
        case _:
            return response


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _half(request: web.Request, file: StoredFile) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(file.data))})
    await response.prepare(request)
    await response.write(file.data[: len(file.data) // 2])
    _cut(request)
    return response


def _success(result: Json) -> web.Response:
    # Pending updates are JSON already, or whatever a test put in their place.
    if isinstance(result, list) and result and isinstance(result[0], Update):
        text = f"[{','.join(update.body for update in result)}]"
    else:
        text = json.dumps(result, separators=(",", ":"))
    body = b'{"ok":true,"result":%b}' % text.encode(errors="surrogatepass")
    return web.Response(body=body, content_type="application/json")


def _failure(error: ApiError) -> web.Response:
    answer: dict[str, Json] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    headers = {}
    if error.parameters:
        answer["parameters"] = error.parameters
    if "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return web.json_response(answer, status=error.code, headers=headers)
