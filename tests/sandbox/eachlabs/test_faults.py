import time
from typing import Any

import httpx
import pytest

from tests.sandbox.eachlabs.conftest import Caller


async def made(provider: Caller) -> int:
    return len(provider.standin.predictions.all)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 418, 429, 500, 502, 503])
async def test_any_status_and_then_it_is_over(provider: Caller, status: int) -> None:
    provider.standin.fault(on="create", kind="status", status=status, headers={"Retry-After": "7"})
    refused = await provider.creates()
    assert refused.status_code == status
    assert refused.headers["Retry-After"] == "7"
    assert refused.json()["error"]
    assert await made(provider) == 0
    assert (await provider.creates()).status_code == 200


async def test_a_status_with_a_body_of_its_own(provider: Caller) -> None:
    provider.standin.fault(on="get", kind="status", status=500, body={"error": "odd"})
    provider.standin.fault(on="get", kind="status", status=503, body="busy")
    id_ = await provider.orders()
    first, second = [await provider.http.get(f"/v1/prediction/{id_}") for _ in range(2)]
    assert first.json() == {"error": "odd"}
    assert second.text == "busy"


async def test_cut_before_has_no_effect(provider: Caller) -> None:
    provider.standin.fault(on="create", kind="cut_before")
    with pytest.raises(httpx.TransportError):
        await provider.creates()
    assert await made(provider) == 0


async def test_cut_after_has_its_effect(provider: Caller) -> None:
    provider.standin.fault(on="create", kind="cut_after")
    with pytest.raises(httpx.TransportError):
        await provider.creates()
    assert await made(provider) == 1


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"kind": "garbage"}, 1),
        ({"kind": "garbage", "effect": False}, 0),
        ({"kind": "empty"}, 1),
        ({"kind": "no_id"}, 0),
        ({"kind": "no_id", "effect": True}, 1),
        ({"kind": "status", "status": 502, "effect": True}, 1),
    ],
)
async def test_whether_a_spoilt_create_was_carried_out(
    provider: Caller, fields: dict[str, Any], count: int
) -> None:
    provider.standin.fault(on="create", **fields)
    answer = await provider.creates()
    assert "predictionID" not in answer.text
    assert await made(provider) == count


async def test_what_garbage_and_emptiness_look_like(provider: Caller) -> None:
    provider.standin.fault(on="executions", kind="garbage")
    provider.standin.fault(on="executions", kind="empty")
    garbage, empty = [await provider.http.get("/v1/executions") for _ in range(2)]
    assert (garbage.status_code, garbage.headers["Content-Type"][:9]) == (200, "text/html")
    assert (empty.status_code, empty.content) == (200, b"")


@pytest.mark.parametrize(("kind", "count"), [("delay", 1), ("delay_before", 0)])
async def test_a_delay_after_or_before_the_effect(provider: Caller, kind: str, count: int) -> None:
    provider.standin.fault(on="create", kind=kind, seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        await provider.http.post(
            "/v1/prediction",
            json={
                "model": "photomaker-style",
                "input": {"input_image": "http://127.0.0.1:1/me.jpg"},
            },
            timeout=0.1,
        )
    assert await made(provider) == count


async def test_a_delay_ends_in_the_right_answer(provider: Caller) -> None:
    provider.standin.fault(on="get", kind="delay", seconds=0.2)
    id_ = await provider.orders()
    began = time.monotonic()
    assert (await provider.polls(id_))["id"] == id_
    assert time.monotonic() - began >= 0.2


async def test_so_many_times(provider: Caller) -> None:
    provider.standin.fault(on="executions", kind="status", status=503, times=2)
    told = [(await provider.http.get("/v1/executions")).status_code for _ in range(3)]
    assert told == [503, 503, 200]


async def test_for_ever_until_cleared(provider: Caller) -> None:
    provider.standin.fault(on="*", kind="status", status=503, times=None)
    for path in ("/v1/executions", "/v1/model?slug=x", "/v1/prediction/x"):
        assert (await provider.http.get(path)).status_code == 503
    provider.standin.clear_faults()
    assert (await provider.http.get("/v1/executions")).status_code == 200


async def test_now_and_then(provider: Caller) -> None:
    provider.standin.fault(on="executions", kind="status", probability=0.3, times=None)
    told = [(await provider.http.get("/v1/executions")).status_code for _ in range(100)]
    assert 15 < told.count(500) < 45


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("empty_output", lambda it: it == []),
        ("missing_output", lambda it: len(it) == 3),
        ("null_output", lambda it: it is None),
        ("string_output", lambda it: it.startswith("http://127.0.0.1")),
        ("object_output", lambda it: len(it["images"]) == 4),
        ("url_output", lambda it: it == ["http://169.254.169.254/latest/meta-data/"] * 4),
    ],
)
async def test_shapes_of_output_stay(provider: Caller, kind: str, shape: Any) -> None:
    provider.standin.fault(on="get", kind=kind)
    done = await provider.makes(num_outputs=4)
    assert done["status"] == "success"
    assert shape(done["output"])
    assert (await provider.polls(done["id"]))["output"] == done["output"]
    assert len((await provider.makes(num_outputs=2))["output"]) == 2


async def test_a_shape_waits_for_a_success(provider: Caller) -> None:
    provider.standin.set(stuck=True)
    waiting = await provider.orders()
    provider.standin.set(stuck=False)
    provider.standin.fault(on="get", kind="empty_output")
    await provider.polls(waiting)
    assert (await provider.makes())["output"] == []


@pytest.mark.parametrize("word", ["succeeded", "canceled", "FAILED", "thinking"])
async def test_a_state_in_any_word_for_one_poll(provider: Caller, word: str) -> None:
    done = await provider.makes()
    provider.standin.fault(on="get", kind="state", state=word)
    assert (await provider.polls(done["id"]))["status"] == word
    assert (await provider.polls(done["id"]))["status"] == "success"


async def test_404_just_after_create(provider: Caller) -> None:
    provider.standin.fault(on="get", kind="status", status=404)
    id_ = await provider.orders()
    assert (await provider.http.get(f"/v1/prediction/{id_}")).status_code == 404
    assert (await provider.ended(id_))["status"] == "success"


async def test_one_prediction_that_is_stuck(provider: Caller) -> None:
    provider.standin.fault(on="create", kind="stuck")
    stuck = await provider.orders()
    await provider.makes()
    assert (await provider.polls(stuck))["status"] == "created"


async def test_failures_with_a_text_or_an_envelope(provider: Caller) -> None:
    envelope = {"error_code": "provider_rate_limit", "error_message": "busy", "retryable": True}
    provider.standin.fault(on="create", kind="fail", body="NSFW content detected")
    provider.standin.fault(on="create", kind="fail", body=envelope)
    by_text, by_envelope = [await provider.makes() for _ in range(2)]
    assert (by_text["status"], by_text["logs"]) == ("error", "NSFW content detected")
    assert (by_envelope["status"], by_envelope["output"]) == ("error", envelope)


async def fetched(provider: Caller, address: str, most: int) -> bytes:
    """At most `most` bytes of what lies there."""
    data = b""
    async with provider.http.stream("GET", address) as answer:
        async for chunk in answer.aiter_bytes():
            data += chunk
            if len(data) > most:
                break
    return data


async def test_html_for_a_picture(provider: Caller) -> None:
    address = (await provider.makes())["output"][0]
    provider.standin.fault(on="output", kind="html_output")
    answer = await provider.http.get(address)
    assert (answer.headers["Content-Type"], answer.content[:9]) == ("image/png", b"<!DOCTYPE")
    assert (await provider.http.get(address)).content[:4] == b"\x89PNG"


async def test_a_picture_that_leads_elsewhere(provider: Caller) -> None:
    address = (await provider.makes())["output"][0]
    provider.standin.fault(on="output", kind="redirect_output", url="http://localhost:1/")
    answer = await provider.http.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://localhost:1/")


async def test_a_picture_that_is_gone(provider: Caller) -> None:
    address = (await provider.makes())["output"][0]
    provider.standin.fault(on="output", kind="missing_output")
    assert (await provider.http.get(address)).status_code == 404
    assert (await provider.http.get(address + "x")).status_code == 404


async def test_half_a_picture(provider: Caller) -> None:
    address = (await provider.makes())["output"][0]
    provider.standin.fault(on="output", kind="truncated_output")
    with pytest.raises(httpx.TransportError):
        await provider.http.get(address)


async def test_a_picture_of_60_mb(provider: Caller) -> None:
    address = (await provider.makes())["output"][0]
    provider.standin.fault(on="output", kind="huge_output")
    answer = await provider.http.get(address)
    assert answer.headers["Content-Length"] == str(len(answer.content)) == "60000000"


async def test_a_picture_without_end(provider: Caller) -> None:
    address = (await provider.makes())["output"][0]
    provider.standin.fault(on="output", kind="endless_output")
    assert len(await fetched(provider, address, 5_000_000)) > 5_000_000
    assert (await provider.http.get(address)).status_code == 200


async def test_storage_has_faults_of_the_wire_too(provider: Caller) -> None:
    provider.standin.fault(on="put", kind="status", status=503)
    place = await provider.presigns()
    assert (await provider.puts(place, b"photo")).status_code == 503
    assert (await provider.puts(place, b"photo")).status_code == 200


async def test_faults_and_options_over_http(provider: Caller) -> None:
    http = provider.http
    put = {"on": "executions", "kind": "status", "status": 500, "times": 9}
    assert (await http.post("/control/faults", json=put)).status_code == 200
    assert (await http.get("/v1/executions")).status_code == 500
    assert (await http.delete("/control/faults")).status_code == 200
    assert (await http.get("/v1/executions")).status_code == 200
    assert (await http.post("/control/options", json={"balance": 0})).status_code == 200
    assert (await provider.creates()).status_code == 402
    await http.post("/control/options", json={"balance": None})
    done = await provider.makes()
    (row,) = (await http.get("/control/predictions")).json()["predictions"]
    assert (row["id"], row["status"], row["output"]) == (done["id"], "success", done["output"])
    assert (row["gets"], row["cost"]) == (1, done["metrics"]["cost"])
    assert row["created_at"] <= row["started_at"] <= row["finished_at"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"on": "moon", "kind": "status"}),
        ("faults", {"on": "get", "kind": "sulk"}),
        ("faults", {"on": "get", "kind": "status", "code": 500}),
        ("options", {"dialect": "latin"}),
        ("options", {"speed": 0}),
        ("options", {"balance": "much"}),
        ("options", {"stuck": 1}),
        ("options", {"colour": "red"}),
        ("options", []),
    ],
)
async def test_a_slip_in_a_test_is_told(provider: Caller, path: str, body: Any) -> None:
    assert (await provider.http.post(f"/control/{path}", json=body)).status_code == 400
