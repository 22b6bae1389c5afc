"""Predictions and executions as the provider writes them, in either of its dialects."""

from typing import Any

from bot.sandbox.eachlabs import answers, model
from bot.sandbox.eachlabs.options import Options
from bot.sandbox.eachlabs.predictions import Prediction

# Pages disagree on the words; what isn't here is the same in both.
REFERENCE_WORDS = {"created": "starting", "error": "failed"}


def word(status: str, dialect: str) -> str:
    return REFERENCE_WORDS.get(status, status) if dialect == "reference" else status


def prediction(it: Prediction, options: Options, base: str) -> dict[str, Any]:
    """The answer to a poll; `base` is the API's address, without a slash."""
    address = f"{base}/v1/prediction/{it.id}"
    body = {
        "id": it.id,
        "input": it.given,
        "status": word(it.status, options.dialect),
        "output": output(it, options),
        "logs": it.error,
        "metrics": {"predict_time": round(it.took, 3), "cost": it.cost},
        "urls": {"cancel": f"{address}/cancel", "get": address},
    }
    if options.dialect == "reference" and body["output"] is None and not _told_null(it):
        del body["output"]
    return body


def webhook(it: Prediction, options: Options) -> dict[str, Any]:
    return {
        "exec_id": it.id,
        "status": "succeeded" if it.status == "success" else "failed",
        "output": output(it, options),
        "error": it.error,
    }


def output(it: Prediction, options: Options) -> Any:
    """The list of addresses, an error envelope, None; or what a fault made of it."""
    if it.status == "error":
        return it.envelope or _envelope(it, options.dialect)
    if it.status != "success":
        return None
    return _bent(it)


def _bent(it: Prediction) -> Any:
    if it.shape is None:
        return it.output
    shapes = {
        "empty_output": [],
        "missing_output": it.output[:-1],
        "null_output": None,
        "string_output": "".join(it.output[:1]),
        "object_output": {"images": it.output},
        "url_output": [it.shape.url for _ in it.output],
    }
    return shapes[it.shape.kind]


def _told_null(it: Prediction) -> bool:
    return it.shape is not None and it.shape.kind == "null_output"


def _envelope(it: Prediction, dialect: str) -> dict[str, Any] | None:
    if dialect != "reference":
        return None
    return {
        "error_code": "invalid_user_input" if model.complaint(it.completed) else "provider_error",
        "error_message": it.error,
        "retryable": False,
    }


def execution(it: Prediction) -> dict[str, Any]:
    """A row of the list: never the input, the first output only."""
    return {
        "id": it.id,
        "model": model.SLUG,
        "requested_model": None,
        "status": it.status,
        "workflow_id": None,
        "workflow_execution_id": None,
        "execution_cost": it.cost,
        "run_time": round(it.took, 3),
        "created_at": answers.moment(it.created_at),
        "started_at": None if it.started_at is None else answers.moment(it.started_at),
        "completed_at": None if it.finished_at is None else answers.moment(it.finished_at),
        "output": it.output[0] if it.output else None,
    }


def record(it: Prediction) -> dict[str, Any]:
    """All that is known, for `GET /eachlabs/control/predictions`."""
    return {
        "id": it.id,
        "status": it.status,
        "input": it.given,
        "created_at": it.created_at,
        "started_at": it.started_at,
        "finished_at": it.finished_at,
        "seconds": it.spent if it.over else it.seconds,
        "cost": it.cost,
        "output": it.output,
        "error": it.error,
        "gets": it.gets,
        "webhook_tries": it.webhook_tries,
    }
