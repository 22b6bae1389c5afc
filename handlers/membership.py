"""The group itself changes: who is in it, the bot or a person, or it becomes a supergroup."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated

from bot.domain.asking import subject_leaves
from bot.domain.chat import Allowance, Chat, NoteKind
from bot.domain.round import RoundState, is_starter, member_of
from handlers.asks import drop
from handlers.context import Context, Step
from handlers.rounds import take_out
from storage import chats, drafts, groups, leaving, notes, people, round_members, rounds, updates


async def on_moved(context: Context) -> None:
    """What is under way follows to the new chat; Telegram names it in the old one."""
    message = context.message
    async with context.step() as step:
        if message.migrate_to_chat_id is None:
            return
        moved = await groups.move(step.connection, message.chat_id, message.migrate_to_chat_id)
        step.notes_changed()
        for draft_id in moved.drafts:
            step.draft_changed(draft_id)
        for order_id in moved.orders:
            step.order_changed(order_id)
        for round_id in moved.rounds:
            step.round_changed(round_id)


async def on_person_left(context: Context) -> None:
    """Whoever leaves, or is removed, isn't in the group's picture that is still being made, and is
    asked nothing any more.
    """
    person = context.message.left_chat_member
    async with context.step() as step:
        if person is None:
            return
        for row in await drafts.in_chat(step.connection, step.key.chat_id, on_cards=True):
            draft = subject_leaves(row.draft, person.id)
            if row.draft.ask is not None and row.owner == person.id:
                await drop(step, row)
            elif draft == row.draft:
                continue
            elif draft.ask is not None and draft.ask.subject_agreed:
                # There is nothing to be asked, unless other words come.
                await drafts.keep(step.connection, row.with_draft(draft))
            else:
                await step.save(row.with_draft(draft))
        for round_ in await rounds.being_made(step.connection, step.key.chat_id):
            if round_.state is RoundState.ASKING and is_starter(round_, person.id):
                await rounds.change(step.connection, round_, state=RoundState.ENDED)
                step.round_changed(round_.id)
            member = member_of(await round_members.of_round(step.connection, round_.id), person.id)
            if member is not None and member.is_in:
                await take_out(step, round_, person.id)


async def on_membership(context: Context) -> None:
    """Added, removed, or merely given another standing, of which nothing follows."""
    change = context.incoming.my_chat_member
    if change is None or is_in(change.old_chat_member) == is_in(change.new_chat_member):
        return
    await (on_added(context) if is_in(change.new_chat_member) else on_left(context))


async def on_added(context: Context) -> None:
    """One hello to the group, and one word to each of the bot's admins."""
    change = context.incoming.my_chat_member
    assert change is not None
    about = change.chat
    size = await context.services.outbox.member_count(about.id)
    async with context.step() as step:
        chat = await _changed(step, change)
        if chat is None:
            return
        if chat.left_at is not None:
            await _settle(step, chat)
        adder = step.key.user_id
        await chats.change(step.connection, chat.id, added_by=adder, size=size, left_at=None)
        if chat.allowance is Allowance.LEAVE:
            await chats.decide(step.connection, chat.id, Allowance.ASKED_AGAIN)
        # A group that Telegram tells of twice, or again, is greeted once.
        if chat.greets(step.now) and not context.services.settings.caps.closed_to(about.id):
            await _greet(step, chat)
        if chat.told_at is None or chat.allowance is Allowance.LEAVE:
            await _tell_operator(context, step, chat)
        else:
            await chats.here_or_not(step.connection, chat)
        step.notes_changed()


async def on_left(context: Context) -> None:
    """Whoever removes the bot stops all that it does there."""
    change = context.incoming.my_chat_member
    assert change is not None
    async with context.step() as step:
        chat = await _changed(step, change)
        if chat is None:
            return
        number = context.claimed.update_id
        later = await updates.later_askers(step.connection, chat.chat_id, number)
        # Telegram's dates are seconds: in the same one somebody has added it again.
        again = chat.changed_at == change.date.timestamp() and chat.added_by in later
        if not again:
            await end_all(step, chat.chat_id, later)


async def _changed(step: Step, change: ChatMemberUpdated) -> Chat | None:
    """The group's row; None where it is known what came after this.

    Whoever removes the bot and whoever adds it again may be two, whose updates keep no order.
    """
    about, at = change.chat, change.date.timestamp()
    forum = bool(about.is_forum)
    chat = await chats.meet(step.connection, about.id, about.title or "", is_forum=forum)
    if at < chat.changed_at:
        return None
    await chats.change(step.connection, chat.id, changed_at=at)
    return chat


async def end_all(step: Step, chat_id: int, spared: AbstractSet[int] = frozenset()) -> None:
    """Ends whatever is open in a group, but for those who asked after the bot had come back."""
    for order_id in await leaving.leave(step.connection, chat_id, step.now, spared):
        step.order_changed(order_id)
    step.notes_changed()


async def _settle(step: Step, chat: Chat) -> None:
    """What the bot left behind when it was thrown out says so, or goes."""
    back = await leaving.come_back(step.connection, chat, step.now)
    for order_id in back.orders:
        step.order_changed(order_id)
    for round_id in back.rounds:
        step.round_changed(round_id)


async def _greet(step: Step, chat: Chat) -> None:
    await chats.change(step.connection, chat.id, hello_at=step.now)
    await notes.add(
        step.connection,
        NoteKind.HELLO,
        about=chat.id,
        place_id=chat.chat_id,
        user_id=step.key.user_id,
        now=step.now,
    )


async def tell_of_groups(step: Step, admin: int) -> None:
    """Whoever becomes the admin hears of the groups that nobody was told of."""
    for chat in await chats.untold(step.connection):
        await _tell(step, chat, [admin])
    step.notes_changed()


async def _tell_operator(context: Context, step: Step, chat: Chat) -> None:
    admins = context.services.settings.admin_ids | set(await people.admins(step.connection))
    # Where there is none yet, whoever claims the bot is told.
    if admins:
        await _tell(step, chat, sorted(admins))


async def _tell(step: Step, chat: Chat, admins: Iterable[int]) -> None:
    await chats.change(step.connection, chat.id, told_at=step.now)
    # What was said before stays as it is.
    await notes.drop(step.connection, chat.id, NoteKind.OPERATOR)
    for admin in admins:
        await notes.add(
            step.connection,
            NoteKind.OPERATOR,
            about=chat.id,
            place_id=admin,
            user_id=admin,
            now=step.now,
        )


def is_in(member: ChatMember) -> bool:
    """Bot API, ChatMemberRestricted: one may be restricted without being there."""
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in {"left", "kicked"}
