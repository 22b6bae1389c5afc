"""What every request passes before its handler: the count, the key, the budget, the faults."""

import hmac
import math
import uuid
from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from bot.sandbox.eachlabs import answers
from bot.sandbox.eachlabs.faults import WIRE, FaultBook, Handler, suffered
from bot.sandbox.eachlabs.limits import RequestWindow

PLURALS = {
    "create": "creates",
    "get": "gets",
    "cancel": "cancels",
    "presign": "presigns",
    "put": "puts",
    "delete": "deletes",
    "executions": "executions",
    "model": "models",
    "output": "outputs",
}


class Gate:
    def __init__(self, api_key: str, window: RequestWindow, faults: FaultBook) -> None:
        self.counts: Counter[str] = Counter()
        self.window = window
        self._api_key = api_key
        self._faults = faults

    def guarded(self, place: str, handler: Handler) -> Handler:
        """A request of the API: takes a key and a place in the budget."""

        async def answer(request: web.Request) -> web.StreamResponse:
            self.counts["requests"] += 1
            self.counts[PLURALS[place]] += 1
            refused = self._refusal(request)
            return refused or await self._through(place, request, handler)

        return answer

    def exposed(self, place: str, handler: Handler) -> Handler:
        """A request of the storage: no key, no budget."""

        async def answer(request: web.Request) -> web.StreamResponse:
            self.counts[PLURALS[place]] += 1
            return await self._through(place, request, handler)

        return answer

    def refused(self, answer: web.Response) -> web.Response:
        """Counts a 429 that a handler gives."""
        self.counts["429"] += answer.status == 429
        return answer

    def _refusal(self, request: web.Request) -> web.Response | None:
        if not key_fits(request.headers, self._api_key):
            return answers.refusal(401)
        wait = self.window.admit()
        if not wait:
            return None
        details = {"requests_per_minute": self.window.per_minute}
        headers = {"Retry-After": str(math.ceil(wait))}
        return self.refused(answers.refusal(429, details=details, headers=headers))

    async def _through(
        self, place: str, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        fault = self._faults.take(place, WIRE)
        if fault is None:
            return await handler(request)
        return await suffered(fault, request, handler)


def key_fits(headers: Mapping[str, str], api_key: str) -> bool:
    """Whether every key that was sent is the right one, and at least one was."""
    sent = []
    if "X-API-Key" in headers:
        sent.append(headers["X-API-Key"])
    if "Authorization" in headers:
        scheme, _, key = headers["Authorization"].partition(" ")
        sent.append(key if scheme.lower() == "bearer" else "")
    return bool(sent) and all(hmac.compare_digest(key.encode(), api_key.encode()) for key in sent)


async def name_request(request: web.Request, response: web.StreamResponse) -> None:
    """Echoes X-Request-Id, or invents one."""
    response.headers["X-Request-Id"] = request.headers.get("X-Request-Id") or str(uuid.uuid4())
