"""How the bot gets its updates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.sandbox.telegram.phone import Bot, Clock, Person, World, buttons

Json = Any


def _texts(updates: list[Json]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_an_offset_confirms_what_is_before_it(bot: Bot, ana: Person) -> None:
    for text in "abcde":
        await ana.says(text)
    first = await bot.updates(limit=2)
    assert _texts(first) == ["a", "b"]
    assert await bot.updates(limit=2) == first
    assert _texts(await bot.updates(offset=first[-1]["update_id"] + 1)) == ["c", "d", "e"]
    assert _texts(await bot.updates()) == ["c", "d", "e"]
    assert _texts(await bot.updates(offset=-2)) == ["d", "e"]
    assert _texts(await bot.updates(offset=0)) == ["d", "e"]
    assert await bot.updates(offset=10_000) == []


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, ana: Person) -> None:
    poll = asyncio.create_task(bot.updates(timeout=30))
    await asyncio.sleep(0.05)
    assert not poll.done()
    await ana.says("now")
    assert _texts(await asyncio.wait_for(poll, 2)) == ["now"]


async def test_a_long_poll_ends_with_its_time(bot: Bot) -> None:
    assert await asyncio.wait_for(bot.updates(timeout=1), 2) == []


async def test_of_two_pollers_the_earlier_gets_409(bot: Bot, ana: Person) -> None:
    earlier = asyncio.create_task(bot.answer("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    later = asyncio.create_task(bot.updates(timeout=30))
    status, answer = await asyncio.wait_for(earlier, 2)
    assert status == 409
    assert answer["description"] == (
        "Conflict: terminated by other getUpdates request;"
        " make sure that only one bot instance is running"
    )
    await ana.says("hi")
    assert _texts(await asyncio.wait_for(later, 2)) == ["hi"]


async def test_only_allowed_kinds_are_kept_and_the_list_is_remembered(
    bot: Bot, ana: Person
) -> None:
    await bot.updates(allowed_updates=["callback_query"])
    await ana.says("not this")
    await ana.does("tap", message_id=1, data="x", forge=True)
    assert [set(update) - {"update_id"} for update in await bot.updates()] == [{"callback_query"}]
    await bot.updates(offset=-1, allowed_updates=[])
    await ana.says("this")
    assert (await bot.updates())[-1]["message"]["text"] == "this"


async def test_raw_updates(here: World, bot: Bot, ana: Person) -> None:
    await ana.says("before")
    control = "/people/control/updates"
    async with here.client.post(control, json={"update": {"message": {"odd": []}}}) as response:
        number = (await response.json())["update_id"]
    async with here.client.post(control, json={"raw": '{"update_id": 5000, "poll": 1}'}):
        pass
    here.standin.put_update({"update_id": 7000, "message": None})
    here.standin.put_update({"update_id": 7000, "message": None})
    await ana.says("after")
    updates = await bot.updates()
    assert updates[1] == {"update_id": number, "message": {"odd": []}}
    assert updates[2] == {"update_id": 5000, "poll": 1}
    assert [update["update_id"] for update in updates[3:]] == [7000, 7000, 7001]
    assert await bot.updates(offset=7002) == []


async def test_taps_are_answered_once_and_in_time(
    here: World, bot: Bot, ana: Person, clock: Clock
) -> None:
    sent = await bot.does(
        "sendMessage", chat_id=ana.id, text="?", reply_markup=buttons([("Yes", "y")])
    )
    too_old = "query is too old and response timeout expired or query ID is invalid"
    tapped = await ana.does("tap", message_id=sent["message_id"], text="Yes")
    query = (await bot.updates())[-1]["callback_query"]
    assert query["id"] == tapped["callback_query_id"]
    assert (query["data"], query["from"]["id"]) == ("y", ana.id)
    assert query["message"]["message_id"] == sent["message_id"]
    await bot.does("answerCallbackQuery", callback_query_id=query["id"], text="OK")
    assert (await ana.events())[-1]["event"] == "callback_answer"
    assert (await ana.events())[-1]["data"] == {
        "callback_query_id": query["id"],
        "text": "OK",
        "show_alert": False,
        "url": "",
    }
    again = {"callback_query_id": query["id"]}
    assert await bot.fails("answerCallbackQuery", **again) == too_old
    late = await ana.does("tap", message_id=sent["message_id"], data="y")
    clock.now += 16
    assert await bot.fails("answerCallbackQuery", **late) == too_old
    assert await bot.fails("answerCallbackQuery", text="x" * 201, **late) == "MESSAGE_TOO_LONG"
    elsewhere = {"url": "https://a.example"}
    assert await bot.fails("answerCallbackQuery", **late, **elsewhere) == "URL_INVALID"
    own = await ana.does("tap", message_id=sent["message_id"], data="y")
    link = {"url": "https://t.me/sandbox_bot?start=abc"}
    await bot.does("answerCallbackQuery", **own, **link)


class Hook:
    """A webhook that answers what it is told to, then 200."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.answers = list(answers)
        self.got: list[Json] = []
        self.secrets: list[str | None] = []
        self._asked = asyncio.Condition()

    async def answer(self, request: web.Request) -> web.Response:
        update = await request.json()
        async with self._asked:
            self.got.append(update)
            self._asked.notify_all()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        return web.Response(status=status, headers=headers)

    async def has(self, count: int) -> None:
        async with asyncio.timeout(3), self._asked:
            await self._asked.wait_for(lambda: len(self.got) >= count)


@asynccontextmanager
async def _served(hook: Hook) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", hook.answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


async def test_a_webhook_gets_updates_in_order_with_the_secret(bot: Bot, ana: Person) -> None:
    await ana.says("earlier")
    hook = Hook()
    async with _served(hook) as url:
        await bot.does("setWebhook", url=url, secret_token="s-1")
        await ana.says("later")
        await hook.has(2)
        await bot.does("deleteWebhook")
    assert _texts(hook.got) == ["earlier", "later"]
    assert hook.secrets == ["s-1", "s-1"]
    assert await bot.updates() == []


async def test_a_webhook_that_fails_is_asked_again(bot: Bot, ana: Person) -> None:
    hook = Hook((503, {}), (500, {}), (500, {}))
    async with _served(hook) as url:
        await bot.does("setWebhook", url=url, max_connections=7)
        await ana.says("a")
        await ana.says("b")
        await hook.has(5)
        info = await bot.does("getWebhookInfo")
        await bot.does("deleteWebhook")
    assert _texts(hook.got) == ["a", "a", "a", "a", "b"]
    assert len({update["update_id"] for update in hook.got}) == 2
    assert (info["url"], info["max_connections"]) == (url, 7)
    assert info["last_error_message"] == (
        "Wrong response from the webhook: 500 Internal Server Error"
    )


async def test_one_persons_trouble_holds_up_nobody_else(here: World, bot: Bot, ana: Person) -> None:
    bo = await here.person(first_name="Bo")
    hook = Hook((503, {"Retry-After": "60"}))
    async with _served(hook) as url:
        await bot.does("setWebhook", url=url)
        await ana.says("refused")
        await hook.has(1)
        await bo.says("taken")
        await hook.has(2)
        assert (await bot.does("getWebhookInfo"))["pending_update_count"] == 1
        await bot.does("deleteWebhook")
    assert _texts(await bot.updates()) == ["refused"]


async def test_polling_and_a_webhook_exclude_each_other(bot: Bot, ana: Person) -> None:
    poll = asyncio.create_task(bot.answer("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    await bot.does("setWebhook", url="http://127.0.0.1:9/hook")
    status, answer = await poll
    assert (status, answer["description"]) == (
        409,
        "Conflict: terminated by setWebhook request",
    )
    assert await bot.fails("getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active;"
        " use deleteWebhook to delete the webhook first"
    )
    await ana.says("kept")
    await bot.does("setWebhook", url="")
    assert _texts(await bot.updates()) == ["kept"]
    await bot.does("deleteWebhook", drop_pending_updates=True)
    assert await bot.updates() == []
