"""What a group reads of caps: each once a day, and then no more than a reaction."""

from typing import Any

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends, spent
from tests.conversations.hellos import hellos
from tests.conversations.people import soon, who_agreed
from tests.conversations.test_caps import CLOSED
from tests.world import FACE, Person, World


async def over(ana: Person, look: str = "neon") -> int:
    """Orders once more; returns the command's id."""
    [command] = await ana.sends_photo(FACE, caption=f"{AVATAR} {look}")
    return command


def reactions(world: World) -> int:
    return len(world.stand_ins.telegram.calls.made("setMessageReaction"))


async def test_where_reactions_are_refused_words_say_it_once_in_a_while(
    open_world: OpenWorld,
) -> None:
    world = await open_world(daily_credits_per_user=1)
    ana, _, group = await friends(world)
    await group.does("reactions", emoji=["👍"])
    world.expects("REACTION_INVALID")
    await over(ana, "comic")
    await ana.gets_a_png()
    first = await over(ana)
    await ana.until(lambda sees: _told(sees) == [first], "the sentence")
    second = await over(ana)
    await ana.until(lambda sees: _told(sees) == [first, second], "the sentence in place of a 😴")
    world.forget()
    await over(ana)
    await over(ana)
    await soon(lambda: reactions(world) == 2)
    assert spent(world, group) == []


async def test_two_at_a_time_is_another_sentence_than_the_days_end(open_world: OpenWorld) -> None:
    world = await open_world(daily_credits_per_user=2)
    ana, _, _ = await friends(world)
    world.stand_ins.eachlabs.fault(on="create", kind="status", status=503, times=99)
    await over(ana, "comic")
    await over(ana)
    await over(ana)
    await ana.hears("Two of yours are being drawn already.")
    world.stand_ins.eachlabs.clear_faults()
    await ana.gets_a_png(2)
    await over(ana)
    await ana.hears("That's all for today.")


async def test_no_credits_for_groups_close_them(open_world: OpenWorld) -> None:
    world = await open_world(daily_credits_per_chat=0)
    ana = await who_agreed(world, "Ana")
    there = ana.there(await world.group("Friends", ana, greeted=False))
    await over(there)
    await there.hears(CLOSED)
    assert hellos(await there.sees()) == []
    await ana.sends_photo(FACE)
    await ana.card("Lovely, clear face")


def _told(sees: list[Any]) -> list[int]:
    """The commands that were answered by the day's sentence."""
    return [m["reply_to"] for m in sees if "That's all for today." in str(m.get("text"))]
