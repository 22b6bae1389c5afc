"""A group that moves, and one that has to be left."""

from dataclasses import replace

from bot.domain.draft import Draft, DraftKey, DraftRow
from bot.domain.group import Ask
from bot.domain.order import Order, OrderPhoto, OrderRequest, OrderState
from bot.domain.photomaker import Recipe, Style
from storage import drafts, groups, leaving, orders
from storage.database import Database
from storage.pictures import add_pictures, note_picture, note_reply, pictures_of

OLD, NEW, ELSEWHERE = -5, -1005, -6


async def asked(database: Database, chat_id: int, user_id: int, *, ask: bool = True) -> DraftRow:
    """A draft whose card, message 9, is shown."""
    async with database.writing() as connection:
        row = await drafts.begin(connection, DraftKey(chat_id, 0, user_id), Draft(), 0)
        draft = replace(row.draft, words="x", ask=Ask(8, "Ana", user_id) if ask else None)
        await drafts.save(connection, replace(row, draft=draft, card_message_id=9), 0, silent=True)
        found = await drafts.load(connection, row.id)
    assert found is not None
    return found


async def ordered(database: Database, state: OrderState, chat_id: int = OLD) -> Order:
    """An order in this state, whose card, message 9, is shown."""
    recipe = Recipe(words="", person="person", style=Style.COMIC, seed=1)
    request = OrderRequest(chat_id, 0, 7, (OrderPhoto("f", "u"),), recipe, 9, 8)
    async with database.writing() as connection:
        order = await orders.create(connection, request, 0.1, 0)
        await orders.note(connection, order.id, state=state, rendered_version=order.version)
        await add_pictures(connection, order.id, ("https://a/1.png",))
        await note_picture(connection, order.id, 1, reply_message_id=10)
    return order


async def test_what_is_under_way_gets_a_new_card_in_the_new_chat(database: Database) -> None:
    row, plain = await asked(database, OLD, 7), await asked(database, OLD, 8, ask=False)
    stays = await asked(database, ELSEWHERE, 7)
    drawn = await ordered(database, OrderState.DRAWN)
    over = await ordered(database, OrderState.DELIVERED)
    async with database.writing() as connection:
        moved = await groups.move(connection, OLD, NEW)
        assert (moved.drafts, moved.orders) == ([row.id], [drawn.id])
        assert await drafts.load(connection, stays.id) == stays
        behind = [number for number, _ in await drafts.behind(connection)]
        assert behind == [row.id]
        assert [number for number, _ in await orders.behind(connection)] == [drawn.id]
        for draft_id in (row.id, plain.id):
            there = await drafts.load(connection, draft_id)
            assert there is not None
            assert (there.key.chat_id, there.card_message_id, there.draft.words) == (NEW, None, "x")
        for order_id in (drawn.id, over.id):
            order = await orders.load(connection, order_id)
            assert order is not None
            assert (order.chat_id, order.card_message_id, order.reply_to) == (NEW, None, None)
            [picture] = await pictures_of(connection, order_id)
            assert picture.reply_message_id is None
        assert await groups.move(connection, OLD, NEW) == groups.Moved([], [], [])


async def test_what_was_sent_into_the_old_chat_names_no_message_of_the_new_one(
    database: Database,
) -> None:
    """Telegram's answer came a moment after the move; its number may be somebody else's now."""
    asking, drawn = await asked(database, OLD, 7), await ordered(database, OrderState.DRAWN)
    async with database.writing() as connection:
        sent = await drafts.load(connection, asking.id)
        assert sent is not None
        await groups.move(connection, OLD, NEW)
        await drafts.shown(connection, replace(sent, card_message_id=None), 77)
        await orders.shown(connection, drawn, 77)
        assert not await orders.note_there(connection, drawn, card_message_id=77)
        await note_reply(connection, drawn, 1, 78)
        row = await drafts.load(connection, asking.id)
        order = await orders.load(connection, drawn.id)
        [picture] = await pictures_of(connection, drawn.id)
        assert row is not None
        assert order is not None
        assert (row.card_message_id, row.stale_cards, order.card_message_id) == (None, (), None)
        assert picture.reply_message_id is None
        # In the chat where it is now they are kept.
        assert await orders.note_there(connection, order, card_message_id=5)
        await note_reply(connection, order, 1, 6)
        [picture] = await pictures_of(connection, drawn.id)
        assert picture.reply_message_id == 6


async def test_what_was_begun_in_the_new_chat_already_stays(database: Database) -> None:
    await asked(database, OLD, 7)
    new = await asked(database, NEW, 7)
    async with database.writing() as connection:
        assert (await groups.move(connection, OLD, NEW)).drafts == []
        assert await drafts.load(connection, new.id) == new
        assert await drafts.find(connection, DraftKey(OLD, 0, 7)) is None


async def test_what_is_left_stops(database: Database) -> None:
    row = await asked(database, OLD, 7)
    queued = await ordered(database, OrderState.QUEUED)
    drawing = await ordered(database, OrderState.PROCESSING)
    await ordered(database, OrderState.DELIVERED)
    stays = await ordered(database, OrderState.QUEUED, ELSEWHERE)
    async with database.writing() as connection:
        assert await leaving.leave(connection, OLD, 5) == [queued.id, drawing.id]
        gone = await drafts.load(connection, row.id)
        assert gone is not None
        assert (gone.draft.ask, gone.card_message_id) == (None, None)
        assert await drafts.behind(connection) == []
        first, second, third = [
            await orders.load(connection, order.id) for order in (queued, drawing, stays)
        ]
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.state, second.cancel_requested) == (OrderState.CANCELLED, True)
    assert (third.state, third.cancel_requested) == (OrderState.QUEUED, False)
