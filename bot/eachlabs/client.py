"""The provider's API. One method a call, its outcome typed by `bot.errors`."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx

from bot.domain.photomaker import MAX_OUTPUT_BYTES, MODEL
from bot.eachlabs import files, wire
from bot.eachlabs.access import Key, base_of, is_on_this_machine
from bot.eachlabs.answers import NETWORK_ERRORS, Answer, described, refused, unanswered
from bot.eachlabs.files import Files
from bot.eachlabs.wire import Page, Prediction, Upload
from bot.errors import (
    BadAnswer,
    NotThere,
    ProviderFault,
    ProviderUnknown,
)

log = logging.getLogger(__name__)
Found = TypeVar("Found")

# The reference ignores the version; the model's page sends it.
VERSION = "0.0.1"
# A page of 100 executions has about 60 kB.
MAX_ANSWER_BYTES = 4 * 1024 * 1024
OUTPUT_SECONDS = 60.0


@dataclass(frozen=True)
class Probe:
    """That the provider answers and takes the key; `date` is its clock, in UTC."""

    date: datetime | None


class EachlabsClient:
    """Calls of the API and the files that belong to them. Nothing is asked twice by itself.

    Every method raises `ProviderFault`s. A harmless call without an answer is `ProviderDown`; a
    create whose request may have got through is `ProviderUnknown`.

    Args:
        api_url: https, or an origin that is meant exactly as it is written.
        http: another client in the place of one's own; it stays open.
        timeout: seconds for a call as a whole.
        proxy: for every connection, unless the API is on this machine.
        resolve: names to addresses, for the links in answers.

    Raises:
        ConfigurationError: the URL or the key can't be one.
    """

    def __init__(
        self,
        api_url: str,
        api_key: str,
        *,
        http: httpx.AsyncClient | None = None,
        timeout: float = 30.0,
        proxy: str | None = None,
        resolve: files.Resolve = files.resolve,
    ) -> None:
        self._base = base_of(api_url)
        self._key = Key(api_key)
        self._timeout = timeout
        through = None if is_on_this_machine(self._base) else proxy
        self._own = None if http else _http(through, timeout)
        self._http = http or self._own or httpx.AsyncClient()
        # The provider's clock less the one that nobody sets.
        self._ahead: float | None = None
        self._files = Files(self._http, self._base, resolve=resolve, proxied=through is not None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        if self._own is not None:
            await self._own.aclose()

    @property
    def clock(self) -> float | None:
        """The provider's Unix time now, as its newest answer tells it; None if none has told it."""
        return None if self._ahead is None else self._ahead + time.monotonic()

    async def create(
        self,
        input: Mapping[str, Any],  # noqa: A002 - the field's own name
        *,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
    ) -> str:
        """Starts a prediction, which is billed, and returns its id. Never sent twice.

        Raises:
            ProviderUnknown: it may have been made: look before asking again.
            ProviderNotSent, InputRefused, KeyRefused, BalanceEmpty, NotThere: it surely wasn't.
        """
        body = {"model": MODEL, "version": VERSION, "input": dict(input)}
        if webhook_url is not None:
            body |= {"webhook_url": webhook_url, "webhook_secret": webhook_secret or ""}
        answer = await self._call("POST", "/v1/prediction/", body=body, harmless=False)
        return self._read(answer, lambda found: wire.read(wire.Created, found).id, ProviderUnknown)

    async def get(self, prediction_id: str) -> Prediction:
        """How a prediction stands. The provider may hold the connection; after the client's
        timeout it counts as down.
        """
        answer = await self._call("GET", f"/v1/prediction/{_part(prediction_id)}")
        return self._read(
            answer,
            lambda body: wire.read_prediction(
                body, prediction_id=prediction_id, retry_after=answer.retry_after
            ),
        )

    async def cancel(self, prediction_id: str) -> None:
        """Best effort: a cancelled prediction may still end in success."""
        await self._call("POST", f"/v1/prediction/{_part(prediction_id)}/cancel")

    async def presign(self, content_type: str, expires_in_seconds: int) -> Upload:
        """A place for a file, which deletes itself after 60 to 31,536,000 seconds."""
        body = {
            "content_type": content_type,
            "file_type": "image",
            "expires_in_seconds": expires_in_seconds,
        }
        answer = await self._call("POST", "/v1/upload/presign", body=body)
        return self._read(answer, lambda found: wire.read(Upload, found))

    async def put(self, upload: Upload, data: bytes, content_type: str) -> None:
        """Uploads within 15 minutes of the presign; a refusal of any kind is `ProviderDown`."""
        headers = {"content-type": content_type}
        headers |= {name.lower(): value for name, value in upload.required_headers.items()}
        await self._files.put(
            upload.presigned_url, data, headers, seconds=max(self._timeout, OUTPUT_SECONDS)
        )

    async def delete(self, file_id: str) -> None:
        """Deletes an uploaded file; one that is gone already is fine.

        Raises:
            ProviderDown: with status 409, while the file is still processed.
        """
        try:
            await self._call("DELETE", f"/v1/files/{_part(file_id)}")
        except NotThere:
            log.debug("file %s was gone already", file_id)

    async def executions(self, since: datetime, *, offset: int = 0, limit: int = 100) -> Page:
        """Predictions of the whole organisation since then; `limit` 1 to 100."""
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = {"model": MODEL, "from": moment, "offset": str(offset), "limit": str(limit)}
        answer = await self._call("GET", "/v1/executions", query=query)
        return self._read(answer, lambda body: wire.read(Page, body))

    async def probe(self) -> Probe:
        """The cheapest call that needs the key."""
        answer = await self._call("GET", "/v1/executions", query={"limit": "1"})
        self._read(answer, lambda body: wire.read(Page, body))
        return Probe(answer.date)

    async def fetch_output(
        self,
        url: str,
        *,
        limit_bytes: int = MAX_OUTPUT_BYTES,
        timeout: float = OUTPUT_SECONDS,  # noqa: ASYNC109
    ) -> bytes:
        """The file behind an output's link, whatever it is: it has not been decoded.

        Raises:
            BadAnswer: not a link that may be followed, or too big, empty, a page.
            NotThere: it isn't there (any more).
            ProviderDown: not now, or not within `timeout` seconds.
        """
        return await self._files.get(url, limit_bytes=limit_bytes, seconds=timeout)

    def _read(
        self,
        answer: Answer,
        reader: Callable[[object], Found],
        kind: type[ProviderFault] = BadAnswer,
    ) -> Found:
        try:
            return reader(answer.json())
        except BadAnswer as error:
            detail = f"{error.detail} in: {described(answer.body) or answer.body[:50]!r}"
        fault = answer.fault(kind, self._key.hidden(detail))
        log.warning("an answer that makes no sense: %s, request %s", fault, fault.request_id)
        raise fault

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        harmless: bool = True,
    ) -> Answer:
        """A 2xx answer. What raises here holds neither the key nor a request that does."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._send(method, path, body, query)
        except NETWORK_ERRORS as error:
            fault: ProviderFault = unanswered(error, harmless=harmless)
        else:
            self._log(method, path, answer, time.monotonic() - began)
            if answer.date is not None:
                self._ahead = answer.date.timestamp() - time.monotonic()
            if answer.ok:
                return answer
            fault = refused(answer, harmless=harmless, hidden=self._key.hidden)
        log.warning("%s %s: %s %s", method, path, type(fault).__name__, fault)
        raise fault

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
    ) -> Answer:
        async with self._http.stream(
            method,
            f"{self._base}{path}",
            # Escaped to ASCII, so that half a surrogate pair is no error here.
            content=None if body is None else json.dumps(body, allow_nan=False).encode(),
            headers=None if body is None else {"Content-Type": "application/json"},
            params=query,
            auth=self._key,
            follow_redirects=False,
            timeout=_limits(self._timeout),
        ) as response:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    raise httpx.ReadError("an answer of over 4 MB")
            return Answer(response.status_code, response.headers, bytes(content))

    def _log(self, method: str, path: str, answer: Answer, seconds: float) -> None:
        level = logging.DEBUG if method == "GET" and answer.ok else logging.INFO
        log.log(
            level,
            "%s %s: %d in %.2f s, request %s",
            method,
            path,
            answer.status,
            seconds,
            answer.request_id,
        )


def _http(proxy: str | None, timeout: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        # Settings say which proxy, not whatever stands in the environment.
        trust_env=False,
        verify=httpx.create_ssl_context(),
        proxy=proxy,
        timeout=_limits(timeout),
        headers={"User-Agent": "avatar-bot", "Accept-Encoding": "identity"},
    )


def _limits(seconds: float) -> httpx.Timeout:
    """A place in the pool, a connection and TLS come to under the whole, so that a create that
    found none of them is known not to have been sent.
    """
    return httpx.Timeout(seconds, connect=seconds / 4, pool=seconds / 4)


def _part(identifier: str) -> str:
    """An id as one part of a path, whatever is in it."""
    if identifier in {"", ".", ".."}:
        raise NotThere("no such id")
    return quote(identifier, safe="")
