"""What an HTTP request carries: form, multipart, JSON or query, as the real server takes them."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.multipart import content_disposition_filename, parse_content_disposition

from bot.sandbox.telegram.errors import ApiError, Refused

# Bot API: 50 MB for a document; the form around it is allowed for.
LARGEST_UPLOAD = 50 * 1024 * 1024
_LARGEST_BODY = LARGEST_UPLOAD + 256 * 1024
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    file_name: str
    mime_type: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Form:
    """Plain values by name, and uploaded files by the name of their part."""

    values: dict[str, Any]
    uploads: dict[str, list[Upload]] = field(default_factory=dict)


async def read_form(request: web.Request) -> Form:
    """Raises ApiError 413 for a body or file over 50 MB, Refused for one that can't be read."""
    if (request.content_length or 0) > _LARGEST_BODY:
        raise _too_large()
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large() from None
    form = _decoded(request, body)
    if request.query_string:
        form.values |= _pairs(request.query_string)
    return form


def _decoded(request: web.Request, body: bytes) -> Form:
    match request.content_type:
        case "multipart/form-data":
            return _multipart(request.headers["Content-Type"], body)
        case "application/json":
            return Form(_json(body))
        case _:
            return Form(_pairs(body.decode(errors="surrogateescape")))


def _pairs(text: str) -> dict[str, Any]:
    return dict(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))


def _json(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Refused("can't parse the request's JSON object")
    return values


def _multipart(content_type: str, body: bytes) -> Form:
    # Split in one go: a reader that goes line by line takes seconds for 50 MB.
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise Refused("multipart/form-data without a boundary")
    form = Form({})
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:]:
        if part.startswith(b"--"):
            break
        _take(form, part)
    return form


def _take(form: Form, part: bytes) -> None:
    head, found, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = dict(_headers(head.decode(errors="replace")))
    _, options = parse_content_disposition(headers.get("content-disposition"))
    name = options.get("name")
    if not found or not name:
        raise Refused("a part of the form has no name")
    file_name = content_disposition_filename(options)
    if file_name is None:
        form.values[name] = data.decode(errors="surrogateescape")
        return
    if len(data) > LARGEST_UPLOAD:
        raise _too_large()
    mime_type = headers.get("content-type", "application/octet-stream").partition(";")[0]
    form.uploads.setdefault(name, []).append(Upload(file_name, mime_type.strip(), data))


def _headers(head: str) -> list[tuple[str, str]]:
    lines = (line.partition(":") for line in head.split("\r\n"))
    return [(name.strip().lower(), value.strip()) for name, _, value in lines]


def _too_large() -> ApiError:
    return ApiError(413, "Request Entity Too Large")
