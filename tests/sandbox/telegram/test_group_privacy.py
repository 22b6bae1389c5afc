"""Privacy mode: which of a group's messages reach the bot."""

from typing import Any

import pytest

from tests.sandbox.telegram.phone import Bot, Person, World, picture

Json = Any


async def heard(bot: Bot) -> list[str]:
    return [said.get("text", said.get("caption", "")) for _, said in await bot.hears()]


@pytest.mark.parametrize(
    ("words", "reaches"),
    [
        ("hello", False),
        ("hello @sandbox_bot", False),
        ("/avatar", False),
        ("/avatar as a knight", False),
        ("/avatar@otherbot as a knight", False),
        ("/avatar@sandbox_bot", True),
        ("/avatar@SANDBOX_BOT as a knight", True),
        ("please /avatar@sandbox_bot", False),
        ("/avatar@sandbox_bots", False),
    ],
)
async def test_words(ana: Person, bot: Bot, group: int, words: str, *, reaches: bool) -> None:
    await ana.there(group).says(words)
    assert await heard(bot) == ([words] if reaches else [])


async def test_captions(ana: Person, bot: Bot, group: int) -> None:
    there, photo = ana.there(group), ("a.jpg", picture(), "image/jpeg")
    await there.uploads(photo, caption="me")
    await there.uploads(photo, caption="/avatar@sandbox_bot me")
    assert await heard(bot) == ["/avatar@sandbox_bot me"]


async def test_a_command_without_a_name_is_for_whichever_bot_spoke_last(
    here: World, ana: Person, bot: Bot, group: int
) -> None:
    await bot.does("sendMessage", chat_id=group, text="hi")
    await ana.there(group).says("/avatar")
    assert await heard(bot) == ["/avatar"]
    other = await here.person(first_name="Other", username="otherbot", is_bot=True)
    await ana.there(group).does("add", user_id=other.id)
    await other.there(group).says("I am here")
    await bot.hears()
    await ana.there(group).says("/avatar")
    assert await heard(bot) == []


async def test_replies_to_the_bot_and_to_what_was_meant_for_it(
    ana: Person, bo: Person, bot: Bot, group: int
) -> None:
    sent = await bot.does("sendMessage", chat_id=group, text="Which look?")
    answer = await ana.there(group).says("Comic", reply_to=sent["message_id"])
    await bo.there(group).says("nice", reply_to=answer)
    own = await bo.there(group).says("talk")
    await ana.there(group).says("among us", reply_to=own)
    assert await heard(bot) == ["Comic", "nice"]


async def test_a_reply_to_another_bot_is_for_that_one(
    here: World, ana: Person, bot: Bot, group: int
) -> None:
    other = await here.person(first_name="Other", username="otherbot", is_bot=True)
    await ana.there(group).does("add", user_id=other.id)
    said = await other.there(group).says("/avatar@sandbox_bot")
    await ana.there(group).says("/avatar@sandbox_bot", reply_to=said)
    assert [kind for kind, update in await bot.hears() if "text" in update] == []


async def test_an_administrator_hears_all_but_other_bots(
    here: World, ana: Person, bot: Bot, group: int
) -> None:
    await ana.there(group).does("promote", user_id=42, rights=[])
    other = await here.person(first_name="Other", username="otherbot", is_bot=True)
    await ana.there(group).does("add", user_id=other.id)
    await bot.hears()
    await other.there(group).says("/avatar@sandbox_bot")
    number = await ana.there(group).says("hello")
    await ana.there(group).does("edit", message_id=number, text="hullo")
    assert await heard(bot) == ["hello", "hullo"]
    await ana.there(group).does("demote", user_id=42)
    await ana.there(group).says("again")
    assert "again" not in await heard(bot)


async def test_edits_reach_it_as_messages_do(ana: Person, bot: Bot, group: int) -> None:
    number = await ana.there(group).says("avatar")
    await ana.there(group).does("edit", message_id=number, text="/avatar@sandbox_bot")
    assert [kind for kind, _ in await bot.hears()] == ["edited_message"]


async def test_taps_always_reach_it(bo: Person, bot: Bot, group: int) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await bot.does("sendMessage", chat_id=group, text="?", reply_markup=keyboard)
    await bo.there(group).does("tap", message_id=sent["message_id"], text="Go")
    (kind, query) = (await bot.hears())[0]
    assert (kind, query["from"]["id"], query["message"]["chat"]["id"]) == (
        "callback_query",
        bo.id,
        group,
    )
