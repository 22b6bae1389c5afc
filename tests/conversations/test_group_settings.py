"""`/avatarsettings`: a group's admins choose, in one message, and the bot keeps to it."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from bot.callbacks import ChatAction
from tests.conversations.conftest import OpenWorld
from tests.conversations.people import data_of, labels, moves_late, soon
from tests.conversations.test_group_avatar import AVATAR, friends, reaction, spent
from tests.conversations.test_group_hello import hellos, operated
from tests.faults.moments import changes, rows
from tests.sandbox.company import Group
from tests.world import FACE, Person, World

SETTINGS = "/avatarsettings@sandbox_bot"
ON = "🟢 I draw here"
AT_FIRST = [
    ON,
    "Who may order: everyone",
    "Group: 30 credits a day",
    "Each member: 30 a day",
    "PNG files: with the picture",
    "Tidying up: no",
    "Close",
]


async def the_card(ana: Person, label: str) -> Any:
    """The settings' card, once a button of it says this."""

    def found(sees: list[Any]) -> Any:
        return next((m for m in reversed(sees) if label in labels(m)), None)

    return await ana.until(found, label)


async def opened(world: World, **more: Any) -> tuple[Person, Person, Group]:
    """Ana, whose group it is, has the settings open; Bo is a member."""
    ana, bo, group = await friends(world, **more)
    await ana.sends(SETTINGS)
    await the_card(ana, ON)
    return ana, bo, group


async def last_of(person: Person) -> int:
    """Their newest message."""
    return int([m for m in await person.sees() if m["outgoing"]][-1]["message_id"])


async def test_tidying_up_takes_what_was_said_of_a_round(world: World) -> None:
    ana, bo, _ = await opened(world)
    await ana.taps("Tidying up")
    await the_card(ana, "Tidying up: yes")
    await ana.sends("/groupavatar@sandbox_bot as pirates, comic")
    card = await ana.hears("All of us as pirates")
    await bo.sends("/groupavatar@sandbox_bot as cats")
    told = await bo.hears("There's a round already.")
    assert told["reply_to"] == card["message_id"]
    await bo.until(lambda sees: "There's a round already." not in str(sees), "nothing of it")


async def test_one_message_edited_in_place_and_only_by_admins(world: World) -> None:
    ana, bo, _ = await opened(world)
    card = await the_card(ana, ON)
    assert labels(card) == AT_FIRST
    only = "Only admins of this group can change that."
    assert await bo.taps("I draw here") == only
    assert await bo.invents(card["message_id"], data_of(card, "Close")) == only
    for label, becomes in [
        ("I draw here", "⚪ I don't draw here"),
        ("I don't draw here", ON),
        ("Who may order", "Who may order: admins"),
        ("Group:", "Group: 5 credits a day"),
        ("Group:", "Group: 10 credits a day"),
        ("Each member:", "Each member: 1 a day"),
        ("PNG files", "PNG files: when asked for"),
    ]:
        assert await ana.taps(label) == ""
        assert (await the_card(ana, becomes))["message_id"] == card["message_id"]
    # A replayed tap sets what is set; what no button offers is over.
    assert await ana.invents(card["message_id"], data_of(card, "Who may order")) == ""
    forged = data_of(card, "Group:").replace(":5", ":1000")
    assert (
        await ana.invents(card["message_id"], forged) == "This one is over. Just ask for a new one."
    )
    assert "Group: 10 credits a day" in labels(await the_card(ana, "Who may order: admins"))
    # A second command brings the card below, and takes the first one away.
    await ana.sends(SETTINGS)
    await ana.until(lambda sees: not _there(sees, card), "the first one gone")
    again = await the_card(ana, "Group: 10 credits a day")
    assert await ana.taps("Close") == ""
    await ana.until(lambda sees: not _there(sees, again), "the card closed")


async def test_who_is_no_admin_is_told_once(world: World) -> None:
    ana, bo, group = await friends(world)
    first = await bo.sends(SETTINGS)
    await bo.hears("The admins of this group choose how I work here.")
    await reaction(bo, first, "😴")
    world.forget()
    second = await bo.sends(SETTINGS)
    await reaction(bo, second, "😴")
    assert spent(world, group) == []
    assert AT_FIRST[0] not in str(await ana.sees())


async def test_a_members_invented_taps_have_no_effect(world: World) -> None:
    ana, bo, group = await opened(world)
    card = await the_card(ana, ON)
    about = data_of(card, ON).partition(":")[0]
    before = rows(world, "SELECT * FROM chats")
    world.forget()
    # Whoever reads the hello may begin a round.
    others = [action for action in ChatAction if action is not ChatAction.DRAW_ALL]
    for action, value in product(others, ("", "0", "1", "5", "adm", "here", "x")):
        data = f"{about}:{action}:{value}" if value else f"{about}:{action}"
        assert await bo.invents(card["message_id"], data) != ""
    # Nor has an admin's where the card isn't.
    [hello] = hellos(await ana.sees())
    assert (
        await ana.invents(hello["message_id"], data_of(card, ON))
        == "This one is over. Just ask for a new one."
    )
    assert rows(world, "SELECT * FROM chats") == before
    assert spent(world, group) == []


async def test_the_menu_offers_it_to_admins(world: World) -> None:
    ana, bo, group = await friends(world)

    async def menu(person: Person) -> list[str]:
        listed = await person.asks(f"chats/{group.id}/commands")
        return [command["command"] for command in listed["commands"]]

    assert await menu(ana) == ["avatar", "groupavatar", "avatarsettings"]
    assert await menu(bo) == ["avatar", "groupavatar"]


async def test_an_anonymous_admin_writes_as_the_group_and_taps_as_themselves(world: World) -> None:
    ana, bo, group = await friends(world)
    await group.promotes(bo.id, "can_change_info", anonymous=True)
    await bo.sends(SETTINGS)
    await the_card(ana, ON)
    assert await bo.taps("PNG files") == ""
    await the_card(ana, "PNG files: when asked for")


async def test_switched_off_it_says_so_once_and_then_only_reacts(world: World) -> None:
    ana, bo, group = await opened(world)
    await bo.sends_photo(FACE, caption=f"{AVATAR} comic")
    await bo.gets_a_png()
    await ana.taps("I draw here")
    await the_card(ana, "⚪ I don't draw here")
    world.forget()
    await bo.sends_photo(FACE, caption=f"{AVATAR} neon")
    told = await bo.hears("The admins of this group have switched me off.")
    assert told["reply_to"] == await last_of(bo)
    await bo.sends_photo(FACE, caption=f"{AVATAR} neon")
    await reaction(bo, await last_of(bo), "😴")
    assert await bo.taps("Again") == "The admins of this group have switched me off."
    assert (len(spent(world, group)), world.predictions) == (1, [])


async def test_only_admins_may_order(world: World) -> None:
    ana, bo, _ = await opened(world)
    await ana.taps("Who may order")
    await the_card(ana, "Who may order: admins")
    await bo.sends_photo(FACE, caption=f"{AVATAR} neon")
    await bo.hears("In this group only admins can order.")
    [photo] = await bo.sends_photo(FACE)
    # What an admin has begun goes on, though it is Bo who makes the last tap.
    await ana.sends(f"{AVATAR} comic", reply_to=photo)
    await bo.taps("it's fine")
    await ana.gets_a_png()
    assert await ana.taps("Again") == ""
    await ana.gets_a_png(2)
    assert len(world.predictions) == 2


async def test_a_members_cap_and_the_groups_stay_within_the_operators(
    open_world: OpenWorld,
) -> None:
    world = await open_world(daily_credits_per_user=3, daily_credits_per_chat=7)
    ana, bo, _ = await opened(world)
    card = await the_card(ana, ON)
    assert labels(card)[2:4] == ["Group: 7 credits a day", "Each member: 3 a day"]
    for becomes in ("Each member: 1 a day", "Each member: 2 a day", "Each member: 3 a day"):
        await ana.taps("Each member:")
        await the_card(ana, becomes)
    await ana.taps("Each member:")
    await ana.taps("Group:", on=await the_card(ana, "Each member: 1 a day"))
    await the_card(ana, "Group: 5 credits a day")
    await bo.sends_photo(FACE, caption=f"{AVATAR} comic")
    await bo.gets_a_png()
    await bo.sends_photo(FACE, caption=f"{AVATAR} neon")
    await bo.hears("That's all for you here today.")
    await soon(lambda: not rows(world, "SELECT 1 FROM orders WHERE ended_at IS NULL"))
    await changes(world, "UPDATE orders SET credits = 5")  # as if five had been drawn
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    await ana.hears("This chat has used up today's pictures.")
    assert len(world.predictions) == 1


async def test_without_files_the_picture_has_a_button_for_its_own(world: World) -> None:
    ana, bo, group = await opened(world)
    await ana.taps("PNG files")
    await the_card(ana, "PNG files: when asked for")
    world.forget()
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    picture = await the_card(ana, "PNG")
    assert labels(picture) == ["🔁 Again", "PNG", "✨ Make yours"]
    await reaction(bo, await last_of(bo), "🎉")
    assert "document" not in str(await bo.sees())
    assert len(spent(world, group)) == 2
    assert await ana.taps("PNG") == "This one isn't yours. Ask for your own, and you get one."
    assert await bo.taps("PNG") == "The file is on its way."
    assert await bo.gets_a_png() == await world.drawn()
    assert await bo.taps("PNG") == "It's there already: the file below the picture."
    assert len(spent(world, group)) <= 4


async def test_a_file_that_somebody_deleted_comes_again(world: World) -> None:
    ana, bo, group = await opened(world)
    world.expects("message to react not found")
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await bo.gets_a_png()
    await reaction(bo, await last_of(bo), "🎉")
    [file] = [m for m in await ana.sees() if "document" in m]
    await group.does("delete", message_id=file["message_id"])
    assert await bo.taps("PNG") == "The file is on its way."
    assert await bo.gets_a_png() == await world.drawn()


async def test_a_file_that_may_not_be_sent_is_no_secret(world: World) -> None:
    ana, bo, _ = await opened(world)
    await ana.taps("PNG files")
    await the_card(ana, "PNG files: when asked for")
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    picture = await the_card(ana, "PNG")
    forbidden = "Bad Request: not enough rights to send documents to the chat"
    world.expects(forbidden)
    world.stand_ins.telegram.add_fault(
        method="editMessageMedia", kind="status", status=400, description=forbidden
    )
    await bo.taps("PNG")
    told = await bo.hears("I'm not allowed to send files here. An admin of the group can change")
    assert told["reply_to"] == picture["message_id"]
    # The button stays, for the day when an admin has changed it.
    await bo.taps("PNG")
    await bo.gets_a_png()


async def test_only_in_this_topic(world: World) -> None:
    ana, bo, group = await friends(world, forum=True)
    portraits = await group.topic("Portraits")
    await ana.says(SETTINGS, chat=group, thread=portraits)
    card = await the_card(ana, "Topic: any")
    assert card["thread_id"] == portraits
    await ana.taps("Topic")
    await the_card(ana, "Topic: only this one")
    await bo.sends_photo(FACE, caption=f"{AVATAR} comic")
    await bo.hears("The admins have me draw in another topic of this group.")
    await bo.says(f"{AVATAR} as a knight, comic", chat=group, thread=portraits)
    await bo.taps("Use my profile photo")
    await bo.gets_a_png()
    await ana.sends(SETTINGS)
    assert (await the_card(ana, "Topic: another one")).get("thread_id") is None
    await ana.taps("Topic")
    await the_card(ana, "Topic: any")


async def test_a_card_that_had_to_go_to_general_names_general(world: World) -> None:
    ana, bo, group = await friends(world, forum=True)
    portraits = await group.topic("Portraits")
    await group.does("close-topic", thread_id=portraits)
    world.expects("TOPIC_CLOSED")
    await ana.says(SETTINGS, chat=group, thread=portraits)
    assert (await the_card(ana, "Topic: any")).get("thread_id") is None
    await ana.taps("Topic: any")
    await the_card(ana, "Topic: only this one")
    await bo.sends(f"{AVATAR} as a knight")
    await bo.hears("Bo as a knight. Which look?")


async def test_where_the_bot_may_not_write_an_admin_reads_so_in_private(world: World) -> None:
    ana, _, group = await friends(world)
    world.expects("not enough rights to send text")
    await group.does("restrict", user_id=42, rights=["can_react_to_messages"])
    await reaction(ana, await ana.sends(SETTINGS), "😴")
    told = await replace(ana, chat_id=None).hears("I couldn't say this in “Friends”:")
    assert "I'm not allowed to write here." in told["text"]


async def test_tidying_up_takes_the_bots_own_sentences_away(world: World) -> None:
    ana, bo, _ = await opened(world)
    await ana.taps("Tidying up")
    await the_card(ana, "Tidying up: yes")
    await ana.until(lambda sees: not hellos(sees), "the hello gone")
    await ana.taps("I draw here")
    await the_card(ana, "⚪ I don't draw here")
    await bo.sends_photo(FACE, caption=f"{AVATAR} comic")
    told = await bo.hears("have switched me off.")
    await world.end()
    await world.start()
    await bo.until(lambda sees: not _there(sees, told), "the sentence gone")
    assert _there(await ana.sees(), await the_card(ana, "Tidying up: yes"))


async def test_settings_follow_a_migration_and_end_with_a_removal(world: World) -> None:
    ana, _, group = await opened(world, kind="group")
    await ana.taps("PNG files")
    await the_card(ana, "PNG files: when asked for")
    await group.upgrade()
    ana = ana.there(group)
    await ana.sends(SETTINGS)
    await the_card(ana, "PNG files: when asked for")
    await group.removes(42)
    await group.adds(42)
    await ana.sends(SETTINGS)
    await the_card(ana, "PNG files: with the picture")


async def test_an_open_card_stays_behind_in_the_old_group(world: World) -> None:
    """It lies where nobody writes any more; in the supergroup the command shows it again."""
    ana, _, group = await opened(world, kind="group")
    old = await the_card(ana, "PNG files: with the picture")
    world.forget()
    await group.upgrade()
    new = ana.there(group)
    assert (
        await ana.invents(old["message_id"], data_of(old, "PNG files"))
        == "This one is over. Just ask for a new one."
    )
    await new.sends(SETTINGS)
    card = await the_card(new, "PNG files: with the picture")
    await new.taps("PNG files")
    await the_card(new, "PNG files: when asked for")
    edits = [call.params for call in world.stand_ins.telegram.calls.made("editMessageText")]
    where = {(params["chat_id"], params["message_id"]) for params in edits}
    assert where == {(group.id, card["message_id"])}


async def test_a_card_that_is_asked_for_in_the_very_moment_comes_in_the_new_group(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram refuses it in the old one before the bot hears of the move."""
    moved = moves_late(monkeypatch)
    world = await open_world()
    ana, _, group = await friends(world, kind="group")
    world.expects("upgraded to a supergroup")
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="sendMessage", kind="delay", seconds=1.0)
    await ana.sends(SETTINGS)
    await soon(lambda: telegram.calls.made("sendMessage"))
    await group.upgrade()
    await the_card(ana.there(group), "PNG files: with the picture")
    moved.set()
    await ana.there(group).taps("PNG files")
    await the_card(ana.there(group), "PNG files: when asked for")


def _there(sees: list[Any], message: Any) -> bool:
    return any(m["message_id"] == message["message_id"] for m in sees)


async def test_a_topic_that_was_chosen_before_topics_were_switched_off(world: World) -> None:
    ana, _, group = await friends(world, forum=True)
    portraits = await group.topic("Portraits")
    await ana.says(SETTINGS, chat=group, thread=portraits)
    await ana.taps("Topic: any")
    await the_card(ana, "Topic: only this one")
    await ana.sends(f"{AVATAR} as a knight")
    await ana.hears("The admins have me draw in another topic of this group.")
    world.stand_ins.telegram._state.chats.chats[group.id].is_forum = False
    await ana.sends(f"{AVATAR} as a knight")
    await ana.hears("Ana as a knight. Which look?")


async def test_the_owner_of_a_group_that_hides_its_members(world: World) -> None:
    ana, bo, group = await friends(world)
    world.expects("CHAT_ADMIN_REQUIRED")
    hidden = "Bad Request: CHAT_ADMIN_REQUIRED"
    world.stand_ins.telegram.add_fault(
        method="getChatMember", status=400, description=hidden, times=99, chat_id=group.id
    )
    await ana.sends(SETTINGS)
    await ana.hears("Settings of Friends")
    assert await bo.taps("I draw here") == "Only admins of this group can change that."
    world.stand_ins.telegram.clear_faults()


async def test_what_the_operator_leaves_is_on_an_open_card(open_world: OpenWorld) -> None:
    _, olga, ana, _ = await operated(open_world)
    await ana.sends(SETTINGS)
    for now in (30, 5, 10):
        await ana.taps("Group:", on=await the_card(ana, f"Group: {now} credits a day"))
    await the_card(ana, "Group: 20 credits a day")
    await olga.taps("10 a day")
    assert "Each member: 10 a day" in labels(await the_card(ana, "Group: 10 credits a day"))
    # From what was chosen before, and is too much by now, the next tap goes on.
    await ana.taps("Group: 10")
    await the_card(ana, "Group: 5 credits a day")


async def test_what_is_too_old_to_be_deleted_has_no_dead_buttons(world: World) -> None:
    ana, _, group = await opened(world)
    world.expects("can't be deleted")
    world.stand_ins.telegram.add_fault(
        method="deleteMessage",
        status=400,
        description="Bad Request: message can't be deleted for everyone",
        times=2,
        chat_id=group.id,
    )
    card = await the_card(ana, ON)
    await ana.taps("Tidying up")
    await the_card(ana, "Tidying up: yes")
    await soon(lambda: not rows(world, "SELECT 1 FROM notes WHERE delete_at IS NOT NULL"))
    assert "I ask for a look" in await ana.taps("How it works")
    assert await ana.taps("Draw the whole group") == ""
    await ana.taps("Close")
    closed = await ana.hears("This one is over.")
    assert (closed["message_id"], labels(closed)) == (card["message_id"], [])


async def test_tidying_up_keeps_nobody_from_being_told(open_world: OpenWorld) -> None:
    """What Telegram has the bot wait with is still to be said."""
    world = await open_world()
    ana, bo, group = await opened(world)
    await ana.taps("Who may order")
    await the_card(ana, "Who may order: admins")
    slow = {"status": 429, "parameters": {"retry_after": 40}, "chat_id": group.id}
    world.stand_ins.telegram.add_fault(method="sendMessage", **slow)
    world.expects("Too Many Requests", "Internal")
    await bo.sends_photo(FACE, caption=f"{AVATAR} comic")
    waits = "SELECT 1 FROM notes WHERE kind = 'said' AND render_at > 0"
    await soon(lambda: rows(world, waits))
    assert await ana.taps("Tidying up") == ""
    await world.end()
    await changes(world, "UPDATE notes SET render_at = 0")  # as if the time had passed
    await world.start()
    await bo.hears("In this group only admins can order.")
