"""What the stand-in asks of others: photos that are hosted elsewhere, webhooks. Loopback only."""

import asyncio
import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.eachlabs.predictions import Failure

PHOTO_LIMIT = 25 * 1024 * 1024  # bytes
TIMEOUT = aiohttp.ClientTimeout(total=15)
CHUNK = 64 * 1024
TRIES, PAUSE = 3, 10.0  # the page: up to 3 tries, 10 seconds apart


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def photo(url: str) -> bytes:
    """The photo at `url`.

    Raises:
        Failure: it is not on loopback, not there, or over `PHOTO_LIMIT`.
    """
    if not is_loopback(url):
        raise Failure(f"Failed to download input image: {url} is not reachable")
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise Failure(f"Failed to download input image: HTTP {response.status}")
            return await _bounded(response.content)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Failure("Failed to download input image: no answer") from error


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    data = bytearray()
    async for chunk in content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > PHOTO_LIMIT:
            raise Failure("Failed to download input image: it is too large")
    return bytes(data)


async def post_webhook(url: str, secret: str | None, body: Mapping[str, Any], speed: float) -> int:
    """Posts `body` until it is taken with a 2xx, at most `TRIES` times; returns how many it took.

    `secret` goes along verbatim as X-Webhook-Secret. Nothing is sent but to loopback.
    """
    if not is_loopback(url):
        return 0
    headers = {"X-Webhook-Secret": secret} if secret else {}
    for tries in range(1, TRIES + 1):
        if await _posted(url, headers, body):
            return tries
        if tries < TRIES:
            await asyncio.sleep(PAUSE / speed)
    return TRIES


async def _posted(url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.post(url, json=body, headers=headers, allow_redirects=False) as response,
        ):
            return 200 <= response.status < 300
    except (aiohttp.ClientError, TimeoutError):
        return False
