"""Topics and threads: message_thread_id as Telegram has it."""

from typing import Any

import pytest

from tests.sandbox.telegram.phone import Bot, Person

Json = Any

COMMAND = "/avatar@sandbox_bot"


@pytest.fixture
async def forum(ana: Person, bo: Person, bot: Bot) -> int:
    options = {"members": [bo.id], "with_bot": True, "is_forum": True}
    number = await ana.makes("groups", title="Forum", **options)
    await bot.hears()
    return number


@pytest.fixture
async def topic(ana: Person, forum: int) -> int:
    thread: int = (await ana.there(forum).does("topics", name="Portraits"))["thread_id"]
    return thread


async def test_a_message_in_a_topic(ana: Person, bot: Bot, forum: int, topic: int) -> None:
    await ana.there(forum).says(COMMAND, thread_id=topic)
    (_, created), (_, said) = await bot.hears()
    assert created["forum_topic_created"]["name"] == "Portraits"
    assert created["message_id"] == created["message_thread_id"] == topic
    assert (said["message_thread_id"], said["is_topic_message"]) == (topic, True)
    assert said["chat"]["is_forum"] is True
    # What replies to nothing seems to reply to the topic's first message.
    assert said["reply_to_message"]["forum_topic_created"]
    sent = await bot.does("sendMessage", chat_id=forum, text="a", message_thread_id=topic)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (topic, True)
    reply = {"message_id": said["message_id"]}
    sent = await bot.does("sendMessage", chat_id=forum, text="a", reply_parameters=reply)
    assert sent["message_thread_id"] == topic
    assert (await ana.there(forum).sees())[-1]["thread_id"] == topic


async def test_general_has_no_id_that_can_be_sent_to(ana: Person, bot: Bot, forum: int) -> None:
    await ana.there(forum).says(COMMAND)
    ((_, said),) = await bot.hears()
    assert said.keys().isdisjoint({"message_thread_id", "is_topic_message"})
    where = {"chat_id": forum, "message_thread_id": 1}
    assert await bot.fails("sendMessage", text="a", **where) == "message thread not found"
    await bot.does("sendChatAction", action="typing", **where)
    sent = await bot.does("sendMessage", chat_id=forum, text="a")
    assert "message_thread_id" not in sent


async def test_a_reply_outside_of_topics_has_a_thread_that_cannot_be_sent_to(
    ana: Person, bot: Bot, forum: int, group: int
) -> None:
    for chat in (forum, group):
        sent = await bot.does("sendMessage", chat_id=chat, text="Which look?")
        await ana.there(chat).says("Comic", reply_to=sent["message_id"])
        ((_, said),) = await bot.hears()
        assert said["message_thread_id"] == sent["message_id"]
        assert "is_topic_message" not in said
        where = {"chat_id": chat, "message_thread_id": said["message_thread_id"]}
        assert await bot.fails("sendMessage", text="a", **where) == "message thread not found"


async def test_a_closed_topic(ana: Person, bo: Person, bot: Bot, forum: int, topic: int) -> None:
    where = {"chat_id": forum, "message_thread_id": topic}
    await ana.there(forum).does("close-topic", thread_id=topic)
    assert await bot.fails("sendMessage", text="a", **where) == "TOPIC_CLOSED"
    assert (await bo.there(forum).fails("text", text="a", thread_id=topic))[0] == 403
    await ana.there(forum).says("I may", thread_id=topic)
    await ana.there(forum).does("promote", user_id=42, rights=["can_manage_topics"])
    await bot.does("sendMessage", text="a", **where)
    await ana.there(forum).does("demote", user_id=42)
    await ana.there(forum).does("reopen-topic", thread_id=topic)
    await bot.does("sendMessage", text="a", **where)
    kinds = {kind for _, update in await bot.hears() for kind in update}
    assert kinds >= {"forum_topic_closed", "forum_topic_reopened"}


async def test_a_deleted_topic(ana: Person, bot: Bot, forum: int, topic: int) -> None:
    said = await ana.there(forum).says(COMMAND, thread_id=topic)
    await ana.there(forum).does("delete-topic", thread_id=topic)
    where = {"chat_id": forum, "message_thread_id": topic}
    reply = {"message_id": said, "allow_sending_without_reply": True}
    assert await bot.fails("sendMessage", text="a", reply_parameters=reply, **where) == (
        "message thread not found"
    )
    assert await bot.fails("sendChatAction", action="typing", **where) == (
        "message thread not found"
    )
    sent = await bot.does("sendMessage", chat_id=forum, text="a", reply_parameters=reply)
    assert "message_thread_id" not in sent
    assert (await ana.there(forum).fails("delete-topic", thread_id=topic))[0] == 404


async def test_a_deleted_message_to_reply_to(ana: Person, bot: Bot, group: int) -> None:
    said = await ana.there(group).says(COMMAND)
    await ana.there(group).does("delete", message_id=said)
    reply = {"message_id": said}
    assert await bot.fails("sendMessage", chat_id=group, text="a", reply_parameters=reply) == (
        "message to be replied not found"
    )
    reply["allow_sending_without_reply"] = True
    await bot.does("sendMessage", chat_id=group, text="a", reply_parameters=reply)


async def test_only_forums_have_topics(ana: Person, group: int) -> None:
    assert (await ana.there(group).fails("topics", name="x"))[0] == 409
    assert (await ana.there(group).fails("text", text="x", thread_id=1))[0] == 404


async def test_a_supergroup_counts_its_messages_itself(
    ana: Person, bot: Bot, group: int, forum: int
) -> None:
    numbers = [
        (await bot.does("sendMessage", chat_id=chat, text="a"))["message_id"]
        for chat in (group, forum)
    ]
    # After the one that tells of the making; in a forum General has a number, too.
    assert numbers == [2, 3]
