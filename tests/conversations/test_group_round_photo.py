"""A round's picture as the group's photo, and taps on its card by the wrong people."""

import random
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.callbacks import RoundAction
from tests.conversations.groups import spent
from tests.conversations.people import data_of, labels, soon
from tests.conversations.rounds import JOIN, ROUND, grown, joins, noted, three
from tests.faults.moments import changes, rows
from tests.sandbox.company import Group
from tests.world import Person, World

SET = "📌 Set as group photo"
TAPS = 60


async def finished(world: World, **more: Any) -> tuple[Person, Person, Person, Group]:
    """Ana's round, with herself and Bo in it."""
    ana, bo, cleo, group = await three(world, **more)
    await ana.sends(f"{ROUND} as pirates, comic")
    await joins(ana, bo)
    await grown(ana, "Ana, Bo")
    await ana.taps("Finish")
    await ana.until(lambda sees: next((m for m in sees if SET in labels(m)), None), SET)
    return ana, bo, cleo, group


async def asks(person: Person, label: str) -> None:
    """Waits for a button with this label."""
    await person.until(lambda sees: [m for m in sees if label in labels(m)], label)


async def test_an_admin_sets_the_groups_photo_after_a_question(world: World) -> None:
    ana, bo, cleo, group = await finished(world)
    await group.promotes(42, "can_change_info")
    await group.promotes(cleo.id, "can_delete_messages")
    for other in (bo, cleo):
        told = "Only an admin who may change the group's info can do that."
        assert await other.taps(SET) == told
    await ana.taps(SET)
    await ana.hears("Make this the group's photo?")
    assert (await group.looks())["photo"] is None
    assert "Only an admin" in await bo.taps("Yes")
    await ana.taps("No")
    await asks(ana, SET)
    await ana.taps(SET)
    await ana.taps("Yes")
    await ana.hears("It's the group's photo now.")
    photo = await ana.opens((await group.looks())["photo"])
    assert Image.open(BytesIO(photo)).size in {(160, 160), (640, 640)}
    calls = [c.method for c in world.stand_ins.telegram.calls.made()]
    assert calls.count("setChatPhoto") == 1


async def test_where_the_bot_may_not_a_link_gives_it_the_right(world: World) -> None:
    ana, bo, _, group = await finished(world)
    await ana.taps(SET)
    card = await ana.hears("I'm not allowed to change the group's photo yet.")
    link = next(b["url"] for row in card["keyboard"] for b in row if "Allow" in b["text"])
    number = data_of(card, "No").partition(":")[0][1:]
    assert link == f"https://t.me/sandbox_bot?startgroup=photo-{number}&admin=change_info"
    # Somebody who is no admin may write the words of the link, and nothing comes of them.
    await bo.sends(f"/start@sandbox_bot photo-{number}")
    await group.does("bring", start=f"photo-{number}", admin="change_info")
    await ana.hears("Make this the group's photo?")
    await ana.taps("Yes")
    await ana.hears("It's the group's photo now.")
    assert (await group.looks())["photo"] is not None


async def test_a_right_that_is_taken_away_before_the_yes(world: World) -> None:
    ana, _, _, group = await finished(world)
    await group.promotes(42, "can_change_info")
    await ana.taps(SET)
    await ana.hears("Make this the group's photo?")
    await group.promotes(42, "can_delete_messages")
    await ana.taps("Yes")
    await ana.hears("I'm not allowed to change the group's photo yet.")
    assert (await group.looks())["photo"] is None


@pytest.mark.parametrize("words", ["PHOTO_INVALID_DIMENSIONS", "CHAT_RESTRICTED"])
async def test_a_photo_that_is_not_taken_can_be_tried_again(world: World, words: str) -> None:
    """The one is about the photo, the other about the chat; neither about a right."""
    ana, _, _, group = await finished(world)
    await group.promotes(42, "can_change_info")
    world.expects(words)
    world.stand_ins.telegram.add_fault(
        method="setChatPhoto", status=400, description=f"Bad Request: {words}"
    )
    await ana.taps(SET)
    await ana.taps("Yes")
    await asks(ana, SET)
    if words.startswith("PHOTO"):
        await ana.hears("Telegram didn't take the picture as the group's photo. Try once more.")
    await ana.taps(SET)
    await ana.taps("Yes")
    await ana.hears("It's the group's photo now.")


async def test_invented_taps_change_nothing(world: World) -> None:
    ana, bo, _, group = await three(world)
    await ana.sends(f"{ROUND} as pirates")
    card = await ana.card("which look?")
    other = await world.group("Others", bo)
    there = bo.there(other)
    await there.sends(f"{ROUND} as cats")
    theirs = await there.card("which look?")
    number = int(data_of(card, "Comic").partition(":")[0][1:])
    world.stand_ins.telegram.calls.clear()
    all_rounds = "SELECT id, state, look, question, version FROM rounds"
    before, rng = rows(world, all_rounds), random.Random(6)
    for _ in range(TAPS):
        argument = rng.choice(["", "comic", "nosuchlook", "1"])
        action, at = rng.choice([*RoundAction, "zz"]), rng.choice([number, 10**9])
        data = f"r{at}:{action}:{argument}" if argument else f"r{at}:{action}"
        # Under another group's card it means nothing, and here it isn't Bo's.
        assert await there.invents(theirs["message_id"], data) != ""
        assert await bo.invents(card["message_id"], data) != ""
    assert rows(world, all_rounds) == before
    assert rows(world, f"SELECT * FROM round_members WHERE round_id = {number}") == []
    assert spent(world, group) == []
    assert world.predictions == []


async def test_a_faces_order_has_no_buttons_of_its_own(world: World) -> None:
    ana, _, _, _ = await three(world)
    await ana.sends(f"{ROUND} comic")
    await joins(ana)
    card = await grown(ana, "Ana")
    [(order,)] = rows(world, f"SELECT id FROM orders WHERE user_id = {ana.id}")
    for action in ("a", "c", "d"):
        told = await ana.invents(card["message_id"], f"o{order}:{action}")
        assert told == "This one is over. Just ask for a new one."
    assert len(world.predictions) == 1


async def test_who_left_since_is_not_in_the_groups_photo(world: World) -> None:
    ana, bo, _, group = await finished(world)
    await group.promotes(42, "can_change_info")
    await ana.taps(SET)
    await ana.hears("Make this the group's photo?")
    before = await ana.hears("In it: Ana, Bo")
    await noted(world)
    # The card's next change has time.
    await changes(world, "UPDATE rounds SET shown_at = shown_at + 2")
    await bo.taps("Leave")
    await ana.taps("Yes")
    await ana.hears("It's the group's photo now.")
    alone = await grown(ana, "Ana")
    photo, pair = await ana.opens((await group.looks())["photo"]), before["photo"]["url"]
    assert _far(photo, await ana.opens(alone["photo"]["url"])) < 5
    assert _far(photo, await ana.opens(pair)) > 10
    await ana.taps("Leave")
    assert labels(await ana.hears("Nobody is in it")) == []


async def test_who_leaves_later_can_be_taken_out_of_the_groups_photo(world: World) -> None:
    ana, bo, _, group = await finished(world)
    await group.promotes(42, "can_change_info")
    await ana.taps(SET)
    await ana.taps("Yes")
    await ana.hears("It's the group's photo now.")
    both = await ana.opens((await group.looks())["photo"])
    await bo.taps("Leave")
    alone = await grown(ana, "Ana")
    assert "It's the group's photo now." not in alone["caption"]
    await ana.taps(SET)
    await ana.taps("Yes")
    await ana.hears("It's the group's photo now.")
    assert _far(both, await ana.opens((await group.looks())["photo"])) > 10


async def test_who_leaves_while_the_photo_is_on_its_way_can_be_taken_out(world: World) -> None:
    ana, bo, _, group = await finished(world)
    await group.promotes(42, "can_change_info")
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="setChatPhoto", kind="late", seconds=1.0)
    await ana.taps(SET)
    await ana.taps("Yes")
    await soon(lambda: telegram.calls.made("setChatPhoto"))
    await bo.taps("Leave")
    alone = await grown(ana, "Ana")
    assert "It's the group's photo now." not in alone["caption"]
    await asks(ana, SET)


def _far(one: bytes, other: bytes) -> float:
    """How different two pictures look, 0 to 255."""
    small = (Image.open(BytesIO(it)).convert("L").resize((32, 32)) for it in (one, other))
    return ImageStat.Stat(ImageChops.difference(*small)).mean[0]


async def test_a_round_follows_its_group_and_ends_where_the_bot_is_thrown_out(
    world: World,
) -> None:
    ana, bo, cleo, group = await three(world, kind="group")
    await ana.sends(f"{ROUND} as pirates, comic")
    await joins(ana)
    await grown(ana, "Ana")
    world.stand_ins.eachlabs.set(speed=8.0)
    await joins(bo)
    world.expects("upgraded to a supergroup")
    await group.upgrade()
    world.stand_ins.eachlabs.set(speed=100.0)
    ana, bo, cleo = ana.there(group), bo.there(group), cleo.there(group)
    await grown(ana, "Ana, Bo")
    world.stand_ins.eachlabs.set(stuck=True)
    await joins(cleo)
    await soon(lambda: world.predictions[2:])
    await cleo.hears("Being drawn: Cleo")
    await group.removes(42)
    await soon(lambda: world.predictions[2]["status"] in {"cancelled", "canceled"})
    world.stand_ins.eachlabs.set(stuck=False)
    await group.adds(42)
    assert await ana.taps(JOIN) == "This round is over."
    await cleo.sends(f"{ROUND} as cats, neon")
    await ana.hears("👥 All of us as cats · Neon")
    paid = f"SELECT credits FROM orders WHERE user_id = {cleo.id}"
    await soon(lambda: rows(world, paid) == [(0,)])


async def test_an_anonymous_admin_follows_the_link(world: World) -> None:
    _, bo, _, group = await finished(world)
    rights = ("can_change_info", "can_promote_members")
    await group.promotes(bo.id, *rights, anonymous=True)
    await bo.taps(SET)
    card = await bo.hears("I'm not allowed to change the group's photo yet.")
    number = data_of(card, "No").partition(":")[0][1:]
    await group.does("bring", by=bo, start=f"photo-{number}", admin="change_info")
    await bo.hears("Make this the group's photo?")
    await bo.taps("Yes")
    await bo.hears("It's the group's photo now.")
