"""What the bot asks about chats and does in them: members, photo, pins, reactions."""

from typing import Any

from bot.sandbox.telegram.chat_photos import set_photo
from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.handlers.request import Handler, Request
from bot.sandbox.telegram.members import PERMISSIONS, Member, member_object
from bot.sandbox.telegram.pictures import BadDimensionsError, NotAPictureError
from bot.sandbox.telegram.reactions import MOST_REACTIONS, REACTIONS
from bot.sandbox.telegram.views import chat_object, user_object

Json = Any

_GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


async def get_chat(request: Request) -> Json:
    chats = request.state.chats
    chat = chats.known(request["chat_id"])
    view = chat_object(chat, chats) | {
        "accent_color_id": chat.id % 7,
        "max_reaction_count": MOST_REACTIONS,
        "accepted_gift_types": dict.fromkeys(_GIFTS, True),
    }
    return view | _photo(chat, chats.users.get(chat.id)) | _group(chat)


async def get_chat_member(request: Request) -> Json:
    chat = request.state.chats.known(request["chat_id"])
    user = request.user()
    return member_object(user_object(user), chat.member(user.id))


async def get_chat_administrators(request: Request) -> Json:
    chats = request.state.chats
    chat = chats.known(request["chat_id"])
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    admins = [
        (chats.users[number], member) for number, member in chat.members.items() if member.is_admin
    ]
    bots = request.get("return_bots", False)
    return [
        member_object(user_object(user), member)
        for user, member in admins
        if bots or not user.is_bot or user is chats.bot
    ]


async def get_chat_member_count(request: Request) -> int:
    chat = request.state.chats.known(request["chat_id"])
    return sum(member.is_in for member in chat.members.values())


async def set_chat_photo(request: Request) -> bool:
    chat = _changeable(request, "set")
    try:
        renditions = await request.state.renderer.chat_photo(request["photo"].data)
    except NotAPictureError:
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    except BadDimensionsError as error:
        raise bad_request(str(error)) from None
    set_photo(request.state, chat, request.state.chats.bot, renditions)
    return True


async def delete_chat_photo(request: Request) -> bool:
    chat, bot = _changeable(request, "delete"), request.state.chats.bot
    if chat.photo is None:
        raise bad_request("CHAT_NOT_MODIFIED")
    chat.photo = None
    request.state.announce(chat, bot, "removed the group's photo", delete_chat_photo=True)
    request.state.changed(chat)
    return True


async def pin_chat_message(request: Request) -> bool:
    chat, bot = _pinnable(request), request.state.chats.bot
    message = chat.message(request["message_id"], "to pin")
    # Bot API: pinned_message can't be opened further; what is inaccessible has the date 0.
    pinned = {
        "chat": chat_object(chat, request.state.chats),
        "message_id": message.message_id,
        "date": 0,
    }
    request.state.announce(chat, bot, "pinned a message", message.thread_id, pinned_message=pinned)
    return True


async def unpin_chat_message(request: Request) -> bool:
    chat = _pinnable(request)
    if request.get("message_id") is not None:
        chat.message(request["message_id"], "to unpin")
    return True


async def set_message_reaction(request: Request) -> bool:
    reactions = request.get("reaction") or []
    if len(reactions) > 1:  # Bot API: bots set at most one
        raise bad_request("REACTIONS_TOO_MANY")
    if any(reaction.get("emoji") not in REACTIONS for reaction in reactions):
        raise bad_request("REACTION_INVALID")
    chat = request.state.chats.writable(request["chat_id"])
    message = chat.message(request["message_id"], "to react")
    emoji = [reaction["emoji"] for reaction in reactions]
    if chat.reactions is not None and not chat.reactions.issuperset(emoji):
        raise bad_request("REACTION_INVALID")
    request.state.react(message, request.state.chats.bot, emoji)
    return True


async def leave_chat(request: Request) -> bool:
    state, bot = request.state, request.state.chats.bot
    chat = state.chats.known(request["chat_id"])
    if not chat.is_group:
        raise bad_request("chat member status can't be changed in private chats")
    state.change_member(chat, bot, bot, Member("left"))
    state.announce(chat, bot, "left the group", left_chat_member=user_object(bot))
    return True


def _changeable(request: Request, verb: str) -> Chat:
    """The group, if the bot may change its photo; raises ApiError 400 or 403."""
    chat = request.state.chats.writable(request["chat_id"])
    if chat.type == "private":
        raise bad_request("can't change private chat photo")
    if not chat.may(request.state.chats.bot.id, "can_change_info"):
        what = "change" if verb == "set" else "delete"
        raise bad_request(f"not enough rights to {what} chat photo")
    return chat


def _pinnable(request: Request) -> Chat:
    chat = request.state.chats.writable(request["chat_id"])
    if chat.is_group and not chat.may(request.state.chats.bot.id, "can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat


def _photo(chat: Chat, person: User | None) -> Json:
    """Bot API: ChatPhoto."""
    photo = chat.photo
    if photo is None and person is not None and person.profile_photos:
        photo = person.profile_photos[0]
    if photo is None:
        return {}
    small, big = photo[0], photo[-1]
    return {
        "photo": {
            "small_file_id": small.file_id,
            "small_file_unique_id": small.file_unique_id,
            "big_file_id": big.file_id,
            "big_file_unique_id": big.file_unique_id,
        }
    }


def _group(chat: Chat) -> Json:
    if not chat.is_group:
        return {}
    view: Json = {"permissions": {name: name in chat.permissions for name in PERMISSIONS}}
    if chat.slow_mode:
        view["slow_mode_delay"] = chat.slow_mode
    if chat.reactions is not None:
        kinds = [{"type": "emoji", "emoji": one} for one in sorted(chat.reactions)]
        view["available_reactions"] = kinds
    if chat.linked is not None:
        view["linked_chat_id"] = chat.linked.id
    return view


HANDLERS: dict[str, Handler] = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "setChatPhoto": set_chat_photo,
    "deleteChatPhoto": delete_chat_photo,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "setMessageReaction": set_message_reaction,
    "leaveChat": leave_chat,
}
