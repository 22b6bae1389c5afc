"""The storage beside the API: presigned uploads, public files, the pictures that were made."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.eachlabs.faults import FILES, HTML, Fault, FaultBook, cut
from bot.sandbox.eachlabs.files import UPLOAD_LIMIT, Outputs, Picture, Upload, Uploads

CHUNK = 64 * 1024
PNG_START = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Storage:
    uploads: Uploads
    outputs: Outputs
    faults: FaultBook

    async def put(self, request: web.Request) -> web.Response:
        upload = self.uploads.named(request.match_info["name"])
        refused = self._refusal(request, upload)
        if refused is not None or upload is None:
            return refused or _s3_error(404, "NoSuchKey", "The specified key does not exist.")
        data = await _body(request)
        if data is None:
            return _s3_error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum.")
        self.uploads.put(upload, data)
        return web.Response(status=200)

    async def public_file(self, request: web.Request) -> web.Response:
        upload = self.uploads.named(request.match_info["name"])
        if upload is None or upload.data is None:
            return _s3_error(404, "NoSuchKey", "The specified key does not exist.")
        return web.Response(body=upload.data, content_type=upload.content_type)

    async def output(self, request: web.Request) -> web.StreamResponse:
        picture = self.outputs.get(request.match_info["name"])
        if picture is None:
            return _s3_error(404, "NoSuchKey", "The specified key does not exist.")
        fault = self.faults.take("output", (*FILES, "missing_output"))
        if fault is None:
            return web.Response(body=picture.data, content_type=picture.content_type)
        return await _instead(fault, picture, request)

    def _refusal(self, request: web.Request, upload: Upload | None) -> web.Response | None:
        """As S3 refuses: everything that was signed has to be sent, unchanged and in time."""
        signature = request.query.get("X-Amz-Signature")
        if upload is None or signature != upload.signature:
            return _s3_error(403, "SignatureDoesNotMatch", "The signature does not match.")
        if not self.uploads.link_open(upload):
            return _s3_error(403, "AccessDenied", "Request has expired")
        signed = {"Content-Type": upload.content_type, **upload.required_headers}
        if any(request.headers.get(name) != value for name, value in signed.items()):
            return _s3_error(403, "SignatureDoesNotMatch", "Signed headers are missing or differ.")
        if request.content_length is None:
            return _s3_error(411, "MissingContentLength", "You must provide Content-Length.")
        return None


async def _body(request: web.Request) -> bytes | None:
    """The body, or None when it is larger than an upload may be."""
    if (request.content_length or 0) > UPLOAD_LIMIT:
        return None
    data = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK):
        data += chunk
    return bytes(data)


def _s3_error(status: int, code: str, message: str) -> web.Response:
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


async def _instead(fault: Fault, picture: Picture, request: web.Request) -> web.StreamResponse:
    match fault.kind:
        case "html_output":
            return web.Response(body=HTML.encode(), content_type="image/png")
        case "redirect_output":
            return web.Response(status=302, headers={"Location": fault.url})
        case "truncated_output":
            return await _half(picture, request)
        case "huge_output":
            return await _poured(request, fault.size)
        case "endless_output":
            return await _poured(request, None)
        case _:
            return _s3_error(404, "NoSuchKey", "The specified key does not exist.")


async def _half(picture: Picture, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = picture.content_type
    response.content_length = len(picture.data)
    await response.prepare(request)
    await response.write(picture.data[: len(picture.data) // 2])
    cut(request)
    return response


async def _poured(request: web.Request, size: int | None) -> web.StreamResponse:
    """`size` bytes announced by Content-Length, or a body without end, until the reader goes."""
    response = web.StreamResponse()
    response.content_type = "image/png"
    response.content_length = size
    if size is None:
        response.enable_chunked_encoding()
    await response.prepare(request)
    sent = 0
    try:
        while size is None or sent < size:
            chunk = (PNG_START if not sent else b"").ljust(CHUNK, b"\0")
            chunk = chunk if size is None else chunk[: size - sent]
            await response.write(chunk)
            sent += len(chunk)
            await asyncio.sleep(0)
    except ConnectionError:
        return response
    return response
