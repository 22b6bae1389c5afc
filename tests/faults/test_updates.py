"""Updates: none lost, none handled twice, whatever comes in."""

import asyncio

import pytest

from tests.faults.moments import (
    anna_with_a_photo,
    calls,
    from_bot,
    rows,
    soon,
)
from tests.faults.updates import (
    HELP,
    everything_is_handled,
    message_of,
    somebody_who_talks,
    texts,
)
from tests.world import Json, World


async def test_the_same_update_three_times_then_handled_once(world: World) -> None:
    anna = await somebody_who_talks(world)
    asked = message_of(anna, 1001, "/help")
    for _ in range(3):
        world.stand_ins.telegram.put_update(asked)
    await soon(lambda: calls(world, "sendMessage") == 2)
    world.stand_ins.telegram.put_update(asked)  # and once more when it was handled long ago

    await everything_is_handled(world, anna)
    assert len([text for text in texts(await anna.sees()) if HELP in text]) == 3


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
    telegram.put_update(message_of(anna, 1000, "/help"))
    telegram.put_update(bad if isinstance(bad, str) else {"update_id": 1001} | bad)
    telegram.put_update(message_of(anna, 1002, "/privacy"))
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
    await everything_is_handled(world, anna)


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
    anna = await somebody_who_talks(world)
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


async def test_an_edited_message_a_channel_post_and_what_groups_say_are_ignored_and_not_stored(
    world: World,
) -> None:
    anna = await anna_with_a_photo(world)
    stored = rows(world, "SELECT count(*) FROM updates")[0][0]
    group = {"id": -1001, "type": "supergroup", "title": "Friends"}
    channel = {"id": -1002, "type": "channel", "title": "News"}
    raw = message_of(anna, 0, "draw me")["message"]
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

    await everything_is_handled(world, anna)
    assert "as a pirate" not in str(from_bot(await anna.sees()))
