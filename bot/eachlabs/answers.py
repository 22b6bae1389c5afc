"""What an answer, or the lack of one, comes to: the only place that knows HTTP's numbers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from bot.eachlabs.wire import number
from bot.errors import (
    BadAnswer,
    BalanceEmpty,
    InputRefused,
    KeyRefused,
    NotThere,
    ProviderDown,
    ProviderFault,
    ProviderUnknown,
    RateLimited,
)

# Of somebody else's words, as much as a log can use.
DETAIL_CHARACTERS = 500
# With these no request has left: no connection, no place in the pool, no way through the proxy.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
# Everything that a call on the network raises: httpx leaves some of TLS's errors as they are.
NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL, OSError)


@dataclass(frozen=True)
class Answer:
    """A whole answer; `headers` are httpx's, which know no case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str | None:
        return (self.headers.get("X-Request-Id") or "")[:100] or None

    @property
    def retry_after(self) -> float | None:
        return retry_after(self.headers, datetime.now(UTC))

    @property
    def date(self) -> datetime | None:
        """The server's clock."""
        return _http_date(self.headers.get("Date", ""))

    def json(self) -> object:
        """The body, read.

        Raises:
            BadAnswer: it is no JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise BadAnswer("no JSON") from None

    def fault(self, kind: type[ProviderFault], detail: str) -> ProviderFault:
        return kind(
            detail,
            request_id=self.request_id,
            status=self.status,
            retry_after=self.retry_after,
        )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of a Retry-After in seconds or as a date, which is taken by the server's clock."""
    text = headers.get("Retry-After", "").strip()
    seconds = number(text)
    if seconds is None:
        date = _http_date(text)
        if date is None:
            return None
        seconds = (date - (_http_date(headers.get("Date", "")) or now)).total_seconds()
    return max(0.0, seconds)


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def refused(answer: Answer, *, harmless: bool, hidden: Callable[[str], str] = str) -> ProviderFault:
    """The fault of an answer that isn't 2xx; not harmless is what must not happen twice.

    `hidden` takes out of the text what must not be logged.
    """
    kind = _kind(answer.status, harmless=harmless)
    return answer.fault(kind, hidden(f"{answer.status} {described(answer.body)}".strip()))


_BY_STATUS: Mapping[int, type[ProviderFault]] = {
    401: KeyRefused,
    402: BalanceEmpty,
    403: KeyRefused,
    404: NotThere,
    # A file that is still read, a request that came too early: nothing was done, later it may be.
    409: ProviderDown,
    425: ProviderDown,
    429: RateLimited,
    503: ProviderDown,
}


def _kind(status: int, *, harmless: bool) -> type[ProviderFault]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status < 500 and status != 408:
        return InputRefused
    if 300 <= status < 400:
        # Redirects are not followed: whatever it points to was not asked.
        return BadAnswer
    if not harmless:
        # 500, 502 and 504 come from behind a door that the request may have gone through.
        return ProviderUnknown
    return ProviderDown if status >= 408 else BadAnswer


def unanswered(error: Exception, *, harmless: bool) -> ProviderFault:
    """The fault of a call that raised; its text names no address, for some hold a signature."""
    detail = f"{type(error).__name__}: {error}".rstrip(": ")[:DETAIL_CHARACTERS]
    if harmless or isinstance(error, NOT_SENT):
        return ProviderDown(detail)
    return ProviderUnknown(detail)


def described(body: bytes) -> str:
    """An error's body in plain words: what is wrong, and the details, such as a cap or a field."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return _plain(body)
    if not isinstance(told, Mapping):
        return _words(told)[:DETAIL_CHARACTERS]
    headline = next(filter(None, (told.get(k) for k in ("error", "message", "detail"))), "")
    parts = [_words(headline), _words(told.get("details"))]
    return ": ".join(filter(None, parts))[:DETAIL_CHARACTERS]


def _words(value: object, depth: int = 4) -> str:
    if value is None or not depth:
        return ""
    if isinstance(value, Mapping):
        inner = ((key, _words(one, depth - 1)) for key, one in value.items())
        return ", ".join(f"{key} {words}" for key, words in inner if words)
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(one, depth - 1) for one in value)))
    return str(value)


def _plain(body: bytes) -> str:
    return " ".join(body[:200].decode("utf-8", "replace").split())
