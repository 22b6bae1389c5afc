"""What the process takes, and that nothing of it is left behind."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.moments import (
    anna_with_a_photo,
    cards_behind,
    files,
    soon,
    states,
)
from tests.faults.processes import ON_LINUX, running
from tests.world import Person, World, a_world

pytestmark = pytest.mark.timeout(300)  # seconds, on a crowded machine


@ON_LINUX
async def test_sigterm_then_it_ends_by_itself_and_leaves_no_process_behind(
    stand_ins_only: World,
) -> None:
    async with running(stand_ins_only) as (process, said):
        children = await soon(lambda: _children(process.pid), "the imaging workers")
        process.terminate()
        assert await process.wait() == 0
        await soon(lambda: not _alive(children))
        assert "Traceback" not in said.read_text()


@ON_LINUX
async def test_sigkill_leaves_no_process_behind(stand_ins_only: World) -> None:
    async with running(stand_ins_only) as (process, _):
        children = await soon(lambda: _children(process.pid), "the imaging workers")
        process.kill()
        await process.wait()
        await soon(lambda: not _alive(children))


@pytest.mark.slow
@ON_LINUX
async def test_memory_and_open_files_after_many_orders_as_after_few(tmp_path: Path) -> None:
    lifted = {"telegram_messages_per_second": 0, "eachlabs_concurrency": 0}
    stand_ins = {"flood_limits": False, "speed": 1000.0, "concurrency": 0}
    async with a_world(tmp_path, options=stand_ins, **lifted) as world, running(world) as (bot, _):
        people = [await anna_with_a_photo(world) for _ in range(10)]
        await asyncio.gather(*(anna.taps("Comic") for anna in people))
        await _rounds(people, 1)
        before = await _footprint(bot.pid)
        await _rounds(people, 5)
        after = await _footprint(bot.pid)

        assert len(world.predictions) == 70
        # Connections that are kept open for the next call are as many as calls at a time.
        assert after.files <= before.files + 2 * len(people)
        assert after.threads <= before.threads
        assert after.megabytes < before.megabytes + 20


async def test_no_task_is_left_when_all_is_delivered(world: World) -> None:
    anna = await anna_with_a_photo(world)
    await soon(lambda: not cards_behind(world))
    before = _tasks()
    await anna.taps("Comic")
    await _rounds([anna], 1)
    await soon(lambda: states(world) == ["delivered"] * 2 and not cards_behind(world))
    await soon(lambda: _tasks() <= before, "as few tasks as before")


async def _rounds(people: list[Person], number: int) -> None:
    """Orders of everybody at once, one after the other, with the photo that they have sent."""

    async def order(anna: Person) -> None:
        await anna.gets_a_png()
        done = len(files(await anna.sees()))
        for more in range(number):
            await anna.sends("/start")
            await anna.taps("Same photo")
            await anna.taps("Comic", on=await anna.card("Tap a look"))
            await anna.gets_a_png(done + more + 1)

    await asyncio.gather(*map(order, people))


@dataclass(frozen=True)
class Footprint:
    files: int
    threads: int
    megabytes: float


async def _footprint(pid: int) -> Footprint:
    """Of a process that has come to rest: connections that nobody uses are closed after a while."""
    await asyncio.sleep(1)
    process = Path("/proc") / str(pid)
    status = (process / "status").read_text()
    kilobytes = int(status.split("VmRSS:")[1].split()[0])
    threads = len(list((process / "task").iterdir()))
    return Footprint(len(list((process / "fd").iterdir())), threads, kilobytes / 1024)


def _tasks() -> Counter[str]:
    names = (task.get_name() for task in asyncio.all_tasks())
    return Counter(name for name in names if not name.startswith("Task-"))


def _children(pid: int) -> list[int]:
    """Process ids, from the fourth field of /proc/PID/stat; the second may hold anything."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = path.read_text().rpartition(")")[2].split()[1]
            if int(parent) == pid:
                found.append(int(path.parent.name))
    return found


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if (Path("/proc") / str(pid)).exists()]
