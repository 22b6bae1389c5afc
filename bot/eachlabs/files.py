"""Bytes to and from addresses that an answer names, which may be anybody's.

The API's key never goes there. An address is https and public, or has exactly the configured
origin. What is checked is what is connected to: a name is resolved once, every address of it has
to be public, and the connection is made to that address with the name kept for TLS and Host. So a
name that changes its mind between check and use gains nothing.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from bot.eachlabs.answers import NETWORK_ERRORS, described, unanswered
from bot.eachlabs.wire import number
from bot.errors import BadAnswer, NotThere, ProviderDown, ProviderFault

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_REDIRECTS = 2
# Beyond this, bodies are read one at a time: each may come to 50 MB, and there can be many.
HEAVY_BYTES = 8 * 1024 * 1024
# Global unicast; without what carries an IPv4 address within (6to4, Teredo).
PUBLIC_V6 = IPv6Network("2000::/3")
TUNNELS_V6 = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
# The connection says these itself.
OURS = {"host", "content-length", "transfer-encoding", "connection"}


async def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name, by the system's resolver, in its order of preference."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_public(address: str) -> bool:
    """Whether it is an address of the internet, not of this machine or its networks."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, IPv6Address):
        tunnelled = any(found in network for network in TUNNELS_V6)
        return found in PUBLIC_V6 and found.is_global and not tunnelled
    return found.is_global and not found.is_multicast


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


@dataclass(frozen=True)
class Target:
    """Where to connect, and under which name."""

    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)


class Files:
    """Fetches and puts files.

    Args:
        http: redirects are never followed by it here, and its auth is not used.
        origin: the one origin that need not be public or https.
        proxied: a proxy makes the connections; it gets the name, and an address that can be seen
            from here has to be public all the same.
    """

    def __init__(
        self, http: httpx.AsyncClient, origin: httpx.URL, *, resolve: Resolve, proxied: bool
    ) -> None:
        self._http = http
        self._home = origin
        self._resolve = resolve
        self._proxied = proxied
        self._heavy = asyncio.Semaphore(1)

    async def get(self, url: str, *, limit_bytes: int, seconds: float) -> bytes:
        """The bytes behind a link; at most two redirects, each checked like the link itself.

        Raises:
            BadAnswer: the address isn't allowed, or what comes is too big, empty or no file.
            NotThere: 403, 404, 410.
            ProviderDown: it can't be had now, or not in so many seconds.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._fetch(_parsed(url), limit_bytes)
        except NETWORK_ERRORS as error:
            fault = unanswered(error, harmless=True)
        raise fault

    async def put(
        self, url: str, data: bytes, headers: Mapping[str, str], *, seconds: float
    ) -> None:
        """Raises `ProviderDown` for every refusal (a link may have expired: presign anew), and
        `BadAnswer` for an address that isn't allowed or a redirect.
        """
        kept = {name: value for name, value in headers.items() if name.lower() not in OURS}
        try:
            async with asyncio.timeout(seconds), AsyncExitStack() as stack:
                response = await self._send(stack, "PUT", _parsed(url), kept, data)
                body = await _beginning(response)
        except NETWORK_ERRORS as error:
            fault: ProviderFault = unanswered(error, harmless=True)
        else:
            if response.is_success:
                return
            kind = BadAnswer if response.status_code < 400 else ProviderDown
            detail = f"the upload was answered {response.status_code} {described(body)}"
            fault = kind(detail.strip(), status=response.status_code)
        raise fault

    async def _fetch(self, url: httpx.URL, limit: int) -> bytes:
        # Compressed, a small body could become a large one.
        headers = {"Accept-Encoding": "identity"}
        for _ in range(MAX_REDIRECTS + 1):
            async with AsyncExitStack() as stack:
                response = await self._send(stack, "GET", url, headers, None)
                if not response.has_redirect_location:
                    return await self._body(response, limit)
                url = _parsed(url, response.headers["Location"])
        raise BadAnswer("too many redirects to an output")

    async def _send(
        self,
        stack: AsyncExitStack,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        data: bytes | None,
    ) -> httpx.Response:
        """The response of the first of the addresses that takes a connection."""
        last: Exception = ProviderDown("the name has no address")
        for target in await self._targets(url):
            try:
                return await stack.enter_async_context(
                    self._http.stream(
                        method,
                        target.url,
                        content=data,
                        headers={**headers, **target.headers, "Connection": "close"},
                        extensions=dict(target.extensions),
                        auth=None,
                        follow_redirects=False,
                    )
                )
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                last = error
        raise last

    async def _targets(self, url: httpx.URL) -> list[Target]:
        if same_origin(url, self._home):
            return [Target(url)]
        # An address with a user's name in it is made to be read wrongly.
        if url.scheme != "https" or not url.host or url.userinfo or (url.port or 443) > 65535:
            raise BadAnswer("an address that is neither https nor the provider's own")
        try:
            addresses = await self._resolve(url.host, url.port or 443)
        except (OSError, UnicodeError):
            if self._proxied:
                return [Target(url)]
            raise ProviderDown("the name of an address doesn't resolve") from None
        if not all(map(is_public, addresses)):
            raise BadAnswer("an address within a private network")
        if self._proxied:
            return [Target(url)]
        name = url.raw_host.decode("ascii")
        # A connection is closed after use: kept, it would serve another name of the same address.
        return [
            Target(
                url.copy_with(host=address),
                {"Host": url.netloc.decode("ascii")},
                {"sni_hostname": name},
            )
            for address in addresses
        ]

    async def _body(self, response: httpx.Response, limit: int) -> bytes:
        _check(response)
        if (number(response.headers.get("Content-Length")) or 0) > limit:
            raise BadAnswer(f"an output of over {limit} bytes")
        body = bytearray()
        async with AsyncExitStack() as turn:
            async for chunk in response.aiter_bytes():
                if len(body) <= HEAVY_BYTES < len(body) + len(chunk):
                    await turn.enter_async_context(self._heavy)
                body += chunk
                if len(body) > limit:
                    body.clear()  # the error's traceback would keep it
                    raise BadAnswer(f"an output of over {limit} bytes")
        if not body:
            raise BadAnswer("an empty output")
        return bytes(body)


def _parsed(url: str | httpx.URL, location: str = "") -> httpx.URL:
    try:
        return httpx.URL(url).join(location)
    except (httpx.InvalidURL, ValueError):
        raise BadAnswer("an address that is none") from None


def _check(response: httpx.Response) -> None:
    status = response.status_code
    # Storage answers 403 for what isn't there when it may not list either.
    if status in {403, 404, 410}:
        raise NotThere(f"an output is answered {status}", status=status)
    if status in {408, 425, 429} or status >= 500:
        raise ProviderDown(f"an output is answered {status}", status=status)
    kind = response.headers.get("Content-Type", "")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise BadAnswer("an output is compressed, though that was not asked for")
    if not response.is_success or kind.startswith(("text/", "application/json")):
        raise BadAnswer(f"an output is answered {status} {kind}"[:100], status=status)


async def _beginning(response: httpx.Response) -> bytes:
    async for chunk in response.aiter_bytes(1000):
        return chunk
    return b""
