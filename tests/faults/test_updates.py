"""Updates: none lost, none handled twice, whatever comes in and whatever breaks."""

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
    data_of,
    from_bot,
    pictures,
    rows,
    soon,
    taps_and_waits_not,
)
from tests.world import Json, Person, World

WENT_WRONG = "Something went wrong on my side"
HELP = "1. Send a photo"
NONSENSE = [
    *("", "x", "d1", "d1:zz", "d1:l:nosuchlook", "d1:i:99", "d1:pg:no", "d1:l:comic\n", "\x00"),
    *("d999:l:comic", "o999:c", "o1:c", "d1:p:" + "a" * 30, "d" + "9" * 60, "🙂" * 16),
]


async def test_the_same_update_three_times_then_handled_once(world: World) -> None:
    anna = await _somebody_who_talks(world)
    asked = _message(anna, 1001, "/help")
    for _ in range(3):
        world.stand_ins.telegram.put_update(asked)
    await soon(lambda: calls(world, "sendMessage") == 2)
    world.stand_ins.telegram.put_update(asked)  # and once more when it was handled long ago

    await _everything_is_handled(world, anna)
    assert len([text for text in _texts(await anna.sees()) if HELP in text]) == 3


async def test_the_same_tap_three_times_then_one_order(world: World) -> None:
    anna = await anna_with_a_photo(world)
    card = await anna.card()
    tap = _tap(anna, 1001, card, "Comic")
    for _ in range(3):
        world.stand_ins.telegram.put_update(tap)

    await anna.gets_a_png()
    await _everything_is_handled(world, anna)
    assert world.counts["creates"] == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"message": {"text": "no chat, no date"}},
        {"message": "not even an object"},
        {"callback_query": {"id": 1}},
        {"my_chat_member": []},
        '{"update_id": 1001, "message": {"text": "cut o',
        '{"update_id": 1001, "message": {"text": ' + "[" * 5000,
    ],
    ids=["message", "text", "tap", "member", "no JSON", "deep"],
)
async def test_an_update_that_cant_be_decoded_between_good_ones(
    bad: Json, stand_ins_only: World, caplog: pytest.LogCaptureFixture
) -> None:
    world, telegram = stand_ins_only, stand_ins_only.stand_ins.telegram
    anna = await world.person("Anna")
    await anna.sends("/start")
    telegram.put_update(_message(anna, 1000, "/help"))
    telegram.put_update(bad if isinstance(bad, str) else {"update_id": 1001} | bad)
    telegram.put_update(_message(anna, 1002, "/privacy"))
    await world.start()

    await anna.hears(HELP)
    await anna.hears("Your photo stays with Telegram")
    polls = calls(world, "getUpdates")
    kept = await soon(lambda: rows(world, "SELECT * FROM updates WHERE state = 'failed'"))
    assert len(kept) == 1
    assert rows(world, "SELECT update_id FROM updates WHERE state = 'failed'") == [(1001,)]
    assert rows(world, "SELECT length(body) > 10 FROM updates WHERE state = 'failed'") == [(1,)]
    assert "1001 can't be decoded" in caplog.text
    assert calls(world, "getUpdates") <= polls + 1 < 10


async def test_an_update_that_cant_be_decoded_alone_then_no_busy_loop(world: World) -> None:
    anna = await world.person("Anna")
    await soon(lambda: calls(world, "getUpdates"))
    for nameless in ("[1, 2]", "null", "{", '{"update_id": "seven"}', '{"update_id": 1e400}'):
        world.stand_ins.telegram.put_update(nameless)
    await asyncio.sleep(0.5)
    assert calls(world, "getUpdates") < 10
    await _everything_is_handled(world, anna)


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


@pytest.mark.parametrize(
    ("status", "description", "sentence"),
    [
        (401, "Unauthorized", "Telegram does not accept the bot's token"),
        (404, "Not Found", "Telegram does not accept the bot's token"),
        (409, "Conflict: terminated by other getUpdates request", "another process takes"),
        (502, "Bad Gateway", "no updates from Telegram"),
    ],
)
async def test_401_404_or_409_on_get_updates_then_it_says_so_and_recovers(
    status: int,
    description: str,
    sentence: str,
    world: World,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.intake.backoff", lambda *_, **__: 0.1)
    anna = await _somebody_who_talks(world)
    refusal = {"kind": "status", "status": status, "description": description}
    world.stand_ins.telegram.add_fault(method="getUpdates", times=2, **refusal)
    before = calls(world, "getUpdates")
    await anna.sends("/start")  # ends the poll that waits; the next one is refused
    await soon(lambda: calls(world, "getUpdates") >= before + 2)
    await anna.sends("/privacy")

    await anna.hears("Your photo stays with Telegram")
    said = [r.message for r in caplog.records if r.name == "bot.intake"]
    assert len([line for line in said if sentence in line]) == 1
    assert "come in again" in said[-1]
    assert world.settings.token() not in caplog.text


async def test_a_second_poller_then_one_goes_on_and_the_other_waits_and_says_why(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    anna = await world.person("Anna")
    await soon(lambda: calls(world, "getUpdates"))
    url = f"{world.stand_ins.telegram_url}/bot{world.settings.token()}/getUpdates"
    async with world.http.get(url, params={"timeout": "50"}) as response:
        assert response.status == 409  # ours came back after it had waited, and goes on

    await anna.sends("/help")
    await anna.hears(HELP)
    assert caplog.text.count("another process takes this bot's updates") == 1


@pytest.fixture
async def greeted(stand_ins_only: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, Person]:
    """A bot that waits only a moment for its database, and somebody with their first card."""
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.2)
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


async def test_an_edited_message_a_channel_post_and_what_groups_say_are_ignored_and_not_stored(
    world: World,
) -> None:
    anna = await anna_with_a_photo(world)
    stored = rows(world, "SELECT count(*) FROM updates")[0][0]
    group = {"id": -1001, "type": "supergroup", "title": "Friends"}
    channel = {"id": -1002, "type": "channel", "title": "News"}
    raw = _message(anna, 0, "draw me")["message"]
    told = [
        {"edited_message": raw | {"edit_date": 1}},
        {"channel_post": {**raw, "chat": channel}},
        {"edited_channel_post": {**raw, "chat": channel, "edit_date": 1}},
        {"message": raw | {"chat": group}},
        {"message": raw | {"chat": group, "text": "/avatar@otherbot"}},
        {"edited_message": raw | {"chat": group, "edit_date": 1}},
        {"poll_answer": {"poll_id": "1", "user": raw["from"], "option_ids": []}},
    ]
    for update in told:
        world.stand_ins.telegram.put_update(update)
    await anna.sends("/help")

    await anna.hears(HELP)
    assert rows(world, "SELECT count(*) FROM updates")[0][0] == stored + 1
    assert calls(world, "sendMessage") == 1
    assert "draw me" not in str(await anna.sees())


async def test_a_command_for_another_bot_is_answered_by_nobody(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/help@otherbot")
    await anna.sends("/help@SANDBOX_bot")

    await anna.hears(HELP)
    assert calls(world, "sendMessage") == 1


async def test_an_edited_caption_makes_no_second_order(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.taps("send a photo")
    number = await anna.sends("as a knight")
    url = f"{anna.origin}/people/{anna.id}/chats/{anna.id}/edit"
    async with anna.http.post(url, json={"message_id": number, "text": "as a pirate"}) as response:
        assert response.status == 200

    await _everything_is_handled(world, anna)
    assert "as a pirate" not in str(from_bot(await anna.sees()))


async def test_a_tap_that_comes_before_its_message_is_answered_and_counts(world: World) -> None:
    """The person sees the card before Telegram has told us that it is there."""
    anna = await world.person("Anna")
    world.stand_ins.telegram.add_fault(method="sendPhoto", kind="late", seconds=2.0)
    await anna.sends("/start")
    await anna.until(from_bot)
    assert await anna.taps("send a photo") == ""
    await anna.card("Send me a photo")
    assert len(from_bot(await anna.sees())) == 1


async def test_a_tap_twice_makes_one_order(world: World) -> None:
    anna = await anna_with_a_photo(world)
    card = await anna.card()
    comic = data_of(card, "Comic")
    await anna.forges(card["message_id"], comic)
    await anna.forges(card["message_id"], comic)

    await anna.gets_a_png()
    await _everything_is_handled(world, anna)
    assert calls(world, "answerCallbackQuery") == 3  # with the one of the consent
    assert world.counts["creates"] == 1
    assert len(pictures(await anna.sees())) == 1


async def test_taps_with_data_nobody_made_are_answered_and_harmless(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    card = await anna.card("One photo → you")
    for data in NONSENSE:
        await anna.forges(card["message_id"], data)

    await soon(lambda: calls(world, "answerCallbackQuery") == len(NONSENSE))
    await _everything_is_handled(world, anna)
    assert not [text for text in _popups(world) if WENT_WRONG in text]
    assert rows(world, "SELECT count(*) FROM updates WHERE state = 'failed'") == [(0,)]
    assert world.counts["creates"] == 0


async def test_taps_on_cards_that_are_gone_or_somebody_elses_are_answered(world: World) -> None:
    anna, ben = await anna_with_a_photo(world), await world.person("Ben")
    card = await anna.card()
    await ben.sends("/start")
    bens = await ben.card("One photo → you")
    await anna.deletes(card["message_id"])
    await anna.forges(card["message_id"], data_of(card, "Comic"))  # its message is inaccessible
    await soon(lambda: calls(world, "answerCallbackQuery") == 2)
    await ben.forges(bens["message_id"], data_of(card, "Neon"))
    await soon(lambda: calls(world, "answerCallbackQuery") == 3)
    inline = {"id": "77", "from": _message(anna, 0, "")["message"]["from"], "chat_instance": "1"}
    world.stand_ins.telegram.put_update(
        {"callback_query": inline | {"inline_message_id": "abc", "data": "d1:l:comic"}}
    )
    await soon(lambda: calls(world, "answerCallbackQuery") == 4)

    await _everything_is_handled(world, anna)
    assert "isn't yours" in _popups(world)[2]
    assert not [text for text in _popups(world) if WENT_WRONG in text]
    assert world.counts["creates"] <= 1


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


async def _somebody_who_talks(world: World) -> Person:
    anna = await world.person("Anna")
    await anna.sends("/help")
    await anna.hears(HELP)
    return anna


async def _everything_is_handled(world: World, person: Person) -> None:
    """Whatever was sent before is; a person's updates are handled in their order."""
    before = calls(world, "sendMessage")
    await person.sends("/avatars")  # no such command: help
    await soon(lambda: calls(world, "sendMessage") > before)
    await soon(lambda: not rows(world, "SELECT 1 FROM updates WHERE state = 'waiting'"))


def _texts(sees: list[Json]) -> list[str]:
    return [m.get("text", "") for m in from_bot(sees)]


def _popups(world: World) -> list[str]:
    answers = world.stand_ins.telegram.calls.made("answerCallbackQuery")
    return [call.params.get("text") or "" for call in answers]


def _message(person: Person, update_id: int, text: str) -> Json:
    """An update as Telegram sends it."""
    user = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    chat = {"id": person.id, "type": "private", "first_name": person.first_name}
    message = {"message_id": 500 + update_id, "date": 1, "from": user, "chat": chat, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return {"update_id": update_id, "message": message}


def _tap(person: Person, update_id: int, card: Json, label: str) -> Json:
    message = _message(person, 0, "")["message"] | {"message_id": card["message_id"]}
    user = message["from"]
    query = {"id": "55", "from": user, "chat_instance": "1", "data": data_of(card, label)}
    return {"update_id": update_id, "callback_query": query | {"message": message}}
