"""Who is who in a group, as far as Telegram tells a bot that may be no admin there."""

import re
from typing import Final

from telegram import (
    Bot,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberOwner,
    ChatMemberRestricted,
)

from bot.errors import ChatMoved, NotSent, OutcomeUnknown, TelegramFault

from .channel import Channel

# Bot API, getChatMember: of others it is sure to tell only admins; a group can hide its members.
HIDDEN: Final = re.compile(r"chat_admin_required|member list is inaccessible", re.IGNORECASE)


class Members:
    """Each answer is what is safe where Telegram doesn't say."""

    _bot: Bot
    _channel: Channel

    async def is_admin(self, chat_id: int, user_id: int) -> bool:
        """Whether somebody may run the group; false where Telegram doesn't say."""
        member = await self._rank(chat_id, user_id)
        return member is not None and member.status in {"administrator", "creator"}

    async def may_change_info(self, chat_id: int, user_id: int) -> bool:
        """Whether somebody, or the bot, is an admin with this right."""
        member = await self._rank(chat_id, user_id)
        if isinstance(member, ChatMemberAdministrator):
            return member.can_change_info
        return isinstance(member, ChatMemberOwner)

    async def is_in(self, chat_id: int, user_id: int) -> bool:
        """Whether somebody is in the group; where it hides its members, they are believed who come
        by a link from there.
        """
        try:
            return _is_there(await self._member(chat_id, user_id))
        except TelegramFault as fault:
            return HIDDEN.search(str(fault)) is not None

    async def has_left(self, chat_id: int, user_id: int) -> bool:
        """Whether somebody surely isn't in the group; false where Telegram doesn't say."""
        try:
            return not _is_there(await self._member(chat_id, user_id))
        except TelegramFault:
            return False

    async def member_count(self, chat_id: int) -> int | None:
        """How many are in a group, bots included; None where Telegram doesn't say."""
        try:
            return await self._channel.at_once(
                lambda: self._bot.get_chat_member_count(chat_id), chat_id
            )
        except TelegramFault:
            return None

    async def _member(self, chat_id: int, user_id: int) -> ChatMember:
        try:
            return await self._channel.at_once(
                lambda: self._bot.get_chat_member(chat_id, user_id), chat_id
            )
        except ChatMoved as moved:
            # Its becoming a supergroup is handled beside whatever else people do.
            return await self._member(moved.new_chat_id, user_id)

    async def _rank(self, chat_id: int, user_id: int) -> ChatMember | None:
        """A member where that can be seen; else an admin, all of whom can always be seen."""
        try:
            return await self._member(chat_id, user_id)
        except (NotSent, OutcomeUnknown):
            return None
        except TelegramFault:
            return await self._admin(chat_id, user_id)

    async def _admin(self, chat_id: int, user_id: int) -> ChatMember | None:
        try:
            admins = await self._channel.at_once(
                lambda: self._bot.get_chat_administrators(chat_id), chat_id
            )
        except TelegramFault:
            return None
        return next((admin for admin in admins if admin.user.id == user_id), None)


def _is_there(member: ChatMember) -> bool:
    """Bot API, ChatMemberRestricted: one may be restricted without being there."""
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in {"left", "kicked"}
