"""People of a test's world in a group, without the bot."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import FACE, World, a_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as everything:
        yield everything


async def test_what_they_do_there(world: World) -> None:
    anna, bo = await world.person("Anna"), await world.person("Bo")
    group = await world.group("Friends", anna, bo, kind="group")
    said = await anna.says("hello", chat=group)
    await bo.there(group).sends("hi", reply_to=said)
    await bo.reacts(said, "👍", chat=group)
    assert await group.upgrade() > group.id
    await group.promotes(42, "can_change_info")
    (shown,) = await bo.there(group).sends_photo(FACE, caption="me")
    await group.removes(bo.id)
    seen = await anna.sees(group)
    assert [m.get("service") or m.get("caption") for m in seen] == [
        "Anna upgraded the group to a supergroup",
        "me",
        "Anna removed Bo",
    ]
    assert seen[1]["message_id"] == shown
    assert await anna.sees() == []
    assert [m["first_name"] for m in (await group.looks())["members"]] == ["Anna", "Avatars"]


async def test_topics_and_channels(world: World) -> None:
    anna = await world.person("Anna")
    group = await world.group("Forum", anna, forum=True, with_bot=False)
    thread = await group.topic("Portraits")
    channel = await anna.channel("News", group=group)
    await anna.says("hello", chat=group, thread=thread, as_chat=channel)
    seen = (await anna.sees(group))[-1]
    assert (seen["thread_id"], seen["from"]["first_name"]) == (thread, "News")
    await group.adds(42)
    assert (await group.looks())["members"][-1]["is_bot"] is True
