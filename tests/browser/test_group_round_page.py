"""A round on the chat page, with three people and the bot itself: from the command to the photo."""

from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.stage import messages
from tests.world import World

pytestmark = pytest.mark.browser

PATIENCE = 30_000  # milliseconds, on a busy machine


@dataclass
class Table:
    """The page, at which three people take turns."""

    page: Page

    def at(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    async def becomes(self, name: str) -> None:
        chosen = self.page.get_by_role("radio", name=f"Be {name}")
        if await chosen.get_attribute("aria-checked") == "false":
            await chosen.click()
        await expect(chosen).to_have_attribute("aria-checked", "true")

    async def taps(self, label: str) -> None:
        button = self.at("button").filter(has_text=label).last
        await expect(button).to_be_visible(timeout=PATIENCE)
        await button.click()

    async def reads(self, words: str) -> None:
        await expect(messages(self.page).filter(has_text=words).last).to_be_visible(
            timeout=PATIENCE
        )

    async def joins(self, name: str) -> None:
        """Both taps, and the pop-up between them."""
        await self.becomes(name)
        await self.taps("Put me in")
        await expect(self.at("alert")).to_contain_text("Each Labs draws it", timeout=PATIENCE)
        await self.page.keyboard.press("Enter")
        await self.taps("Put me in")


async def test_three_people_play_a_round_and_set_the_groups_photo(
    browser: Browser, world: World
) -> None:
    complaints: list[str] = []
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(world.stand_ins.origin)
    table = Table(page)
    await table.at("chat-supergroup").click()
    await table.at("composer").fill("/groupavatar@sandbox_bot as pirates")
    await page.keyboard.press("Enter")
    await table.reads("All of us as pirates. Ana, which look?")
    await table.taps("Comic")

    for name, who in (("Ana", "Ana"), ("Bo", "Ana, Bo"), ("Cleo", "Ana, Bo, Cleo")):
        await table.joins(name)
        await table.reads(f"In it: {who}")
    await table.becomes("Ana")
    await table.taps("Finish")
    await table.taps("Set as group photo")
    await table.reads("I'm not allowed to change the group's photo yet.")
    await table.taps("Allow it")
    await table.at("bring").get_by_role("button", name="Friends").click()
    await table.reads("Make this the group's photo?")
    await table.taps("Yes")
    await table.reads("It's the group's photo now.")

    await expect(table.at("service").last).to_have_text("Avatars changed the group's photo")
    face = page.locator("img[data-testid=chat-face]")
    await expect(face).to_be_visible()
    url = str(await face.evaluate("image => image.src"))
    async with world.http.get(url) as response:
        photo = Image.open(BytesIO(await response.read()))
    # Three faces, and not one colour.
    assert photo.width == photo.height
    assert len(photo.convert("RGB").getcolors(photo.width * photo.height) or []) > 100
    assert len(world.predictions) == 3
    assert complaints == []
