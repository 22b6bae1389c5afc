"""Who comes and goes, and what the bot is told of it."""

from typing import Any

from tests.sandbox.telegram.phone import Bot, Person, World

Json = Any


def _statuses(change: Json) -> tuple[str, str]:
    return change["old_chat_member"]["status"], change["new_chat_member"]["status"]


async def test_the_bot_is_in_a_new_group(ana: Person, bo: Person, bot: Bot) -> None:
    group = await ana.makes("groups", title="Friends", members=[bo.id], with_bot=True)
    (kind, change), (_, created) = await bot.hears()
    assert (kind, _statuses(change)) == ("my_chat_member", ("left", "member"))
    assert (change["from"]["id"], change["chat"]["title"]) == (ana.id, "Friends")
    assert created["supergroup_chat_created"] is True
    assert (created["chat"]["id"], group) == (group, min(group, -1_000_000_000_000))


async def test_added_thrown_out_and_added_again(ana: Person, bo: Person, bot: Bot) -> None:
    group = await ana.makes("groups", title="Friends", members=[bo.id])
    assert await bot.hears() == []
    assert await bot.fails("sendMessage", chat_id=group, text="a") == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
    there = ana.there(group)
    await there.does("add", user_id=42)
    (_, change), (_, told) = await bot.hears()
    assert _statuses(change) == ("left", "member")
    assert [user["id"] for user in told["new_chat_members"]] == [42]
    assert (await bo.there(group).sees())[-1]["service"] == "Ana added Avatars"
    assert (await bo.there(group).fails("remove", user_id=42))[0] == 403
    await there.does("remove", user_id=42)
    await ana.there(group).says("/avatar@sandbox_bot")
    ((kind, change),) = await bot.hears()
    assert (kind, _statuses(change)) == ("my_chat_member", ("member", "kicked"))
    for method in ("sendMessage", "getChat"):
        params = {"text": "a"} if method == "sendMessage" else {}
        assert await bot.fails(method, chat_id=group, **params) == (
            "Forbidden: bot was kicked from the supergroup chat"
        )
    await there.does("add", user_id=42)
    (_, change), _ = await bot.hears()
    assert _statuses(change) == ("kicked", "member")
    await bot.does("sendMessage", chat_id=group, text="back")


async def test_taps_on_what_a_removed_bot_left_reach_nobody(
    ana: Person, bot: Bot, group: int
) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await bot.does("sendMessage", chat_id=group, text="?", reply_markup=keyboard)
    await ana.there(group).does("remove", user_id=42)
    await bot.hears()
    await ana.there(group).does("tap", message_id=sent["message_id"], text="Go")
    assert await bot.hears() == []


async def test_people_come_and_go(here: World, ana: Person, bot: Bot, group: int) -> None:
    cleo = await here.person(first_name="Cleo")
    await ana.there(group).does("add", user_id=cleo.id)
    await cleo.there(group).says("hi")
    await cleo.there(group).does("leave")
    assert (await cleo.there(group).fails("text", text="hi"))[0] == 404
    await cleo.there(group).post("join")
    await ana.there(group).does("remove", user_id=cleo.id)
    assert (await cleo.there(group).fails("join"))[0] == 404
    told = [message for _, message in await bot.hears()]
    assert [next(iter(m.keys() & {"new_chat_members", "left_chat_member"})) for m in told] == [
        "new_chat_members",
        "left_chat_member",
        "new_chat_members",
        "left_chat_member",
    ]
    assert [message["from"]["id"] for message in told] == [ana.id, cleo.id, cleo.id, ana.id]


async def test_others_changes_are_for_an_administrator_who_asks(
    here: World, ana: Person, bo: Person, bot: Bot, group: int
) -> None:
    kinds = ["message", "my_chat_member", "chat_member"]
    await bot.hears(allowed_updates=kinds)
    await ana.there(group).does("restrict", user_id=bo.id, rights=[])
    assert await bot.hears() == []
    await ana.there(group).does("promote", user_id=42, rights=["can_change_info"])
    await ana.there(group).does("demote", user_id=bo.id)
    (mine, change), (others, other) = await bot.hears()
    assert (mine, _statuses(change)) == ("my_chat_member", ("member", "administrator"))
    assert change["new_chat_member"]["can_change_info"] is True
    assert change["new_chat_member"]["can_pin_messages"] is False
    assert (others, _statuses(other)) == ("chat_member", ("restricted", "member"))
    await bot.hears(allowed_updates=[])
    await ana.there(group).does("restrict", user_id=bo.id, rights=[])
    assert await bot.hears() == []


async def test_who_is_there(here: World, ana: Person, bo: Person, bot: Bot, group: int) -> None:
    there = ana.there(group)
    await there.does("promote", user_id=bo.id, rights=["can_pin_messages"], title="Boss")
    admins = await bot.does("getChatAdministrators", chat_id=group)
    assert [(a["user"]["first_name"], a["status"]) for a in admins] == [
        ("Ana", "creator"),
        ("Bo", "administrator"),
    ]
    assert (admins[1]["custom_title"], admins[1]["can_change_info"]) == ("Boss", False)
    assert await bot.does("getChatMemberCount", chat_id=group) == 3
    member = await bot.does("getChatMember", chat_id=group, user_id=42)
    assert member["status"] == "member"
    stranger = await here.person(first_name="Dan")
    member = await bot.does("getChatMember", chat_id=group, user_id=stranger.id)
    assert member["status"] == "left"
    assert await bot.fails("getChatAdministrators", chat_id=ana.id) == (
        "there are no administrators in the private chat"
    )


async def test_whoever_restricts_members_lifts_it(
    here: World, ana: Person, bo: Person, group: int
) -> None:
    cleo = await here.person(first_name="Cleo")
    await ana.there(group).does("add", user_id=cleo.id)
    await ana.there(group).does("promote", user_id=bo.id, rights=["can_restrict_members"])
    await bo.there(group).does("restrict", user_id=cleo.id, rights=[])
    await bo.there(group).does("demote", user_id=cleo.id)
    await cleo.there(group).says("hi")
    assert (await cleo.there(group).fails("demote", user_id=bo.id))[0] == 403


async def test_known_is_whoever_is_or_was_in_a_group_of_ones_own(
    here: World, ana: Person, bo: Person, group: int
) -> None:
    await here.person(first_name="Dan")
    await ana.there(group).does("remove", user_id=bo.id)
    known = (await ana.gets("contacts"))["contacts"]
    assert [person["first_name"] for person in known] == ["Avatars", "Bo"]


async def test_the_bot_leaves(ana: Person, bot: Bot, group: int) -> None:
    await bot.does("leaveChat", chat_id=group)
    ((kind, change),) = await bot.hears()
    assert (kind, _statuses(change)) == ("my_chat_member", ("member", "left"))
    assert (await ana.there(group).sees())[-1]["service"] == "Avatars left the group"


async def test_a_link_brings_the_bot_to_a_group(ana: Person, bo: Person, bot: Bot) -> None:
    group = await ana.makes("groups", title="Friends", members=[bo.id])
    there = ana.there(group)
    assert (await bo.there(group).fails("bring", admin="change_info"))[0] == 403
    await there.does("bring", start="round_7", admin="change_info+pin_messages+no_such")
    updates = await bot.hears()
    assert [kind for kind, _ in updates] == [
        "my_chat_member",
        "message",
        "my_chat_member",
        "message",
    ]
    rights = updates[2][1]["new_chat_member"]
    assert (rights["can_change_info"], rights["can_delete_messages"]) == (True, False)
    assert updates[3][1]["text"] == "/start@sandbox_bot round_7"
    await there.does("bring", admin="delete_messages")
    ((_, change),) = await bot.hears()
    rights = change["new_chat_member"]
    assert (rights["can_change_info"], rights["can_delete_messages"]) == (True, True)
    assert (await ana.fails("bring", start="x"))[0] == 409


async def test_the_demos_group_has_the_bot_already(ana: Person, bot: Bot) -> None:
    group = await ana.makes("demo-group")
    assert await ana.makes("demo-group") == group
    chats = (await ana.gets("chats"))["chats"]
    assert [chat["type"] for chat in chats] == ["private", "supergroup"]
    assert [member["first_name"] for member in chats[1]["members"]] == [
        "Ana",
        "Bo",
        "Cleo",
        "Avatars",
    ]
    assert [topic["name"] for topic in chats[1]["topics"]] == ["Portraits"]
    assert await bot.hears() == []
    await bot.does("sendMessage", chat_id=group, text="hello")


async def test_commands_by_scope(ana: Person, bo: Person, bot: Bot, group: int) -> None:
    def named(name: str) -> list[Json]:
        return [{"command": name, "description": "It"}]

    async def shown(person: Person, chat: int) -> Json:
        return (await person.gets(f"chats/{chat}/commands"))["commands"]

    await bot.does("setMyCommands", commands=named("start"))
    assert await shown(bo, group) == named("start")
    everybody, admins = {"type": "all_group_chats"}, {"type": "all_chat_administrators"}
    await bot.does("setMyCommands", commands=named("avatar"), scope=everybody)
    await bot.does("setMyCommands", commands=named("avatarsettings"), scope=admins)
    assert await shown(bo, group) == named("avatar")
    assert await shown(ana, group) == named("avatarsettings")
    assert await shown(ana, ana.id) == named("start")
