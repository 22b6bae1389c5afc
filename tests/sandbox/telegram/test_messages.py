"""Sending, editing and deleting, and what the phone shows of it."""

from typing import Any

from tests.sandbox.telegram.phone import Bot, Person, World, buttons, picture

Json = Any

SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


async def test_a_message_appears_with_its_buttons(bot: Bot, ana: Person) -> None:
    sent = await bot.does(
        "sendMessage",
        chat_id=ana.id,
        text="<b>Which</b> look?",
        parse_mode="HTML",
        reply_markup=buttons([("Cinematic", "look:c"), ("Noir", "look:n")]),
    )
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    shown = (await ana.sees())[-1]
    assert shown["text"] == "Which look?"
    assert shown["outgoing"] is False
    assert shown["keyboard"] == [
        [{"text": "Cinematic", "data": "look:c"}, {"text": "Noir", "data": "look:n"}]
    ]


async def test_chats_that_cannot_be_written_to(here: World, bot: Bot) -> None:
    shy = await here.person(first_name="Shy")
    assert await bot.fails("sendMessage", chat_id=999, text="a") == "chat not found"
    assert await bot.fails("sendMessage", chat_id="@nobody", text="a") == "chat not found"
    assert await bot.answer("sendMessage", chat_id=shy.id, text="a") == (
        403,
        {
            "ok": False,
            "error_code": 403,
            "description": "Forbidden: bot can't initiate conversation with a user",
        },
    )


async def test_blocked_and_unblocked(bot: Bot, ana: Person) -> None:
    await ana.does("block")
    status, answer = await bot.answer("sendMessage", chat_id=ana.id, text="a")
    assert (status, answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    status, answer = await bot.answer("sendChatAction", chat_id=ana.id, action="typing")
    assert status == 403
    assert (await ana.fails("text", text="hi"))[0] == 409
    await ana.does("unblock")
    await ana.does("unblock")
    await bot.does("sendMessage", chat_id=ana.id, text="a")
    changes = [update["my_chat_member"] for update in await bot.updates()]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]


async def test_replies(bot: Bot, ana: Person) -> None:
    first = await ana.says("hello")
    sent = await bot.does(
        "sendMessage", chat_id=ana.id, text="hi", reply_parameters={"message_id": first}
    )
    assert sent["reply_to_message"]["text"] == "hello"
    assert (await ana.sees())[-1]["reply_to"] == first
    gone = {"message_id": 10_000}
    assert (
        await bot.fails("sendMessage", chat_id=ana.id, text="hi", reply_parameters=gone)
        == "message to be replied not found"
    )
    sent = await bot.does(
        "sendMessage",
        chat_id=ana.id,
        text="hi",
        reply_parameters=gone | {"allow_sending_without_reply": True},
    )
    assert "reply_to_message" not in sent
    assert (
        await bot.fails("sendMessage", chat_id=ana.id, text="hi", message_thread_id=3)
        == "message thread not found"
    )


async def test_editing_text(bot: Bot, ana: Person) -> None:
    sent = await bot.does(
        "sendMessage", chat_id=ana.id, text="one", reply_markup=buttons([("A", "a")])
    )
    where = {"chat_id": ana.id, "message_id": sent["message_id"]}
    assert await bot.fails("editMessageText", text="a", **where | {"message_id": 999}) == (
        "message to edit not found"
    )
    same = {"reply_markup": buttons([("A", "a")])}
    assert await bot.fails("editMessageText", text="one", **where, **same) == SAME
    # The same text without the buttons is a change: they go away.
    edited = await bot.does("editMessageText", text="one", **where)
    assert "reply_markup" not in edited
    assert await bot.fails("editMessageReplyMarkup", **where) == SAME
    await bot.does("editMessageReplyMarkup", **where, **same)
    shown = (await ana.sees())[-1]
    assert (shown["text"], shown["edited"]) == ("one", True)
    assert shown["keyboard"] == [[{"text": "A", "data": "a"}]]
    assert await bot.fails("editMessageCaption", caption="a", **where) == (
        "there is no caption in the message to edit"
    )


async def test_only_own_messages_are_edited(bot: Bot, ana: Person) -> None:
    number = await ana.says("mine")
    assert (
        await bot.fails("editMessageText", chat_id=ana.id, message_id=number, text="yours")
        == "message can't be edited"
    )


async def test_text_becomes_media_and_media_never_text(bot: Bot, ana: Person) -> None:
    sent = await bot.does("sendMessage", chat_id=ana.id, text="Drawing…")
    where = {"chat_id": ana.id, "message_id": sent["message_id"]}
    edited = await bot.does(
        "editMessageMedia",
        media={"type": "photo", "media": "attach://made", "caption": "Ready"},
        made=picture(),
        **where,
    )
    assert edited["caption"] == "Ready"
    assert [size["width"] for size in edited["photo"]] == [90, 320, 640]
    assert await bot.fails("editMessageText", text="a", **where) == (
        "there is no text in the message to edit"
    )
    file_id = edited["photo"][-1]["file_id"]
    again = {"type": "photo", "media": file_id, "caption": "Ready"}
    assert await bot.fails("editMessageMedia", media=again, **where) == SAME
    assert await bot.fails("editMessageCaption", caption="Ready", **where) == SAME
    await bot.does("editMessageCaption", caption="Done", **where)
    file = {"type": "document", "media": "attach://file"}
    edited = await bot.does("editMessageMedia", media=file, file=b"%PNG", **where)
    assert edited["document"]["file_size"] == 4
    assert "photo" not in edited
    assert (await ana.sees())[-1]["document"]["file_name"] == "file"
    missing = {"type": "document", "media": "attach://other"}
    assert await bot.fails("editMessageMedia", media=missing, **where) == (
        "can't parse InputMedia: media not found"
    )


async def test_deleting(bot: Bot, ana: Person) -> None:
    numbers = [await ana.says("a"), await ana.says("b"), await ana.says("c")]
    assert await bot.does("deleteMessage", chat_id=ana.id, message_id=numbers[0])
    assert await bot.fails("deleteMessage", chat_id=ana.id, message_id=numbers[0]) == (
        "message to delete not found"
    )
    assert await bot.does("deleteMessages", chat_id=ana.id, message_ids=numbers)
    assert [message["text"] for message in await ana.sees()] == ["/start"]
    deleted = [event for event in await ana.events() if event["event"] == "deleted"]
    assert [event["data"]["message_id"] for event in deleted] == numbers
    many = list(range(1, 102))
    assert await bot.fails("deleteMessages", chat_id=ana.id, message_ids=many) == (
        "too many message identifiers specified"
    )


async def test_after_two_days_a_message_stays(here: World, bot: Bot, ana: Person) -> None:
    number = await ana.says("old")
    here.standin._state.chats.chats[ana.id].messages[number].date -= 48 * 3600 + 5
    assert await bot.fails("deleteMessage", chat_id=ana.id, message_id=number) == (
        "message can't be deleted for everyone"
    )


async def test_an_album(bot: Bot, ana: Person) -> None:
    media = [
        {"type": "photo", "media": "attach://a", "caption": "two"},
        {"type": "photo", "media": "attach://b"},
    ]
    sent = await bot.does("sendMediaGroup", chat_id=ana.id, media=media, a=picture(), b=picture())
    assert len({message["media_group_id"] for message in sent}) == 1
    assert [message.get("caption") for message in sent] == ["two", None]
    where = {"chat_id": ana.id, "message_id": sent[0]["message_id"]}
    file = {"type": "document", "media": "attach://file"}
    assert await bot.fails("editMessageMedia", media=file, file=b"x", **where) == (
        "can't change media type in the album"
    )
    mixed = [media[0], {"type": "document", "media": "attach://b"}]
    assert "can't be mixed" in await bot.fails(
        "sendMediaGroup", chat_id=ana.id, media=mixed, a=picture(), b=b"x"
    )


async def test_copying(bot: Bot, ana: Person) -> None:
    sent = await bot.does("sendPhoto", chat_id=ana.id, photo=picture(), caption="one")
    source = {"chat_id": ana.id, "from_chat_id": ana.id}
    copy = await bot.does("copyMessage", message_id=sent["message_id"], caption="two", **source)
    shown = {message["message_id"]: message for message in await ana.sees()}
    assert shown[copy["message_id"]]["caption"] == "two"
    assert shown[copy["message_id"]]["photo"] == shown[sent["message_id"]]["photo"]
    assert await bot.fails("copyMessage", message_id=999, **source) == "message to copy not found"


async def test_actions_and_reactions(bot: Bot, ana: Person) -> None:
    number = await ana.says("/avatar")
    after = (await ana.events())[-1]["id"]
    where = {"chat_id": ana.id, "message_id": number}
    await bot.does("sendChatAction", chat_id=ana.id, action="upload_photo")
    await bot.does("setMessageReaction", reaction=[{"type": "emoji", "emoji": "👀"}], **where)
    await bot.does("setMessageReaction", reaction=[], **where)
    assert [(event["event"], event["data"]) for event in await ana.events(after)] == [
        ("action", {"chat_id": ana.id, "action": "upload_photo"}),
        ("reaction", {"chat_id": ana.id, "message_id": number, "emoji": ["👀"]}),
        ("reaction", {"chat_id": ana.id, "message_id": number, "emoji": []}),
    ]
    assert await bot.fails("sendChatAction", chat_id=ana.id, action="dance") == (
        "wrong parameter action in request"
    )
    assert await bot.fails(
        "setMessageReaction", reaction=[{"type": "emoji", "emoji": "x"}], **where
    ) == ("REACTION_INVALID")
    gone = where | {"message_id": 999}
    assert await bot.fails("setMessageReaction", **gone) == "message to react not found"


async def test_the_bots_own_settings(here: World, bot: Bot, ana: Person) -> None:
    commands = [{"command": "start", "description": "Begin"}]
    await bot.does("setMyCommands", commands=commands)
    await bot.does("setMyCommands", commands=[], language_code="de")
    await bot.does("setMyDescription", description="Send a selfie")
    await bot.does("setMyShortDescription", short_description="Avatars")
    await bot.does("setMyName", name="Portraits")
    await bot.does("setChatMenuButton", menu_button={"type": "commands"})
    assert await bot.does("getMyCommands") == commands
    assert await bot.does("getMyDescription", language_code="fr") == {
        "description": "Send a selfie"
    }
    assert await bot.does("getMyShortDescription") == {"short_description": "Avatars"}
    async with here.client.get("/people/bot") as response:
        shown = await response.json()
    assert shown == {
        "id": 42,
        "first_name": "Portraits",
        "username": "sandbox_bot",
        "description": "Send a selfie",
        "short_description": "Avatars",
        "commands": commands,
    }
    assert [event["event"] for event in await ana.events()].count("bot") == 5
    await bot.does("deleteMyCommands")
    assert await bot.does("getMyCommands") == []


async def test_who_is_there(here: World, bot: Bot, ana: Person) -> None:
    assert (await bot.does("getMe"))["username"] == "sandbox_bot"
    assert (await bot.does("getChat", chat_id=ana.id))["first_name"] == "Ana"
    member = await bot.does("getChatMember", chat_id=ana.id, user_id=ana.id)
    assert member["status"] == "member"
    shy = await here.person(first_name="Shy")
    assert await bot.fails("getChat", chat_id=shy.id) == "chat not found"
    assert await bot.fails("getChatMember", chat_id=ana.id, user_id=5) == "user not found"
    assert await bot.fails("leaveChat", chat_id=ana.id) == (
        "chat member status can't be changed in private chats"
    )


async def test_a_group_is_left(here: World, bot: Bot, ana: Person) -> None:
    here.standin.add_group(-1001, "Friends", [ana.id])
    await bot.does("sendMessage", chat_id=-1001, text="hello")
    assert (await ana.events())[-1]["data"]["chat_id"] == -1001
    await bot.does("leaveChat", chat_id=-1001)
    status, answer = await bot.answer("sendMessage", chat_id=-1001, text="hello")
    assert (status, answer["description"]) == (
        403,
        "Forbidden: bot is not a member of the supergroup chat",
    )
