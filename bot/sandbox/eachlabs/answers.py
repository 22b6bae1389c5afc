"""Refusals in the shape of the reference's `Error`, and moments as it writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

WORDS: Mapping[int, str] = {
    400: "Bad request",
    401: "Invalid or missing API key",
    402: "insufficient balance",
    403: "forbidden",
    404: "Resource not found",
    405: "method not allowed",
    408: "Request timeout",
    409: "conflict",
    422: "invalid request body",
    429: "Too many requests",
    500: "internal error",
    502: "upstream unavailable",
    503: "service unavailable",
    504: "Request timeout",
}


def refusal(
    status: int,
    error: str | None = None,
    details: Any = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    body: dict[str, Any] = {"status": status, "error": error or WORDS.get(status, "error")}
    if details is not None:
        body["details"] = details
    return web.json_response(body, status=status, headers=headers)


def moment(seconds: float) -> str:
    """RFC 3339 in UTC, whole seconds, as the reference's examples have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
