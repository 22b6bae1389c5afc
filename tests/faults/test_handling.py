"""Updates are handled, and once, whatever breaks: the handler, or the database that is locked."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.errors import NotSent
from handlers.context import Context
from tests.faults.moments import (
    anna_with_a_photo,
    calls,
    cards_behind,
    from_bot,
    rows,
    soon,
    taps_and_waits_not,
)
from tests.faults.updates import (
    HELP,
    WENT_WRONG,
)
from tests.world import Person, World


async def test_a_handler_that_raises_in_a_group_then_who_asked_hears_it_there(
    stand_ins_only: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = stand_ins_only
    monkeypatch.setattr("handlers.routes.on_avatar", _raises)
    monkeypatch.setattr("handlers.routes.on_membership", _raises)
    await world.start()
    anna = await world.person("Anna")
    group = await world.group("Friends", anna, forum=True, greeted=False)
    portraits = await group.topic("Portraits")
    number = await anna.says("/avatar@sandbox_bot comic", chat=group, thread=portraits)
    told = await anna.there(group).hears(WENT_WRONG)
    assert (told["reply_to"], told["thread_id"]) == (number, portraits)
    assert str(await anna.there(group).sees()).count(WENT_WRONG) == 1


async def test_a_handler_that_raises_then_the_person_hears_and_the_next_is_handled(
    stand_ins_only: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = stand_ins_only
    monkeypatch.setattr("handlers.routes.on_privacy", _raises)
    monkeypatch.setattr("handlers.routes.on_order_tap", _raises)
    await world.start()
    anna = await anna_with_a_photo(world)

    await anna.sends("/privacy")
    await anna.hears(WENT_WRONG)
    await anna.sends("as a knight")
    await anna.taps("Comic", on=await anna.card("✏️ as a knight"))
    await anna.gets_a_png()
    assert WENT_WRONG in await anna.taps("Again")
    await anna.sends("/help")
    await anna.hears(HELP)

    failed = rows(world, "SELECT error, body LIKE '%privacy%' FROM updates WHERE state = 'failed'")
    assert failed == [("ZeroDivisionError('a bug')", 1), ("ZeroDivisionError('a bug')", 0)]
    assert "could not be handled" in caplog.text
    assert "ZeroDivisionError" not in str(await anna.sees())


async def test_a_handler_that_fails_for_the_moment_then_it_is_tried_again(
    stand_ins_only: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = stand_ins_only
    tries = []

    async def fails_twice(context: Context) -> None:
        tries.append(context.claimed.attempts)
        if len(tries) < 3:
            raise NotSent("no connection")
        async with context.step() as step:
            await step.save(await step.draft())

    monkeypatch.setattr("handlers.routes.on_privacy", fails_twice)
    await world.start()
    anna = await world.person("Anna")
    await anna.sends("/privacy")
    await anna.sends("/help")

    await anna.hears(HELP)
    assert tries == [0, 1, 2]
    assert WENT_WRONG not in str(await anna.sees())


@pytest.fixture
async def greeted(stand_ins_only: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, Person]:
    """A bot that waits only a moment for its database, and somebody with their first card."""
    monkeypatch.setattr("storage.connection.BUSY_SECONDS", 0.2)
    world = stand_ins_only
    await world.start()
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.card("One photo → you")
    return world, anna


async def test_the_database_locked_while_updates_come_in_then_none_is_lost_or_acknowledged_early(
    greeted: tuple[World, Person],
) -> None:
    world, anna = greeted
    first = rows(world, "SELECT max(update_id) FROM updates")[0][0] + 1

    async with _locked(world):
        await anna.sends("/help")
        await anna.sends("/privacy")
        await asyncio.sleep(1.0)
        polls = world.stand_ins.telegram.calls.made("getUpdates")
        offsets = [call.params.get("offset") for call in polls]
        assert max(offset or 0 for offset in offsets) <= first

    await anna.hears("Your photo stays with Telegram")
    await anna.hears(HELP)
    # The answer to /privacy is sent before its step is committed.
    states = "SELECT state, count(*) FROM updates GROUP BY state"
    await soon(lambda: rows(world, states) == [("handled", 3)])


async def test_the_database_locked_while_a_handler_works_then_it_is_soon_handled(
    greeted: tuple[World, Person],
) -> None:
    world, anna = greeted
    world.stand_ins.telegram.add_fault(method="getUserProfilePhotos", kind="delay", seconds=0.3)
    await taps_and_waits_not(anna, "use my profile photo")
    await soon(lambda: calls(world, "getUserProfilePhotos"))

    async with _locked(world):
        await asyncio.sleep(1.5)

    await anna.card("Lovely, clear face")
    assert len(from_bot(await anna.sees())) == 1


async def test_the_database_locked_while_a_card_is_sent_then_there_is_one_card(
    greeted: tuple[World, Person],
) -> None:
    world, anna = greeted
    world.stand_ins.telegram.add_fault(method="sendPhoto", kind="late", seconds=0.3)
    await anna.sends("/start")
    await anna.until(lambda sees: len(from_bot(sees)) == 2 and not sees[-1]["outgoing"])

    async with _locked(world):
        await asyncio.sleep(1.0)

    await soon(lambda: not cards_behind(world))
    await anna.until(lambda sees: len(from_bot(sees)) == 1, "the newer card alone")
    assert calls(world, "sendPhoto") == 2
    await anna.taps("send a photo")


async def _raises(*_: object) -> None:
    raise ZeroDivisionError("a bug")


@asynccontextmanager
async def _locked(world: World) -> AsyncIterator[None]:
    """Somebody else writes, for longer than the bot waits at a time."""
    path = world.settings.database_path
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # Not in this thread: whoever has the lock now needs it to come to an end.
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
        other.execute("COMMIT")
    finally:
        other.close()
