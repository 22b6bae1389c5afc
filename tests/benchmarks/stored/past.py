"""A database with a long past: delivered orders and their pictures, people, drafts."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from storage import schema

# Of one person, on average.
ORDERS: Final = 10
DAY: Final = 86_400.0

_NUMBERS: Final = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
"""
_ORDERS: Final = f"""
    INSERT INTO orders (
        id, chat_id, user_id, photos, recipe, seed, credits, usd, state, photo_urls,
        prediction_id, created_at, submitted_at, drawn_at, ended_at, predict_seconds, seconds,
        work, version, rendered_version, card_message_id
    )
    {_NUMBERS}
    SELECT
        n, :first + n % :people, :first + n % :people,
        '[{{"file_id":"AgACAgIAAxkBAAIBQ2Z' || n || '","unique_id":"AQADx' || n || '"}}]',
        '{{"words":"as a knight in the rain","person":"person","style":"Comic book","seed":' || n
            || ',"strength":20,"guidance":5.0,"steps":20,"outputs":1}}',
        n, 1, 0.023, 'delivered',
        '["https://storage.example.com/photos/' || n || '.jpg"]',
        'prediction-' || n, :now - (:count - n) * :apart, :now - (:count - n) * :apart + 1,
        :now - (:count - n) * :apart + 22, :now - (:count - n) * :apart + 24, 21.0, 21.0,
        1.0, 5, 5, n
    FROM numbers
"""
_PICTURES: Final = f"""
    INSERT INTO pictures (
        order_id, number, url, photo_file_id, reply_message_id, document_file_id
    )
    {_NUMBERS}
    SELECT n, 1, 'https://storage.example.com/outputs/' || n || '.png',
        'AgACAgIAAxkDAAIB' || n, n + 1, 'BQACAgIAAxkDAAIB' || n
    FROM numbers
"""
_PEOPLE: Final = f"""
    INSERT INTO people (user_id, first_name, consented_at, seen_at)
    {_NUMBERS} SELECT :first + n, 'Ana', :now - 1e6, :now - 1e5 FROM numbers
"""
_DRAFTS: Final = f"""
    INSERT INTO drafts (
        chat_id, user_id, body, version, rendered_version, card_message_id, updated_at
    )
    {_NUMBERS}
    SELECT :first + n, :first + n, '{{}}', 3, 3, n, :now - 1e5 FROM numbers
"""


def write(path: Path, count: int, now: float) -> None:
    """A new database of today's tables with so many orders, the newest a day old."""
    schema.migrate(path)
    if not count:
        return
    people = max(1, count // ORDERS)
    # Years of orders: those of today count for caps, and would be another question.
    values: dict[str, float] = {"count": count, "people": people, "first": 10_000_000_000}
    values |= {"now": now - 2 * DAY, "apart": 600.0}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(_ORDERS, values)
        connection.execute(_PICTURES, values)
        connection.execute(_PEOPLE, values | {"count": people})
        connection.execute(_DRAFTS, values | {"count": people})
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
