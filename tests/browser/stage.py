"""What the page's tests share: the test in the bot's place, and the group's owner at the page."""

import asyncio
import io
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image
from playwright.async_api import Locator, Page, expect


@dataclass
class Bot:
    """What a bot would do, call by call."""

    session: aiohttp.ClientSession
    address: str
    chat_id: int = 0
    offset: int = 0

    async def call(self, method: str, **params: Any) -> Any:
        return await self._post(method, json=params)

    async def sends(self, text: str, **params: Any) -> None:
        await self.call("sendMessage", chat_id=self.chat_id, text=text, **params)

    async def uploads(self, method: str, field: str, data: bytes, name: str, **params: str) -> None:
        form = aiohttp.FormData({"chat_id": str(self.chat_id)} | params, quote_fields=False)
        form.add_field(field, data, filename=name)
        await self._post(method, data=form)

    async def _post(self, method: str, **body: Any) -> Any:
        async with self.session.post(f"{self.address}/{method}", **body) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def hears(self, kind: str) -> Any:
        """The next update of this kind; those before it are dropped."""
        async with asyncio.timeout(10):
            while True:
                for update in await self.call("getUpdates", offset=self.offset, timeout=5, limit=1):
                    self.offset = update["update_id"] + 1
                    if kind in update:
                        return update[kind]


@dataclass
class Stage:
    """The page of the group's owner, and the bot."""

    page: Page
    bot: Bot
    origin: str

    def at(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    async def says(self, words: str) -> Any:
        """Types what is meant for the bot; returns what it hears."""
        await self.at("composer").fill(words)
        await self.page.keyboard.press("Enter")
        return await self.bot.hears("message")

    async def becomes(self, name: str) -> None:
        # Once they hear of events, what they see is theirs.
        async with self.page.expect_response(lambda answer: "/events?" in answer.url):
            await self.page.get_by_role("radio", name=f"Be {name}").click()
        await expect(self.page.locator("#persona")).to_have_attribute("title", name)

    async def promotes(self, *rights: str) -> None:
        """The owner makes the bot an administrator, from another of their phones."""
        me = await self.page.evaluate("JSON.parse(localStorage.getItem('chat.person')).id")
        path = f"{self.origin}/people/{me}/chats/{self.bot.chat_id}/promote"
        body = {"user_id": 42, "rights": list(rights)}
        async with self.bot.session.post(path, json=body) as response:
            assert response.status == 200


def messages(page: Page) -> Locator:
    return page.get_by_test_id("message")


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(file, "PNG")
    return file.getvalue()


def keyboard(*labels: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label} for label in labels]]}
