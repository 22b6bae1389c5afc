"""What the bot may do in a group: sending, deleting, pinning, the photo, reactions."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.sandbox.telegram.phone import Bot, Clock, Person, picture, world

Json = Any

ALL_BUT_MEDIA = ["can_send_messages", "can_react_to_messages"]


async def test_no_right_to_send_photos_or_documents(ana: Person, bot: Bot, group: int) -> None:
    sent = await bot.does("sendMessage", chat_id=group, text="Drawing…")
    await ana.there(group).does("permissions", rights=ALL_BUT_MEDIA)
    here = {"chat_id": group}
    photos = "not enough rights to send photos to the chat"
    documents = "not enough rights to send documents to the chat"
    assert await bot.fails("sendPhoto", photo=picture(), **here) == photos
    assert await bot.fails("sendDocument", document=b"x", **here) == documents
    album = [{"type": "photo", "media": f"attach://{name}"} for name in "ab"]
    assert await bot.fails("sendMediaGroup", media=album, a=b"x", b=b"x", **here) == photos
    made = {"type": "photo", "media": "attach://made"}
    where = here | {"message_id": sent["message_id"]}
    assert await bot.fails("editMessageMedia", media=made, made=picture(), **where) == photos
    await bot.does("editMessageText", text="Ready", **where)
    # An administrator isn't bound by what members may do.
    await ana.there(group).does("promote", user_id=42, rights=[])
    await bot.does("sendPhoto", photo=picture(), **here)


async def test_no_right_to_write_at_all(ana: Person, bot: Bot, group: int) -> None:
    await ana.there(group).does("restrict", user_id=42, rights=["can_send_photos"])
    assert await bot.fails("sendMessage", chat_id=group, text="a") == (
        "not enough rights to send text messages to the chat"
    )
    await bot.does("sendPhoto", chat_id=group, photo=picture())
    member = await bot.does("getChatMember", chat_id=group, user_id=42)
    assert (member["status"], member["can_send_photos"], member["can_send_messages"]) == (
        "restricted",
        True,
        False,
    )


async def test_people_are_bound_by_it_too(ana: Person, bo: Person, bot: Bot, group: int) -> None:
    await ana.there(group).does("permissions", rights=ALL_BUT_MEDIA)
    file = ("a.jpg", picture(), "image/jpeg")
    refused = await bo.there(group).uploads(file, status=403)
    assert refused == {"error": "Bo may not send photos here"}
    await ana.there(group).uploads(file)
    assert (await bo.there(group).fails("permissions", rights=[]))[0] == 403
    permissions = (await bot.does("getChat", chat_id=group))["permissions"]
    assert (permissions["can_send_messages"], permissions["can_send_photos"]) == (True, False)


async def test_slow_mode(ana: Person, bo: Person, bot: Bot, group: int, clock: Clock) -> None:
    await ana.there(group).does("slow-mode", seconds=30)
    assert (await bot.does("getChat", chat_id=group))["slow_mode_delay"] == 30
    sent = await bot.does("sendMessage", chat_id=group, text="a")
    clock.now += 12.5
    status, answer = await bot.answer("sendMessage", chat_id=group, text="b")
    assert (status, answer["parameters"]) == (429, {"retry_after": 18})
    # Edits are no new messages.
    await bot.does("editMessageText", chat_id=group, message_id=sent["message_id"], text="b")
    await bo.there(group).says("one")
    status, words = await bo.there(group).fails("text", text="two")
    assert (status, words) == (429, "slow mode is on: you can write again in 30 s")
    (shown,) = [one for one in (await bo.gets("chats"))["chats"] if one["id"] == group]
    assert shown["slow_mode_wait"] == 30
    await ana.there(group).says("one")
    await ana.there(group).says("two")
    clock.now += 17.5
    await bot.does("sendMessage", chat_id=group, text="b")


async def test_twenty_messages_and_edits_a_minute(clock: Clock) -> None:
    async with world(clock=clock, flood_limits=True) as strict:
        ana = await strict.met()
        group = await ana.makes("groups", title="Friends", with_bot=True)
        sent = await strict.bot.does("sendMessage", chat_id=group, text="0")
        for number in range(1, 20):
            where = {"chat_id": group, "message_id": sent["message_id"]}
            await strict.bot.does("editMessageText", text=str(number), **where)
        status, answer = await strict.bot.answer("sendMessage", chat_id=group, text="a")
        assert (status, answer["parameters"]) == (429, {"retry_after": 60})
        clock.now += 60
        await strict.bot.does("sendMessage", chat_id=group, text="a")


async def test_others_messages_are_deleted_with_the_right(
    ana: Person, bot: Bot, group: int
) -> None:
    own = await bot.does("sendMessage", chat_id=group, text="a")
    others = await ana.there(group).says("b")
    here = {"chat_id": group}
    assert await bot.fails("deleteMessage", message_id=others, **here) == (
        "message can't be deleted"
    )
    both = [own["message_id"], others]
    assert await bot.fails("deleteMessages", message_ids=both, **here) == (
        "message can't be deleted"
    )
    await bot.does("deleteMessage", message_id=own["message_id"], **here)
    await ana.there(group).does("promote", user_id=42, rights=["can_delete_messages"])
    await bot.does("deleteMessage", message_id=others, **here)


async def test_people_delete_what_they_wrote_and_administrators_all(
    ana: Person, bo: Person, bot: Bot, group: int
) -> None:
    anas = await ana.there(group).says("a")
    bos = await bo.there(group).says("b")
    assert (await bo.there(group).fails("delete", message_id=anas))[0] == 403
    await bo.there(group).does("delete", message_id=bos)
    sent = await bot.does("sendMessage", chat_id=group, text="c")
    await ana.there(group).does("delete", message_id=sent["message_id"])


async def test_what_happened_is_neither_edited_nor_copied(
    ana: Person, bot: Bot, group: int
) -> None:
    told = (await ana.there(group).sees())[0]
    where = {"chat_id": group, "message_id": told["message_id"]}
    assert await bot.fails("editMessageText", text="a", **where) == "message can't be edited"
    assert await bot.fails("copyMessage", from_chat_id=group, **where) == (
        "the message can't be copied"
    )


async def test_pinning(ana: Person, bot: Bot, group: int) -> None:
    sent = await bot.does("sendMessage", chat_id=group, text="a")
    where = {"chat_id": group, "message_id": sent["message_id"]}
    assert await bot.fails("pinChatMessage", **where) == (
        "not enough rights to manage pinned messages in the chat"
    )
    await ana.there(group).does("promote", user_id=42, rights=["can_pin_messages"])
    await bot.hears()
    assert await bot.does("pinChatMessage", **where)
    assert await bot.does("unpinChatMessage", **where)
    ((_, told),) = await bot.hears()
    assert told["pinned_message"]["message_id"] == sent["message_id"]


def _sized(width: int, height: int, kind: str = "JPEG") -> bytes:
    target = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(target, kind)
    return target.getvalue()


async def test_the_groups_photo(ana: Person, bot: Bot, group: int) -> None:
    here = {"chat_id": group}
    assert await bot.fails("setChatPhoto", photo=_sized(512, 512), **here) == (
        "not enough rights to change chat photo"
    )
    await ana.there(group).does("promote", user_id=42, rights=["can_change_info"])
    await bot.hears()
    assert await bot.does("setChatPhoto", photo=_sized(512, 512, "PNG"), **here)
    ((_, told),) = await bot.hears()
    assert [size["width"] for size in told["new_chat_photo"]] == [160, 640]
    assert told["from"]["id"] == 42
    photo = (await bot.does("getChat", **here))["photo"]
    status, data = await bot.downloads(photo["big_file_id"])
    assert (status, Image.open(io.BytesIO(data)).size) == (200, (640, 640))
    assert (await ana.there(group).sees())[-1]["service"] == "Avatars changed the group's photo"
    shown = await ana.gets(f"chats/{group}")
    assert shown["photo"].startswith("/people/files/")
    await bot.does("deleteChatPhoto", **here)
    assert "photo" not in await bot.does("getChat", **here)


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        (_sized(159, 600), "PHOTO_CROP_SIZE_SMALL"),
        (_sized(1200, 600), "PHOTO_INVALID_DIMENSIONS"),
        (_sized(512, 512, "WEBP"), "IMAGE_PROCESS_FAILED"),
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        ("AgACAgQAAx", 'parameter "photo" must be uploaded as an InputFile'),
        ("https://a.example/b.jpg", 'parameter "photo" must be uploaded as an InputFile'),
        ("attach://photo", 'parameter "photo" must be uploaded as an InputFile'),
    ],
)
async def test_what_no_group_photo_can_be(
    ana: Person, bot: Bot, group: int, photo: Json, said: str
) -> None:
    await ana.there(group).does("promote", user_id=42, rights=["can_change_info"])
    assert await bot.fails("setChatPhoto", chat_id=group, photo=photo) == said


async def test_a_private_chat_keeps_its_photo(ana: Person, bot: Bot) -> None:
    assert await bot.fails("setChatPhoto", chat_id=ana.id, photo=_sized(512, 512)) == (
        "can't change private chat photo"
    )


async def test_reactions_where_few_or_none_are_allowed(ana: Person, bot: Bot, group: int) -> None:
    number = await ana.there(group).says("/avatar@sandbox_bot")
    where = {"chat_id": group, "message_id": number}

    def reaction(emoji: str) -> list[Json]:
        return [{"type": "emoji", "emoji": emoji}]

    await bot.does("setMessageReaction", reaction=reaction("👀"), **where)
    assert (await ana.there(group).sees())[-1]["reactions"] == ["👀"]
    await ana.there(group).does("reactions", emoji=["🎉"])
    assert await bot.fails("setMessageReaction", reaction=reaction("👀"), **where) == (
        "REACTION_INVALID"
    )
    await bot.does("setMessageReaction", reaction=reaction("🎉"), **where)
    assert (await ana.there(group).sees())[-1]["reactions"] == ["🎉"]
    available = (await bot.does("getChat", chat_id=group))["available_reactions"]
    assert available == reaction("🎉")
    await ana.there(group).does("reactions", emoji=[])
    assert await bot.fails("setMessageReaction", reaction=reaction("🎉"), **where) == (
        "REACTION_INVALID"
    )
    await bot.does("setMessageReaction", **where)
    assert "reactions" not in (await ana.there(group).sees())[-1]


async def test_peoples_reactions_are_for_an_administrator_who_asks(
    ana: Person, bo: Person, bot: Bot, group: int
) -> None:
    await bot.hears(allowed_updates=["message_reaction"])
    number = await ana.there(group).says("hi")
    await bo.there(group).does("react", message_id=number, emoji="👍")
    assert await bot.hears() == []
    await ana.there(group).does("promote", user_id=42, rights=[])
    await bo.there(group).does("react", message_id=number, emoji="🎉")
    ((kind, change),) = await bot.hears()
    assert (kind, change["user"]["id"], change["message_id"]) == ("message_reaction", bo.id, number)
    assert [one["emoji"] for one in change["old_reaction"] + change["new_reaction"]] == ["👍", "🎉"]
    assert (await bo.there(group).fails("react", message_id=number, emoji="x"))[0] == 400


async def test_the_rights_to_ask_for(bot: Bot) -> None:
    rights = await bot.does("getMyDefaultAdministratorRights")
    assert not any(rights.values())
    await bot.does("setMyDefaultAdministratorRights", rights=rights | {"can_change_info": True})
    assert (await bot.does("getMyDefaultAdministratorRights"))["can_change_info"] is True
