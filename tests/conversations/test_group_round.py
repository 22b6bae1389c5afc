"""`/groupavatar`: a round that grows, from the command to everybody's picture."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

from bot.domain.pace import PACE
from bot.domain.round import MOST_FACES
from tests.conversations.groups import reaction, spent
from tests.conversations.people import data_of, labels, soon
from tests.conversations.rounds import (
    JOIN,
    ROUND,
    SELFIE,
    deleted,
    grown,
    joins,
    pictures,
    reactions,
    three,
)
from tests.faults.moments import changes, rows
from tests.world import QUICK, World


def _in_it(sees: list[Any], number: int) -> bool:
    """Whether the picture shows so many."""
    lines = [line for m in pictures(sees) for line in m["caption"].splitlines()]
    return any(line.startswith("In it: ") and line.count(",") == number - 1 for line in lines)


async def test_three_people_join_and_the_starter_finishes(world: World) -> None:
    ana, bo, cleo, _ = await three(world)
    command = await ana.sends(f"{ROUND} as pirates")
    await reaction(ana, command, "👀")
    card = await ana.card("👥 All of us as pirates. Ana, which look?")
    assert card["reply_to"] == command
    assert await bo.taps("Comic") == "Only Ana or an admin of the group can do that."
    await ana.taps("Comic")
    opened = await bo.card("👥 All of us as pirates · Comic")
    assert labels(opened) == [JOIN, SELFIE, "🖼 Get mine", "🚪 Leave", "🏁 Finish"]
    await joins(bo)
    first = await grown(ana, "Bo")
    await joins(cleo, ana)
    assert (await grown(ana, "Bo, Cleo, Ana"))["photo"] != first["photo"]
    assert first["message_id"] == card["message_id"]
    assert await cleo.taps("Finish") == "Only Ana or an admin of the group can do that."
    await ana.taps("Finish")
    finished = await bo.until(
        lambda sees: next((m for m in pictures(sees) if JOIN not in labels(m)), None), "the end"
    )
    assert labels(finished) == ["🖼 Get mine", "🚪 Leave", "📌 Set as group photo"]
    await reaction(ana, command, "🎉")
    assert reactions(world) == ["👀", "🎉"]
    drawn = [p["input"] for p in world.predictions]
    assert {(one["style_name"], "as pirates" in one["prompt"]) for one in drawn} == {
        ("Comic book", True)
    }
    assert len(drawn) == 3
    # Nobody's face came by itself.
    assert len([m for m in await ana.sees() if not m["outgoing"] and "photo" in m]) == 1


async def test_between_two_changes_of_the_card_there_is_a_pause(open_world: Any) -> None:
    world = await open_world(start=False)
    world.pace = replace(QUICK, grows=0.8)
    await world.start()
    ana, bo, cleo, group = await three(world)
    await ana.sends(f"{ROUND} as pirates, comic")
    await ana.card("👥 All of us as pirates · Comic")
    await joins(ana, bo, cleo)
    await grown(ana, "Ana, Bo, Cleo")
    calls = world.stand_ins.telegram.calls.made()
    times = [call.at for call in calls if call.method in set(spent(world, group))]
    assert len(times) > 1
    assert min(later - sooner for sooner, later in pairwise(times)) >= world.pace.grows
    assert PACE.grows == 15.0


async def test_one_round_a_chat(world: World) -> None:
    ana, bo, _, _ = await three(world)
    await ana.sends(f"{ROUND} as pirates")
    card = await ana.card("which look?")
    await bo.sends(f"{ROUND} as cats")
    assert (await bo.hears("Ana is choosing the look"))["reply_to"] == card["message_id"]
    # Whoever began it may begin anew.
    await ana.sends(f"{ROUND} as bakers")
    await ana.card("👥 All of us as bakers. Ana, which look?")
    await ana.until(lambda sees: "pirates. Ana" not in str(sees), "the first card gone")
    await ana.taps("Comic")
    opened = await ana.hears("👥 All of us as bakers · Comic")
    await bo.sends(f"{ROUND} as cats")
    told = await bo.hears("There's a round already.")
    assert told["reply_to"] == opened["message_id"]
    await ana.taps("Finish")
    await ana.hears("Nobody is in it")
    await bo.sends(f"{ROUND} as cats, neon")
    await bo.hears("👥 All of us as cats · Neon")


async def test_who_leaves_while_being_drawn_pays_nothing_and_is_not_in_it(world: World) -> None:
    ana, bo, _, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    await joins(ana)
    await grown(ana, "Ana")
    world.stand_ins.eachlabs.set(stuck=True)
    await joins(bo)
    await soon(lambda: world.predictions[1:])
    assert await bo.taps("Get mine") == "Yours isn't there yet."
    assert await bo.taps("Leave") == "You're out."
    assert await bo.taps("Leave") == "You aren't in it."
    await soon(lambda: world.predictions[1]["status"] in {"cancelled", "canceled"})
    paid = f"SELECT credits FROM orders WHERE user_id = {bo.id}"
    await soon(lambda: rows(world, paid) == [(0,)])
    world.stand_ins.eachlabs.set(stuck=False)
    # Once more, and out again as a face that is there.
    await joins(bo)
    both = await grown(ana, "Ana, Bo")
    await ana.taps("Leave")
    await ana.until(
        lambda sees: [m for m in pictures(sees) if m["photo"] != both["photo"]], "Bo alone"
    )
    await bo.taps("Leave")
    await ana.until(lambda sees: not pictures(sees), "the sheet of looks again")


async def test_a_restart_in_the_middle(open_world: Any) -> None:
    world = await open_world()
    world.stand_ins.eachlabs.set(speed=8.0)
    ana, bo, _, _ = await three(world)
    command = await ana.sends(f"{ROUND} comic")
    await joins(ana, bo)
    await soon(lambda: world.predictions[1:])
    await world.end()
    world.stand_ins.eachlabs.set(speed=100.0)
    await world.start()
    await grown(ana, "Ana, Bo")
    assert len(world.predictions) == 2
    await world.end()
    await changes(world, "UPDATE rounds SET closes_at = opened_at")
    await world.start()
    await ana.until(lambda sees: "Finish" not in str(sees), "its day is over")
    assert JOIN not in str(await ana.sees())
    await reaction(ana, command, "🎉")
    await soon(lambda: rows(world, "SELECT 1 FROM rounds WHERE command IS NULL"))
    # What comes after the end is no second one.
    await world.end()
    await world.start()
    await bo.taps("Leave")
    await grown(ana, "Ana")
    assert reactions(world) == ["👀", "🎉"]


async def test_everybody_gets_their_own_png_in_private(world: World) -> None:
    ana, bo, _, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    await joins(ana)
    await grown(ana, "Ana")
    await joins(bo)
    await grown(ana, "Ana, Bo")
    # Bo has never written to the bot: his tap opens the private chat, and that sends the file.
    tapped = await bo.follows("Get mine")
    alone = replace(bo, chat_id=None)
    await alone.sends(f"/start {tapped.partition('start=')[2]}")
    assert await alone.gets_a_png() == await world.drawn(1)
    assert await bo.taps("Get mine") == "It comes in our private chat."
    assert await alone.gets_a_png(2) == await world.drawn(1)
    assert "document" not in str(await ana.sees())
    # The provider keeps no picture for ever.
    world.stand_ins.eachlabs.fault(on="output", kind="status", status=404)
    await bo.taps("Get mine")
    await alone.card("I can't get your picture any more.")
    await soon(lambda: not rows(world, "SELECT 1 FROM round_members WHERE wants_file = 1"))


async def test_each_pays_for_themselves_and_a_cap_is_said_in_a_pop_up(open_world: Any) -> None:
    world = await open_world(daily_credits_per_user=1, daily_credits_per_chat=2)
    ana, bo, cleo, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    await joins(ana)
    await grown(ana, "Ana")
    await ana.taps("Leave")
    await ana.taps(JOIN)
    assert "That's all for today" in await ana.taps(JOIN)
    await joins(bo)
    await grown(ana, "Bo")
    await cleo.taps(JOIN)
    assert "This chat has used up today's pictures" in await cleo.taps(JOIN)
    assert rows(world, "SELECT user_id, credits FROM orders") == [(ana.id, 1), (bo.id, 1)]


async def test_taps_at_the_same_moment_and_the_26th(world: World) -> None:
    people = ana, bo, cleo, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    await ana.card("👥 All of us · Comic")
    await asyncio.gather(*(joins(person) for person in people[:3]))
    await ana.until(lambda sees: _in_it(sees, 3), "all three")
    assert len(world.predictions) == 3
    await cleo.taps("Leave")
    await ana.until(lambda sees: _in_it(sees, 2), "two of them")
    # Places that others have taken, and wait for.
    taken = "INSERT INTO round_members (round_id, user_id, name, state) SELECT max(id)"
    others = range(1, MOST_FACES - 1)
    await changes(world, *(f"{taken}, {one}, 'X', 'drawing' FROM rounds" for one in others))
    assert await cleo.taps(JOIN) == "All the places are taken."
    await bo.taps("Leave")
    await joins(cleo)
    await ana.until(lambda sees: _in_it(sees, 2), "her in his place")
    await ana.taps("Finish")


async def test_who_blocks_the_bot_or_leaves_the_group(world: World) -> None:
    ana, bo, cleo, group = await three(world)
    await group.promotes(cleo.id, "can_delete_messages")
    await bo.sends(f"{ROUND} comic")
    await joins(bo, ana)
    await grown(ana, "Bo, Ana")
    alone = replace(bo, chat_id=None)
    await alone.sends("/help")
    await alone.card()
    world.expects("bot was blocked by the user")
    await alone.blocks()
    assert (await bo.follows("Get mine")).startswith("https://t.me/sandbox_bot?start=mine-")
    await alone.unblocks()
    number = data_of(await ana.hears("In it: Bo, Ana"), "Finish").partition(":")[0][1:]
    await group.removes(bo.id)
    # The round goes on without its starter, who isn't in the group's picture any more.
    await ana.hears("In it: Ana")
    await cleo.taps("Finish")
    await ana.until(lambda sees: SELFIE not in str(sees), "the end")
    await alone.sends(f"/start mine-{number}")
    await alone.hears("You aren't in it.")


async def test_in_its_topic_and_a_deleted_card_comes_back_while_people_can_join(
    world: World,
) -> None:
    ana, bo, _, group = await three(world, forum=True)
    portraits = await group.topic("Portraits")
    await ana.says(f"{ROUND} comic", chat=group, thread=portraits)
    card = await ana.hears("👥 All of us · Comic")
    assert card["thread_id"] == portraits
    await bo.says(f"{ROUND} neon", chat=group)
    assert (await bo.hears("There's a round already."))["reply_to"] != card["message_id"]
    # A card that somebody deleted comes back: for who asks where it is, and when it grows.
    await deleted(group, card["message_id"])
    await bo.says(f"{ROUND} neon", chat=group, thread=portraits)
    again = await bo.hears("👥 All of us · Comic")
    assert (again["thread_id"], again["message_id"] > card["message_id"]) == (portraits, True)
    world.stand_ins.eachlabs.set(speed=8.0)
    await joins(bo)
    await deleted(group, again["message_id"])
    world.stand_ins.eachlabs.set(speed=100.0)
    assert (await grown(ana, "Bo"))["message_id"] > again["message_id"]
    world.forget()


async def test_an_anonymous_admins_round_belongs_to_the_admins(world: World) -> None:
    ana, bo, cleo, group = await three(world)
    await group.promotes(bo.id, "can_change_info", anonymous=True)
    await bo.sends(f"{ROUND} as pirates")
    await ana.card("👥 All of us as pirates. Which look?")
    assert await cleo.taps("Comic") == "Only an admin of the group can do that."
    await bo.taps("Comic")
    await ana.hears("👥 All of us as pirates · Comic")
    await ana.taps("Finish")
    await cleo.hears("Nobody is in it")


async def test_what_comes_too_late_is_said_in_a_sentence(world: World) -> None:
    ana, bo, _, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    card = await ana.card("👥 All of us · Comic")
    number = data_of(card, "Finish").partition(":")[0][1:]
    alone = replace(bo, chat_id=None)
    await alone.sends(f"/start mine-{number}")
    await alone.card("You aren't in it.")
    await alone.sends(f"/start selfie-{number}")
    await alone.card("Send me a photo of your face")
    await alone.sends_photo(("notes.pdf", b"%PDF-1.4 no picture"), kind="document")
    await alone.card("That file is not a picture that I can read. Send me another one.")
    await ana.taps("Finish")
    await ana.hears("Nobody is in it")
    await alone.sends(f"/start selfie-{number}")
    await alone.card("This round is over.")
    assert world.predictions == []


async def test_channels_begin_no_round(world: World) -> None:
    ana, _, _, group = await three(world)
    channel = await ana.channel("Ana's news")
    await ana.says(f"{ROUND} comic", chat=group, as_chat=channel)
    await ana.hears("I draw for people, not for channels.")
    linked = await ana.channel("News", group=group)
    await ana.there(linked).sends(f"{ROUND} comic")
    await ana.sends(f"{ROUND} neon")
    await ana.card("👥 All of us · Neon")
    assert "Comic" not in str([m for m in await ana.sees() if not m["outgoing"]][-1])
    assert len(spent(world, group)) == 2
