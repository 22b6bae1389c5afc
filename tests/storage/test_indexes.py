"""The questions asked all the time use an index, however many rows there are."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.domain.chat import NoteKind
from bot.domain.draft import Draft, DraftKey
from bot.domain.order import Hold, OrderState
from bot.domain.sharing import Key
from storage import (
    chats,
    claims,
    drafts,
    hosted,
    notes,
    orders,
    requests,
    round_members,
    rounds,
    spending,
    updates,
)
from storage.connection import Connection
from storage.database import Database
from storage.pictures import own_picture, own_pictures, pictures_of, take_away
from storage.updates import Arrival
from tests.storage.ordering import NOW, REQUEST

Question = Callable[[Connection], Awaitable[object]]
# These hold only what isn't over: they may be read from end to end.
SMALL = {
    "updates_waiting",
    "updates_in_order",
    "orders_unfinished",
    "orders_behind",
    "drafts_behind",
    "drafts_unchecked",
    "notes_behind",
    "notes_to_delete",
    "rounds_under_way",
    "rounds_behind",
    "round_members_drawing",
    "round_members_waiting",
    "round_members_selfies",
}


async def _submit(connection: Connection) -> None:
    order = await orders.create(connection, REQUEST, 0.05, NOW)
    await orders.start_submitting(connection, order, NOW, 10)


QUESTIONS: dict[str, Question] = {
    "updates.claim": lambda c: updates.claim(c, "mine", NOW, NOW + 1),
    "updates.handled": lambda c: updates.handled(c, 1, "mine"),
    "updates.release": lambda c: updates.release(c, "anna", "mine"),
    "updates.release_all": updates.release_all,
    "updates.next_due": updates.next_due,
    "updates.waits": lambda c: updates.waits(c, "anna"),
    "updates.purge": lambda c: updates.purge(c, NOW),
    "orders.load": lambda c: orders.load(c, 1),
    "claims.claim": lambda c: claims.claim(c, 1, "me", NOW, NOW + 1),
    "claims.keep": lambda c: claims.keep(c, "me", NOW),
    "claims.is_of": lambda c: claims.is_of(c, 1, "me"),
    "claims.release_all": claims.release_all,
    "orders.unfinished": orders.unfinished,
    "orders.standing": orders.standing,
    "orders.unfinished_of": lambda c: orders.unfinished_of(c, 7, 7),
    "orders.behind": orders.behind,
    "orders.latest_of": lambda c: orders.latest_of(c, 7, 7),
    "orders.by_message": lambda c: orders.by_message(c, 7, 21),
    "orders.unclaimed_predictions": lambda c: orders.unclaimed_predictions(c, ["a", "b"]),
    "spending.usage": lambda c: spending.usage(c, 7, -100, NOW),
    "orders.durations": orders.durations,
    "orders.in_flight": orders.in_flight,
    "orders.in_flight_by_person": orders.in_flight_by_person,
    "pictures_of": lambda c: pictures_of(c, 1),
    "own_pictures": lambda c: own_pictures(c, 7, 50, None),
    "own_pictures, behind": lambda c: own_pictures(c, 7, 50, Key(9, 1)),
    "own_picture": lambda c: own_picture(c, 7, Key(9, 1)),
    "take_away": lambda c: take_away(c, 1),
    "drafts.begin": lambda c: drafts.begin(c, DraftKey(7, 0, 7), Draft(), NOW),
    "drafts.load": lambda c: drafts.load(c, 1),
    "drafts.behind": drafts.behind,
    "drafts.unchecked": drafts.unchecked,
    "drafts.by_card": lambda c: drafts.by_card(c, -100, 9),
    "chats.find": lambda c: chats.find(c, -100),
    "chats.load": lambda c: chats.load(c, 1),
    "notes.due": notes.due,
    "notes.by_message": lambda c: notes.by_message(c, -100, 9),
    "notes.being_sent": lambda c: notes.being_sent(c, 1, NoteKind.SETTINGS),
    "notes.say_parked": lambda c: notes.say_parked(c, 7),
    "notes.outdate": lambda c: notes.outdate(c, 1, NoteKind.SETTINGS),
    "hosted.find": lambda c: hosted.find(c, "u1", NOW),
    "hosted.purge": lambda c: hosted.purge(c, NOW),
    "orders.created_since": lambda c: orders.created_since(c, NOW),
    "orders.first_created": orders.first_created,
    "orders.crowd": orders.crowd,
    "requests.take": lambda c: requests.take(c, NOW, 60, 60.0),
    "requests.used": lambda c: requests.used(c, NOW),
    "requests.set_back": lambda c: requests.set_back(c, NOW),
    "orders.start_submitting": _submit,
    "rounds.load": lambda c: rounds.load(c, 1),
    "rounds.under_way": lambda c: rounds.under_way(c, -100),
    "round_members.of_round": lambda c: round_members.of_round(c, 1),
    "rounds.behind": rounds.behind,
    "rounds.to_close": rounds.to_close,
    "round_members.drawing": round_members.drawing,
    "round_members.progress": lambda c: round_members.progress(c, 1),
    "round_members.with_files_to_send": round_members.with_files_to_send,
    "round_members.awaiting_selfie": lambda c: round_members.awaiting_selfie(c, 7, NOW),
    "round_members.forget_selfie": lambda c: round_members.forget_selfie(c, 7),
}


@contextmanager
def heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements that the writer executes."""
    engine, asked = database._connector.engine, list[tuple[str, Any]]()

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", hear)
    yield asked
    event.remove(engine, "before_cursor_execute", hear)


async def plans(database: Database, question: Question) -> list[str]:
    """How SQLite goes about each statement of a question, with the very values."""
    async with database.writing() as connection:
        with heard(database) as asked:
            await question(connection)
        found: list[str] = []
        for statement, values in asked:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                plan = connection.driver.inline.execute(f"EXPLAIN QUERY PLAN {statement}", values)
                found += [row[3] for row in plan]
    return found


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_big_table_is_read_from_end_to_end(database: Database, name: str) -> None:
    async with database.writing() as connection:
        await updates.add(connection, [Arrival(1, "anna", "{}")], NOW)
        await updates.claim(connection, "mine", NOW, NOW + 1)
    steps = await plans(database, QUESTIONS[name])
    tables = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert tables
    for step in tables:
        scanned = step.startswith("SCAN") and step != "SCAN CONSTANT ROW"
        index = step.partition(" INDEX ")[2].split(" ")[0]
        assert not scanned or index in SMALL, f"{name}: {step}"


async def test_a_question_that_scans_would_be_noticed(database: Database) -> None:
    steps = await plans(
        database, lambda c: c.execute(text("SELECT * FROM orders WHERE hold = 'x'"))
    )
    assert steps == ["SCAN orders"]


async def test_the_small_indexes_hold_only_what_is_not_over(database: Database) -> None:
    async with database.writing() as connection:
        for state in OrderState:
            order = await orders.create(connection, REQUEST, 0.05, NOW)
            await orders.note(connection, order.id, state=state, rendered_version=1, hold=Hold.NONE)
        sql = "SELECT count(*) FROM orders INDEXED BY {} WHERE {}"
        states = "state IN ('queued', 'submitting', 'processing', 'drawn')"
        for index, condition, rows in [
            ("orders_unfinished", states, 4),
            ("orders_behind", "version > rendered_version", 0),
        ]:
            found = await connection.execute(text(sql.format(index, condition)))
            assert found.scalar_one() == rows
