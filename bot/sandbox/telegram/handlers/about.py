"""What the bot asks about people, chats and files, and its reactions."""

from typing import Any

from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.errors import Refused, bad_request
from bot.sandbox.telegram.handlers.request import Handler, Request
from bot.sandbox.telegram.views import chat_object, photo_object, user_object

Json = Any

MOST_PHOTOS = 100
MOST_REACTIONS = 11  # different ones on one message

# Bot API: ReactionTypeEmoji
_EMOJI = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡
🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿
🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
REACTIONS = frozenset(_EMOJI.split())
_GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


async def get_me(request: Request) -> Json:
    return user_object(request.state.chats.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_file(request: Request) -> Json:
    file, path = request.state.files.link(request["file_id"])
    return {
        "file_id": file.file_id,
        "file_unique_id": file.file_unique_id,
        "file_size": len(file.data),
        "file_path": path,
    }


async def get_user_profile_photos(request: Request) -> Json:
    photos = _user(request).profile_photos
    offset = max(0, request.get("offset", 0))
    limit = max(1, min(request.get("limit", MOST_PHOTOS), MOST_PHOTOS))
    return {
        "total_count": len(photos),
        "photos": [photo_object(photo) for photo in photos[offset : offset + limit]],
    }


async def get_chat(request: Request) -> Json:
    chats = request.state.chats
    chat = chats.known(request["chat_id"])
    photo = _chat_photo(chat, chats.users.get(chat.id))
    return (
        chat_object(chat, chats)
        | photo
        | {
            "accent_color_id": chat.id % 7,
            "max_reaction_count": MOST_REACTIONS,
            "accepted_gift_types": dict.fromkeys(_GIFTS, True),
        }
    )


async def get_chat_member(request: Request) -> Json:
    chat = request.state.chats.known(request["chat_id"])
    user = _user(request)
    status = chat.members.get(user.id, "left")
    until = {"until_date": 0} if status == "kicked" else {}
    return {"status": status, "user": user_object(user)} | until


async def set_message_reaction(request: Request) -> bool:
    reactions = request.get("reaction") or []
    if len(reactions) > 1:  # Bot API: bots set at most one
        raise bad_request("REACTIONS_TOO_MANY")
    if any(reaction.get("emoji") not in REACTIONS for reaction in reactions):
        raise bad_request("REACTION_INVALID")
    chat = request.state.chats.writable(request["chat_id"])
    message = chat.message(request["message_id"], "to react")
    emoji = [reaction["emoji"] for reaction in reactions]
    request.state.tell(chat, "reaction", {"message_id": message.message_id, "emoji": emoji})
    return True


async def leave_chat(request: Request) -> bool:
    chat = request.state.chats.known(request["chat_id"])
    if not chat.is_group:
        raise bad_request("chat member status can't be changed in private chats")
    chat.members[request.state.chats.bot.id] = "left"
    return True


def _user(request: Request) -> User:
    if request["user_id"] <= 0:
        raise Refused("invalid user_id specified")
    user = request.state.chats.users.get(request["user_id"])
    if user is None:
        raise bad_request("user not found")
    return user


def _chat_photo(chat: Chat, person: User | None) -> Json:
    if chat.is_group or person is None or not person.profile_photos:
        return {}
    small, big = person.profile_photos[0][0], person.profile_photos[0][-1]
    return {
        "photo": {
            "small_file_id": small.file_id,
            "small_file_unique_id": small.file_unique_id,
            "big_file_id": big.file_id,
            "big_file_unique_id": big.file_unique_id,
        }
    }


HANDLERS: dict[str, Handler] = {
    "getMe": get_me,
    "getFile": get_file,
    "getUserProfilePhotos": get_user_profile_photos,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "setMessageReaction": set_message_reaction,
    "leaveChat": leave_chat,
}
