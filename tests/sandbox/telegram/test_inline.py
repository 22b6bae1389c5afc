"""Inline queries: the bot's own offers in any chat."""

from typing import Any

import pytest

from tests.sandbox.telegram.phone import Bot, Clock, Person, World, picture

Json = Any


@pytest.fixture
async def offer(ana: Person, bot: Bot) -> Json:
    """A picture that was sent before, as a result with a link under it."""
    sent = await bot.does("sendPhoto", chat_id=ana.id, photo=picture())
    link = "https://t.me/sandbox_bot?start=look_3"
    markup = {"inline_keyboard": [[{"text": "Make yours", "url": link}]]}
    file_id = sent["photo"][-1]["file_id"]
    named = {"type": "photo", "id": "p1", "photo_file_id": file_id, "title": "Knight"}
    return named | {"caption": "<b>Me</b>", "parse_mode": "HTML", "reply_markup": markup}


async def asked(bot: Bot) -> Json:
    ((kind, query),) = await bot.hears()
    assert kind == "inline_query"
    return query


async def test_a_picture_is_shared_in_a_group(
    ana: Person, bo: Person, bot: Bot, group: int, offer: Json
) -> None:
    query_id = (await ana.there(group).does("inline", query="knight"))["inline_query_id"]
    query = await asked(bot)
    assert (query["id"], query["query"], query["offset"]) == (query_id, "knight", "")
    assert (query["from"]["id"], query["chat_type"]) == (ana.id, "supergroup")
    answer = {"inline_query_id": query_id, "is_personal": True, "cache_time": 0}
    assert await bot.does("answerInlineQuery", results=[offer], **answer)
    shown = (await ana.events())[-1]
    assert shown["event"] == "inline_results"
    assert [result["title"] for result in shown["data"]["results"]] == ["Knight"]
    await ana.there(group).does("choose", inline_query_id=query_id, result_id="p1")
    updates = dict(await bot.hears())
    assert updates["message"]["via_bot"]["id"] == 42
    assert updates["message"]["from"]["id"] == ana.id
    assert updates["chosen_inline_result"]["result_id"] == "p1"
    seen = (await bo.there(group).sees())[-1]
    assert (seen["caption"], seen["via"], seen["from"]["first_name"]) == (
        "Me",
        "sandbox_bot",
        "Ana",
    )
    assert seen["keyboard"][0][0]["text"] == "Make yours"
    # A reply to what was sent via it is meant for it.
    await bo.there(group).says("nice", reply_to=seen["message_id"])
    assert len(await bot.hears()) == 1


async def test_where_the_bot_is_no_member(ana: Person, bot: Bot, offer: Json) -> None:
    elsewhere = await ana.makes("groups", title="Others")
    query_id = (await ana.there(elsewhere).does("inline", query=""))["inline_query_id"]
    await asked(bot)
    await bot.does("answerInlineQuery", inline_query_id=query_id, results=[offer])
    await ana.there(elsewhere).does("choose", inline_query_id=query_id, result_id="p1")
    assert [kind for kind, _ in await bot.hears()] == ["chosen_inline_result"]


async def test_what_is_not_personal_is_kept_for_everybody(
    ana: Person, bo: Person, bot: Bot, offer: Json, clock: Clock
) -> None:
    first = await ana.does("inline", query="mine")
    assert (await asked(bot))["chat_type"] == "sender"
    answer = {"inline_query_id": first["inline_query_id"], "results": [offer]}
    await bot.does("answerInlineQuery", **answer)
    others = await bo.does("inline", query="mine")
    assert [result["id"] for result in others["results"]] == ["p1"]
    assert await bot.hears() == []
    clock.now += 301
    assert "results" not in await bo.does("inline", query="mine")
    query = await asked(bot)
    personal = {"results": [], "is_personal": True, "cache_time": 60}
    await bot.does("answerInlineQuery", inline_query_id=query["id"], **personal)
    assert (await bo.does("inline", query="mine"))["results"] == []
    assert "results" not in await ana.does("inline", query="mine")


async def test_too_late_and_twice(ana: Person, bot: Bot, clock: Clock) -> None:
    old = "query is too old and response timeout expired or query ID is invalid"
    for seconds in (16, 0):
        query = await ana.does("inline", query=str(seconds))
        clock.now += seconds
        answer = {"inline_query_id": query["inline_query_id"], "results": []}
        if seconds:
            assert await bot.fails("answerInlineQuery", **answer) == old
        else:
            await bot.does("answerInlineQuery", **answer)
            assert await bot.fails("answerInlineQuery", **answer) == old


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"results": ["p1", "p1"]}, "RESULT_ID_DUPLICATE"),
        ({"results": ["x" * 65]}, "RESULT_ID_INVALID"),
        ({"results": [str(number) for number in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [], "next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        (
            {"results": [], "button": {"text": "Go", "start_parameter": "no spaces"}},
            "START_PARAM_INVALID",
        ),
    ],
)
async def test_answers_that_cannot_be(
    ana: Person, bot: Bot, offer: Json, change: Json, said: str
) -> None:
    query = await ana.does("inline", query="")
    results = [offer | {"id": each} for each in change["results"]]
    answer = change | {"inline_query_id": query["inline_query_id"], "results": results}
    assert await bot.fails("answerInlineQuery", **answer) == said


async def test_files_are_named_by_ids_that_are_known(ana: Person, bot: Bot, offer: Json) -> None:
    query = (await ana.does("inline", query=""))["inline_query_id"]
    bad = offer | {"photo_file_id": "AgACunknown"}
    assert await bot.fails("answerInlineQuery", inline_query_id=query, results=[bad]) == (
        "wrong file identifier/HTTP URL specified"
    )
    fetched = {"type": "photo", "id": "1", "photo_url": "http://a.example/1", "thumbnail_url": "x"}
    said = await bot.fails("answerInlineQuery", inline_query_id=query, results=[fetched])
    assert 'can\'t find field "photo_file_id"' in said


async def test_nobody_chooses_from_anothers_answer(
    here: World, ana: Person, bo: Person, bot: Bot, offer: Json
) -> None:
    query = (await ana.does("inline", query=""))["inline_query_id"]
    await bot.does("answerInlineQuery", inline_query_id=query, results=[offer])
    assert (await bo.fails("choose", inline_query_id=query, result_id="p1"))[0] == 404
    assert (await ana.fails("choose", inline_query_id=query, result_id="p2"))[0] == 404


async def test_words_and_taps_by_an_inline_message(
    ana: Person, bo: Person, bot: Bot, group: int
) -> None:
    markup = {"inline_keyboard": [[{"text": "Tap", "callback_data": "t"}]]}
    article = {
        "type": "article",
        "id": "a",
        "title": "Say it",
        "input_message_content": {"message_text": "*said*", "parse_mode": "MarkdownV2"},
        "reply_markup": markup,
    }
    query = (await ana.there(group).does("inline", query=""))["inline_query_id"]
    button = {"text": "Draw one", "start_parameter": "new"}
    answer = {"inline_query_id": query, "results": [article], "button": button}
    await bot.does("answerInlineQuery", **answer)
    assert (await ana.events())[-1]["data"]["button"] == button
    choice = {"inline_query_id": query, "result_id": "a"}
    number = (await ana.there(group).does("choose", **choice))["message_id"]
    assert (await bo.there(group).sees())[-1]["text"] == "said"
    chosen = dict(await bot.hears())["chosen_inline_result"]
    await bo.there(group).does("tap", message_id=number, text="Tap")
    ((_, tapped),) = await bot.hears()
    assert "message" not in tapped
    assert tapped["inline_message_id"] == chosen["inline_message_id"]
