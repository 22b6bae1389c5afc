"""Pictures that a person can send on."""

from dataclasses import replace

from bot.domain.sharing import Key
from storage import orders
from storage.database import Database
from storage.pictures import add_pictures, note_picture, own_picture, own_pictures, take_away
from tests.storage.ordering import NOW, REQUEST


async def drawn(database: Database, *people: int, pictures: int = 2) -> list[int]:
    """An order of each of these people, with pictures that Telegram keeps; their ids."""
    made = []
    async with database.writing() as connection:
        for user_id in people:
            order = await orders.create(connection, replace(REQUEST, user_id=user_id), 0.1, NOW)
            await add_pictures(connection, order.id, ["https://x"] * pictures)
            for number in range(1, pictures + 1):
                await note_picture(
                    connection, order.id, number, photo_file_id=f"{order.id}.{number}"
                )
            made.append(order.id)
    return made


async def test_only_ones_own_newest_first_page_by_page(database: Database) -> None:
    first, others, second = await drawn(database, 7, 8, 7)
    async with database.writing() as connection:
        await note_picture(connection, second, 1, photo_file_id=None)
        everything = await own_pictures(connection, 7, 10, None)
        assert [one.key for one in everything] == [Key(second, 2), Key(first, 2), Key(first, 1)]
        assert everything[0].photo_file_id == f"{second}.2"
        assert everything[0].recipe == REQUEST.recipe
        page = await own_pictures(connection, 7, 2, None)
        assert page == everything[:2]
        assert await own_pictures(connection, 7, 2, page[-1].key) == everything[2:]
        assert await own_picture(connection, 7, Key(first, 1)) == everything[2]
        assert await own_picture(connection, 7, Key(others, 1)) is None
        assert await own_picture(connection, 7, Key(second, 1)) is None


async def test_what_was_taken_away_can_not_be_sent_on(database: Database) -> None:
    one, two = await drawn(database, 7, 7, pictures=1)
    async with database.writing() as connection:
        await take_away(connection, two)
        assert [own.key for own in await own_pictures(connection, 7, 10, None)] == [Key(one, 1)]
