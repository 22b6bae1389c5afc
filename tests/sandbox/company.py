"""Groups in a test's world: who is in them, and what people do there.

anna, bo = await world.person("Anna"), await world.person("Bo")
group = await world.group("Friends", anna, bo)
await anna.says("/avatar@sandbox_bot as a knight", chat=group)
await bo.there(group).taps("Comic")
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import aiohttp

Json = Any


@dataclass
class Group:
    """A group by its id of now (`upgrade` gives it another); the `owner` acts, or who is named."""

    owner: "InGroups"
    id: int

    async def does(self, what: str, *, by: "InGroups | None" = None, **body: Json) -> Json:
        """Anything that a phone can do in a group, by the name of its path."""
        return await (by or self.owner).acts(what, chat=self.id, **body)

    async def topic(self, name: str) -> int:
        """A new topic; returns its thread's id."""
        return int((await self.does("topics", name=name))["thread_id"])

    async def adds(self, somebody: int) -> None:
        await self.does("add", user_id=somebody)

    async def removes(self, somebody: int) -> None:
        await self.does("remove", user_id=somebody)

    async def promotes(
        self, somebody: int, *rights: str, anonymous: bool = False, title: str = ""
    ) -> None:
        """Makes somebody an administrator with these rights ("can_change_info")."""
        given: dict[str, Json] = {"rights": list(rights), "anonymous": anonymous, "title": title}
        await self.does("promote", user_id=somebody, **given)

    async def upgrade(self) -> int:
        """Makes a supergroup of a basic group; returns the id that it had."""
        old, self.id = self.id, int((await self.does("upgrade"))["chat_id"])
        return old

    async def looks(self) -> Json:
        """The group as its owner's phone lists it: title, photo, topics, members."""
        return await self.owner.asks(f"chats/{self.id}")


@dataclass
class InGroups:
    """The part of a Person that has to do with groups."""

    http: aiohttp.ClientSession
    origin: str
    id: int
    first_name: str
    chat_id: int | None = None

    @property
    def place(self) -> str:
        """The address of the chat that this person writes in."""
        return f"{self.origin}/people/{self.id}/chats/{self.chat_id or self.id}"

    def there(self, chat: Group | int) -> Self:
        """The same person in a group: whatever they do and see is there."""
        return replace(self, chat_id=chat if isinstance(chat, int) else chat.id)

    async def says(
        self,
        text: str,
        *,
        chat: Group | int,
        reply_to: int | None = None,
        thread: int | None = None,
        as_chat: int | None = None,
    ) -> int:
        """Types a message in a group, in a topic, in a channel's name; returns its id."""
        body = {"text": text, "reply_to": reply_to, "thread_id": thread, "as_chat": as_chat}
        return int((await self.acts("text", chat=chat, **body))["message_id"])

    async def reacts(self, message_id: int, emoji: str, *, chat: Group | int) -> None:
        await self.acts("react", chat=chat, message_id=message_id, emoji=emoji)

    async def channel(self, title: str, *, group: Group | None = None) -> int:
        """A channel of their own, linked to a group if one is given; returns its id."""
        body = {"title": title, "group": group.id if group else None}
        return int((await self._post(f"people/{self.id}/channels", body))["chat_id"])

    async def found(
        self, title: str, others: list[int], *, kind: str, forum: bool, with_bot: bool
    ) -> Group:
        """A group of their own."""
        body = {"title": title, "members": others, "type": kind}
        given = body | {"is_forum": forum, "with_bot": with_bot}
        made = await self._post(f"people/{self.id}/groups", given)
        return Group(self, int(made["chat_id"]))

    async def acts(self, what: str, *, chat: Group | int, **body: Json) -> Json:
        number = chat if isinstance(chat, int) else chat.id
        return await self._post(f"people/{self.id}/chats/{number}/{what}", body)

    async def asks(self, path: str) -> Json:
        async with self.http.get(f"{self.origin}/people/{self.id}/{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def _post(self, path: str, body: Json) -> Json:
        async with self.http.post(f"{self.origin}/{path}", json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer
