"""Chats as a person's list of them shows them."""

import json
from typing import Any

from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.members import ADMIN_RIGHTS, PERMISSIONS
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.voices import slow_mode_wait

Json = dict[str, Any]

_RIGHTS = tuple(dict.fromkeys((*ADMIN_RIGHTS, *PERMISSIONS)))
_ORDER = ("creator", "administrator", "member", "restricted")


def chat_list(state: State, person: User) -> list[Json]:
    """The chat with the bot, then groups and channels in the order of their making."""
    chats = state.chats.chats
    own = [chats[person.id]]
    shared = [chat for chat in chats.values() if chat.type != "private"]
    there = [c for c in shared if c.member(person.id).is_in and c.migrated_to is None]
    return [chat_view(state, chat, person) for chat in own + there]


def chat_view(state: State, chat: Chat, person: User) -> Json:
    if chat.type == "private":
        return {"id": chat.id, "type": chat.type, "title": state.chats.bot.first_name}
    members = [
        _member(chat, state.chats.users[number])
        for number, member in chat.members.items()
        if member.is_in
    ]
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.title,
        "photo": f"/people/files/{chat.photo[-1].file_unique_id}" if chat.photo else None,
        "is_forum": chat.is_forum,
        "topics": [
            {"id": topic.thread_id, "name": topic.name, "is_closed": topic.is_closed}
            for topic in chat.topics.values()
        ],
        "members": sorted(members, key=lambda member: _ORDER.index(member["status"])),
        "can": [right for right in _RIGHTS if chat.may(person.id, right)],
        "permissions": [right for right in PERMISSIONS if right in chat.permissions],
        "reactions": None if chat.reactions is None else sorted(chat.reactions),
        "slow_mode": chat.slow_mode,
        "slow_mode_wait": slow_mode_wait(chat, person, state.clock()),
        "migrated_to": chat.migrated_to,
    }


def _member(chat: Chat, user: User) -> Json:
    member = chat.member(user.id)
    return _face(user) | {
        "status": member.status,
        "is_anonymous": member.is_anonymous,
        "custom_title": member.custom_title,
        "rights": sorted(member.rights),
    }


def _face(user: User) -> Json:
    photo = user.profile_photos[0][0] if user.profile_photos else None
    return {
        "id": user.id,
        "first_name": user.first_name,
        "username": user.username,
        "is_bot": user.is_bot,
        "photo": f"/people/files/{photo.file_unique_id}" if photo else None,
    }


def contacts(state: State, person: User) -> list[Json]:
    """Whom a person may add somewhere: the bot, and whoever is or was in a group of theirs."""
    chats = state.chats
    shared = [chat for chat in chats.chats.values() if chat.is_group and person.id in chat.members]
    known = dict.fromkeys(number for chat in shared for number in chat.members)
    others = [number for number in known if number not in (person.id, chats.bot.id)]
    return [_face(chats.users[number]) for number in (chats.bot.id, *others)]


def commands(state: State, chat: Chat, person: User) -> list[Json]:
    """Bot API, BotCommandScope: the narrowest scope that has any."""
    if chat.type == "private":
        scopes: list[Json] = [
            {"chat_id": chat.id, "type": "chat"},
            {"type": "all_private_chats"},
        ]
    else:
        scopes = _group_scopes(chat, person)
    for scope in [*scopes, {"type": "default"}]:
        for language in (person.language_code or "", ""):
            kept = state.profile.commands.get((json.dumps(scope, sort_keys=True), language))
            if kept:
                return kept
    return []


def _group_scopes(chat: Chat, person: User) -> list[Json]:
    member: Json = {"chat_id": chat.id, "type": "chat_member", "user_id": person.id}
    admins: Json = {"chat_id": chat.id, "type": "chat_administrators"}
    everybody: Json = {"chat_id": chat.id, "type": "chat"}
    if chat.member(person.id).is_admin:
        all_admins = {"type": "all_chat_administrators"}
        return [member, admins, everybody, all_admins, {"type": "all_group_chats"}]
    return [member, everybody, {"type": "all_group_chats"}]
