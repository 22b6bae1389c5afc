"""A photo for a group that comes in private: read first, sent once, thought better of."""

from dataclasses import replace
from typing import Any

import pytest

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR
from tests.conversations.people import data_of, moves_late, soon
from tests.conversations.rounds import NO_FACE, ROUND, grown, three
from tests.conversations.test_group_errands import faceless, private_link
from tests.faults.moments import rows
from tests.world import FACE, Person, World


async def followed(world: World) -> tuple[Person, Person, str]:
    """Ana, whose round is open; Bo alone with the bot, and what the link to it makes him say."""
    ana, bo, _, _ = await three(world)
    await ana.sends(f"{ROUND} as pirates, comic")
    card = await ana.card("👥 All of us as pirates · Comic")
    number = data_of(card, "Finish").partition(":")[0][1:]
    return ana, replace(bo, chat_id=None), f"/start selfie-{number}"


async def test_a_selfie_counts_once_it_is_read_what_it_means(world: World) -> None:
    ana, bo, link = await followed(world)
    world.expects("Bad Gateway")
    world.stand_ins.telegram.add_fault(
        method="sendMessage",
        kind="status",
        status=502,
        description="Bad Gateway",
        chat_id=bo.id,
        times=10**6,
    )
    await bo.sends(link)
    await bo.sends_photo(FACE)
    waits = f"SELECT 1 FROM drafts WHERE chat_id = {bo.id} AND unchecked = 1"
    await soon(lambda: rows(world, waits))
    assert world.predictions == []
    world.stand_ins.telegram.clear_faults()
    # Nothing that he should read is lost.
    await bo.hears("Send me a photo of your face")
    await bo.sends_photo(FACE)
    await bo.hears("You're in!")
    await grown(ana, "Bo")
    assert len(world.predictions) == 1
    # The first one was his own affair.
    await bo.taps("Agree")
    await bo.hears("Lovely, clear face")


async def test_an_album_of_selfies_is_one(world: World) -> None:
    ana, bo, link = await followed(world)
    await bo.sends(link)
    await bo.hears("Send me a photo of your face")
    await bo.sends_photo(NO_FACE, NO_FACE, NO_FACE, kind="album")
    await bo.hears("I can't find a face in that photo. Send me another one.")
    await bo.sends_photo(NO_FACE, FACE, FACE, kind="album")
    await bo.hears("You're in!")
    await grown(ana, "Bo")
    await bo.sends("/help")
    await bo.hears("1. Send a photo")
    said = [m for m in await bo.sees() if not m["outgoing"]]
    assert [_beginning(m) for m in said] == [
        "Send me a photo",
        "I can't find a",
        "I can't find a",
        "You're in! Your drawing",
        "1. Send a photo",
    ]
    assert len(world.predictions) == 1


async def test_a_photo_for_the_group_that_is_thought_better_of(world: World) -> None:
    _, bo, link = await followed(world)
    await bo.sends(link)
    await bo.hears("Send me a photo of your face")
    await bo.sends("/cancel")
    await bo.card("OK, no photo for the group then.")
    cleo, _, group = await faceless(world)
    there = cleo.there(group)
    await there.sends(f"{AVATAR} comic")
    await cleo.sends(private_link(await there.card("Answer this message with a photo")))
    await cleo.card("for your avatar in the group")
    await cleo.sends("/cancel")
    await cleo.card("OK, no photo for the group then.")
    await cleo.sends_photo(FACE)
    await cleo.card("Lovely, clear face")
    assert world.predictions == []


def _beginning(message: Any) -> str:
    return " ".join(str(message.get("text") or message["caption"]).split()[:4])


async def test_a_selfie_while_its_group_becomes_a_supergroup(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegrams_word = moves_late(monkeypatch)
    world = await open_world()
    ana, bo, _, group = await three(world, kind="group")
    await ana.sends(f"{ROUND} comic")
    number = data_of(await ana.card("👥 All of us · Comic"), "Finish").partition(":")[0][1:]
    alone = replace(bo, chat_id=None)
    await alone.sends(f"/start selfie-{number}")
    await alone.card("Send me a photo of your face")
    world.expects("upgraded to a supergroup")
    await group.upgrade()
    await alone.sends_photo(FACE)
    await alone.hears("You're in!")
    telegrams_word.set()
    await grown(ana.there(group), "Bo")
