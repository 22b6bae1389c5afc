"""Messages in the name of a chat: anonymous administrators, channels, linked channels."""

from typing import Any

from tests.sandbox.telegram.phone import Bot, Person, World, buttons, picture

Json = Any

COMMAND = "/avatar@sandbox_bot"


async def test_an_anonymous_administrator(ana: Person, bo: Person, bot: Bot, group: int) -> None:
    rights: dict[str, Json] = {"rights": ["can_change_info"], "anonymous": True, "title": "Boss"}
    await ana.there(group).does("promote", user_id=bo.id, **rights)
    number = await bo.there(group).says(COMMAND)
    ((_, said),) = await bot.hears()
    assert (said["from"]["id"], said["from"]["username"]) == (1087968824, "GroupAnonymousBot")
    assert (said["sender_chat"]["id"], said["author_signature"]) == (group, "Boss")
    seen = (await ana.there(group).sees())[-1]
    assert (seen["from"]["first_name"], seen["badge"], seen["outgoing"]) == (
        "Friends",
        "Boss",
        False,
    )
    assert (await bo.there(group).sees())[-1]["outgoing"] is True
    await bo.there(group).does("edit", message_id=number, text=f"{COMMAND} as a knight")
    ((_, edited),) = await bot.hears()
    assert edited["sender_chat"]["id"] == group
    member = await bot.does("getChatMember", chat_id=group, user_id=bo.id)
    assert member["is_anonymous"] is True


async def test_their_taps_come_from_themselves(
    ana: Person, bo: Person, bot: Bot, group: int
) -> None:
    await ana.there(group).does("promote", user_id=bo.id, rights=[], anonymous=True)
    await bo.there(group).says(COMMAND)
    sent = await bot.does(
        "sendMessage", chat_id=group, text="?", reply_markup=buttons([("A", "a")])
    )
    await bot.hears()
    await bo.there(group).does("tap", message_id=sent["message_id"], text="A")
    ((_, query),) = await bot.hears()
    assert query["from"]["id"] == bo.id
    assert await bot.does("answerCallbackQuery", callback_query_id=query["id"], text="yes")
    assert (await bo.events())[-1]["event"] == "callback_answer"


async def test_the_group_as_the_actor(ana: Person, bo: Person, bot: Bot, group: int) -> None:
    await ana.there(group).does("promote", user_id=ana.id, rights=[], anonymous=True)
    await bot.hears()
    await ana.there(group).does("remove", user_id=bo.id)
    ((_, told),) = await bot.hears()
    assert (told["from"]["id"], told["sender_chat"]["id"]) == (1087968824, group)
    assert (await ana.there(group).sees())[-1]["service"] == "Friends removed Bo"


async def test_a_channel_speaks_in_a_group(ana: Person, bo: Person, bot: Bot, group: int) -> None:
    channel = await bo.makes("channels", title="Bo's news", username="bonews")
    await bo.there(group).says(COMMAND, as_chat=channel)
    ((_, said),) = await bot.hears()
    assert (said["from"]["id"], said["from"]["username"]) == (136817688, "Channel_Bot")
    assert said["sender_chat"] == {
        "id": channel,
        "type": "channel",
        "title": "Bo's news",
        "username": "bonews",
    }
    assert (await ana.there(group).sees())[-1]["badge"] == "channel"
    assert (await ana.there(group).fails("text", text="x", as_chat=channel))[0] == 404


async def test_a_linked_channels_posts_come_by_themselves(
    ana: Person, bot: Bot, group: int
) -> None:
    channel = await ana.makes("channels", title="News", group=group)
    assert (await bot.does("getChat", chat_id=group))["linked_chat_id"] == channel
    await ana.there(channel).says("Good morning")
    assert await bot.hears() == []
    await ana.there(channel).says(COMMAND)
    ((kind, said),) = await bot.hears()
    assert (kind, said["from"]["id"], said["is_automatic_forward"]) == ("message", 777000, True)
    assert said["sender_chat"]["id"] == said["forward_origin"]["chat"]["id"] == channel
    await ana.there(group).does("promote", user_id=42, rights=[])
    await bot.hears()
    await ana.there(channel).uploads(("a.jpg", picture(), "image/jpeg"), caption="Me")
    ((_, said),) = await bot.hears()
    assert (said["caption"], len(said["photo"]) > 0) == ("Me", True)
    assert await bot.fails("sendMessage", chat_id=channel, text="a") == (
        "Forbidden: bot is not a member of the channel chat"
    )


async def test_nobody_speaks_as_telegram_itself(here: World, ana: Person) -> None:
    for number in (1087968824, 136817688, 777000, 42):
        async with here.client.get(f"/people/{number}/chats") as response:
            assert response.status == 404
