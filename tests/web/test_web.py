"""What comes in from outside: good, forged, strange, huge, and again."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from sqlalchemy import text

from bot.errors import ConfigurationError
from bot.links import Links
from bot.web import MAX_BODY, serving
from storage import connection as storage_module
from storage.database import Database

from .site import PROVIDER, SECRET, TELEGRAM, Site, a_site

Json = Any
# The last is longer than aiohttp by itself allows a header to be.
WRONG = ["", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "ü", "x" * 257, "x" * 9000]


def message(update_id: int, chat_type: str = "private", **more: Json) -> Json:
    about = {
        "message_id": 5,
        "date": 1,
        "chat": {"id": 7, "type": chat_type},
        "from": {"id": 7, "is_bot": False, "first_name": "Anna"},
        "text": "hello",
    }
    return {"update_id": update_id, "message": about | more}


def sent(update: Json) -> bytes:
    return json.dumps(update).encode()


async def stored(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT update_id, conversation FROM updates"))
        return [(row[0], row[1]) for row in rows]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes and doesn't come to an end."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


class TestHealth:
    async def test_whoever_asks_is_answered(self, site: Site) -> None:
        found = await site.get("/health")
        assert (found.status, json.loads(found.body)) == (200, {"ok": True})

    async def test_nothing_else_is_there(self, site: Site) -> None:
        for path in ("/", "/photos/", "/eachlabs/", "/metrics", "/telegram/x", "/../etc/passwd"):
            assert (await site.get(path)).status == 404
        for path in ("/telegram", site.links.webhook(1)):
            assert (await site.get(path)).status == 405

    async def test_a_port_that_is_taken_is_named(self, site: Site) -> None:
        port = int(site.origin.rsplit(":", 1)[1])
        with pytest.raises(ConfigurationError, match=rf"Port {port} .*Set PORT"):
            async with serving(web.Application(), port, "127.0.0.1"):
                pass


class TestProvider:
    async def test_a_webhook_makes_the_engine_ask(self, site: Site) -> None:
        assert (await site.ends(17)).status == 200
        assert site.told == [17]

    async def test_a_repeated_one_is_taken_as_well(self, site: Site) -> None:
        answers = await asyncio.gather(*(site.ends(17) for _ in range(3)))
        assert [answer.status for answer in answers] == [200] * 3
        assert site.told == [17] * 3

    @pytest.mark.parametrize("given", WRONG)
    async def test_a_wrong_secret(self, site: Site, given: str) -> None:
        found = await site.post(site.links.webhook(17), b'{"exec_id": "e"}', **{PROVIDER: given})
        assert (found.status, site.told) == (403, [])

    async def test_no_secret_at_all(self, site: Site) -> None:
        found = await site.post(site.links.webhook(17), b'{"exec_id": "e"}')
        assert (found.status, site.told) == (403, [])

    async def test_another_orders_secret(self, site: Site) -> None:
        other = {PROVIDER: site.links.webhook_secret(18)}
        found = await site.post(site.links.webhook(17), b'{"exec_id": "e"}', **other)
        assert (found.status, site.told) == (403, [])

    async def test_a_forged_address(self, site: Site) -> None:
        secret = {PROVIDER: site.links.webhook_secret(17)}
        forged = Links("", SECRET + "x").webhook(17), "/eachlabs/17", site.links.webhook(17) + "A"
        for url in forged:
            assert (await site.post(url, b'{"exec_id": "e"}', **secret)).status == 403
        assert site.told == []

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b'"exec_id"',
            b"{}",
            b'{"exec_id": 7}',
            b'{"exec_id": ""}',
            b"<html>",
            b"\xff\xfe\x00",
            b'{"exec_id": "e"',
            b"[" * 100_000,
        ],
    )
    async def test_nonsense(self, site: Site, body: bytes) -> None:
        assert (await site.ends(17, body)).status == 400
        assert site.told == []

    async def test_more_than_a_megabyte(self, site: Site) -> None:
        start = b'{"exec_id": "e"}'
        assert (await site.ends(17, start.ljust(MAX_BODY))).status == 200
        assert (await site.ends(17, start.ljust(MAX_BODY + 1))).status == 413
        assert (await site.ends(17, in_pieces(start.ljust(MAX_BODY + 1)))).status == 413
        assert site.told == [17]

    async def test_who_has_no_secret_is_not_listened_to(self, site: Site) -> None:
        found = await site.post(site.links.webhook(17), bytes(MAX_BODY + 1))
        assert found.status == 403


class TestTelegram:
    async def test_an_update_is_stored_before_it_is_answered(
        self, site: Site, database: Database
    ) -> None:
        assert (await site.updates(sent(message(1)))).status == 200
        assert await stored(database) == [(1, "7:0:7")]
        assert site.woken == [True]

    async def test_the_same_update_three_times_is_one(self, site: Site, database: Database) -> None:
        answers = await asyncio.gather(*(site.updates(sent(message(1))) for _ in range(3)))
        assert [answer.status for answer in answers] == [200] * 3
        assert await stored(database) == [(1, "7:0:7")]

    async def test_what_isnt_for_the_bot_is_taken_and_not_stored(
        self, site: Site, database: Database
    ) -> None:
        for strange in (
            message(1, "group"),
            {"update_id": 2, "channel_post": {}},
            {"update_id": 3},
        ):
            assert (await site.updates(sent(strange))).status == 200
        assert await stored(database) == []

    @pytest.mark.parametrize(
        "body",
        [
            b'{"update_id": 4, "message": {"text": ',
            b'{"update_id": 4, "message": ' + b"[" * 100_000,
            b'{"update_id":4,"message":{"text":"\xff","chat":{"id":7,"type":"private"}}}',
        ],
    )
    async def test_one_that_cant_be_decoded_is_kept_aside(
        self, site: Site, database: Database, body: bytes
    ) -> None:
        """To refuse it would hold up what comes behind it, as Telegram would send it for a day."""
        assert (await site.updates(body)).status == 200
        assert [number for number, _ in await stored(database)] == [4]

    @pytest.mark.parametrize("given", WRONG)
    async def test_a_wrong_secret(self, site: Site, database: Database, given: str) -> None:
        assert (await site.updates(sent(message(1)), secret=given)).status == 403
        assert await stored(database) == []

    async def test_no_secret_at_all(self, site: Site, database: Database) -> None:
        assert (await site.post(site.links.telegram, sent(message(1)))).status == 403
        assert await stored(database) == []

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"<html>",
            b"\xff",
            b'{"update_id": "1"}',
            b'{"update_id": -1}',
            b'{"update_id": 9223372036854775808}',
            b'[{"update_id": 1}]',
        ],
    )
    async def test_nonsense(self, site: Site, database: Database, body: bytes) -> None:
        assert (await site.updates(body)).status == 400
        assert await stored(database) == []

    async def test_more_than_a_megabyte(self, site: Site, database: Database) -> None:
        body = sent(message(1))
        assert (await site.updates(body.ljust(MAX_BODY + 1))).status == 413
        assert (await site.updates(in_pieces(body.ljust(MAX_BODY + 1)))).status == 413
        assert await stored(database) == []
        assert (await site.updates(body.ljust(MAX_BODY))).status == 200

    async def test_a_locked_database_is_told_and_the_next_try_is_stored(
        self, database_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(storage_module, "BUSY_SECONDS", 0.02)
        database = Database(database_file)
        await database.open()
        async with a_site(database) as site:
            with locked(database_file):
                found = await site.updates(sent(message(1)))
                assert (found.status, site.woken) == (503, [])
                assert "Retry-After" in found.headers
            assert (await site.updates(sent(message(1)))).status == 200
            assert await stored(database) == [(1, "7:0:7")]
        await database.close()


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """Without a length told beforehand."""
    for at in range(0, len(body), 100_000):
        yield body[at : at + 100_000]


@pytest.mark.parametrize("header", [PROVIDER, TELEGRAM])
async def test_a_secret_that_is_no_text(site: Site, header: str) -> None:
    path = "/telegram" if header == TELEGRAM else urlsplit(site.links.webhook(1)).path
    host, port = site.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n{header}: "
    )
    writer.write(head.encode() + b"\xff\xfe\x80\r\n\r\n{}")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 403 ")
