"""How the bot presents itself."""

import json
import re
from typing import Any

from bot.sandbox.telegram.errors import Refused
from bot.sandbox.telegram.handlers.request import Handler, Request
from bot.sandbox.telegram.members import ADMIN_RIGHTS

Json = Any

# Bot API: setMyCommands, BotCommand, setMyDescription, setMyShortDescription, setMyName.
MOST_COMMANDS = 100
LONGEST_COMMAND_DESCRIPTION = 256
LONGEST = {"description": 512, "short_description": 120, "name": 64}

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"(?:[a-z]{2})?")
DEFAULT_SCOPE = {"type": "default"}
NO_RIGHTS = dict.fromkeys(("is_anonymous", *ADMIN_RIGHTS), False)


async def set_my_commands(request: Request) -> bool:
    commands = request["commands"]
    if len(commands) > MOST_COMMANDS:
        raise Refused("too many bot commands specified")
    for command in commands:
        _check_command(command)
    request.state.profile.commands[_scope(request)] = [
        command | {"command": command["command"].removeprefix("/")} for command in commands
    ]
    request.state.tell_everybody("bot")
    return True


async def get_my_commands(request: Request) -> Json:
    return request.state.profile.commands.get(_scope(request), [])


async def delete_my_commands(request: Request) -> bool:
    request.state.profile.commands.pop(_scope(request), None)
    request.state.tell_everybody("bot")
    return True


async def set_my_description(request: Request) -> bool:
    return _set(request, request.state.profile.descriptions, "description")


async def set_my_short_description(request: Request) -> bool:
    return _set(request, request.state.profile.short_descriptions, "short_description")


async def set_my_name(request: Request) -> bool:
    _set(request, request.state.profile.names, "name")
    request.state.chats.bot.first_name = request.state.profile.names.get("") or "Avatars"
    return True


async def get_my_description(request: Request) -> Json:
    return {"description": _get(request, request.state.profile.descriptions)}


async def get_my_short_description(request: Request) -> Json:
    return {"short_description": _get(request, request.state.profile.short_descriptions)}


async def set_my_default_administrator_rights(request: Request) -> bool:
    rights = request.get("rights") or NO_RIGHTS
    request.state.profile.admin_rights[request.get("for_channels", False)] = rights
    return True


async def get_my_default_administrator_rights(request: Request) -> Json:
    return request.state.profile.admin_rights.get(request.get("for_channels", False), NO_RIGHTS)


async def set_chat_menu_button(request: Request) -> bool:
    if request.get("chat_id") is not None:
        request.state.chats.known(request["chat_id"])
    return True


def _check_command(command: Json) -> None:
    if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
        raise Refused("BOT_COMMAND_INVALID")
    if not 1 <= len(command["description"]) <= LONGEST_COMMAND_DESCRIPTION:
        raise Refused(
            f"command description length must not exceed {LONGEST_COMMAND_DESCRIPTION}"
            if command["description"]
            else "command description must be non-empty"
        )


def _scope(request: Request) -> tuple[str, str]:
    scope = request.get("scope") or DEFAULT_SCOPE
    if "chat_id" in scope:
        request.state.chats.known(scope["chat_id"])
    return json.dumps(scope, sort_keys=True), _language(request)


def _language(request: Request) -> str:
    code: str = request.get("language_code", "")
    if not _LANGUAGE.fullmatch(code):
        raise Refused("BOT_LANG_CODE_INVALID")
    return code


def _set(request: Request, values: dict[str, str], name: str) -> bool:
    value: str = request.get(name, "")
    if len(value) > LONGEST[name]:
        raise Refused(f"bot {name.replace('_', ' ')} is longer than {LONGEST[name]} characters")
    values[_language(request)] = value
    request.state.tell_everybody("bot")
    return True


def _get(request: Request, values: dict[str, str]) -> str:
    return values.get(_language(request)) or values.get("", "")


HANDLERS: dict[str, Handler] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyDescription": set_my_description,
    "getMyDescription": get_my_description,
    "setMyShortDescription": set_my_short_description,
    "getMyShortDescription": get_my_short_description,
    "setMyName": set_my_name,
    "setMyDefaultAdministratorRights": set_my_default_administrator_rights,
    "getMyDefaultAdministratorRights": get_my_default_administrator_rights,
    "setChatMenuButton": set_chat_menu_button,
}
