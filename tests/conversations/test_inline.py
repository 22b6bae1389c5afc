"""`@thebot` in any chat: one's own pictures, and nobody else's."""

import asyncio
from typing import Any

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR, friends
from tests.conversations.people import labels, picture_of, soon, who_agreed, with_a_picture
from tests.faults.moments import changes, rows
from tests.world import FACE, Person, World

Json = Any
OFFERED = (
    "SELECT order_id FROM pictures JOIN orders ON orders.id = order_id "
    "WHERE photo_file_id IS NOT NULL AND user_id ="
)


async def types(person: Person, words: str = "", offset: str = "") -> Json:
    """What is offered to somebody who types the bot's name and these words."""
    after = await person._last_event()
    asked = await person._does("inline", {"query": words, "offset": offset})
    if "results" in asked:
        return asked
    async with asyncio.timeout(20):
        while True:
            for event in await person.events(after):
                answer = event["data"]
                if event["event"] == "inline_results" and (
                    answer["inline_query_id"] == asked["inline_query_id"]
                ):
                    return answer
            await asyncio.sleep(0.03)


def share_of(picture: Json) -> str:
    """What the button under a picture types behind the bot's name."""
    [button] = [b for row in picture["keyboard"] for b in row if b["text"] == "📤 Share"]
    return str(button["inline"])


async def test_share_takes_the_picture_to_another_chat(world: World) -> None:
    anna = await with_a_picture(world, words="as a knight")
    key = share_of(await anna.until(picture_of))
    bo = await world.person("Bo")
    group = await world.group("Friends", bo, anna, with_bot=False)
    there = anna.there(group)

    offered = await types(there, key)
    [offer] = offered["results"]
    assert (offer["title"], offer["description"]) == ("Comic", "as a knight")
    chosen = {"inline_query_id": offered["inline_query_id"], "result_id": offer["id"]}
    await there.acts("choose", chat=group, **chosen)
    seen = (await bo.there(group).sees())[-1]
    assert (seen["via"], seen["caption"], labels(seen)) == (
        "sandbox_bot",
        "Comic · as a knight",
        ["✨ Make yours"],
    )
    [[yours]] = seen["keyboard"]
    assert yours["url"] == "https://t.me/sandbox_bot?start=look-comic"
    [answer] = world.stand_ins.telegram.calls.made("answerInlineQuery")
    assert answer.params["is_personal"] is True
    assert 0 <= answer.params["cache_time"] <= 10


async def test_nobody_is_offered_somebody_elses(world: World) -> None:
    anna = await with_a_picture(world)
    key = share_of(await anna.until(picture_of))
    bo = await who_agreed(world, "Bo")
    for words in (key, key.strip("#"), ""):
        offered = await types(bo, words)
        assert offered["results"] == []
        assert offered["button"] == {
            "text": "✨ Make your avatar first",
            "start_parameter": "inline",
        }
    await bo.sends("/start inline")
    await bo.card("Send me a photo")
    assert len((await types(anna, key))["results"]) == 1


async def test_pictures_of_groups_are_their_owners_and_newest_first(world: World) -> None:
    ana, bo, _ = await friends(world)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a knight, comic")
    await ana.gets_a_png()
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker, neon")
    await ana.gets_a_png(2)
    offers = (await types(ana))["results"]
    assert [offer["title"] for offer in offers] == ["Neon", "Comic"]
    assert (await types(bo))["results"] == []
    # Words choose among them: of the picture's words, or the look's name.
    for words, title in (("KNIGHT", "Comic"), ("a neon", "Neon")):
        [found] = (await types(ana, words))["results"]
        assert found["title"] == title
    nothing = await types(ana, "clown")
    # Whoever has pictures isn't told to make the first one.
    assert (nothing["results"], nothing["button"]) == ([], None)


async def test_what_was_deleted_is_not_offered(world: World) -> None:
    anna = await with_a_picture(world)
    key = share_of(await anna.until(picture_of))
    await anna.taps("⋯")
    await anna.taps("🗑 Delete")
    assert (await types(anna))["results"] == []
    assert (await types(anna, key))["results"] == []


async def test_a_picture_that_telegram_lost_keeps_no_other_back(world: World) -> None:
    anna = await with_a_picture(world)
    await anna.taps("Again")
    await anna.until(lambda sees: picture_of(sees, 2))
    await soon(lambda: rows(world, f"{OFFERED} {anna.id} LIMIT 1 OFFSET 1"))
    [[lost], [kept]] = rows(world, f"{OFFERED} {anna.id}")
    await changes(world, f"UPDATE pictures SET photo_file_id = 'lost' WHERE order_id = {lost}")
    world.expects("wrong file identifier", "file_id")
    [offer] = (await types(anna))["results"]
    assert offer["id"] == f"#{kept}-1"


async def test_queries_are_never_stored_and_bad_ones_hold_up_nobody(world: World) -> None:
    anna = await who_agreed(world)
    telegram = world.stand_ins.telegram
    for bad in ({}, {"id": "1", "from": {"id": "x"}, "query": 7}, "?"):
        telegram.put_update({"update_id": 0, "inline_query": bad})
    # Each letter asks; what counts is the last one.
    letters = [await anna._does("inline", {"query": "as a kni"[:n]}) for n in range(8)]
    assert (await types(anna, "as a knight"))["results"] == []
    answers = telegram.calls.made("answerInlineQuery")
    assert 1 <= len(answers) <= len(letters) + 1
    await anna.sends("/help")
    await anna.hears("1. Send a photo")


async def test_where_inline_mode_is_off_share_is_a_link(open_world: OpenWorld) -> None:
    world = await open_world(start=False)
    world.stand_ins.telegram.set_options(inline_mode=False)
    await world.start()
    anna = await with_a_picture(world)
    picture = await anna.until(picture_of)
    [share] = [b for row in picture["keyboard"] for b in row if b["text"] == "📤 Share"]
    assert share["url"] == (
        "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fsandbox_bot%3Fstart%3Dlook-comic"
        "&text=Make%20yours%3A%20one%20photo%2C%20ten%20looks."
    )
