"""Taps in a group by the wrong people, on the wrong cards, with data that nobody made."""

import random
from typing import Any

from bot.callbacks import DraftAction, GroupAction, OrderAction
from tests.conversations.people import data_of, labels
from tests.conversations.test_group_avatar import AVATAR, friends, spent
from tests.world import FACE, World

TAPS = 100
ARGUMENTS = ["", "comic", "neon", "nosuchlook", "1", "looks", "more", "0", "person"]


def invented(rng: random.Random, draft: int, order: int) -> str:
    """Data as a button might hold it, or nearly so."""
    kinds: dict[str, list[str]] = {
        "g": [*GroupAction],
        "d": [*DraftAction],
        "o": [*OrderAction],
    }
    kind = rng.choice([*kinds])
    number = rng.choice([draft, order, draft + 1, 10**9])
    argument = rng.choice(ARGUMENTS)
    action = rng.choice([*kinds[kind], "zz"])
    return f"{kind}{number}:{action}:{argument}" if argument else f"{kind}{number}:{action}"


async def test_a_hundred_taps_by_others_have_no_effect(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker, comic")
    await ana.gets_a_png()
    picture = await ana.until(_picture, "the picture")
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Ana as a knight. Which look?")
    draft = int(data_of(card, "Comic").partition(":")[0][1:])
    order = int(data_of(picture, "Again").partition(":")[0][1:])
    before = await ana.sees()
    world.stand_ins.telegram.calls.clear()
    rng = random.Random(4)
    for _ in range(TAPS):
        on = rng.choice([card, picture])["message_id"]
        assert await bo.invents(on, invented(rng, draft, order)) != ""
    assert await ana.sees() == before
    assert spent(world, group) == []
    assert len(world.predictions) == 1


async def test_the_askers_own_invented_taps_draw_nothing_from_somebody_elses_photo(
    world: World,
) -> None:
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(f"{AVATAR} as a knight", reply_to=photo)
    card = await ana.card("Bo, is that fine?")
    draft = int(data_of(card, "fine").partition(":")[0][1:])
    rng = random.Random(5)
    for _ in range(TAPS):
        await ana.invents(card["message_id"], invented(rng, draft, 0))
    assert world.predictions == []
    assert labels(await ana.card("Bo, is that fine?")) == ["✅ Yes, it's fine"]
    assert await ana.taps("fine") == "Only Bo can say that."


async def test_a_replayed_tap_is_over(world: World) -> None:
    ana, bo, _ = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Which look?")
    comic = data_of(card, "Comic")
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert await ana.invents(card["message_id"], comic) == ""
    assert await bo.invents(card["message_id"], comic) == "That one belongs to somebody else."
    assert len(world.predictions) == 1


async def test_a_groups_button_does_nothing_in_another_chat(world: World) -> None:
    ana, _, _ = await friends(world)
    other = await world.group("Others", ana)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Which look?")
    there = ana.there(other)
    await there.sends(f"{AVATAR} as a baker")
    his = await there.card("Ana as a baker")
    popup = await there.invents(his["message_id"], data_of(card, "Comic"))
    assert popup == "That one is over."
    assert world.predictions == []
    assert "knight" in str(await ana.card("Which look?"))


def _picture(sees: list[Any]) -> Any:
    return next((m for m in sees if "🔁 Again" in labels(m)), None)
