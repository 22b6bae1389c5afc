"""The chat page in a real browser, with the test in the bot's place at the stand-in's Bot API."""

import asyncio
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    FilePayload,
    Page,
    Route,
    expect,
)

from bot.sandbox.server import Options, StandIns, serve
from tests.browser.stage import Bot, keyboard, messages, png

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="package")
async def bot(stand_ins: StandIns) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        yield Bot(session, f"{stand_ins.telegram_url}/bot42:SANDBOX")


@pytest_asyncio.fixture(loop_scope="package")
async def page(browser: Browser, stand_ins: StandIns) -> AsyncIterator[Page]:
    """A newcomer's page; what it complains about in the console fails the test."""
    complaints: list[str] = []
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(stand_ins.origin)
    yield page
    # Chromium itself notes every refused request.
    assert [text for text in complaints if "(Bad Request)" not in text] == []


@pytest_asyncio.fixture(loop_scope="package")
async def chat(page: Page, bot: Bot) -> Page:
    """A chat in which START was tapped and the bot has said hello."""
    await page.get_by_test_id("start").click()
    bot.chat_id = (await bot.hears("message"))["chat"]["id"]
    await bot.sends("Hi Ana")
    await expect(messages(page)).to_have_count(2)
    return page


async def drop(page: Page, name: str, content: str) -> None:
    carried = await page.evaluate_handle(
        """([name, content]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([content], name, { type: "image/png" }));
            return carried;
        }""",
        [name, content],
    )
    await page.dispatch_event("#phone", "drop", {"dataTransfer": carried})


async def test_a_newcomer_reads_what_the_bot_does_and_starts(page: Page, bot: Bot) -> None:
    await bot.call("setMyDescription", description="Send a selfie, tap a look.")
    await expect(page.get_by_text("Send a selfie, tap a look.")).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_be_hidden()
    await page.get_by_test_id("start").click()
    heard = await bot.hears("message")
    assert (heard["text"], heard["from"]["first_name"]) == ("/start", "Ana")
    photos = await bot.call("getUserProfilePhotos", user_id=heard["from"]["id"])
    assert photos["total_count"] == 1


async def test_words_stay_words_and_commands_can_be_tapped(chat: Page, bot: Bot) -> None:
    words = "<img src=x onerror=alert(1)> & /help,\nor https://example.org/a_b."
    await bot.sends(words)
    bubble = messages(chat).last
    await expect(bubble).to_contain_text("<img src=x onerror=alert(1)> & /help,")
    await expect(bubble.locator("img")).to_have_count(0)
    await expect(bubble.get_by_role("link")).to_have_attribute("href", "https://example.org/a_b")
    await bubble.get_by_role("button", name="/help").click()
    assert (await bot.hears("message"))["text"] == "/help"


async def test_entities_are_counted_as_telegram_counts(chat: Page, bot: Bot) -> None:
    await bot.sends("👋 <b>bold 👋</b> &amp; <code>4711</code>", parse_mode="HTML")
    bubble = messages(chat).last
    await expect(bubble.locator("strong")).to_have_text("bold 👋")
    await expect(bubble.locator(".code")).to_have_text("4711")
    await expect(bubble.locator(".code")).to_have_css("font-family", re.compile("monospace"))


async def test_a_tapped_button_waits_for_its_answer(chat: Page, bot: Bot) -> None:
    await bot.sends("Which look?", reply_markup=keyboard("Cinematic", "Comic"))
    button = chat.get_by_test_id("button").filter(has_text="Cinematic")
    await button.click()
    query = await bot.hears("callback_query")
    await expect(button).to_have_attribute("aria-busy", "true")
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="On it")
    await expect(chat.get_by_test_id("toast")).to_have_text("On it")
    await expect(button).to_have_attribute("aria-busy", "false")
    await button.click()
    query = await bot.hears("callback_query")
    await bot.call(
        "answerCallbackQuery", callback_query_id=query["id"], text="Tomorrow", show_alert=True
    )
    await expect(chat.get_by_test_id("alert")).to_contain_text("Tomorrow")
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_test_id("alert")).to_have_count(0)


async def test_a_link_to_the_bot_itself_stays_in_the_chat(chat: Page, bot: Bot) -> None:
    me = await bot.call("getMe")
    link = f"https://t.me/{me['username']}?start=look_3"
    await bot.sends("Made by us", reply_markup={"inline_keyboard": [[{"text": "Go", "url": link}]]})
    await chat.get_by_test_id("button").click()
    assert (await bot.hears("message"))["text"] == "/start look_3"
    assert len(chat.context.pages) == 1


async def test_a_photo_has_its_place_before_it_is_there(chat: Page, bot: Bot) -> None:
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await chat.route("**/people/files/*", hold)
    await bot.uploads("sendPhoto", "photo", png(600, 400), "x.png")
    await expect(messages(chat).last).to_be_in_viewport(ratio=1)
    await asyncio.sleep(0.5)  # the bubble glides in
    photo = messages(chat).last.locator(".photo")
    early = await photo.bounding_box()
    released.set()
    await expect(photo.locator("img")).to_have_js_property("complete", value=True)
    assert early is not None
    assert early["width"] / early["height"] == pytest.approx(1.5, abs=0.02)
    assert await photo.bounding_box() == early
    await photo.click()
    await expect(chat.get_by_test_id("viewer")).to_be_visible()
    await chat.keyboard.press("Escape")
    await expect(chat.get_by_test_id("viewer")).to_have_count(0)


async def test_a_file_is_downloaded_untouched(chat: Page, bot: Bot) -> None:
    data = png(300, 300)
    await bot.uploads("sendDocument", "document", data, "avatar 1.png")
    async with chat.expect_download() as waiting:
        await chat.get_by_test_id("file").click()
    download = await waiting.value
    assert download.suggested_filename == "avatar 1.png"
    assert (await download.path()).read_bytes() == data


async def test_a_sample_is_one_tap_away(chat: Page, bot: Bot) -> None:
    await chat.get_by_test_id("attach").click()
    await chat.get_by_test_id("sample-0").click()
    assert (await bot.hears("message"))["photo"]


async def test_several_are_an_album_with_one_caption(chat: Page, bot: Bot) -> None:
    await chat.get_by_test_id("composer").fill("as a knight")
    await chat.get_by_test_id("attach").click()
    await chat.get_by_test_id("attach-samples").click()
    await expect(chat.get_by_test_id("preview-caption")).to_have_value("as a knight")
    await chat.get_by_test_id("preview-send").click()
    heard = [await bot.hears("message") for _ in range(3)]
    assert len({message["media_group_id"] for message in heard}) == 1
    assert [message.get("caption") for message in heard] == ["as a knight", None, None]
    await expect(chat.locator(".album").get_by_test_id("message")).to_have_count(3)


async def test_files_are_shown_before_they_are_sent(chat: Page, bot: Bot) -> None:
    data = png(120, 90)
    await chat.get_by_test_id("attach").click()
    async with chat.expect_file_chooser() as waiting:
        await chat.get_by_test_id("attach-photo").click()
    await (await waiting.value).set_files(
        FilePayload(name="me.png", mimeType="image/png", buffer=data)
    )
    await chat.get_by_test_id("send-as-file").check()
    await chat.get_by_test_id("preview-caption").fill("untouched")
    await chat.get_by_test_id("preview-send").click()
    heard = await bot.hears("message")
    assert (heard["document"]["file_name"], heard["caption"]) == ("me.png", "untouched")
    assert heard["document"]["file_size"] == len(data)


async def test_what_the_server_refuses_can_be_sent_otherwise(page: Page, bot: Bot) -> None:
    await page.get_by_test_id("start").click()
    await bot.hears("message")
    await drop(page, "broken.png", "no picture")
    await page.get_by_test_id("preview-send").click()
    await expect(page.get_by_test_id("toast")).to_have_text("This file can't be sent as a photo.")
    await page.get_by_test_id("send-as-file").check()
    await page.get_by_test_id("preview-send").click()
    assert (await bot.hears("message"))["document"]["file_name"] == "broken.png"


async def test_own_words_are_edited_replied_to_and_deleted(chat: Page, bot: Bot) -> None:
    await chat.get_by_test_id("composer").fill("as a knigt")
    await chat.keyboard.press("Enter")
    await bot.hears("message")
    own = messages(chat).filter(has_text="knigt")
    await own.locator(".bubble").click(button="right")
    await chat.get_by_role("menuitem", name="Edit").click()
    await chat.get_by_test_id("composer").fill("as a knight")
    await chat.get_by_test_id("send").click()
    assert (await bot.hears("edited_message"))["text"] == "as a knight"
    own = messages(chat).filter(has_text="as a knight")
    await expect(own).to_contain_text("edited")
    await own.locator(".bubble").click(button="right")
    await chat.get_by_role("menuitem", name="Reply").click()
    await chat.get_by_test_id("composer").fill("and green")
    await chat.keyboard.press("Enter")
    assert (await bot.hears("message"))["reply_to_message"]["text"] == "as a knight"
    await messages(chat).filter(has_text="Hi Ana").locator(".bubble").click(button="right")
    await chat.get_by_role("menuitem", name="Delete").click()
    await expect(messages(chat).filter(has_text="Hi Ana")).to_have_count(0)


async def test_scrolled_up_it_stays_and_counts(chat: Page, bot: Bot) -> None:
    for number in range(30):
        await bot.sends(f"Line {number}")
    await expect(messages(chat)).to_have_count(32)
    down = chat.get_by_role("button", name="Scroll to the newest message")
    await expect(down).to_be_hidden()
    await expect(messages(chat).last).to_be_in_viewport()
    await chat.locator("#scroller").hover()
    await chat.mouse.wheel(0, -400)
    await expect(down).to_be_visible()
    await bot.sends("Are you there?")
    await expect(down).to_have_text("1")
    await expect(messages(chat).last).not_to_be_in_viewport()
    await down.click()
    await expect(messages(chat).last).to_be_in_viewport()


async def test_what_shrinks_and_grows_does_not_scroll_the_page_up(chat: Page, bot: Bot) -> None:
    for number in range(30):
        await bot.sends(f"Line {number}")
    await expect(messages(chat).last).to_be_in_viewport()

    # Both in one frame, with a layout between them that moves the window's top.
    await chat.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame);
          const tall = (height) => {
            const box = document.createElement("div");
            box.style.height = height;
            return box;
          };
          const content = document.getElementById("content");
          const scroller = document.getElementById("scroller");
          const first = content.appendChild(tall("200px"));
          await frame();
          await frame();
          // A task of its own: the frame after it begins with the events of scrolling.
          await new Promise((resolve) => setTimeout(resolve));
          first.remove();
          scroller.scrollTop;
          content.appendChild(tall("400px"));
          await frame();
          await frame();
        }"""
    )

    await expect(chat.get_by_role("button", name="Scroll to the newest message")).to_be_hidden()
    assert (
        await chat.evaluate(
            "() => { const s = document.getElementById('scroller');"
            " return s.scrollHeight - s.scrollTop - s.clientHeight; }"
        )
        < 2
    )


async def test_the_person_is_remembered_until_they_start_over(chat: Page, bot: Bot) -> None:
    await chat.reload()
    await expect(messages(chat)).to_have_count(2)
    await chat.locator("#persona").click()
    await chat.get_by_label("First name").fill("Bea")
    await chat.get_by_test_id("start-over").click()
    await expect(messages(chat)).to_have_count(0)
    await chat.get_by_test_id("start").click()
    heard = await bot.hears("message")
    assert heard["from"]["first_name"] == "Bea"
    assert heard["chat"]["id"] != bot.chat_id


async def test_the_bot_is_blocked_and_unblocked(chat: Page, bot: Bot) -> None:
    await chat.locator("#persona").click()
    await chat.get_by_test_id("block").click()
    assert (await bot.hears("my_chat_member"))["new_chat_member"]["status"] == "kicked"
    await chat.keyboard.press("Escape")
    await chat.get_by_test_id("unblock").click()
    assert (await bot.hears("my_chat_member"))["new_chat_member"]["status"] == "member"
    await expect(chat.get_by_test_id("composer")).to_be_visible()


async def test_it_comes_back_to_a_server_that_was_restarted(browser: Browser) -> None:
    page = await browser.new_page()
    async with serve(Options()) as running:
        port = int(running.origin.rsplit(":", 1)[1])
        await page.goto(running.origin)
        await page.get_by_test_id("start").click()
        await expect(messages(page)).to_have_count(1)
    connecting = page.get_by_text("Connecting…")
    await expect(connecting).to_be_visible()
    async with serve(Options(port=port)):
        await expect(connecting).to_be_hidden(timeout=15_000)
        await expect(messages(page)).to_have_count(0)
        await expect(page.get_by_test_id("start")).to_be_visible()
