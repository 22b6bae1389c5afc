"""Where in a chat people write, in whose name, and whether they may."""

import math
from dataclasses import dataclass
from typing import Any

from bot.sandbox.telegram.chats import Chat, Chats, Message, User
from bot.sandbox.telegram.errors import PersonError
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.views import chat_object

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """`thread_id` None is the topic General, or a chat without topics; `as_chat` is a channel of
    the person's that they speak as.
    """

    reply_to: int | None = None
    thread_id: int | None = None
    as_chat: int | None = None


def voice(chats: Chats, person: User, chat: Chat, as_chat: int | None) -> Json:
    """Fields of the Message that a person writes; raises PersonError."""
    if as_chat is not None:
        return _as_channel(chats, person, as_chat)
    member = chat.member(person.id)
    if chat.type == "channel":
        if not member.is_admin:
            raise PersonError("only administrators write in a channel", 403)
        stand_in = chats.stand_ins["channel"]
        return {"sender": stand_in, "author": person, "sender_chat": chat}
    if chat.is_group and member.is_anonymous:
        signed = {"author_signature": member.custom_title} if member.custom_title else {}
        stand_in = chats.stand_ins["anonymous"]
        return {"sender": stand_in, "author": person, "sender_chat": chat, "extra": signed}
    return {"sender": person}


def _as_channel(chats: Chats, person: User, number: int) -> Json:
    channel = chats.chats.get(number)
    if channel is None or not channel.member(person.id).is_admin:
        raise PersonError("this person has no such channel", 404)
    stand_in = chats.stand_ins["channel"]
    return {"sender": stand_in, "author": person, "sender_chat": channel}


def check_topic(person: User, chat: Chat, thread_id: int | None) -> None:
    if thread_id is None:
        return
    topic = chat.topics.get(thread_id)
    if topic is None:
        raise PersonError("there is no such topic", 404)
    if topic.is_closed and not chat.may(person.id, "can_manage_topics"):
        raise PersonError("this topic is closed", 403)


def check_may_send(person: User, chat: Chat, right: str, now: float) -> None:
    """Rights and slow mode; what passes has been counted."""
    if not chat.is_group:
        return
    if not chat.may(person.id, right):
        what = right.removeprefix("can_send_").replace("_", " ")
        raise PersonError(f"{person.first_name} may not send {what} here", 403)
    wait = slow_mode_wait(chat, person, now)
    if wait:
        raise PersonError(f"slow mode is on: you can write again in {_spoken(wait)}", 429)
    chat.spoke[person.id] = now


def _spoken(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def slow_mode_wait(chat: Chat, user: User, now: float) -> int:
    """The whole seconds until a member may write again; 0 for administrators."""
    if not chat.slow_mode or chat.member(user.id).is_admin or user.id not in chat.spoke:
        return 0
    return max(0, math.ceil(chat.spoke[user.id] + chat.slow_mode - now))


def forward(state: State, post: Message) -> None:
    """What is posted in a channel appears by itself in the group that is linked to it."""
    group = post.chat.linked
    if group is None:
        return
    origin = {
        "type": "channel",
        "date": post.date,
        "chat": chat_object(post.chat, state.chats),
        "message_id": post.message_id,
    }
    copy = Message(
        group,
        state.chats.next_message_id(group),
        state.chats.stand_ins["service"],
        content=post.content,
        media=post.media,
        media_group_id=post.media_group_id,
        sender_chat=post.chat,
        origin=origin,
        extra={"is_automatic_forward": True},
    )
    state.chats.add(copy)
    state.show("message", copy)
    state.deliver(copy)
