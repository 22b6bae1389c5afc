"""Failures on order, and the record of calls."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.sandbox.telegram.phone import Bot, Person, World

Json = Any


async def order(here: World, **fault: Json) -> None:
    async with here.client.post("/people/control/faults", json=fault) as response:
        assert response.status == 200, await response.text()


async def test_a_refusal_has_no_effect(here: World, bot: Bot, ana: Person) -> None:
    await order(
        here,
        method="sendMessage",
        kind="status",
        status=502,
        description="Bad Gateway",
        times=2,
    )
    for _ in range(2):
        status, answer = await bot.answer("sendMessage", chat_id=ana.id, text="a")
        assert (status, answer["description"]) == (502, "Bad Gateway")
    assert len(await ana.sees()) == 1
    await bot.does("sendMessage", chat_id=ana.id, text="a")
    assert len(await ana.sees()) == 2


@pytest.mark.parametrize(("kind", "seen"), [("cut_before", 1), ("cut_after", 2)])
async def test_a_connection_is_cut(
    here: World, bot: Bot, ana: Person, kind: str, seen: int
) -> None:
    await order(here, method="sendMessage", kind=kind)
    with pytest.raises(aiohttp.ClientConnectionError):
        await bot.answer("sendMessage", chat_id=ana.id, text="a")
    assert len(await ana.sees()) == seen


@pytest.mark.parametrize(("kind", "start"), [("garbage", "<html>"), ("empty", "")])
async def test_an_answer_makes_no_sense(here: World, ana: Person, kind: str, start: str) -> None:
    await order(here, method="*", kind=kind)
    params = {"chat_id": str(ana.id), "text": "a"}
    async with here.client.post("/telegram/bot42:SANDBOX/sendMessage", data=params) as response:
        assert response.status == 200
        assert (await response.text())[:6] == start
    assert len(await ana.sees()) == 2


async def test_an_answer_is_late_and_its_effect_is_not(here: World, bot: Bot, ana: Person) -> None:
    await order(here, method="sendMessage", kind="late", seconds=0.5)
    before = (await ana.events())[-1]["id"]
    call = asyncio.create_task(bot.does("sendMessage", chat_id=ana.id, text="a"))
    await ana.events(after=before, wait=10)
    assert not call.done()
    assert (await call)["text"] == "a"


async def test_an_answer_takes_its_time(here: World, bot: Bot) -> None:
    await order(here, method="getMe", kind="delay", seconds=0.2)
    call = asyncio.create_task(bot.does("getMe"))
    await asyncio.sleep(0.1)
    assert not call.done()
    assert (await call)["id"] == 42


async def test_a_fault_can_wait_for_its_chat_and_its_turn(
    here: World, bot: Bot, ana: Person
) -> None:
    bo = await here.met(first_name="Bo")
    await order(here, method="sendMessage", kind="status", chat_id=bo.id, skip=1)
    await bot.does("sendMessage", chat_id=ana.id, text="a")
    await bot.does("sendMessage", chat_id=bo.id, text="a")
    assert await bot.fails("sendMessage", chat_id=bo.id, text="a") == "Internal Server Error"
    await bot.does("sendMessage", chat_id=bo.id, text="a")


async def test_faults_are_called_off_and_may_be_unlikely(here: World, bot: Bot) -> None:
    await order(here, method="getMe", kind="status", times=1000)
    await order(here, method="getMe", kind="status", times=1000, probability=0.0)
    assert (await bot.answer("getMe"))[0] == 500
    await here.client.delete("/people/control/faults")
    await bot.does("getMe")
    async with here.client.post("/people/control/faults", json={"kind": "x"}) as response:
        assert response.status == 400


async def test_downloads_fail_too(here: World, bot: Bot, ana: Person) -> None:
    sent = await bot.does("sendDocument", chat_id=ana.id, document=b"x" * 100_000)
    path = (await bot.does("getFile", file_id=sent["document"]["file_id"]))["file_path"]
    await order(here, method="download", kind="cut_after")
    with pytest.raises(aiohttp.ClientPayloadError):
        await bot.opens(path)
    await order(here, method="download", kind="cut_before")
    with pytest.raises(aiohttp.ClientConnectionError):
        await bot.opens(path)
    await order(here, method="download", kind="status", status=404, description="Not Found")
    assert (await bot.opens(path))[0] == 404
    await order(here, method="download", kind="garbage")
    assert (await bot.opens(path))[1].startswith(b"<html>")
    assert await bot.opens(path) == (200, b"x" * 100_000)


async def test_every_call_is_on_record(here: World, bot: Bot, ana: Person) -> None:
    await here.client.delete("/people/control/calls")
    await bot.does("sendMessage", chat_id=ana.id, text="a")
    await bot.fails("sendMessage", chat_id=ana.id, tekst="a")
    await bot.does("sendDocument", chat_id=ana.id, document=b"abc")
    async with here.client.get("/people/control/calls") as response:
        record = await response.json()
    assert [call["method"] for call in record["calls"]] == ["sendMessage"] * 2 + ["sendDocument"]
    assert record["calls"][0]["params"] == {"chat_id": ana.id, "text": "a"}
    assert record["calls"][1]["error_code"] == 400
    assert record["calls"][2]["params"]["document"]["upload"]["size"] == 3
    assert (record["refused"], record["flood_429"]) == (1, 0)
    assert record["totals"] == {"sendMessage": 2, "sendDocument": 1}


async def test_latency_is_for_calls_and_not_for_polls(here: World, bot: Bot, ana: Person) -> None:
    options = {"telegram_latency": 0.2, "download_latency": 0.2}
    async with here.client.post("/people/control/options", json=options) as response:
        assert response.status == 200
    await ana.says("hi")
    loop = asyncio.get_running_loop()
    start = loop.time()
    await bot.updates()
    assert loop.time() - start < 0.15
    await bot.does("getMe")
    assert loop.time() - start >= 0.2
    async with here.client.post("/people/control/options", json={"colour": 1}) as response:
        assert response.status == 400
