"""What a group's owner, its admins and its members may do, by the page alone."""

from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.stage import Stage, messages
from tests.world import World

pytestmark = pytest.mark.browser

PATIENCE = 30_000  # milliseconds, on a busy machine


@dataclass
class Info:
    """The dialog about the open group."""

    page: Page

    def at(self, name: str) -> Locator:
        return self.page.get_by_test_id("group").get_by_test_id(name)

    async def opens(self) -> None:
        await self.page.locator("#chat-face").click()
        await expect(self.page.get_by_role("heading", name="Group info")).to_be_visible()

    async def closes(self) -> None:
        await self.of("Close")

    async def back(self) -> None:
        await self.page.get_by_role("button", name="Back").click()

    async def of(self, name: str) -> None:
        await self.page.get_by_test_id("group").get_by_role("button", name=name, exact=True).click()

    async def confirms(self, label: str) -> None:
        await self.page.get_by_test_id("confirm").get_by_role("button", name=label).click()

    async def kicks_the_bot(self) -> None:
        await self.of("Avatars bot")
        await self.at("remove").click()
        await self.confirms("Remove")
        await expect(self.at("member").filter(has_text="Avatars")).to_have_count(0)

    async def adds_the_bot(self) -> None:
        await self.at("add-member").click()
        await self.at("add").filter(has_text="Avatars").click()
        await expect(self.at("member").filter(has_text="Avatars")).to_be_visible()


async def test_slow_mode_holds_back_a_members_second_message(stage: Stage) -> None:
    info = Info(stage.page)
    await info.opens()
    await info.at("slow-mode").click()
    await info.at("pause").get_by_label("30 seconds").check()
    await info.back()
    await expect(info.at("slow-mode")).to_contain_text("30 seconds")
    await info.closes()

    await stage.becomes("Bo")
    await stage.says("/avatar@sandbox_bot")
    await expect(stage.page.locator("#hint")).to_contain_text("you can write again in 0:")
    await stage.at("composer").fill("and now?")
    await stage.page.keyboard.press("Enter")
    await expect(stage.at("toast")).to_contain_text("Slow mode is on: you can write again in")
    await expect(stage.at("composer")).to_have_value("and now?")
    await info.opens()
    await expect(info.at("member")).to_have_count(0)  # nobody to whom Bo could do something
    await expect(info.at("slow-mode")).to_have_count(0)
    await expect(info.at("leave")).to_be_visible()
    await info.closes()

    await stage.becomes("Ana")
    for _ in range(2):
        await stage.says("/avatar@sandbox_bot")
    await expect(stage.page.locator("#hint")).to_be_hidden()


async def test_an_anonymous_admin_speaks_as_the_group(stage: Stage) -> None:
    info = Info(stage.page)
    await info.opens()
    await info.of("Bo")
    await info.at("make-admin").click()
    await info.at("anonymous").check()
    await info.at("can_promote_members").check()
    await info.back()
    await expect(info.at("member").filter(has_text="anonymous admin")).to_contain_text("Bo")
    await info.closes()

    await stage.becomes("Bo")
    await expect(stage.at("composer")).to_have_attribute("placeholder", "Send anonymously")
    heard = await stage.says("/avatar@sandbox_bot as a knight")
    assert heard["sender_chat"]["id"] == stage.bot.chat_id
    await info.opens()
    await info.of("Avatars bot")
    await info.at("make-admin").click()
    await info.at("can_delete_messages").uncheck()
    await stage.bot.hears("my_chat_member")
    rights = (await stage.bot.hears("my_chat_member"))["new_chat_member"]
    assert (rights["can_change_info"], rights["can_delete_messages"]) == (True, False)
    await info.closes()

    await stage.becomes("Cleo")
    said = messages(stage.page).last
    await expect(said.locator(".author")).to_contain_text("Friends")
    await expect(said.get_by_test_id("badge")).to_have_text("admin")
    await info.opens()
    await expect(stage.at("group").get_by_text("anonymous admin")).to_have_count(0)


async def test_what_members_may_not_do_is_said_in_words(stage: Stage) -> None:
    info = Info(stage.page)
    await info.opens()
    await info.at("permissions").click()
    await info.at("can_send_photos").uncheck()
    await info.back()
    await expect(info.at("permissions")).to_contain_text("4 of 7")
    await info.at("reactions-setting").click()
    await info.at("which").get_by_label("None").check()
    await info.back()
    await info.at("topics-setting").click()
    await info.at("topic-name").fill("Knights")
    await stage.page.keyboard.press("Enter")
    await stage.page.get_by_role("button", name="Close Portraits").click()
    await expect(stage.page.get_by_role("button", name="Reopen Portraits")).to_be_visible()
    await info.closes()

    await stage.becomes("Bo")
    await stage.at("attach").click()
    await stage.at("sample-0").click()
    await expect(stage.at("toast")).to_have_text("Bo may not send photos here.")
    await messages(stage.page).last.locator(".bubble").click(button="right")
    await expect(stage.page.get_by_role("menuitem", name="Reply")).to_be_visible()
    await expect(stage.page.get_by_role("menuitem", name="React with")).to_have_count(0)
    await stage.page.keyboard.press("Escape")
    await stage.at("topic").filter(has_text="Portraits").click()
    await expect(stage.page.get_by_text("This topic is closed.")).to_be_visible()
    await expect(stage.at("composer")).to_be_hidden()
    await stage.at("topic").filter(has_text="Knights").click()
    await expect(stage.at("composer")).to_be_visible()


@pytest_asyncio.fixture(loop_scope="package")
async def page(browser: Browser, world: World) -> Page:
    """The page of somebody whom the bot, the real one, has not met."""
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
    await page.goto(world.stand_ins.origin)
    await page.get_by_test_id("chat-supergroup").click()
    return page


async def _sees(page: Page, words: str) -> Locator:
    message = messages(page).filter(has_text=words).last
    await expect(message).to_be_visible(timeout=PATIENCE)
    return message


async def _taps(page: Page, label: str) -> None:
    button = page.get_by_test_id("button").filter(has_text=label).last
    await button.click(timeout=PATIENCE)


async def _says(page: Page, words: str) -> None:
    await page.get_by_test_id("composer").fill(words)
    await page.keyboard.press("Enter")


async def test_a_bot_that_was_kicked_is_added_again(page: Page) -> None:
    info = Info(page)
    await info.opens()
    for _ in range(2):
        await info.kicks_the_bot()
        await info.adds_the_bot()
    await info.closes()
    await expect(page.get_by_test_id("service").last).to_have_text("Ana added Avatars")
    await _sees(page, "I turn photos into avatars")
    await _says(page, "/avatar@sandbox_bot as a knight")
    await _sees(page, "one tap first")
    # Whoever adds it twice is greeted once.
    await expect(messages(page).filter(has_text="I turn photos into avatars")).to_have_count(1)


async def test_a_basic_group_is_upgraded_in_the_middle_of_an_order(page: Page) -> None:
    info = Info(page)
    await page.get_by_test_id("found").click()
    await page.get_by_test_id("group-name").fill("Old friends")
    await page.get_by_test_id("create").click()
    await _sees(page, "I turn photos into avatars")
    await _says(page, "/avatar@sandbox_bot as a knight")
    await _sees(page, "one tap first")
    await info.opens()
    await info.at("upgrade").click()
    await info.confirms("Upgrade")
    await expect(info.at("slow-mode")).to_be_visible()
    await info.closes()
    await expect(page.get_by_test_id("chat-group")).to_have_count(0)
    await _taps(page, "Agree")
    await _taps(page, "Comic")
    await expect(messages(page).last.locator(".photo")).to_be_visible(timeout=PATIENCE)
