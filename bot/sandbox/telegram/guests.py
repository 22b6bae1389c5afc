"""What people do with the bot in any chat: reactions, inline queries, links that bring it along."""

import time
from typing import Any

from bot.sandbox.telegram.chats import Chat, Message, User
from bot.sandbox.telegram.errors import PersonError
from bot.sandbox.telegram.groups import Groups
from bot.sandbox.telegram.members import ADMIN_RIGHTS
from bot.sandbox.telegram.people import People
from bot.sandbox.telegram.reactions import REACTIONS
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.views import chat_object, inline_message_id, user_object
from bot.sandbox.telegram.voices import Place

Json = dict[str, Any]


class Guests:
    """Every method raises PersonError for what a phone wouldn't do."""

    def __init__(self, state: State, people: People, groups: Groups) -> None:
        self._state = state
        self._people = people
        self._groups = groups

    def react(self, person: User, chat: Chat, message_id: int, emoji: str) -> None:
        """Give a reaction, or none; an administrator bot is told if it asked for that."""
        message = chat.messages.get(message_id)
        if message is None or message.notice is not None:
            raise PersonError("there is no such message", 404)
        allowed = REACTIONS if chat.reactions is None else chat.reactions
        if emoji and emoji not in allowed:
            raise PersonError("this reaction can't be given here")
        old = message.reactions.get(person.id, [])
        new = [emoji] if emoji else []
        self._state.react(message, person, new)
        self._tell_of_reaction(person, message, old, new)

    def _tell_of_reaction(
        self, person: User, message: Message, old: list[str], new: list[str]
    ) -> None:
        chat, chats = message.chat, self._state.chats
        if chat.is_group and not chat.member(chats.bot.id).is_admin:
            return
        shown = chat_object(chat, chats)
        hidden = chat.member(person.id).is_anonymous
        change = {
            "chat": shown,
            "message_id": message.message_id,
            "date": int(time.time()),
            "old_reaction": [{"type": "emoji", "emoji": one} for one in old],
            "new_reaction": [{"type": "emoji", "emoji": one} for one in new],
        } | ({"actor_chat": shown} if hidden else {"user": user_object(person)})
        self._state.updates.put("message_reaction", change, chat.id)

    def ask(self, person: User, chat: Chat, text: str, offset: str) -> Json:
        """Type "@thebot text" in a chat; without an answer in it, one comes as an event."""
        query = self._state.inline.ask(person, chat, text, offset)
        if query.answer is not None:
            return {"inline_query_id": query.id} | query.answer.view()
        update = {
            "id": query.id,
            "from": user_object(person),
            "query": text,
            "offset": offset,
            "chat_type": "sender" if chat.id == person.id else chat.type,
        }
        self._state.updates.put("inline_query", update, person.id)
        return {"inline_query_id": query.id}

    def choose(self, person: User, query_id: str, result_id: str, place: Place) -> Message:
        """Send one of the results to the chat in which it was asked for.

        The bot hears which, as if its owner had switched that on for all of them.
        """
        query, offer = self._state.inline.chosen(person, query_id, result_id)
        message = self._people.send_via(person, query.chat, place, offer.parts)
        chosen = {"result_id": result_id, "from": user_object(person), "query": query.text}
        if message.keyboard is not None:
            chosen["inline_message_id"] = inline_message_id(message)
        self._state.updates.put("chosen_inline_result", chosen, person.id)
        return message

    def bring(self, person: User, chat: Chat, start: str, admin: str) -> Message | None:
        """Follow t.me/thebot?startgroup=start&admin=change_info+pin_messages into a group.

        The bot is added where it isn't there yet, made an administrator with these rights where
        some are asked for, and told to start where there is something to tell.
        """
        bot = self._state.chats.bot
        if not chat.is_group:
            raise PersonError("only to a group can the bot be brought", 409)
        rights = [f"can_{name}" for name in admin.replace(" ", "+").split("+") if name]
        known = [right for right in rights if right in ADMIN_RIGHTS]
        if known and not chat.may(person.id, "can_promote_members"):
            raise PersonError("only an administrator can give the bot rights", 403)
        if not chat.member(bot.id).is_in:
            self._groups.add(person, chat, bot)
        if known:
            had = chat.member(bot.id).rights
            self._groups.promote(person, chat, bot, sorted(had | set(known)), "", hidden=False)
        if not start:
            return None
        words = f"/start@{bot.username} {start}"
        return self._people.say(person, chat, words, Place(), forwarded=False)
