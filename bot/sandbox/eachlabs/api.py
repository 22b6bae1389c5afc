"""The operations under /v1."""

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.eachlabs import answers, executions, model, wire
from bot.sandbox.eachlabs.faults import FATES, SHAPES, STATES, FaultBook
from bot.sandbox.eachlabs.files import Upload, Uploads
from bot.sandbox.eachlabs.gate import Gate
from bot.sandbox.eachlabs.limits import Clock
from bot.sandbox.eachlabs.options import Options
from bot.sandbox.eachlabs.predictions import Prediction, Predictions

FREE_OF_CAP = 10.0  # USD; the reference caps predictions in flight up to this balance


@dataclass(frozen=True)
class Api:
    """Handlers; `options` and `base` (the API's address) are asked for anew each time."""

    predictions: Predictions
    uploads: Uploads
    faults: FaultBook
    gate: Gate
    clock: Clock
    concurrency: int
    options: Callable[[], Options]
    base: Callable[[], str]

    async def create(self, request: web.Request) -> web.Response:
        try:
            body = await _json(request)
        except ValueError as error:
            return answers.refusal(400, str(error))
        problem = _creation_problem(body)
        if problem:
            return answers.refusal(400, problem)
        wrong = model.problems(body["input"])
        if wrong:
            return answers.refusal(400, "Input validation failed", wrong)
        completed = model.complete(body["input"])
        refused = self._unaffordable(completed) or self._crowded()
        if refused is not None:
            return self.gate.refused(refused)
        fate = self.faults.take("create", FATES)
        made = self.predictions.start(body, completed, self.options(), fate)
        return web.json_response(
            {
                "status": "success",
                "message": "Prediction created successfully",
                "predictionID": made.id,
            }
        )

    async def get(self, request: web.Request) -> web.Response:
        found = self.predictions.all.get(request.match_info["id"])
        if found is None:
            return answers.refusal(404, "Prediction not found")
        found.gets += 1
        await self._hold(found)
        if found.status == "success" and found.shape is None:
            found.shape = self.faults.take("get", SHAPES)
        body = wire.prediction(found, self.options(), self.base())
        told = self.faults.take("get", STATES)
        return web.json_response(body | ({"status": told.state} if told else {}))

    async def cancel(self, request: web.Request) -> web.Response:
        found = self.predictions.all.get(request.match_info["id"])
        if found is None:
            return answers.refusal(404, "Prediction not found")
        if not self.options().cancel_ignored:
            self.predictions.cancel(found)
        return web.json_response(
            {
                "status": "cancelled",
                "message": "Prediction canceled successfully",
                "predictionID": found.id,
            }
        )

    async def presign(self, request: web.Request) -> web.Response:
        try:
            body = await _json(request)
            upload = self.uploads.presign(*_presign_wishes(body))
        except ValueError as error:
            return answers.refusal(400, str(error))
        link = f"{self.base()}/storage/{upload.name}?X-Amz-Expires=900&X-Amz-Signature="
        return web.json_response(
            {
                "id": upload.id,
                "presigned_url": link + upload.signature,
                "public_url": self._address(upload),
                "expires_at": answers.moment(upload.expires_at),
                "required_headers": upload.required_headers,
            }
        )

    async def delete(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        if not _is_uuid(id_):
            return answers.refusal(400, "id must be a UUID")
        upload = self.uploads.get(id_)
        if upload is None:
            known = self.uploads.was_there(id_)
            return web.Response(status=204) if known else answers.refusal(404, "File not found")
        if self._in_use(upload):
            return answers.refusal(409, "file is still being processed")
        self.uploads.delete(id_)
        return web.Response(status=204)

    async def list_executions(self, request: web.Request) -> web.Response:
        now = self.clock()
        try:
            query = executions.Query.read(request.query, now)
        except ValueError as error:
            return answers.refusal(400, str(error))
        shown_until = now - self.options().executions_lag
        shown = [it for it in self.predictions.all.values() if it.created_at <= shown_until]
        return web.json_response(executions.listing(shown, query))

    async def show_model(self, request: web.Request) -> web.Response:
        slug = request.query.get("slug")
        if not slug:
            return answers.refusal(400, "slug parameter is required")
        if slug != model.SLUG:
            return answers.refusal(404, "Failed to fetch model: model not found")
        return web.json_response(
            {
                "title": "PhotoMaker Style",
                "slug": model.SLUG,
                "version": "0.0.1",
                "output_type": "array",
                "request_schema": model.request_schema(),
            }
        )

    def _address(self, upload: Upload) -> str:
        return f"{self.base()}/files/{upload.name}"

    def _in_use(self, upload: Upload) -> bool:
        address = self._address(upload)
        return any(address in it.completed["photos"] for it in self.predictions.in_flight)

    def _unaffordable(self, completed: Mapping[str, Any]) -> web.Response | None:
        balance = self.options().balance
        if balance is None:
            return None
        needed = self.predictions.reserved + self.predictions.expected_cost(completed)
        return answers.refusal(402) if needed > balance else None

    def _crowded(self) -> web.Response | None:
        options = self.options()
        taken = len(self.predictions.in_flight) + int(options.slots_taken)
        rich = options.balance is not None and options.balance > FREE_OF_CAP
        capped = self.concurrency and not (options.dialect == "reference" and rich)
        if not capped or taken < self.concurrency:
            return None
        details = {"max_concurrent_predictions": self.concurrency, "in_flight": taken}
        return answers.refusal(429, "Too many predictions in flight", details)

    async def _hold(self, found: Prediction) -> None:
        """Long-polling: until something moves, or as long as the option says."""
        seconds = self.options().long_poll
        if not seconds or found.over:
            return
        try:
            async with asyncio.timeout(seconds):
                await found.moved.wait()
        except TimeoutError:
            return


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise ValueError("invalid request body") from error
    if not isinstance(body, dict):
        raise ValueError("invalid request body")  # noqa: TRY004 - becomes a 400 like the rest
    return body


def _creation_problem(body: Mapping[str, Any]) -> str | None:
    if not body.get("model"):
        return "model is required"
    if body["model"] != model.SLUG:
        return "model not found"
    if not isinstance(body.get("input"), dict):
        return "input is required"
    for name in ("webhook_url", "webhook_secret", "version"):
        if not isinstance(body.get(name), str | None):
            return f"{name} must be a string"
    return None


def _presign_wishes(body: Mapping[str, Any]) -> tuple[str, int | None]:
    content_type, keep = body.get("content_type"), body.get("expires_in_seconds")
    if not isinstance(content_type, str) or "/" not in content_type:
        raise ValueError("content_type is required")
    if body.get("file_type", "image") not in ("image", "video", "audio", "other"):
        raise ValueError("file_type must be one of image, video, audio, other")
    if keep is not None and (isinstance(keep, bool) or not isinstance(keep, int)):
        raise ValueError("expires_in_seconds must be an integer")
    return content_type, keep


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
