"""A group that becomes a supergroup is another chat from then on."""

import pytest

from tests.sandbox.telegram.phone import Bot, Person, buttons


@pytest.fixture
async def basic(ana: Person, bo: Person, bot: Bot) -> int:
    options = {"members": [bo.id], "with_bot": True, "type": "group"}
    number = await ana.makes("groups", title="Friends", **options)
    await bot.hears()
    return number


async def test_both_chats_tell_of_each_other(ana: Person, bo: Person, bot: Bot, basic: int) -> None:
    await ana.there(basic).does("promote", user_id=42, rights=["can_change_info"])
    await bot.hears()
    assert (await bo.there(basic).fails("upgrade"))[0] == 403
    new = (await ana.there(basic).does("upgrade"))["chat_id"]
    (_, old_told), (_, new_told) = await bot.hears()
    assert (old_told["chat"]["id"], old_told["migrate_to_chat_id"]) == (basic, new)
    assert (new_told["chat"]["id"], new_told["migrate_from_chat_id"]) == (new, basic)
    assert (old_told["chat"]["type"], new_told["chat"]["type"]) == ("group", "supergroup")
    member = await bot.does("getChatMember", chat_id=new, user_id=42)
    assert (member["status"], member["can_change_info"]) == ("administrator", True)
    chats = [chat["id"] for chat in (await bo.gets("chats"))["chats"]]
    assert chats == [bo.id, new]
    assert (await ana.there(basic).fails("upgrade"))[0] == 409


async def test_calls_to_the_old_id_name_the_new_one(ana: Person, bot: Bot, basic: int) -> None:
    sent = await bot.does("sendMessage", chat_id=basic, text="a")
    new = (await ana.there(basic).does("upgrade"))["chat_id"]
    for method, params in (
        ("sendMessage", {"text": "b"}),
        ("editMessageText", {"text": "b", "message_id": sent["message_id"]}),
        ("deleteMessage", {"message_id": sent["message_id"]}),
        ("getChat", {}),
    ):
        status, answer = await bot.answer(method, chat_id=basic, **params)
        assert (status, answer) == (
            400,
            {
                "ok": False,
                "error_code": 400,
                "description": "Bad Request: group chat was upgraded to a supergroup chat",
                "parameters": {"migrate_to_chat_id": new},
            },
        )
    await bot.does("sendMessage", chat_id=new, text="b")


async def test_old_buttons_still_speak_for_the_old_chat(ana: Person, bot: Bot, basic: int) -> None:
    keyboard = buttons([("A", "a")])
    sent = await bot.does("sendMessage", chat_id=basic, text="?", reply_markup=keyboard)
    await ana.there(basic).does("upgrade")
    await bot.hears()
    await ana.there(basic).does("tap", message_id=sent["message_id"], text="A")
    ((_, query),) = await bot.hears()
    assert query["message"]["chat"]["id"] == basic
    assert await bot.does("answerCallbackQuery", callback_query_id=query["id"])


async def test_a_bot_removed_from_a_basic_group_hears_it_twice(
    ana: Person, bot: Bot, basic: int
) -> None:
    await ana.there(basic).does("remove", user_id=42)
    assert [kind for kind, _ in await bot.hears()] == ["message", "my_chat_member"]
    assert await bot.fails("sendMessage", chat_id=basic, text="a") == (
        "Forbidden: bot was kicked from the group chat"
    )
