"""The process: a clear sentence where it can't run, and nothing lost or shown where it can."""

import asyncio
import os
import resource
import sqlite3
from contextlib import closing

import pytest

from tests.faults.moments import (
    anna_with_a_photo,
    cards_behind,
    files,
    pictures,
    soon,
    states,
    taps_and_waits_not,
)
from tests.faults.processes import ON_LINUX, command, fails, migrated, running, text_of
from tests.world import FACE, World

pytestmark = pytest.mark.timeout(300)  # seconds, on a crowded machine


async def test_read_only_data_folder_then_a_clear_message(stand_ins_only: World) -> None:
    world, folder = stand_ins_only, stand_ins_only.settings.data_dir
    (folder / "file").write_text("where a folder should be: root may write anywhere else")
    ended = await command(world, "run", DATA_DIR=str(folder / "file"))
    assert ended.is_one_sentence(str(folder / "file"), "can't be written", "DATA_DIR")


async def test_database_file_damaged_then_a_clear_message(stand_ins_only: World) -> None:
    world, folder = stand_ins_only, stand_ins_only.settings.data_dir
    whole = migrated(folder / "whole")
    pages = bytearray(whole.read_bytes())
    pages[4096:] = os.urandom(len(pages) - 4096)
    shapes = {
        "damaged": bytes(pages),
        "halved": whole.read_bytes()[:6000],
        "letter": b"Dear bot, this is no database. " * 50,
    }
    for name, data in shapes.items():
        (folder / name).mkdir()
        (folder / name / "bot.db").write_bytes(data)
    with closing(sqlite3.connect(whole)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")

    told = await asyncio.gather(
        *(command(world, "run", DATA_DIR=str(folder / name)) for name in (*shapes, "whole"))
    )
    for ended, name in zip(told, (*shapes, "whole"), strict=True):
        assert ended.is_one_sentence(str(folder / name / "bot.db"))
    for name, data in shapes.items():  # nothing is repaired behind anybody's back
        assert (folder / name / "bot.db").read_bytes() == data
    assert "Put a backup in its place" in told[2].said
    assert "another version of the bot" in told[3].said


async def test_disk_full_at_start_then_a_clear_message(stand_ins_only: World) -> None:
    ended = await command(stand_ins_only, "run", blocks=16)
    assert ended.is_one_sentence("bot.db", "Make room on the disk")


@ON_LINUX
async def test_disk_full_while_it_runs_then_no_half_written_order_and_nothing_lost(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    async with running(world) as (process, said):
        anna = await anna_with_a_photo(world)
        await soon(lambda: not cards_behind(world))
        log = world.settings.data_dir / "bot.db-wal"
        full = (log.stat().st_size, resource.RLIM_INFINITY)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, full)
        await taps_and_waits_not(anna, "Comic")
        await soon(lambda: "database" in text_of(said))
        await anna.sends("as a knight")
        await asyncio.sleep(1)
        assert states(world) == []

        free = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, free)
        assert await anna.gets_a_png() == await world.drawn()
        await anna.hears("✏️ as a knight")
        sees = await anna.sees()
        assert (len(pictures(sees)), len(files(sees))) == (1, 1)
        assert world.counts["creates"] == 1
        assert "Traceback" not in text_of(said)


async def test_two_copies_started_on_one_sqlite_file_then_the_second_refuses(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    anna = await world.person("Anna")
    async with running(world) as (first, _):
        second, check = await asyncio.gather(command(world, "run"), command(world, "check"))
        assert second.is_one_sentence("Another process of the bot works in", "DATA_DIR")
        assert "in use by a running bot" in check.said
        await anna.sends("/start")
        await anna.card("One photo → you")
        first.kill()  # a lock dies with its process
        await first.wait()
    async with running(world):
        await anna.taps("send a photo")


async def test_another_bots_database_then_it_refuses(stand_ins_only: World) -> None:
    world = stand_ins_only
    database = migrated(world.settings.data_dir / "other")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO facts VALUES ('bot_id', '4711')")
    ended = await command(world, "run", DATA_DIR=str(database.parent))
    assert ended.is_one_sentence("belongs to another bot (id 4711)", "DATA_DIR")


async def test_no_token_wrong_token_no_key_wrong_key_then_check_names_what_is_missing(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    good, token, wrong_token, key, wrong_key = await asyncio.gather(
        command(world, "check"),
        command(world, "check", TELEGRAM_BOT_TOKEN=""),
        command(world, "check", TELEGRAM_BOT_TOKEN="42:WRONG"),
        command(world, "check", EACHLABS_API_KEY=""),
        command(world, "check", EACHLABS_API_KEY="wrong-key"),
    )
    assert good.code == 0, good
    assert "✗" not in good.said
    assert "the token is @sandbox_bot's" in good.said
    fails(token, "TELEGRAM_BOT_TOKEN is not set", "@BotFather", "/newbot")
    fails(wrong_token, "does not accept TELEGRAM_BOT_TOKEN", "@BotFather")
    fails(key, "EACHLABS_API_KEY is not set", "eachlabs.ai")
    fails(wrong_key, "does not accept EACHLABS_API_KEY", "eachlabs.ai")
    assert "42:WRONG" not in wrong_token.said
    assert "wrong-key" not in wrong_key.said


async def test_no_token_wrong_token_no_key_or_bad_settings_then_run_says_so_and_ends(
    stand_ins_only: World,
) -> None:
    world = stand_ins_only
    token, wrong_token, key, bad = await asyncio.gather(
        command(world, "run", TELEGRAM_BOT_TOKEN=""),
        command(world, "run", TELEGRAM_BOT_TOKEN="42:WRONG"),
        command(world, "run", EACHLABS_API_KEY=""),
        command(
            world,
            "run",
            TELEGRAM_API_URL="not a url",
            EACHLABS_CONCURRENCY="many",
            DAILY_BUDGET_USD="-1",
            ADMIN_IDS="me",
            LOG_LEVEL="LOUD",
        ),
    )
    for ended in (token, wrong_token, key, bad):
        assert ended.code == 1, ended
        assert "Traceback" not in ended.said
    assert "TELEGRAM_BOT_TOKEN is not set" in token.said
    assert "does not accept TELEGRAM_BOT_TOKEN" in wrong_token.said
    assert "EACHLABS_API_KEY is not set" in key.said
    names = ["TELEGRAM_API_URL", "EACHLABS_CONCURRENCY", "DAILY_BUDGET_USD", "ADMIN_IDS"]
    assert [name for name in (*names, "LOG_LEVEL") if name not in bad.said] == []
    assert "42:WRONG" not in wrong_token.said


async def test_telegram_away_at_the_start_then_it_waits_and_starts(stand_ins_only: World) -> None:
    world = stand_ins_only
    world.stand_ins.telegram.add_fault(method="getMe", kind="cut_before", times=3)
    await world.start_process()
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.card("One photo → you")


async def test_backup_while_it_runs(stand_ins_only: World) -> None:
    world, folder = stand_ins_only, stand_ins_only.settings.data_dir
    await world.start_process()
    await anna_with_a_photo(world)
    copy = folder / "copy.db"
    done = await command(world, "backup", str(copy))
    assert (done.code, "copy.db" in done.said) == (0, True)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM people").fetchall() == [(1,)]
    assert list(folder.glob("*.part")) == []

    again, nothing = await asyncio.gather(
        command(world, "backup", str(copy)),
        command(world, "backup", str(folder / "new.db"), DATA_DIR=str(folder / "empty")),
    )
    assert again.is_one_sentence("exists already")
    assert nothing.is_one_sentence("There is no database at")


async def test_migrate_makes_the_database_and_leaves_a_finished_one_alone(
    stand_ins_only: World,
) -> None:
    world, database = stand_ins_only, stand_ins_only.settings.database_path
    made = await command(world, "migrate")
    assert (made.code, "is at revision" in made.said) == (0, True), made
    before = database.read_bytes()
    assert (await command(world, "migrate")).code == 0
    assert database.read_bytes() == before

    away = await command(world, "migrate", DATA_DIR=str(database))
    assert away.is_one_sentence("The folder", "can't be written", "DATA_DIR")


async def test_draw_makes_a_picture_without_telegram(stand_ins_only: World) -> None:
    world, out = stand_ins_only, stand_ins_only.settings.data_dir / "me.png"
    words = ("--prompt", "as a knight", "--style", "comic", "--seed", "7", "--out", str(out))
    ended = await command(world, "draw", str(FACE), *words, TELEGRAM_BOT_TOKEN="")

    assert ended.code == 0, ended
    assert str(out) in ended.said
    assert "seed 7" in ended.said
    assert out.read_bytes() == await world.drawn()
    assert world.predictions[0]["input"]["prompt"] == "a person img as a knight"
    assert world.predictions[0]["input"]["style_name"] == "Comic book"


async def test_draw_that_cant_be_then_a_clear_message(stand_ins_only: World) -> None:
    world, folder = stand_ins_only, stand_ins_only.settings.data_dir
    letter = folder / "letter.jpg"
    letter.write_text("no picture")
    out = ("--out", str(folder / "me.png"))
    refused, missing, style, wrong_key = await asyncio.gather(
        command(world, "draw", str(letter), *out),
        command(world, "draw", str(folder / "missing.jpg"), *out),
        command(world, "draw", str(FACE), "--style", "cubist", *out),
        command(world, "draw", str(FACE), *out, EACHLABS_API_KEY="wrong-key"),
    )
    folder_for_file, nowhere = await asyncio.gather(
        command(world, "draw", str(FACE), "--out", str(folder)),
        command(world, "draw", str(FACE), "--out", "/proc/avatar.png"),
    )
    assert folder_for_file.is_one_sentence("is a folder")
    assert nowhere.is_one_sentence("/proc/avatar.png can't be written")
    fails(refused, "not a picture that I can read")
    fails(wrong_key, "does not accept EACHLABS_API_KEY")
    assert missing.is_one_sentence("There is no photo at", "missing.jpg")
    assert style.is_one_sentence("There is no such look", "comic", "line_art")
    assert "wrong-key" not in wrong_key.said
    assert not (folder / "me.png").exists()
    assert world.predictions == []


async def test_no_secret_in_all_that_it_says(stand_ins_only: World) -> None:
    """Everything fails once, and everything is logged."""
    world = stand_ins_only
    telegram, provider = world.stand_ins.telegram, world.stand_ins.eachlabs
    telegram.add_fault(method="getUpdates", kind="garbage", skip=1)
    telegram.add_fault(method="sendPhoto", kind="cut_after")
    telegram.add_fault(method="getFile", kind="status", status=502)
    telegram.add_fault(method="download", kind="cut_before")
    telegram.add_fault(method="editMessageMedia", kind="cut_before")
    for place in ("presign", "put", "output"):
        provider.fault(on=place, kind="cut_before")
    async with running(world, LOG_LEVEL="DEBUG") as (process, said):
        anna = await anna_with_a_photo(world)
        await anna.taps("Comic")
        await anna.gets_a_png()
        process.terminate()
        assert await process.wait() == 0
        everything = said.read_text()

    assert "no updates from Telegram" in everything
    assert world.settings.token() not in everything
    assert "SANDBOX" not in everything
    assert world.settings.api_key() not in everything
