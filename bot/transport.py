"""PTB's network layer on aiohttp, which tells what was not sent from what is unknown.

A call to the Bot API ends in one of three ways: an answer; `SurelyNotSent`, when no byte of it
reached a connection; or `OutcomeNotKnown`, when some did and no usable answer came. The first
kind of failure may be repeated whatever the call was, the second only if the call is harmless.

The address of every call holds the bot's token, and aiohttp's errors hold the address. So no
error of aiohttp leaves this module, not even as a `__cause__` or `__context__`.
"""

import asyncio
import errno
import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.errors import ConfigurationError, FileGone
from bot.request_body import Body, body_of

MAX_ANSWER: Final = 10 * 1024 * 1024
SLOWEST_UPLOAD: Final = 64 * 1024  # bytes a second; below it an upload counts as stalled
KEEP_ALIVE: Final = 15.0  # seconds; shorter than a server's, so that it's we who hang up
LONG_POLL_MARGIN: Final = 5.0
UNNAMED_RETRY: Final = 5.0  # seconds to wait after a 429 that names none
# What is read of a message that was sent or edited.
_READ: Final = ("message_id", "date", "chat", "photo", "document")

# What PTB gives a class of its own; any other refusal is passed on as a 400.
_STATUSES_PTB_KNOWS: Final = frozenset({400, 401, 403, 404, 409})
_NEVER_CONNECTED: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


class SurelyNotSent(NetworkError):
    """No connection, no place in the pool, or a connection found closed: nothing left."""


class OutcomeNotKnown(TimedOut):
    """Some of the call left, and no usable answer came back."""


class TooManyRequests(TelegramError):
    """429. PTB's `RetryAfter` needs the seconds in the answer; here they may be missing.

    Args:
        seconds: how long to wait.
    """

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests: retry after {seconds:g} s")
        self.seconds = seconds


class AiohttpRequest(BaseRequest):
    """One `aiohttp.ClientSession` beneath a `telegram.Bot`.

    Args:
        pool_size: connections at a time; a call that finds none free waits `connect_timeout`.
        proxy: `http://` or `https://` address, with credentials if it wants them.
        connect_timeout: seconds for a place in the pool and the connection together.
        total_timeout: seconds for a call from its first to its last byte. Uploads get what
            `SLOWEST_UPLOAD` allows them on top, long polling the seconds it polls for.

    Raises:
        ConfigurationError: the proxy is of a kind that aiohttp can't use.
    """

    def __init__(
        self,
        *,
        pool_size: int = 100,
        proxy: str | None = None,
        connect_timeout: float = 10.0,
        total_timeout: float = 30.0,
    ) -> None:
        if proxy is not None and urlsplit(proxy).scheme not in {"http", "https"}:
            raise ConfigurationError("HTTPS_PROXY must begin with http:// or https://")
        self._pool_size = pool_size
        self._proxy = proxy
        self._connect_timeout = connect_timeout
        self._total_timeout = total_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds. PTB adds them to the seconds that `getUpdates` polls for."""
        return self._total_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._pool_size, keepalive_timeout=KEEP_ALIVE, ttl_dns_cache=60
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT, "Accept-Encoding": "identity"},
                trust_env=False,
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call, once.

        Raises:
            SurelyNotSent, OutcomeNotKnown, TooManyRequests
        """
        body = body_of(request_data) if method == "POST" else None
        upload = _given(write_timeout, 0.0) + (len(body) if body else 0) / SLOWEST_UPLOAD
        whole = _given(read_timeout, self._total_timeout - LONG_POLL_MARGIN) + LONG_POLL_MARGIN
        answer = await self._exchange(
            method,
            url,
            body=body,
            connect=_given(connect_timeout, self._connect_timeout) + _given(pool_timeout, 0.0),
            total=whole + upload,
            limit=MAX_ANSWER,
        )
        if answer is None:
            raise OutcomeNotKnown("an answer of more than 10 MB")
        return _judged(*answer, secret=_token_in(url))

    async def download(self, url: str, *, limit: int, within: float) -> bytes:
        """The file behind a link of `getFile`.

        Args:
            url: a `file_path` as PTB completes it.
            limit: bytes.
            within: seconds for all of it.

        Raises:
            FileGone: the link is no longer good, or there are more than `limit` bytes.
            SurelyNotSent, OutcomeNotKnown, TooManyRequests: it may work another time.
        """
        connect = self._connect_timeout
        answer = await self._exchange("GET", url, connect=connect, total=within, limit=limit)
        if answer is None:
            raise FileGone(f"the file has more than {limit} bytes")
        status, data = answer
        if status == 200:
            return data
        if status == 429 or status >= 500:
            _judged(status, data, secret=_token_in(url))
        raise FileGone(f"the file's link answers {status}")

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As PTB's, but the payload is in no log and no error, and a message has little in it.

        A send or an edit is answered with the whole message, of which few fields are read; to make
        PTB's objects of the others takes as long as all the rest of the call.
        """
        try:
            parsed = json.loads(payload)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise OutcomeNotKnown("an answer that is no JSON object")
        if isinstance(result := parsed.get("result"), dict) and "message_id" in result:
            parsed["result"] = {name: result[name] for name in _READ if name in result}
        return parsed

    async def _exchange(
        self,
        method: str,
        url: str,
        *,
        connect: float,
        total: float,
        limit: int,
        body: Body | None = None,
    ) -> tuple[int, bytes] | None:
        """Status and body; None if there is more of a body than `limit` bytes."""
        if self._session is None or self._session.closed:
            raise SurelyNotSent("the connection to Telegram is not open")
        call = self._session.request(
            method,
            url,
            data=body,
            proxy=self._proxy,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=connect),
        )
        try:
            async with asyncio.timeout(total), call as response:
                data = await _read(response, limit)
                return None if data is None else (response.status, data)
        except (aiohttp.ClientError, OSError) as error:
            fault = _fault(error, body)
        raise fault  # out here, where `__context__` is empty


def _given(value: ODVInput[float], default: float) -> float:
    return default if value is None or isinstance(value, DefaultValue) else float(value)


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    if (response.content_length or 0) > limit:
        return None
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _fault(error: Exception, body: Body | None) -> NetworkError:
    number = getattr(error, "errno", None)
    name = errno.errorcode.get(number, "") if isinstance(number, int) else ""
    what = f"{type(error).__name__} {name}".strip()
    left = body.left if body is not None else not isinstance(error, _NEVER_CONNECTED)
    return OutcomeNotKnown(f"no answer: {what}") if left else SurelyNotSent(f"not sent: {what}")


def _judged(status: int, payload: bytes, *, secret: str) -> tuple[int, bytes]:
    """An answer that PTB may see: sense if it is a success, words without the token if not."""
    if 200 <= status < 300:
        if b'"result"' not in payload:
            raise OutcomeNotKnown("an answer without a result")
        return status, payload
    words = _json_object(payload.replace(secret.encode(), b"[token]"))
    if status == 429:
        raise TooManyRequests(_seconds(words.get("parameters", {})))
    if status == 407:
        raise SurelyNotSent("the proxy wants other credentials")
    if status >= 500:
        raise OutcomeNotKnown(f"HTTP {status}: {str(words.get('description', ''))[:200]}")
    words["description"] = str(words.get("description") or f"HTTP {status}")
    return (status if status in _STATUSES_PTB_KNOWS else 400), json.dumps(words).encode()


def _json_object(payload: bytes) -> dict[str, Any]:
    """A refusal's own words; {} if it isn't the Bot API that answered."""
    try:
        parsed = json.loads(payload)
    except ValueError:
        return {}
    words = parsed if isinstance(parsed, dict) else {}
    if not isinstance(words.get("parameters"), dict):
        words.pop("parameters", None)
    return words


def _seconds(parameters: dict[str, Any]) -> float:
    named = parameters.get("retry_after")
    return max(1.0, float(named)) if isinstance(named, int | float) else UNNAMED_RETRY


def _token_in(url: str) -> str:
    """`…/bot{token}/{method}` or `…/file/bot{token}/{path}` -> the token."""
    found = re.search(r"/bot(\d+:[^/]+)/", url)
    return found[1] if found else url
