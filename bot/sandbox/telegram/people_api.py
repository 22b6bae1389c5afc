"""People's phones over HTTP: JSON, and server-sent events."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.control_api import ControlApi
from bot.sandbox.telegram.errors import ApiError, PersonError
from bot.sandbox.telegram.events import Event, Timeline
from bot.sandbox.telegram.groups_api import GroupsApi
from bot.sandbox.telegram.handlers.settings import DEFAULT_SCOPE
from bot.sandbox.telegram.jsonbody import Body, read_body, read_place
from bot.sandbox.telegram.people import People
from bot.sandbox.telegram.reading import read_form
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.views import person_message

Json = dict[str, Any]

HEARTBEAT = 15.0  # seconds; proxies and browsers drop what is silent for long
LONGEST_WAIT = 60.0


class PeopleApi:
    def __init__(self, state: State) -> None:
        self._state = state
        self._people = People(state)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[_in_words])
        route, here = app.router.add_route, r"/{uid:\d+}/chats/{chat:-?\d+}"
        route("GET", "/bot", self._bot)
        route("GET", "/files/{name}", self._file)
        ControlApi(self._state).add_routes(app.router)
        GroupsApi(self._state, self._people).add_routes(app.router)
        route("POST", "", self._add)
        route("POST", r"/{uid:\d+}/profile-photo", self._profile_photo)
        route("GET", r"/{uid:\d+}/events", self._events)
        route("GET", r"/{uid:\d+}/events.json", self._events_json)
        route("GET", f"{here}/messages", self._messages)
        route("POST", f"{here}/text", self._text)
        route("POST", f"{here}/media", self._media)
        route("POST", f"{here}/tap", self._tap)
        route("POST", f"{here}/edit", self._edit)
        route("POST", f"{here}/delete", self._delete)
        route("POST", f"{here}/block", self._block)
        route("POST", f"{here}/unblock", self._unblock)
        return app

    async def _bot(self, _request: web.Request) -> web.Response:
        profile, bot = self._state.profile, self._state.chats.bot
        everywhere = (json.dumps(DEFAULT_SCOPE), "")
        return web.json_response(
            {
                "id": bot.id,
                "first_name": bot.first_name,
                "username": bot.username,
                "description": profile.descriptions.get("", ""),
                "short_description": profile.short_descriptions.get("", ""),
                "commands": profile.commands.get(everywhere, []),
            }
        )

    async def _add(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        person = await self._people.add(
            body.text("first_name"),
            body.number("id") if body.has("id") else None,
            body.text("profile_photo", ""),
            is_bot=body.truth("is_bot"),
            last_name=body.text("last_name", "") or None,
            username=body.text("username", "") or None,
            language_code=body.text("language_code", "") or None,
        )
        return web.json_response(_person(person))

    async def _profile_photo(self, request: web.Request) -> web.Response:
        person = self._person(request)
        if request.content_type == "application/json":
            body = await read_body(request)
            await self._people.set_profile_photo(person, body.text("sample", "") or None)
            return _done()
        uploads = (await read_form(request)).uploads.get("file")
        if not uploads:
            raise PersonError("there is no file in the request")
        await self._people.set_profile_photo(person, uploads[0])
        return _done()

    async def _messages(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        messages = [person_message(message, person) for message in chat.messages.values()]
        last = self._state.timeline(person).last
        return web.json_response({"messages": messages, "last_event": last})

    async def _text(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        body = await read_body(request)
        message = self._people.say(
            person,
            chat,
            body.text("text"),
            read_place(body),
            forwarded=body.truth("forwarded"),
        )
        return web.json_response({"message_id": message.message_id})

    async def _media(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        form = await read_form(request)
        body = Body(form.values)
        messages = await self._people.send_media(
            person,
            chat,
            form.uploads.get("file", []),
            body.text("caption", ""),
            body.text("as", "photo"),
            read_place(body),
            forwarded=body.truth("forwarded"),
        )
        return web.json_response({"message_ids": [message.message_id for message in messages]})

    async def _tap(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        body = await read_body(request)
        result = self._people.tap(
            person,
            chat,
            body.number("message_id"),
            body.text("text", ""),
            body.text("data", ""),
            forge=body.truth("forge"),
        )
        return web.json_response(result)

    async def _edit(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        body = await read_body(request)
        self._people.edit(person, chat, body.number("message_id"), body.text("text"))
        return _done()

    async def _delete(self, request: web.Request) -> web.Response:
        person, chat = self._place(request)
        body = await read_body(request)
        self._people.delete(person, chat, body.number("message_id"))
        return _done()

    async def _block(self, request: web.Request) -> web.Response:
        self._people.set_blocked(*self._place(request), blocked=True)
        return _done()

    async def _unblock(self, request: web.Request) -> web.Response:
        self._people.set_blocked(*self._place(request), blocked=False)
        return _done()

    async def _file(self, request: web.Request) -> web.Response:
        file = self._state.files.shown(request.match_info["name"])
        if file is None:
            raise PersonError("there is no such file", 404)
        # A document is only ever saved: whoever sent it may have sent a web page.
        how = "inline" if file.file_name is None else "attachment"
        name = quote(file.file_name or f"{file.file_unique_id}.jpg", safe="")
        headers = {
            "Content-Type": file.mime_type,
            "Content-Disposition": f"{how}; filename*=UTF-8''{name}",
            "Cache-Control": "max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=file.data, headers=headers)

    async def _events_json(self, request: web.Request) -> web.Response:
        timeline = self._state.timeline(self._person(request))
        wait = min(float(request.query.get("wait", 0)), LONGEST_WAIT)
        events = await timeline.wait_after(int(request.query.get("after", 0)), wait)
        return web.json_response({"events": [event.view() for event in events]})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        timeline = self._state.timeline(self._person(request))
        # A browser that comes back by itself says so in the header, with the first address.
        after = int(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            await _stream(timeline, after, response)
        except ConnectionError:
            return response  # the phone went away
        return response

    def _person(self, request: web.Request) -> User:
        return self._people.person(int(request.match_info["uid"]))

    def _place(self, request: web.Request) -> tuple[User, Chat]:
        person = self._person(request)
        return person, self._people.chat(person, int(request.match_info["chat"]))


async def _stream(timeline: Timeline, after: int, response: web.StreamResponse) -> None:
    await response.write(b"retry: 500\n\n")
    while not timeline.closed:
        events = await timeline.wait_after(after, HEARTBEAT)
        await response.write("".join(map(_framed, events)).encode() or b": still here\n\n")
        after = events[-1].id if events else after


def _framed(event: Event) -> str:
    return f"id: {event.id}\nevent: {event.event}\ndata: {json.dumps(event.data)}\n\n"


def _person(person: User) -> Json:
    return {
        "id": person.id,
        "chat_id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "username": person.username,
        "language_code": person.language_code,
    }


def _done() -> web.Response:
    return web.json_response({"ok": True})


@web.middleware
async def _in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except PersonError as error:
        return web.json_response({"error": error.sentence}, status=error.status)
    except ApiError as error:
        return web.json_response({"error": error.description}, status=error.code)
    except (ValueError, asyncio.IncompleteReadError) as error:
        return web.json_response({"error": f"the request can't be read: {error}"}, status=400)
