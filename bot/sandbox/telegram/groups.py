"""What people do with a group: who is in it, what they may, what it looks like."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bot.sandbox.telegram.chat_photos import set_photo
from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.errors import PersonError
from bot.sandbox.telegram.members import ADMIN_RIGHTS, PERMISSIONS, Member
from bot.sandbox.telegram.people import People
from bot.sandbox.telegram.pictures import BadDimensionsError, NotAPictureError
from bot.sandbox.telegram.reactions import REACTIONS
from bot.sandbox.telegram.reading import Upload
from bot.sandbox.telegram.state import State
from bot.sandbox.telegram.views import user_object

Json = dict[str, Any]

KINDS = frozenset({"group", "supergroup"})
# The demo's company: their names and sample portraits.
FRIENDS = {"Bo": "astronaut-mirrored.webp", "Cleo": "astronaut.png"}


class Groups:
    """Every method raises PersonError for what a phone wouldn't do."""

    def __init__(self, state: State, people: People) -> None:
        self._state = state
        self._people = people
        self._demos: dict[int, Chat] = {}

    def create(
        self,
        owner: User,
        title: str,
        others: Iterable[int],
        kind: str,
        *,
        is_forum: bool,
        with_bot: bool,
    ) -> Chat:
        """A new group; the bot hears of it if it is in it."""
        if kind not in KINDS or (is_forum and kind != "supergroup"):
            raise PersonError("a group, or a supergroup, which alone can have topics, is expected")
        people = [owner.id, *(self._people.person(number).id for number in others)]
        chats = self._state.chats
        chat = chats.add_group(None, title, people, kind=kind, is_forum=is_forum, with_bot=False)
        if with_bot:
            self._state.change_member(chat, owner, chats.bot, Member())
        self._state.announce(chat, owner, "created the group", **{f"{kind}_chat_created": True})
        return chat

    async def demo(self, owner: User) -> Chat:
        """A person's group of three with one topic, in which the bot is already."""
        if owner.id in self._demos:
            return self._demos[owner.id]
        chats = self._state.chats
        friends = [await self._people.add(name, None, photo) for name, photo in FRIENDS.items()]
        everybody = [owner.id, *(friend.id for friend in friends)]
        chat = chats.add_group(None, "Friends", everybody, is_forum=True, with_bot=False)
        self._demos[owner.id] = chat
        self.open_topic(owner, chat, "Portraits")
        # Nothing is said of the bot's coming: it is as if it had been there for long.
        chat.members[chats.bot.id] = Member()
        self._state.changed(chat)
        return chat

    # Members

    def add(self, actor: User, chat: Chat, user: User) -> None:
        self._require(actor, chat, "can_invite_users")
        if chat.member(user.id).is_in:
            raise PersonError(f"{user.first_name} is in the group already", 409)
        self._state.change_member(chat, actor, user, Member())
        did = f"added {user.first_name}"
        self._state.announce(chat, actor, did, new_chat_members=[user_object(user)])

    def join(self, person: User, chat_id: int) -> Chat:
        """By a link; whoever was thrown out stays out."""
        chat = self._state.chats.chats.get(chat_id)
        if chat is None or not chat.is_group or chat.member(person.id).status == "kicked":
            raise PersonError("this person can't join", 404)
        if not chat.member(person.id).is_in:
            self._state.change_member(chat, person, person, Member())
            told = [user_object(person)]
            self._state.announce(chat, person, "joined the group", new_chat_members=told)
        return chat

    def remove(self, actor: User, chat: Chat, user: User) -> None:
        """Throw somebody out; or leave, where it is oneself."""
        member = chat.member(user.id)
        if user is not actor:
            self._require(actor, chat, "can_restrict_members")
        if not member.is_in or (member.status == "creator" and user is not actor):
            raise PersonError("they can't be removed", 409)
        did = "left the group" if user is actor else f"removed {user.first_name}"
        gone = Member("left" if user is actor else "kicked")
        told: Json = {"left_chat_member": user_object(user)}
        if chat.type == "group":  # there the bot still hears that it was removed
            self._state.announce(chat, actor, did, **told)
        self._state.tell(chat, "chat", {})
        self._state.change_member(chat, actor, user, gone)
        if chat.type != "group":
            self._state.announce(chat, actor, did, **told)

    def promote(
        self,
        actor: User,
        chat: Chat,
        user: User,
        rights: Sequence[str],
        title: str,
        *,
        hidden: bool,
    ) -> None:
        """Make somebody an administrator; `hidden` has them write as the group."""
        self._require(actor, chat, "can_promote_members")
        self._require_in(chat, user)
        _known(rights, ADMIN_RIGHTS)
        given = frozenset(rights) | {"can_manage_chat"}
        old = chat.member(user.id)
        if old.status == "creator":
            new = replace(old, is_anonymous=hidden, custom_title=title or None)
        else:
            new = Member("administrator", given, hidden, title or None)
        self._state.change_member(chat, actor, user, new)

    def demote(self, actor: User, chat: Chat, user: User) -> None:
        """Make a plain member of an administrator again, or of somebody restricted."""
        status = chat.member(user.id).status
        right = "can_restrict_members" if status == "restricted" else "can_promote_members"
        self._require(actor, chat, right)
        if status not in {"administrator", "restricted"}:
            raise PersonError("they are a plain member, or the owner", 409)
        self._state.change_member(chat, actor, user, Member())

    def restrict(self, actor: User, chat: Chat, user: User, rights: Sequence[str]) -> None:
        """Leave a member only these rights."""
        self._require(actor, chat, "can_restrict_members")
        self._require_in(chat, user)
        _known(rights, PERMISSIONS)
        self._state.change_member(chat, actor, user, Member("restricted", frozenset(rights)))

    # What it is like

    def permit(self, actor: User, chat: Chat, rights: Sequence[str]) -> None:
        """What every member may do from now on."""
        self._require(actor, chat, "can_restrict_members")
        _known(rights, PERMISSIONS)
        chat.permissions = frozenset(rights)
        self._state.changed(chat)

    def slow_down(self, actor: User, chat: Chat, seconds: int) -> None:
        self._require(actor, chat, "can_restrict_members")
        chat.slow_mode = max(0, seconds)
        self._state.changed(chat)

    def allow_reactions(self, actor: User, chat: Chat, emoji: Sequence[str] | None) -> None:
        """Only these, or None for all."""
        self._require(actor, chat, "can_change_info")
        _known(emoji or [], REACTIONS)
        chat.reactions = None if emoji is None else frozenset(emoji)
        self._state.changed(chat)

    async def set_photo(self, actor: User, chat: Chat, upload: Upload) -> None:
        self._require(actor, chat, "can_change_info")
        try:
            renditions = await self._state.renderer.chat_photo(upload.data)
        except (NotAPictureError, BadDimensionsError):
            raise PersonError("this picture can't be the group's photo") from None
        set_photo(self._state, chat, actor, renditions)

    def turn_on_topics(self, actor: User, chat: Chat) -> None:
        if chat.type != "supergroup":
            raise PersonError("only a supergroup has topics", 409)
        self._require(actor, chat, "can_change_info")
        chat.is_forum = True
        self._state.changed(chat)

    def open_topic(self, actor: User, chat: Chat, name: str) -> int:
        """Returns the new topic's id."""
        if not chat.is_forum:
            raise PersonError("this group has no topics", 409)
        self._require(actor, chat, "can_manage_topics")
        return self._state.open_topic(chat, actor, name)

    def set_topic(self, actor: User, chat: Chat, thread_id: int, *, closed: bool) -> None:
        self._require(actor, chat, "can_manage_topics")
        topic = chat.topics.get(thread_id)
        if topic is None or topic.is_closed == closed:
            raise PersonError("there is no such topic, or it is like that already", 404)
        topic.is_closed = closed
        what = "forum_topic_closed" if closed else "forum_topic_reopened"
        did = f"{'closed' if closed else 'reopened'} the topic"
        self._state.announce(chat, actor, did, thread_id, **{what: {}})
        self._state.changed(chat)

    def delete_topic(self, actor: User, chat: Chat, thread_id: int) -> None:
        """With all that was said in it; the bot isn't told."""
        self._require(actor, chat, "can_delete_messages")
        if chat.topics.pop(thread_id, None) is None:
            raise PersonError("there is no such topic", 404)
        for message in [m for m in chat.messages.values() if m.thread_id == thread_id]:
            del chat.messages[message.message_id]
            self._state.tell(chat, "deleted", {"message_id": message.message_id})
        self._state.changed(chat)

    def upgrade(self, actor: User, chat: Chat) -> Chat:
        """Make a supergroup of a group: another chat, with another id."""
        if chat.type != "group" or chat.migrated_to is not None:
            raise PersonError("only a basic group can be upgraded", 409)
        if chat.member(actor.id).status != "creator":
            raise PersonError("only the owner can do that", 403)
        new = self._state.chats.upgraded(chat)
        for demo, old in self._demos.items():
            self._demos[demo] = new if old is chat else old
        did = "upgraded the group to a supergroup"
        self._state.announce(chat, actor, did, migrate_to_chat_id=new.id)
        self._state.announce(new, actor, did, migrate_from_chat_id=chat.id)
        self._state.tell(chat, "chat", {"migrated_to": new.id})
        return new

    def _require(self, actor: User, chat: Chat, right: str) -> None:
        if not chat.is_group:
            raise PersonError("this is no group", 409)
        if not chat.may(actor.id, right):
            raise PersonError(f"{actor.first_name} may not do this: {right} is missing", 403)

    @staticmethod
    def _require_in(chat: Chat, user: User) -> None:
        if not chat.member(user.id).is_in:
            raise PersonError(f"{user.first_name} is not in the group", 409)


def _known(given: Iterable[str], names: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise PersonError(f"unknown: {', '.join(unknown)}")
