"""`/avatarsettings`: a group's admins choose, in one message, and the bot keeps to it."""

from dataclasses import replace

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import data_of, is_there, labels, soon
from tests.conversations.settings_cards import AT_FIRST, ON, SETTINGS, last_of, opened, the_card
from tests.faults.moments import changes, rows
from tests.world import FACE, Person, World


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
    await ana.until(lambda sees: not is_there(sees, card), "the first one gone")
    again = await the_card(ana, "Group: 10 credits a day")
    assert await ana.taps("Close") == ""
    await ana.until(lambda sees: not is_there(sees, again), "the card closed")


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
