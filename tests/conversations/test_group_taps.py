"""Taps in a group by the wrong people, on the wrong cards, with data that nobody made."""

import asyncio
import random
from dataclasses import replace
from typing import Any

from bot.callbacks import ChatAction, DraftAction, GroupAction, OrderAction, RoundAction
from tests.conversations.groups import AVATAR, friends, spent
from tests.conversations.people import data_of, labels
from tests.conversations.rounds import ROUND, grown, joins
from tests.conversations.settings_cards import SETTINGS, the_card
from tests.world import FACE, Person, World

TAPS = 200
AT_A_TIME = 8
ACTIONS: dict[str, list[str]] = {
    "g": [*GroupAction],
    "d": [*DraftAction],
    "o": [*OrderAction],
    "r": [*RoundAction],
    "c": [*ChatAction],
}
ARGUMENTS = ["", "comic", "neon", "nosuchlook", "1", "looks", "more", "0", "person", "here", "adm"]


def invented(rng: random.Random, known: dict[str, int]) -> str:
    """Data as a button might hold it, or nearly so; `known` are rows that there are, by kind."""
    kind = rng.choice([*known])
    number = rng.choice([known[kind], known[kind], 10**9])
    argument = rng.choice(ARGUMENTS)
    action = rng.choice([*ACTIONS[kind], "zz"])
    return f"{kind}{number}:{action}:{argument}" if argument else f"{kind}{number}:{action}"


def row_of(card: Any) -> int:
    """What its first button that says something to the bot names."""
    data = [b["data"] for row in card["keyboard"] for b in row if "data" in b]
    return int(data[0].partition(":")[0][1:])


async def test_two_hundred_taps_by_others_have_no_effect(world: World) -> None:
    """On a picture, a question, a finished round and the settings, and in one's own chat."""
    ana, bo, group = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker, comic")
    await ana.gets_a_png()
    picture = await ana.until(_picture, "the picture")
    await ana.sends(f"{ROUND} comic")
    await joins(ana)
    await grown(ana, "Ana")
    await ana.taps("Finish")
    round_ = await ana.until(lambda sees: _with(sees, "📌 Set as group photo"), "the round")
    await ana.sends(SETTINGS)
    settings = await the_card(ana, "Tidying up: no")
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Ana as a knight. Which look?")
    hers, his = await alone(ana).card(), await alone(bo).card()
    known = {
        "g": row_of(card),
        "d": row_of(hers),
        "o": row_of(picture),
        "r": row_of(round_),
        "c": row_of(settings),
    }
    places = [(bo, it["message_id"]) for it in (card, picture, round_, settings)]
    places += [(alone(bo), his["message_id"]), (alone(bo), 0)]
    before = [await person.sees() for person in (ana, alone(ana), alone(bo))]
    world.forget()
    rng = random.Random(4)
    for _ in range(TAPS // AT_A_TIME):
        taps = [(*rng.choice(places), invented(rng, known)) for _ in range(AT_A_TIME)]
        popups = await asyncio.gather(*(it.invents(on, data) for it, on, data in taps))
        assert [tap for tap, popup in zip(taps, popups, strict=True) if not popup] == []
    assert [await person.sees() for person in (ana, alone(ana), alone(bo))] == before
    assert (spent(world, group), world.predictions) == ([], [])


async def test_the_hello_begins_one_round_however_often_it_is_tapped(world: World) -> None:
    _, bo, group = await friends(world)
    hello = await bo.hears("Hi 👋")
    draw = data_of(hello, "Draw the whole group")
    assert (
        await alone(bo).invents(hello["message_id"], draw)
        == "This one is over. Just ask for a new one."
    )
    assert await bo.taps("Draw the whole group") == ""
    for _ in range(3):
        assert await bo.taps("Draw the whole group") == "Your round is there already."
    await bo.hears("Bo, which look?")
    assert spent(world, group) == ["sendPhoto"]


async def test_the_askers_own_invented_taps_draw_nothing_from_somebody_elses_photo(
    world: World,
) -> None:
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(f"{AVATAR} as a knight", reply_to=photo)
    card = await ana.card("Bo, may I draw you?")
    known = {kind: row_of(card) for kind in "gdor"}
    rng = random.Random(5)
    data = [invented(rng, known) for _ in range(TAPS // 4)]
    for one in data:
        # Never mind: that is hers to say.
        if f":{GroupAction.NO}" not in one:
            await ana.invents(card["message_id"], one)
    assert world.predictions == []
    await ana.card("Bo, may I draw you?")
    assert await ana.taps("fine") == "Only Bo can say that."


async def test_a_replayed_tap_is_over(world: World) -> None:
    ana, bo, _ = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Which look?")
    comic = data_of(card, "Comic")
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert await ana.invents(card["message_id"], comic) == ""
    assert (
        await bo.invents(card["message_id"], comic)
        == "This one isn't yours. Ask for your own, and you get one."
    )
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
    assert popup == "This one is over. Just ask for a new one."
    assert world.predictions == []
    assert "knight" in str(await ana.card("Which look?"))


def alone(person: Person) -> Person:
    """The same one in their private chat."""
    return replace(person, chat_id=None)


def _with(sees: list[Any], label: str) -> Any:
    return next((m for m in sees if label in labels(m)), None)


def _picture(sees: list[Any]) -> Any:
    return next((m for m in sees if "🔁 Again" in labels(m)), None)


async def test_a_look_that_is_tapped_before_telegram_answers(world: World) -> None:
    """The card has become the order's: it is nothing to sweep away."""
    ana, _, group = await friends(world)
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="sendPhoto", kind="late", seconds=0.5)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    card = await ana.card("Which look?")
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert telegram.calls.made("deleteMessage") == []
    assert "🔁 Again" in str([m for m in await ana.sees() if m["message_id"] == card["message_id"]])
    assert len(spent(world, group)) <= 5
