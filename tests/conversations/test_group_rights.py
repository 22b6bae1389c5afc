"""What the bot may not do in a group is said in a sentence, and the picture comes where it may."""

from dataclasses import replace

from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import labels, soon
from tests.faults.moments import rows
from tests.world import FACE, World


async def test_without_the_right_to_send_photos_there_is_a_sentence(world: World) -> None:
    ana, _, group = await friends(world)
    await group.does("permissions", rights=["can_send_messages"])
    await group.promotes(ana.id, "can_change_info")
    world.expects("not enough rights to send photos")
    world.forget()
    told = "I'm not allowed to send photos here."
    number = await ana.sends(f"{AVATAR} as a knight")
    assert (await ana.card(told))["reply_to"] == number
    number = await ana.sends(f"{AVATAR} as a knight, comic")
    await ana.until(lambda sees: [m for m in sees if told in str(m)][1:], "the sentence again")
    assert world.predictions == []
    # An order that is there at once is stopped: what can't be shown is not to be paid for.
    await ana.sends_photo(FACE, caption=f"{AVATAR} neon")
    await ana.until(lambda sees: [m for m in sees if told in str(m)][2:], "and once more")
    await soon(lambda: all(p["status"] != "processing" for p in world.predictions))
    assert "document" not in str(await ana.sees())
    # Its card is tried once more when it is over; not after this.
    unsettled = "SELECT 1 FROM orders WHERE rendered_version < version OR ended_at IS NULL"
    await soon(lambda: not rows(world, unsettled))


async def test_where_reactions_are_refused_the_picture_comes_all_the_same(world: World) -> None:
    ana, _, group = await friends(world)
    await group.does("reactions", emoji=["👍"])
    world.expects("REACTION_INVALID")
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    assert "reactions" not in str(await ana.sees())


async def test_without_the_right_to_send_files_the_picture_comes_and_a_sentence(
    world: World,
) -> None:
    ana, _, group = await friends(world)
    await group.does("permissions", rights=["can_send_messages", "can_send_photos"])
    await group.promotes(ana.id, "can_change_info")
    world.expects("not enough rights to send documents")
    world.forget()
    number = await ana.sends(f"{AVATAR} as a knight, comic")
    await ana.taps("Use my profile photo")
    await ana.hears("I'm not allowed to send files here.")
    await reaction(ana, number, "🎉")
    picture = await ana.until(
        lambda sees: next((m for m in sees if "🔁 Again" in labels(m)), None), "the picture"
    )
    assert labels(picture) == ["🔁 Again", "PNG", "✨ Make yours"]
    assert "Ready!" not in str(await ana.sees())
    state = f"SELECT state FROM orders WHERE user_id = {ana.id}"
    await soon(lambda: rows(world, state) == [("delivered",)])
    # One of these is what Telegram refused.
    assert len(spent(world, group)) <= 6
    # The file is still to be had, once the admins allow it.
    rights = ["can_send_messages", "can_send_photos", "can_send_documents"]
    await group.does("permissions", rights=rights)
    await ana.taps("PNG")
    assert await ana.gets_a_png() == await world.drawn()


async def test_where_only_photos_may_be_sent_the_picture_is_what_comes(world: World) -> None:
    ana, _, group = await friends(world)
    await group.does("restrict", user_id=42, rights=["can_send_photos"])
    world.expects("not enough rights to send text")
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    number = (await ana.sees())[-1]["message_id"]
    await reaction(ana, number, "🎉")
    await ana.until(
        lambda sees: next((m for m in sees if "🔁 Again" in labels(m)), None), "the picture"
    )
    await replace(ana, chat_id=None).hears("“Friends”: I'm not allowed to send files here.")
    state = f"SELECT state FROM orders WHERE user_id = {ana.id}"
    await soon(lambda: rows(world, state) == [("delivered",)])
    assert "😴" not in str(await ana.sees())


async def test_who_asks_a_bot_that_may_say_nothing_reads_it_in_private(world: World) -> None:
    ana, _, group = await friends(world)
    world.expects("not enough rights")
    await group.does("restrict", user_id=42, rights=["can_react_to_messages"])
    command = await ana.sends(f"{AVATAR} as a knight")
    told = "I couldn't say this in “Friends”: I'm not allowed to send photos here."
    await replace(ana, chat_id=None).hears(told)
    await reaction(ana, command, "😴")
    # With a look it is an order at once, of which nothing is made.
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    alone = replace(ana, chat_id=None)
    await alone.until(lambda sees: [m for m in sees if told in str(m)][1:], "the sentence again")
    assert all(p["status"] != "succeeded" for p in world.predictions)
