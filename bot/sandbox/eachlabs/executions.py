"""`GET /v1/executions`: which rows a query asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.eachlabs import model, wire
from bot.sandbox.eachlabs.predictions import Prediction

COUNTED = 1000  # rows; beyond, `total_count` is a lower bound
DAYS_90 = 90 * 86400.0
STATUSES = ("created", "starting", "success", "error")
CLASSIFICATIONS = (
    "content_moderation",
    "execution_timeout",
    "invalid_user_input",
    "invalid_model_config",
    "provider_auth",
    "provider_error",
    "provider_rate_limit",
    "provider_unavailable",
    "internal_error",
    "unknown",
)


@dataclass(frozen=True)
class Query:
    limit: int
    offset: int
    since: float
    until: float
    statuses: tuple[str, ...]
    classifications: tuple[str, ...]
    wanted: bool

    @classmethod
    def read(cls, given: Mapping[str, str], now: float) -> "Query":
        """Raises ValueError with the sentence of the 400."""
        until = _moment("to", given.get("to"), now)
        return cls(
            limit=_integer("limit", given.get("limit"), 20, low=1, high=100),
            offset=_integer("offset", given.get("offset"), 0, low=0),
            since=_moment("from", given.get("from"), until - DAYS_90),
            until=until,
            statuses=_tokens("status", given.get("status"), STATUSES),
            classifications=_tokens(
                "error_classification", given.get("error_classification"), CLASSIFICATIONS
            ),
            wanted=_wanted(given),
        )

    def takes(self, it: Prediction) -> bool:
        return (
            self.wanted
            and self.since <= it.created_at <= self.until
            and (not self.statuses or it.status in self.statuses)
            and (not self.classifications or _classification(it) in self.classifications)
        )


def listing(all_: Iterable[Prediction], query: Query) -> dict[str, Any]:
    """Newest first."""
    found = sorted(filter(query.takes, all_), key=lambda it: it.created_at, reverse=True)
    page = found[query.offset : query.offset + query.limit]
    last = bool(page) and query.offset + len(page) == len(found)
    capped = len(found) > COUNTED and not last
    return {
        "executions": [wire.execution(it) for it in page],
        "total_count": COUNTED if capped else len(found),
        "total_capped": capped,
        "offset": query.offset,
        "limit": query.limit,
    }


def _wanted(given: Mapping[str, str]) -> bool:
    """No execution here belongs to a workflow or to another model."""
    workflow = given.get("workflow_id") or given.get("workflow_execution_id")
    return not workflow and given.get("model", model.SLUG) in ("", model.SLUG)


def _classification(it: Prediction) -> str | None:
    if it.status != "error":
        return None
    return "invalid_user_input" if model.complaint(it.completed) else "provider_error"


def _integer(name: str, text: str | None, default: int, low: int, high: int | None = None) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{name} must be an integer")
    if int(text) < low or (high is not None and int(text) > high):
        raise ValueError(f"{name} is out of range")
    return int(text)


def _moment(name: str, text: str | None, default: float) -> float:
    if not text:
        return default
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ValueError(f"{name} must be an RFC 3339 timestamp")
    return read.timestamp()


def _tokens(name: str, text: str | None, allowed: tuple[str, ...]) -> tuple[str, ...]:
    read = tuple(text.split(",")) if text else ()
    if not set(read) <= set(allowed):
        raise ValueError(f"{name} must be one of: {', '.join(allowed)}")
    return read
