import asyncio
from typing import Any

import pytest

from bot.sandbox.eachlabs import executions
from tests.sandbox.eachlabs.conftest import Caller, Clock, Start


async def listed(provider: Caller, **query: Any) -> dict[str, Any]:
    answer = await provider.http.get("/v1/executions", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def made(provider: Caller, clock: Clock, count: int) -> list[str]:
    ids = []
    for _ in range(count):
        ids.append(await provider.orders())
        clock.passes(10)
    await asyncio.gather(*[provider.ended(id_) for id_ in ids])
    return ids


async def test_pages_newest_first(start: Start, clock: Clock) -> None:
    provider = await start(clock=clock)
    ids = await made(provider, clock, 5)
    pages = [await listed(provider, limit=2, offset=offset) for offset in (0, 2, 4)]
    told = [row["id"] for page in pages for row in page["executions"]]
    assert told == ids[::-1]
    assert [len(page["executions"]) for page in pages] == [2, 2, 1]
    assert pages[1] | {"executions": []} == {
        "executions": [],
        "total_count": 5,
        "total_capped": False,
        "offset": 2,
        "limit": 2,
    }


async def test_a_row_tells_everything_but_the_input(start: Start, clock: Clock) -> None:
    provider = await start(clock=clock)
    done = await provider.makes(num_outputs=2)
    (row,) = (await listed(provider))["executions"]
    assert row["output"] == done["output"][0]
    assert row["execution_cost"] == done["metrics"]["cost"]
    assert row["run_time"] == done["metrics"]["predict_time"]
    assert row["created_at"] == "2026-09-21T14:13:20Z"
    assert row["requested_model"] is None
    assert "input" not in row


async def test_from_and_to_bound_the_moment_of_creation(start: Start, clock: Clock) -> None:
    provider = await start(clock=clock)
    ids = await made(provider, clock, 4)
    since = await listed(provider, **{"from": "2026-09-21T14:13:35Z"})
    assert [row["id"] for row in since["executions"]] == [ids[3], ids[2]]
    between = await listed(
        provider, **{"from": "2026-09-21T16:13:25+02:00", "to": "2026-09-21T14:13:45Z"}
    )
    assert [row["id"] for row in between["executions"]] == [ids[2], ids[1]]


async def test_without_from_it_is_90_days(start: Start, clock: Clock) -> None:
    provider = await start(clock=clock)
    await made(provider, clock, 1)
    clock.passes(90 * 86400)
    assert (await listed(provider))["total_count"] == 0
    assert (await listed(provider, **{"from": "2026-01-01T00:00:00Z"}))["total_count"] == 1


async def test_by_model_status_and_classification(start: Start, clock: Clock) -> None:
    provider = await start(clock=clock)
    good = (await provider.makes())["id"]
    bad = (await provider.makes(prompt="a man"))["id"]
    expected = {
        ("model", "photomaker-style"): {good, bad},
        ("model", "flux-1-1-pro"): set(),
        ("status", "error"): {bad},
        ("status", "success,created"): {good},
        ("status", ""): {good, bad},
        ("error_classification", "invalid_user_input,unknown"): {bad},
        ("workflow_id", "wf_1"): set(),
    }
    for (name, value), ids in expected.items():
        rows = (await listed(provider, **{name: value}))["executions"]
        assert {row["id"] for row in rows} == ids, (name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "ten"),
        ("offset", "-1"),
        ("status", "succeeded"),
        ("error_classification", "bad_luck"),
        ("from", "yesterday"),
        ("from", "2026-09-21T14:13:35"),
    ],
)
async def test_queries_that_are_refused(provider: Caller, name: str, value: str) -> None:
    refused = await provider.http.get("/v1/executions", params={name: value})
    assert refused.status_code == 400
    assert name in refused.json()["error"]


async def test_beyond_the_cap_the_total_is_a_lower_bound(
    start: Start, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "COUNTED", 3)
    provider = await start(clock=clock)
    await made(provider, clock, 5)
    first = await listed(provider, limit=2)
    last = await listed(provider, limit=2, offset=4)
    assert (first["total_count"], first["total_capped"]) == (3, True)
    assert (last["total_count"], last["total_capped"]) == (5, False)


async def test_a_list_that_lags_behind(start: Start, clock: Clock) -> None:
    provider = await start(clock=clock)
    provider.standin.set(executions_lag=3)
    id_ = await provider.orders()
    assert (await listed(provider))["executions"] == []
    clock.passes(3)
    assert [row["id"] for row in (await listed(provider))["executions"]] == [id_]
