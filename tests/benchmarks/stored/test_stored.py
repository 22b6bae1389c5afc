"""The long past is one that the bot could have had."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from storage import orders, schema
from storage.database import Database
from storage.pictures import pictures_of
from tests.benchmarks.stored import past


async def test_orders_of_the_past_read_as_orders_do(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    past.write(path, 50, time.time())
    assert schema.drift(path) == []
    database = Database(path)
    await database.open()
    async with database.reading() as connection:
        order = await orders.load(connection, 7)
        assert order is not None
        assert (order.state, order.recipe.seed) == ("delivered", 7)
        assert len(await pictures_of(connection, 7)) == 1
        assert await orders.standing(connection) == []
        assert await orders.behind(connection) == []
        assert len(await orders.durations(connection)) == 50
    await database.close()


def test_everybody_has_ten_and_none_is_of_today(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    past.write(path, 100, time.time())
    with closing(sqlite3.connect(path)) as connection:
        people = connection.execute("SELECT count(DISTINCT user_id), max(created_at) FROM orders")
        assert people.fetchone()[0] == 10
        newest = connection.execute("SELECT max(created_at) FROM orders").fetchone()[0]
    assert newest < time.time() - past.DAY
