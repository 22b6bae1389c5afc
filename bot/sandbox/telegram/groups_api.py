"""Groups and channels over HTTP, as a phone works with them."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.errors import PersonError
from bot.sandbox.telegram.groups import Groups
from bot.sandbox.telegram.groups_views import chat_list, chat_view, commands, contacts
from bot.sandbox.telegram.guests import Guests
from bot.sandbox.telegram.jsonbody import Body, read_body, read_place
from bot.sandbox.telegram.people import People
from bot.sandbox.telegram.reading import read_form
from bot.sandbox.telegram.state import State

Json = dict[str, Any]
Act = Callable[[User, Chat, Body], Json | None]


class GroupsApi:
    def __init__(self, state: State, people: People) -> None:
        self._state = state
        self._people = people
        self._groups = Groups(state, people)
        self._guests = Guests(state, people, self._groups)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        one, here = r"/{uid:\d+}", r"/{uid:\d+}/chats/{chat:-?\d+}"
        router.add_get(f"{one}/chats", self._list)
        router.add_get(f"{one}/contacts", self._contacts)
        router.add_get(here, self._one)
        router.add_get(f"{here}/commands", self._commands)
        router.add_post(f"{one}/groups", self._create)
        router.add_post(f"{one}/demo-group", self._demo)
        router.add_post(f"{one}/channels", self._create_channel)
        router.add_post(f"{here}/join", self._join)
        router.add_post(f"{here}/photo", self._photo)
        for name, act in {**self._on_members(), **self._on_group(), **self._on_bot()}.items():
            router.add_post(f"{here}/{name}", self._acting(act))

    def _on_members(self) -> dict[str, Act]:
        groups, user = self._groups, self._user
        return {
            "add": lambda me, chat, body: groups.add(me, chat, user(body)),
            "remove": lambda me, chat, body: groups.remove(me, chat, user(body)),
            "leave": lambda me, chat, _body: groups.remove(me, chat, me),
            "promote": lambda me, chat, body: groups.promote(
                me,
                chat,
                user(body),
                body.texts("rights"),
                body.text("title", ""),
                hidden=body.truth("anonymous"),
            ),
            "demote": lambda me, chat, body: groups.demote(me, chat, user(body)),
            "restrict": lambda me, chat, body: groups.restrict(
                me, chat, user(body), body.texts("rights")
            ),
        }

    def _on_group(self) -> dict[str, Act]:
        groups = self._groups
        return {
            "permissions": lambda me, chat, body: groups.permit(me, chat, body.texts("rights")),
            "slow-mode": lambda me, chat, body: groups.slow_down(me, chat, body.number("seconds")),
            "reactions": lambda me, chat, body: groups.allow_reactions(
                me, chat, body.texts("emoji") if body.has("emoji") else None
            ),
            "forum": lambda me, chat, _: groups.turn_on_topics(me, chat),
            "topics": lambda me, chat, body: {
                "thread_id": groups.open_topic(me, chat, body.text("name"))
            },
            "close-topic": lambda me, chat, body: groups.set_topic(
                me, chat, body.number("thread_id"), closed=True
            ),
            "reopen-topic": lambda me, chat, body: groups.set_topic(
                me, chat, body.number("thread_id"), closed=False
            ),
            "delete-topic": lambda me, chat, body: groups.delete_topic(
                me, chat, body.number("thread_id")
            ),
            "upgrade": lambda me, chat, _body: {"chat_id": groups.upgrade(me, chat).id},
        }

    def _on_bot(self) -> dict[str, Act]:
        return {
            "react": lambda me, chat, body: self._guests.react(
                me, chat, body.number("message_id"), body.text("emoji", "")
            ),
            "inline": lambda me, chat, body: self._guests.ask(
                me, chat, body.text("query", ""), body.text("offset", "")
            ),
            "choose": self._choose,
            "bring": self._bring,
        }

    def _choose(self, person: User, _chat: Chat, body: Body) -> Json:
        message = self._guests.choose(
            person, body.text("inline_query_id"), body.text("result_id"), read_place(body)
        )
        return {"message_id": message.message_id}

    def _bring(self, person: User, chat: Chat, body: Body) -> Json:
        message = self._guests.bring(person, chat, body.text("start", ""), body.text("admin", ""))
        return {"message_id": message.message_id if message else None}

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            person, chat = self._place(request)
            answer = act(person, chat, await read_body(request))
            return web.json_response({"ok": True} if answer is None else answer)

        return handle

    async def _list(self, request: web.Request) -> web.Response:
        person = self._person(request)
        last = self._state.timeline(person).last
        return web.json_response({"chats": chat_list(self._state, person), "last_event": last})

    async def _contacts(self, request: web.Request) -> web.Response:
        return web.json_response({"contacts": contacts(self._state, self._person(request))})

    async def _one(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        return web.json_response(chat_view(self._state, chat, person))

    async def _commands(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        return web.json_response({"commands": commands(self._state, chat, person)})

    async def _create(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        chat = self._groups.create(
            self._person(request),
            body.text("title"),
            body.numbers("members"),
            body.text("type", "supergroup"),
            is_forum=body.truth("is_forum"),
            with_bot=body.truth("with_bot"),
        )
        return web.json_response({"chat_id": chat.id})

    async def _demo(self, request: web.Request) -> web.Response:
        chat = await self._groups.demo(self._person(request))
        return web.json_response({"chat_id": chat.id})

    async def _create_channel(self, request: web.Request) -> web.Response:
        person, body = self._person(request), await read_body(request)
        group = self._people.chat(person, body.number("group")) if body.has("group") else None
        chats = self._state.chats
        channel = chats.add_channel(person, body.text("title"), body.text("username", "") or None)
        if group is not None:
            if not group.is_group:
                raise PersonError("only a group can be linked to a channel", 409)
            channel.linked, group.linked = group, channel
        return web.json_response({"chat_id": channel.id})

    async def _join(self, request: web.Request) -> web.Response:
        number = int(request.match_info["chat"])
        chat = self._groups.join(self._person(request), number)
        return web.json_response({"chat_id": chat.id})

    async def _photo(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        uploads = (await read_form(request)).uploads.get("file")
        if not uploads:
            raise PersonError("there is no file in the request")
        await self._groups.set_photo(person, chat, uploads[0])
        return web.json_response({"ok": True})

    def _user(self, body: Body) -> User:
        """Somebody named in a request: a person, or the bot itself."""
        bot = self._state.chats.bot
        number = body.number("user_id")
        return bot if number == bot.id else self._people.person(number)

    def _person(self, request: web.Request) -> User:
        return self._people.person(int(request.match_info["uid"]))

    def _place(self, request: web.Request) -> tuple[User, Chat]:
        person = self._person(request)
        return person, self._people.chat(person, int(request.match_info["chat"]))
