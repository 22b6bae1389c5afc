"""Rounds in the database: one under way in a chat, and what is to be done after a restart."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.order import Failure, Hold, OrderState
from bot.domain.photomaker import Style
from bot.domain.round import OPEN_SECONDS, Member, MemberState, Question, RoundState
from bot.errors import StaleState
from storage import groups, leaving, orders, round_members, rounds
from storage.database import Database
from storage.rounds import Opening
from tests.storage.test_groups import ELSEWHERE, NEW, OLD, ordered

OPENING = Opening(OLD, 2, 7, "Ana", "Friends", "as pirates", None, 8)
BO = Member(1, 8, "Bo", MemberState.DRAWING, order_id=1, joined_at=4.0)


async def test_one_is_under_way_in_a_chat(database: Database) -> None:
    async with database.writing() as connection:
        first = await rounds.begin(connection, OPENING, 5.0)
        assert (first.state, first.look, first.closes_at) == (
            RoundState.ASKING,
            None,
            5.0 + OPEN_SECONDS,
        )
        assert await rounds.under_way(connection, OLD) == first
        other = OPENING._replace(chat_id=ELSEWHERE, look=Style.COMIC)
        assert (await rounds.begin(connection, other, 5.0)).state is RoundState.OPEN
    with pytest.raises(IntegrityError):
        async with database.writing() as connection:
            await rounds.begin(connection, OPENING, 6.0)
    async with database.writing() as connection:
        await rounds.drop(connection, first)
        assert await rounds.under_way(connection, OLD) is None
        second = await rounds.begin(connection, OPENING, 6.0)
        assert second.id != first.id
        assert (second.id in await rounds.behind(connection), first.id) == (True, 1)
        assert first.id not in await rounds.behind(connection)


async def test_a_change_is_guarded_and_urgent_and_growth_is_not(database: Database) -> None:
    async with database.writing() as connection:
        begun = await rounds.begin(connection, OPENING, 5.0)
        await rounds.change(connection, begun, state=RoundState.OPEN, look=Style.NEON)
        opened = await rounds.load(connection, begun.id)
        assert opened is not None
        assert (opened.state, opened.look) == (RoundState.OPEN, Style.NEON)
        assert (opened.version, opened.urgent_version) == (2, 2)
        with pytest.raises(StaleState):
            await rounds.change(connection, begun, question=Question.PHOTO)
        await rounds.grow(connection, begun.id)
        await rounds.shown(connection, opened, 9.0, composed="1", file_id="f")
        grown = await rounds.load(connection, begun.id)
        assert grown is not None
        assert (grown.version, grown.rendered_version, grown.urgent_version) == (3, 2, 2)
        assert (grown.shown_at, grown.composed, grown.file_id) == (9.0, "1", "f")


async def test_members_are_found_by_what_they_wait_for(database: Database) -> None:
    async with database.writing() as connection:
        begun = await rounds.begin(connection, OPENING, 5.0)
        await round_members.put(connection, BO)
        assert await round_members.of_round(connection, begun.id) == [BO]
        assert await round_members.drawing(connection) == [BO]
        assert await round_members.note(connection, BO, state=MemberState.DRAWN, wants_file=1)
        assert not await round_members.note(connection, BO, state=MemberState.FAILED)
        assert await round_members.drawing(connection) == []
        assert await round_members.with_files_to_send(connection) == [begun.id]
        drawn = replace(BO, state=MemberState.DRAWN, wants_file=True)
        assert await round_members.of_round(connection, begun.id) == [drawn]
        assert await rounds.to_close(connection) == [(begun.id, 5.0 + OPEN_SECONDS)]


async def test_what_became_of_an_order_is_not_kept_of_who_joined_anew(database: Database) -> None:
    first, second = [await ordered(database, OrderState.QUEUED) for _ in range(2)]
    async with database.writing() as connection:
        begun = await rounds.begin(connection, OPENING, 5.0)
        bo = replace(BO, order_id=first.id)
        await round_members.put(connection, bo)
        await orders.advance(connection, first, OrderState.FAILED, failure=Failure.FLAGGED)
        assert await round_members.progress(connection, begun.id) == [
            (bo, OrderState.FAILED, Hold.NONE, Failure.FLAGGED)
        ]
        await round_members.put(connection, replace(bo, order_id=second.id))
        assert not await round_members.note(connection, bo, state=MemberState.FAILED)
        [again] = await round_members.of_round(connection, begun.id)
        assert (again.state, again.order_id) == (MemberState.DRAWING, second.id)
        assert await round_members.note(
            connection, again, state=MemberState.FAILED, failure=Failure.FLAGGED
        )
        [again] = await round_members.of_round(connection, begun.id)
        assert again.failure is Failure.FLAGGED


async def test_a_selfie_is_for_the_round_of_the_last_link(database: Database) -> None:
    async with database.writing() as connection:
        first = await rounds.begin(connection, OPENING, 5.0)
        second = await rounds.begin(connection, OPENING._replace(chat_id=ELSEWHERE), 5.0)
        for each, until in ((first, 10.0), (second, 20.0)):
            awaited = replace(BO, round_id=each.id, state=MemberState.ASKED, selfie_until=until)
            await round_members.put(connection, awaited)
        found = await round_members.awaiting_selfie(connection, BO.user_id, 9.0)
        assert found is not None
        assert found.round_id == second.id
        assert await round_members.awaiting_selfie(connection, BO.user_id, 20.0) is None
        assert await round_members.awaiting_selfie(connection, 99, 9.0) is None
        await round_members.forget_selfie(connection, BO.user_id)
        assert await round_members.awaiting_selfie(connection, BO.user_id, 9.0) is None


async def test_a_round_follows_its_group_with_a_new_card(database: Database) -> None:
    async with database.writing() as connection:
        begun = await rounds.begin(connection, OPENING, 5.0)
        await rounds.note(connection, begun.id, card_message_id=9, rendered_version=1)
        assert (await groups.move(connection, OLD, NEW)).rounds == [begun.id]
        moved = await rounds.under_way(connection, NEW)
        assert moved is not None
        assert (moved.card_message_id, moved.command) == (None, None)
        assert await rounds.behind(connection) == [begun.id]
        assert await rounds.under_way(connection, OLD) is None


async def test_a_round_of_the_new_chat_stays_and_the_other_one_ends(database: Database) -> None:
    async with database.writing() as connection:
        old = await rounds.begin(connection, OPENING, 5.0)
        new = await rounds.begin(connection, OPENING._replace(chat_id=NEW), 5.0)
        assert (await groups.move(connection, OLD, NEW)).rounds == []
        assert await rounds.under_way(connection, NEW) == new
        ended = await rounds.load(connection, old.id)
        assert ended is not None
        assert ended.state is RoundState.ENDED


async def test_whoever_throws_the_bot_out_ends_the_round(database: Database) -> None:
    queued = await ordered(database, OrderState.QUEUED)
    async with database.writing() as connection:
        begun = await rounds.begin(connection, OPENING, 5.0)
        await round_members.put(connection, replace(BO, order_id=queued.id))
        await leaving.leave(connection, OLD, 6.0)
        gone = await rounds.load(connection, begun.id)
        assert gone is not None
        assert gone.state is RoundState.ENDED
        assert await rounds.behind(connection) == []
        [bo] = await round_members.progress(connection, begun.id)
        assert bo.order is OrderState.CANCELLED
