"""Groups that move, and groups that are left: what is known of them, and the notes there."""

from bot.domain.chat import Allowance, Chat, ChatSettings, NoteKind
from storage import chats, facts, groups, leaving, notes
from storage.database import Database

OLD, NEW, ADMIN = -5, -1005, 7


async def known(database: Database, chat_id: int, *kinds: NoteKind) -> Chat:
    """A group with notes of these kinds, none of them shown yet."""
    async with database.writing() as connection:
        chat = await chats.meet(connection, chat_id, "Friends", is_forum=False)
        for kind in kinds:
            place = ADMIN if kind is NoteKind.OPERATOR else chat_id
            await notes.add(connection, kind, about=chat.id, place_id=place, user_id=1, now=0)
    return chat


async def shown(database: Database, message_id: int) -> None:
    """Every note is a message from here on."""
    async with database.writing() as connection:
        for number, (note_id, _) in enumerate(await notes.due(connection)):
            note = await notes.load(connection, note_id)
            assert note is not None
            await notes.shown(connection, note, message_id + number, None)


async def test_settings_and_the_operators_word_follow_to_the_new_chat(database: Database) -> None:
    chat = await known(database, OLD, NoteKind.OPERATOR, NoteKind.SETTINGS)
    await shown(database, 10)
    async with database.writing() as connection:
        await chats.choose(connection, chat.id, ChatSettings(files=False, cap=5))
        await chats.decide(connection, chat.id, Allowance.TEN)
        # Telegram may tell of the supergroup first, as of one that the bot was added to.
        there = await chats.meet(connection, NEW, "Friends", is_forum=False)
        await notes.add(connection, NoteKind.HELLO, about=there.id, place_id=NEW, user_id=1, now=0)
        await groups.move(connection, OLD, NEW)
        moved = await chats.find(connection, NEW)
        assert moved is not None
        assert (moved.id, moved.allowance) == (chat.id, Allowance.TEN)
        assert moved.settings == ChatSettings(files=False, cap=5)
        assert await chats.find(connection, OLD) is None
        # The operator's card is changed where it lies; the old chat's can't be any more.
        [(left, _)] = await notes.due(connection)
        note = await notes.load(connection, left)
        assert note is not None
        assert (note.kind, note.place_id, note.message_id) == (NoteKind.OPERATOR, ADMIN, 10)
        await groups.move(connection, OLD, NEW)
        assert await chats.find(connection, NEW) == moved


async def test_what_is_not_said_yet_is_said_in_the_new_chat(database: Database) -> None:
    await known(database, OLD, NoteKind.HELLO)
    async with database.writing() as connection:
        await groups.move(connection, OLD, NEW)
        [(note_id, _)] = await notes.due(connection)
        note = await notes.load(connection, note_id)
    assert note is not None
    assert (note.kind, note.place_id) == (NoteKind.HELLO, NEW)


async def test_who_comes_back_starts_anew_and_the_operators_word_stays(database: Database) -> None:
    chat = await known(database, OLD, NoteKind.HELLO, NoteKind.SETTINGS, NoteKind.LEAVING)
    await known(database, NEW, NoteKind.HELLO)
    async with database.writing() as connection:
        await chats.choose(connection, chat.id, ChatSettings(on=False))
        await chats.decide(connection, chat.id, Allowance.TEN)
        for name in ("-5", "-5:7", "-5:off", "-55"):
            await facts.put(connection, facts.CAPPED + name, "x")
        await leaving.leave(connection, OLD, 9.0)
        left = await chats.find(connection, OLD)
        assert left is not None
        assert (left.left_at, left.settings, left.allowance) == (9.0, ChatSettings(), Allowance.TEN)
        found = [
            await notes.load(connection, note_id) for note_id, _ in await notes.due(connection)
        ]
        kinds = {(note.kind, note.place_id) for note in found if note is not None}
        assert kinds == {(NoteKind.LEAVING, OLD), (NoteKind.HELLO, NEW)}
        said = [await facts.get(connection, f"{facts.CAPPED}{n}") for n in ("-5", "-5:7", "-55")]
        assert said == [None, None, "x"]


async def test_what_surely_was_not_sent_may_be_sent_again(database: Database) -> None:
    await known(database, OLD, NoteKind.HELLO)
    async with database.writing() as connection:
        [(note_id, _)] = await notes.due(connection)
        await notes.attempt(connection, note_id)
        tried = await notes.load(connection, note_id)
        assert tried is not None
        assert tried.attempted
        await notes.postpone(connection, tried, 5.0, unsent=False)
        assert await notes.load(connection, note_id) is not None
        await notes.postpone(connection, tried, 6.0, unsent=True)
        again = await notes.load(connection, note_id)
        assert again is not None
        assert (again.attempted, await notes.due(connection)) == (False, [(note_id, 6.0)])
