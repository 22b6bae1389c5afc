"""How predictions live and end."""

import asyncio
import statistics
import time

import pytest
from aiohttp import web

from bot.sandbox.eachlabs.predictions import effort
from tests.sandbox.eachlabs.conftest import FACE, Caller, Start


async def test_the_states_in_their_order(start: Start) -> None:
    provider = await start(speed=6.0)
    id_ = await provider.orders()
    seen: list[str] = []
    while not seen or seen[-1] != "success":
        status = (await provider.polls(id_))["status"]
        if status not in seen:
            seen.append(status)
        await asyncio.sleep(0.001)
    assert seen == ["created", "starting", "processing", "success"]


async def test_the_page_and_the_reference_spell_differently(start: Start) -> None:
    provider = await start(speed=1.0)
    waiting = await provider.orders()
    assert (await provider.polls(waiting))["status"] == "created"
    assert (await provider.polls(waiting))["output"] is None
    provider.standin.set(dialect="reference", speed=1000)
    told = await provider.polls(waiting)
    assert told["status"] == "starting"
    assert "output" not in told
    failed = await provider.makes(prompt="a man")
    assert failed["status"] == "failed"
    assert failed["output"] == {
        "error_code": "invalid_user_input",
        "error_message": "Cannot find the trigger word 'img' in text prompt!",
        "retryable": False,
    }


async def test_a_faster_prediction_costs_as_much(provider: Caller) -> None:
    done = await provider.makes()
    assert done["metrics"]["predict_time"] == pytest.approx(21 / 1000)
    assert done["metrics"]["cost"] == pytest.approx(21 * 0.00108)


async def test_steps_and_pictures_take_longer(provider: Caller) -> None:
    costs = [
        (await provider.makes(num_steps=steps, num_outputs=pictures))["metrics"]["cost"]
        for steps, pictures in ((20, 1), (50, 1), (50, 4))
    ]
    assert costs == sorted(costs)
    assert effort({"num_steps": 20, "num_outputs": 1}) == 1


async def test_durations_spread_around_their_median(start: Start) -> None:
    provider = await start(sigma=0.25, typical_seconds=21.0)
    ids = [await provider.orders() for _ in range(200)]
    seconds = [provider.standin.predictions.all[id_].seconds for id_ in ids]
    assert statistics.median(seconds) == pytest.approx(21, rel=0.08)
    tenths = statistics.quantiles(seconds, n=10)
    assert 13.5 < tenths[0] < 17  # 15.2 in the long run
    assert 26 < tenths[-1] < 32  # 28.9


async def test_speed_shortens_the_wait_only(start: Start) -> None:
    provider = await start(speed=100.0)
    began = time.monotonic()
    await provider.makes()
    assert 0.2 < time.monotonic() - began < 0.6


async def test_four_pictures_that_differ(provider: Caller) -> None:
    done = await provider.makes(num_outputs=4, seed=5)
    pictures = [(await provider.http.get(address)).content for address in done["output"]]
    assert len(set(pictures)) == 4
    again = await provider.makes(num_outputs=4, seed=5)
    assert [(await provider.http.get(it)).content for it in again["output"]] == pictures


async def test_without_a_seed_every_picture_is_another(provider: Caller) -> None:
    made = [await provider.makes() for _ in range(2)]
    pictures = [(await provider.http.get(it["output"][0])).content for it in made]
    assert pictures[0] != pictures[1]


async def test_an_answer_names_its_own_addresses(provider: Caller) -> None:
    body = await provider.makes()
    assert (await provider.http.get(body["urls"]["get"])).json() == body
    assert (await provider.http.post(body["urls"]["cancel"])).status_code == 200


async def test_unknown_predictions(provider: Caller) -> None:
    for answer in (
        await provider.http.get("/v1/prediction/nobody"),
        await provider.http.post("/v1/prediction/nobody/cancel"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (404, "Prediction not found")


async def test_a_cancel_stops_and_bills_what_ran(start: Start) -> None:
    provider = await start(speed=20.0)
    id_ = await provider.orders()
    await asyncio.sleep(0.5)
    answer = await provider.http.post(f"/v1/prediction/{id_}/cancel")
    assert answer.json() == {
        "status": "cancelled",
        "message": "Prediction canceled successfully",
        "predictionID": id_,
    }
    told = await provider.polls(id_)
    assert told["status"] == "cancelled"
    assert 0 < told["metrics"]["cost"] < 21 * 0.00108
    assert provider.standin.predictions.in_flight == []


async def test_a_cancel_that_nobody_minds(start: Start) -> None:
    provider = await start(speed=200.0)
    provider.standin.set(cancel_ignored=True)
    id_ = await provider.orders()
    assert (await provider.http.post(f"/v1/prediction/{id_}/cancel")).status_code == 200
    assert (await provider.ended(id_))["status"] == "success"


async def test_a_cancel_after_the_end_changes_nothing(provider: Caller) -> None:
    done = await provider.makes()
    await provider.http.post(f"/v1/prediction/{done['id']}/cancel")
    assert await provider.polls(done["id"]) == done


async def test_stuck_for_ever_until_cancelled(provider: Caller) -> None:
    provider.standin.set(stuck=True)
    id_ = await provider.orders()
    await asyncio.sleep(0.1)
    assert (await provider.polls(id_))["status"] == "created"
    await provider.http.post(f"/v1/prediction/{id_}/cancel")
    assert (await provider.polls(id_))["metrics"]["cost"] == 0


async def test_long_polling_answers_when_something_moves(start: Start) -> None:
    # So slow that nobody is late for a state.
    provider = await start(speed=10.0)
    provider.standin.set(long_poll=5)
    id_ = await provider.orders()
    told = [(await provider.polls(id_))["status"] for _ in range(3)]
    assert told == ["starting", "processing", "success"]


async def test_long_polling_gives_up_in_time(start: Start) -> None:
    provider = await start(speed=1.0)
    provider.standin.set(long_poll=0.05, stuck=True)
    began = time.monotonic()
    assert (await provider.polls(await provider.orders()))["status"] == "created"
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize(("flagged", "left"), [("all", 0), ("first", 2), ("none", 3)])
async def test_flagged_pictures_are_left_out(provider: Caller, flagged: str, left: int) -> None:
    provider.standin.set(flagged=flagged)
    done = await provider.makes(num_outputs=3)
    assert (done["status"], len(done["output"])) == ("success", left)
    unchecked = await provider.makes(num_outputs=3, disable_safety_checker=True)
    assert len(unchecked["output"]) == 3


async def test_a_photo_that_is_not_there(provider: Caller) -> None:
    place = await provider.presigns()
    done = await provider.makes(input_image=place["public_url"])
    assert (done["status"], done["logs"]) == (
        "error",
        "Failed to download input image: HTTP 404",
    )


async def test_a_photo_hosted_elsewhere_on_loopback(start: Start) -> None:
    provider = await start()
    app = web.Application()
    app.router.add_get("/photo.jpg", _file)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    elsewhere = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        there = await provider.makes(input_image=f"{elsewhere}/photo.jpg")
        gone = await provider.makes(input_image=f"{elsewhere}/gone.jpg")
    finally:
        await runner.cleanup()
    assert there["status"] == "success"
    assert gone["logs"] == "Failed to download input image: HTTP 404"


async def _file(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(FACE)


async def test_a_photo_beyond_loopback_is_never_asked_for(provider: Caller) -> None:
    done = await provider.makes(input_image="https://photos.example/me.jpg")
    assert done["status"] == "error"
    assert "is not reachable" in done["logs"]
