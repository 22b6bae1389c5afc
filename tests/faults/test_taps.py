"""Taps: early, twice, on what is gone, and with data that nobody made."""

from tests.faults.moments import (
    anna_with_a_photo,
    calls,
    data_of,
    from_bot,
    pictures,
    rows,
    soon,
)
from tests.faults.updates import WENT_WRONG, everything_is_handled, message_of, popups, tap_of
from tests.world import World

NONSENSE = [
    *("", "x", "d1", "d1:zz", "d1:l:nosuchlook", "d1:i:99", "d1:pg:no", "d1:l:comic\n", "\x00"),
    *("d999:l:comic", "o999:c", "o1:c", "d1:p:" + "a" * 30, "d" + "9" * 60, "🙂" * 16),
]


async def test_the_same_tap_three_times_then_one_order(world: World) -> None:
    anna = await anna_with_a_photo(world)
    card = await anna.card()
    tap = tap_of(anna, 1001, card, "Comic")
    for _ in range(3):
        world.stand_ins.telegram.put_update(tap)

    await anna.gets_a_png()
    await everything_is_handled(world, anna)
    assert world.counts["creates"] == 1


async def test_a_tap_that_comes_before_its_message_is_answered_and_counts(world: World) -> None:
    """The person sees the card before Telegram has told us that it is there."""
    anna = await world.person("Anna")
    world.stand_ins.telegram.add_fault(method="sendPhoto", kind="late", seconds=2.0)
    await anna.sends("/start")
    await anna.until(from_bot)
    assert await anna.taps("send a photo") == ""
    await anna.card("Send me a photo")
    assert len(from_bot(await anna.sees())) == 1


async def test_a_tap_twice_makes_one_order(world: World) -> None:
    anna = await anna_with_a_photo(world)
    card = await anna.card()
    comic = data_of(card, "Comic")
    await anna.forges(card["message_id"], comic)
    await anna.forges(card["message_id"], comic)

    await anna.gets_a_png()
    await everything_is_handled(world, anna)
    assert calls(world, "answerCallbackQuery") == 3  # with the one of the consent
    assert world.counts["creates"] == 1
    assert len(pictures(await anna.sees())) == 1


async def test_taps_with_data_nobody_made_are_answered_and_harmless(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    card = await anna.card("One photo → you")
    for data in NONSENSE:
        await anna.forges(card["message_id"], data)

    await soon(lambda: calls(world, "answerCallbackQuery") == len(NONSENSE))
    await everything_is_handled(world, anna)
    assert not [text for text in popups(world) if WENT_WRONG in text]
    assert rows(world, "SELECT count(*) FROM updates WHERE state = 'failed'") == [(0,)]
    assert world.counts["creates"] == 0


async def test_taps_on_cards_that_are_gone_or_somebody_elses_are_answered(world: World) -> None:
    anna, ben = await anna_with_a_photo(world), await world.person("Ben")
    card = await anna.card()
    await ben.sends("/start")
    bens = await ben.card("One photo → you")
    await anna.deletes(card["message_id"])
    await anna.forges(card["message_id"], data_of(card, "Comic"))  # its message is inaccessible
    await soon(lambda: calls(world, "answerCallbackQuery") == 2)
    await ben.forges(bens["message_id"], data_of(card, "Neon"))
    await soon(lambda: calls(world, "answerCallbackQuery") == 3)
    inline = {"id": "77", "from": message_of(anna, 0, "")["message"]["from"], "chat_instance": "1"}
    world.stand_ins.telegram.put_update(
        {"callback_query": inline | {"inline_message_id": "abc", "data": "d1:l:comic"}}
    )
    await soon(lambda: calls(world, "answerCallbackQuery") == 4)

    await everything_is_handled(world, anna)
    assert "isn't yours" in popups(world)[2]
    assert not [text for text in popups(world) if WENT_WRONG in text]
    assert world.counts["creates"] <= 1
