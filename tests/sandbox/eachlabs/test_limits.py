import asyncio

import pytest

from bot.sandbox.eachlabs.limits import RequestWindow
from tests.sandbox.eachlabs.conftest import Clock, Start


def test_the_window_slides(clock: Clock) -> None:
    window = RequestWindow(2, clock)
    assert window.admit() == 0
    clock.passes(40)
    assert window.admit() == 0
    assert window.admit() == pytest.approx(20)
    clock.passes(20)
    assert window.admit() == 0
    assert window.admit() == pytest.approx(40)


def test_a_refused_request_takes_no_place_but_is_seen(clock: Clock) -> None:
    window = RequestWindow(1, clock)
    for _ in range(5):
        window.admit()
    clock.passes(60)
    assert window.admit() == 0
    assert window.busiest == 5


def test_no_limit(clock: Clock) -> None:
    window = RequestWindow(0, clock)
    assert not any(window.admit() for _ in range(500))
    assert window.busiest == 500


async def test_everything_under_v1_counts(start: Start, clock: Clock) -> None:
    provider = await start(requests_per_minute=6, clock=clock)
    place = await provider.presigns()
    await provider.puts(place, b"photo")  # the storage is not the API
    id_ = await provider.orders(input_image=place["public_url"])
    await provider.polls(id_)
    await provider.http.post(f"/v1/prediction/{id_}/cancel")
    await provider.http.get("/v1/executions")
    assert (await provider.http.delete(f"/v1/files/{place['id']}")).status_code == 204

    clock.passes(14.5)
    refused = await provider.http.get(f"/v1/prediction/{id_}")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "46"
    assert refused.json()["details"] == {"requests_per_minute": 6}
    clock.passes(45.5)
    assert (await provider.http.get(f"/v1/prediction/{id_}")).status_code == 200

    counts = provider.counts
    assert counts["429"] == 1
    assert counts["max_per_minute"] == 7
    assert counts["requests"] == 8
    expected = {"creates": 1, "gets": 3, "presigns": 1, "puts": 1, "deletes": 1, "cancels": 1}
    assert {name: counts[name] for name in expected} == expected


async def test_one_more_than_the_slots_creates_nothing(start: Start) -> None:
    provider = await start(concurrency=2, speed=1.0)
    await provider.orders()
    await provider.orders()
    refused = await provider.creates()
    assert refused.status_code == 429
    assert refused.json()["details"] == {"max_concurrent_predictions": 2, "in_flight": 2}
    assert len(provider.standin.report()["predictions"]) == 2
    assert provider.counts["max_in_flight"] == 2


async def test_a_slot_is_free_when_its_prediction_is_over(start: Start) -> None:
    provider = await start(concurrency=1)
    first = await provider.orders()
    await provider.ended(first)
    assert (await provider.creates()).status_code == 200


async def test_slots_that_somebody_else_uses(start: Start) -> None:
    provider = await start(concurrency=10, speed=1.0)
    provider.standin.set(slots_taken=4)
    answers = [await provider.creates() for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert provider.counts["max_in_flight"] == 6


async def test_slots_hold_when_all_ask_at_once(start: Start) -> None:
    provider = await start(concurrency=3, speed=1.0)
    answers = await asyncio.gather(*[provider.creates() for _ in range(12)])
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 9
    assert provider.counts["max_in_flight"] == 3


async def test_a_balance_that_does_not_cover_what_is_in_flight(start: Start) -> None:
    provider = await start(speed=1.0)
    provider.standin.set(balance=0.05)  # two pictures of 21 seconds
    answers = [await provider.creates() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 402]
    assert answers[2].json()["error"] == "insufficient balance"
    provider.standin.set(balance=5)
    assert (await provider.creates()).status_code == 200


async def test_the_balance_shrinks_by_what_is_billed(start: Start) -> None:
    provider = await start()
    provider.standin.set(balance=1.0)
    done = await provider.makes()
    assert provider.standin.options.balance == pytest.approx(1 - done["metrics"]["cost"])


async def test_the_reference_lifts_the_cap_for_a_full_balance(start: Start) -> None:
    provider = await start(concurrency=1, speed=1.0)
    provider.standin.set(dialect="reference", balance=10.5)
    assert [(await provider.creates()).status_code for _ in range(2)] == [200, 200]
    provider.standin.set(balance=10)
    assert (await provider.creates()).status_code == 429
