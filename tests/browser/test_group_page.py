"""The chat page's group of three, with the test in the bot's place at the stand-in's Bot API."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Route, expect

from bot.sandbox.server import Options, serve
from tests.browser.stage import Stage, keyboard, messages, png

pytestmark = pytest.mark.browser


async def test_people_are_switched_and_each_speaks_for_themselves(stage: Stage) -> None:
    await expect(stage.page.get_by_role("heading", name="Friends")).to_be_visible()
    await stage.becomes("Bo")
    heard = await stage.says("/avatar@sandbox_bot as a knight")
    assert (heard["from"]["first_name"], heard["chat"]["id"]) == ("Bo", stage.bot.chat_id)
    await expect(messages(stage.page).first).to_contain_text("Ana")
    await expect(messages(stage.page).first.get_by_test_id("badge")).to_have_text("owner")
    which = keyboard("Comic", "Noir")
    reply = {"message_id": heard["message_id"]}
    await stage.bot.sends("Which look?", reply_parameters=reply, reply_markup=which)
    await expect(messages(stage.page).last.locator(".quote")).to_contain_text("as a knight")
    await stage.becomes("Cleo")
    await stage.at("button").filter(has_text="Comic").click()
    query = await stage.bot.hears("callback_query")
    assert query["from"]["first_name"] == "Cleo"
    answer = {"text": "It's Bo's order", "show_alert": True}
    await stage.bot.call("answerCallbackQuery", callback_query_id=query["id"], **answer)
    await expect(stage.at("alert")).to_contain_text("It's Bo's order")
    await stage.page.keyboard.press("Enter")
    await stage.page.reload()
    await expect(stage.page.locator("#persona")).to_have_attribute("title", "Cleo")


async def test_what_is_answered_reads_the_same_above_words_and_above_a_photo(stage: Stage) -> None:
    heard = await stage.says("/avatar@sandbox_bot as a knight")
    reply = {"message_id": heard["message_id"]}
    await stage.bot.sends("Which look?", reply_parameters=reply)
    above_words = messages(stage.page).last.locator(".quote")
    await expect(above_words).to_contain_text("as a knight")
    font = await above_words.evaluate("(it) => getComputedStyle(it).font")
    fields = {"reply_parameters": json.dumps(reply)}
    await stage.bot.uploads("sendPhoto", "photo", png(320, 320), "a.png", **fields)
    above_a_photo = messages(stage.page).last.locator(".with-photo > .quote")
    await expect(above_a_photo).to_contain_text("as a knight")
    await expect(above_a_photo).to_have_css("font", font)


async def test_a_link_to_a_groups_message_leads_there(stage: Stage) -> None:
    group = stage.bot.chat_id
    await stage.at("topic").filter(has_text="Portraits").click()
    heard = await stage.says("/avatar@sandbox_bot as a knight")
    assert heard["message_thread_id"]
    await stage.at("chat-private").click()
    await stage.at("start").click()
    await stage.bot.hears("message")
    link = f"https://t.me/c/{str(group).removeprefix('-100')}/{heard['message_id']}"
    back = {"inline_keyboard": [[{"text": "Back", "url": link}]]}
    alone = {"chat_id": heard["from"]["id"], "text": "Done", "reply_markup": back}
    await stage.bot.call("sendMessage", **alone)
    await stage.at("button").filter(has_text="Back").click()
    await expect(messages(stage.page).last).to_contain_text("as a knight")
    chosen = stage.page.locator("[data-testid=topic][aria-current=true]")
    await expect(chosen).to_have_text("Portraits")
    assert len(stage.page.context.pages) == 1


async def test_one_is_oneself_again(stage: Stage) -> None:
    await stage.becomes("Bo")
    await stage.page.locator("#persona").click()
    await stage.at("be-owner").click()
    await expect(stage.page.locator("#persona")).to_have_attribute("title", "Ana")
    assert (await stage.says("/avatar@sandbox_bot"))["from"]["first_name"] == "Ana"


async def test_a_server_that_was_restarted_knows_nobody_but_the_owner(browser: Browser) -> None:
    page = await browser.new_page()
    async with serve(Options()) as running:
        port = int(running.origin.rsplit(":", 1)[1])
        await page.goto(running.origin)
        await page.get_by_test_id("chat-supergroup").click()
        await page.get_by_role("radio", name="Be Cleo").click()
        await expect(page.locator("#persona")).to_have_attribute("title", "Cleo")
        await page.context.set_offline(True)
    await expect(page.get_by_text("Connecting…")).to_be_visible()
    async with serve(Options(port=port)) as running:
        async with aiohttp.ClientSession() as session:
            for name in ("Dan", "Eva", "Fred"):  # whoever comes first takes the numbers
                await session.post(f"{running.origin}/people", json={"first_name": name})
        await page.context.set_offline(False)
        await expect(page.locator("#persona")).to_have_attribute("title", "Ana", timeout=15_000)
        await expect(page.get_by_test_id("chat-supergroup")).to_be_visible()


async def test_the_owner_is_made_known_once_at_a_time(browser: Browser, stand_ins: Any) -> None:
    """Each time a server that has forgotten them may know them as somebody new."""
    page = await browser.new_page()
    asked, released = asyncio.Semaphore(0), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.release()
        await released.wait()
        await route.continue_()

    await page.route("**/people", hold)
    await page.goto(stand_ins.origin)
    await asked.acquire()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await asyncio.sleep(0.3)  # a second question would be there by now
    assert asked.locked()
    released.set()
    await asked.acquire()
    await expect(page.get_by_test_id("chat-supergroup")).to_be_visible()


async def test_buttons_that_have_not_changed_stay_where_they_are(stage: Stage) -> None:
    """One that is replaced while it is pressed is not pressed."""
    await stage.promotes("can_change_info")
    face = stage.page.locator("img[data-testid=chat-face]")
    await stage.bot.uploads("setChatPhoto", "photo", png(320, 320), "us.png")
    await expect(face).to_be_visible()
    before = await face.get_attribute("src")
    bo = await stage.page.get_by_role("radio", name="Be Bo").element_handle()
    await stage.bot.uploads("setChatPhoto", "photo", png(320, 320), "us again.png")
    await expect(face).not_to_have_attribute("src", before or "")
    assert bo is not None
    assert await bo.evaluate("(it) => it.isConnected")


async def test_reactions_and_what_happens_in_the_group_are_seen(stage: Stage) -> None:
    bot, group = stage.bot, {"chat_id": stage.bot.chat_id}
    number = await messages(stage.page).last.get_attribute("data-message-id")
    eyes = [{"type": "emoji", "emoji": "👀"}]
    await bot.call("setMessageReaction", message_id=int(number or 0), reaction=eyes, **group)
    await expect(messages(stage.page).last.get_by_test_id("reactions")).to_have_text("👀")
    await messages(stage.page).last.locator(".bubble").click(button="right")
    await stage.page.get_by_role("menuitem", name="React with 👀").click()
    await expect(messages(stage.page).last.get_by_test_id("reactions")).to_have_text("👀 2")

    await stage.promotes("can_change_info")
    await expect(stage.at("chat-face")).to_have_text("F")
    await bot.uploads("setChatPhoto", "photo", png(320, 320), "us.png")
    service = stage.at("service")
    await expect(service.last).to_have_text("Avatars changed the group's photo")
    await expect(stage.page.locator("img[data-testid=chat-face]")).to_be_visible()
    await stage.page.locator("#chat-face").click()
    await expect(stage.at("group").get_by_text("admin", exact=True)).to_be_visible()
    await stage.page.keyboard.press("Escape")
    await bot.call("leaveChat", **group)
    await expect(service.last).to_have_text("Avatars left the group")
    await stage.page.reload()
    await stage.at("chat-supergroup").click()
    await expect(messages(stage.page).last.get_by_test_id("reactions")).to_have_text("👀 2")
    await expect(service).to_have_count(2)


async def test_topics_are_apart(stage: Stage) -> None:
    await stage.at("topic").filter(has_text="Portraits").click()
    await expect(messages(stage.page)).to_have_count(0)
    heard = await stage.says("/avatar@sandbox_bot in a topic")
    assert heard["is_topic_message"] is True
    thread = {"message_thread_id": heard["message_thread_id"]}
    await stage.bot.sends("Elsewhere")
    await stage.bot.sends("Here", **thread)
    await expect(messages(stage.page)).to_have_count(2)
    await expect(messages(stage.page).last).to_contain_text("Here")
    await stage.at("topic").filter(has_text="General").click()
    await expect(messages(stage.page).last).to_contain_text("Elsewhere")


async def test_a_private_link_leads_to_the_private_chat(stage: Stage) -> None:
    link = "https://t.me/sandbox_bot?start=selfie_7"
    button = {"inline_keyboard": [[{"text": "Use a selfie", "url": link}]]}
    await stage.bot.sends("No face", reply_markup=button)
    await stage.becomes("Bo")
    await stage.at("button").click()
    heard = await stage.bot.hears("message")
    assert (heard["text"], heard["chat"]["type"]) == ("/start selfie_7", "private")
    assert heard["from"]["first_name"] == "Bo"
    await expect(
        stage.page.get_by_role("heading", name="Avatars", exact=True, level=1)
    ).to_be_visible()
    await expect(messages(stage.page).last).to_contain_text("/start selfie_7")
    await stage.bot.sends("Back here")
    await expect(stage.at("chat-supergroup").locator(".unread")).to_have_text("1")
    await stage.at("chat-supergroup").click()
    await expect(messages(stage.page).last).to_contain_text("Back here")


async def test_a_link_gives_the_bot_a_right(stage: Stage) -> None:
    link = "https://t.me/sandbox_bot?startgroup=photo&admin=change_info"
    button = {"inline_keyboard": [[{"text": "Allow", "url": link}]]}
    await stage.bot.sends("I may not yet", reply_markup=button)
    await stage.at("button").click()
    await stage.at("bring").get_by_role("button", name="Friends").click()
    change = await stage.bot.hears("my_chat_member")
    assert change["new_chat_member"]["can_change_info"] is True
    assert (await stage.bot.hears("message"))["text"] == "/start@sandbox_bot photo"


async def test_what_the_bot_offers_is_shared(stage: Stage) -> None:
    bot = stage.bot
    await stage.at("composer").fill("@sandbox_bot knight")
    query = await bot.hears("inline_query")
    assert query["query"] == "knight"
    said = {"message_text": "A knight, by Ana"}
    article = {"type": "article", "id": "1", "title": "Knight", "input_message_content": said}
    await bot.call("answerInlineQuery", inline_query_id=query["id"], results=[article])
    await stage.at("offer").click()
    assert (await bot.hears("message"))["via_bot"]["id"] == 42
    await expect(messages(stage.page).last).to_contain_text("via @sandbox_bot")
    await expect(stage.at("composer")).to_have_value("")


async def test_what_the_bot_offers_goes_on_where_one_scrolls(stage: Stage) -> None:
    def knights(first: int, last: int) -> list[Any]:
        said = {"input_message_content": {"message_text": "A knight"}}
        numbers = range(first, last + 1)
        return [{"type": "article", "id": str(n), "title": f"No. {n}"} | said for n in numbers]

    bot = stage.bot
    await stage.at("composer").fill("@sandbox_bot knight")
    query = await bot.hears("inline_query")
    answer = {"inline_query_id": query["id"], "results": knights(1, 50), "next_offset": "50"}
    await bot.call("answerInlineQuery", **answer)
    await stage.at("offer").last.scroll_into_view_if_needed()
    query = await bot.hears("inline_query")
    assert (query["query"], query["offset"]) == ("knight", "50")
    answer = {"inline_query_id": query["id"], "results": knights(51, 53), "next_offset": ""}
    await bot.call("answerInlineQuery", **answer)
    await expect(stage.at("offer")).to_have_count(53)
    await stage.at("offer").first.click()
    assert (await bot.hears("message"))["text"] == "A knight"


async def test_a_button_shares_in_a_group_that_is_chosen(stage: Stage) -> None:
    chosen = {"query": "#7-1", "allow_group_chats": True}
    button = {"text": "Share", "switch_inline_query_chosen_chat": chosen}
    await stage.bot.sends("A knight", reply_markup={"inline_keyboard": [[button]]})
    await stage.at("button").click()
    await stage.at("bring").get_by_role("button", name="Friends").click()
    await expect(stage.at("composer")).to_have_value("@sandbox_bot #7-1")
    assert (await stage.bot.hears("inline_query"))["query"] == "#7-1"


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
async def test_nothing_sticks_out(stage: Stage, width: int, scheme: Any) -> None:
    await stage.page.emulate_media(color_scheme=scheme)
    await stage.page.set_viewport_size({"width": width, "height": 800})
    await stage.becomes("Cleo")
    await stage.bot.sends("W" * 300)
    await stage.becomes("Ana")
    await stage.page.locator("#chat-face").click()
    for name in ("Bo", "Back", "Close"):
        box = await stage.at("group").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert await stage.at("group").evaluate("node => node.scrollWidth <= node.clientWidth")
        await stage.at("group").get_by_role("button", name=name, exact=True).click()
    for selector in ("#group-bar", "#people", "#places", "#composer", "#scroller"):
        box = await stage.page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    scroller = stage.page.locator("#scroller")
    assert await scroller.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert await stage.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
