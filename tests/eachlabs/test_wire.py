from datetime import UTC, datetime
from typing import Any

import pytest

from bot.eachlabs.wire import (
    Execution,
    Page,
    State,
    Upload,
    number,
    read,
    read_prediction,
    state_of,
)
from bot.errors import BadAnswer

LINK = "https://cdn.example.com/1.png"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("created", State.RUNNING),
        ("starting", State.RUNNING),
        ("processing", State.RUNNING),
        ("queued_for_gpu", State.RUNNING),
        ("", State.RUNNING),
        ("success", State.SUCCEEDED),
        ("succeeded", State.SUCCEEDED),
        ("completed", State.SUCCEEDED),
        (" Success ", State.SUCCEEDED),
        ("error", State.FAILED),
        ("failed", State.FAILED),
        ("FAILED", State.FAILED),
        ("cancelled", State.CANCELLED),
        ("canceled", State.CANCELLED),
    ],
)
def test_states_in_every_spelling(word: str, state: State) -> None:
    assert state_of(word) is state
    found = read_prediction({"id": "p", "status": word})
    assert (found.state, found.word) == (state, word)


@pytest.mark.parametrize(
    ("output", "links"),
    [
        ([LINK, "https://b/2.png"], (LINK, "https://b/2.png")),
        (LINK, (LINK,)),
        ([LINK, None, "", "https://b/2.png"], (LINK, "https://b/2.png")),
        (
            {"images": [LINK, "https://b/2.png"], "seed": 5, "format": "png"},
            (LINK, "https://b/2.png"),
        ),
        ([{"url": LINK}, {"url": "https://b/2.png"}], (LINK, "https://b/2.png")),
        ({"url": LINK, "image": LINK}, (LINK,)),
        ([], ()),
        (None, ()),
        ("", ()),
        ({}, ()),
        (7, ()),
    ],
    ids=repr,
)
def test_output_as_text_list_or_object(output: object, links: tuple[str, ...]) -> None:
    assert read_prediction({"id": "p", "status": "success", "output": output}).outputs == links


def test_output_left_out() -> None:
    assert read_prediction({"id": "p", "status": "success"}).outputs == ()


def test_an_object_without_end_is_not_searched_for_ever() -> None:
    nested: dict[str, Any] = {"url": LINK}
    for _ in range(200):
        nested = {"inner": nested}
    assert read_prediction({"id": "p", "status": "success", "output": nested}).outputs == ()


ENVELOPE = {"error_code": "provider_error", "error_message": "CUDA", "retryable": True}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"output": ENVELOPE}, "CUDA"),
        ({"output": {"error_code": "timeout"}}, "timeout"),
        ({"error": {"message": "no GPU", "code": 17}}, "no GPU"),
        ({"error": "no trigger word"}, "no trigger word"),
        ({"output": "it broke"}, "it broke"),
        (
            {"logs": "loading\nCannot find the trigger word\n\n"},
            "Cannot find the trigger word",
        ),
        ({"output": None, "logs": None, "error": None}, "no reason given"),
        ({"output": {}}, "no reason given"),
        ({"output": {"retryable": "yes"}}, "no reason given"),
    ],
    ids=repr,
)
def test_reasons_of_a_failure(body: dict[str, Any], error: str) -> None:
    found = read_prediction({"id": "p", "status": "error", **body})
    assert found.error == error
    assert found.outputs == ()


def test_a_success_has_no_error() -> None:
    assert read_prediction({"id": "p", "status": "success", "logs": "loading"}).error is None


def test_a_whole_prediction() -> None:
    body = {
        "id": "p-1",
        "status": "success",
        "input": {"prompt": "a man img", "seed": 3},
        "output": [LINK],
        "logs": None,
        "metrics": {"predict_time": "20.5", "cost": 0.0221, "tier": "gpu"},
        "urls": {"get": "…", "cancel": "…"},
        "something_new": [1],
    }
    found = read_prediction(body, retry_after=4)
    assert found.id == "p-1"
    assert found.input == {"prompt": "a man img", "seed": 3}
    assert (found.predict_time, found.cost, found.retry_after) == (20.5, 0.0221, 4)


@pytest.mark.parametrize("metrics", [None, {}, [], "fast", {"predict_time": None, "cost": "-"}])
def test_metrics_may_be_anything(metrics: object) -> None:
    found = read_prediction({"id": "p", "status": "success", "metrics": metrics, "input": None})
    assert (found.predict_time, found.cost, found.input) == (None, None, {})


def test_an_answer_may_leave_out_what_was_asked_for() -> None:
    assert read_prediction({"status": "processing"}, prediction_id="p-9").id == "p-9"


def test_an_answer_without_a_state_goes_on() -> None:
    assert read_prediction({"id": "p", "status": None}).state is State.RUNNING


@pytest.mark.parametrize("body", [{}, {"error": "oops"}, [], None, "text", 5])
def test_what_is_no_prediction(body: object) -> None:
    with pytest.raises(BadAnswer):
        read_prediction(body)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (1, 1.0),
        ("2.5", 2.5),
        (" 3 ", 3.0),
        ("", None),
        ("x", None),
        (None, None),
        (True, None),
        ("nan", None),
        ("1e400", None),
        (10**400, None),
        ([], None),
    ],
)
def test_numbers(value: object, found: float | None) -> None:
    assert number(value) == found


UPLOAD = {
    "id": "f-1",
    "presigned_url": "https://s3.example.com/f-1?X-Amz-Signature=abc",
    "public_url": "https://cdn.example.com/f-1.jpg",
    "expires_at": "2026-12-08T18:15:00Z",
    "required_headers": {"x-amz-meta-file-id": "f-1", "x-number": 5, "x-null": None},
}


def test_an_upload() -> None:
    upload = read(Upload, UPLOAD)
    assert upload.required_headers == {"x-amz-meta-file-id": "f-1", "x-number": "5"}
    assert "Signature" not in repr(upload)


@pytest.mark.parametrize("extra", [{}, {"required_headers": None}])
def test_an_upload_with_only_what_is_needed(extra: dict[str, Any]) -> None:
    needed = {name: UPLOAD[name] for name in ("id", "presigned_url", "public_url")}
    upload = read(Upload, needed | extra)
    assert upload.required_headers == {}


@pytest.mark.parametrize("missing", ["id", "presigned_url", "public_url"])
def test_an_upload_that_is_none_is_told_without_its_secret(missing: str) -> None:
    with pytest.raises(BadAnswer) as bad:
        read(Upload, UPLOAD | {missing: None})
    assert missing in str(bad.value)
    assert "Signature" not in str(bad.value)


def test_executions() -> None:
    page = read(
        Page,
        {
            "executions": [
                {
                    "id": "e-1",
                    "model": "photomaker-style",
                    "requested_model": None,
                    "status": "error",
                    "execution_cost": "0.02",
                    "run_time": 12.5,
                    "created_at": "2026-01-01T00:00:00.123456Z",
                    "completed_at": None,
                },
                {"id": 7, "created_at": "2026-01-01T00:00:00"},
            ],
            "total_count": "2",
            "total_capped": True,
        },
    )
    first, second = page.executions
    assert (first.id, first.state, first.cost, first.run_time) == ("e-1", State.FAILED, 0.02, 12.5)
    assert first.created_at == datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert second == Execution(id="7", created_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_no_executions_is_told_as_null_too() -> None:
    assert read(Page, {"executions": None}).executions == ()


@pytest.mark.parametrize("body", [{}, {"error": "x"}, [], {"executions": "none"}])
def test_what_is_no_page_is_never_taken_for_an_empty_one(body: object) -> None:
    """A prediction that is looked for and isn't in the list is paid for a second time."""
    with pytest.raises(BadAnswer):
        read(Page, body)
