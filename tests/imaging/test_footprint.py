"""What decoding costs the bot's own process, measured from outside."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.imaging.pictures import encoded, huge_png, quarters

ROOT = Path(__file__).parents[2]


def test_the_front_imports_no_decoder() -> None:
    code = "import sys, bot.imaging; print({'PIL', 'cv2', 'numpy', 'pillow_heif'} & {*sys.modules})"
    assert _python(code) == "set()"


def _python(code: str, *files: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not done.stderr
    return done.stdout.strip()


MEMORY = """
import asyncio, sys
from pathlib import Path
from bot.errors import PhotoRefused
from bot.imaging import Imaging

async def main():
    async with Imaging() as imaging:
        async def send(data):
            try:
                await imaging.inspect(data)
                await imaging.prepare(data)
            except PhotoRefused as refused:
                return refused.problem
        for data in [Path(name).read_bytes() for name in sys.argv[1:]]:
            print(*await asyncio.gather(*(send(data) for _ in range(4))))
    # Not getrusage: its peak is handed on through exec, from whoever started this process.
    peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2]
    print(int(peak.split()[0]) // 1024)

asyncio.run(main())
"""


def test_the_bots_own_memory_stays_small(tmp_path: Path) -> None:
    """Bombs and pictures of nearly 20 MB, four at a time: under 300 MB in the bot's process."""
    noise = np.random.default_rng(1).integers(0, 255, (2500, 2600, 3), dtype=np.uint8)
    heavy = encoded(Image.fromarray(noise), "PNG", compress_level=0)
    assert 19_000_000 < len(heavy) < 20_000_000
    files = {"heavy": heavy, "bomb": huge_png(), "wide": encoded(quarters(8000, 6000), "JPEG")}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    *answers, megabytes = _python(MEMORY, *(tmp_path / name for name in files)).splitlines()
    assert answers == [
        "None None None None",
        " ".join(["too_many_pixels"] * 4),
        "None None None None",
    ]
    assert int(megabytes) < 300


ORPHANS = """
import asyncio, os
from bot.imaging import Imaging

async def main():
    imaging = Imaging(workers=1)
    print(await imaging._in_worker(os.getpid), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_workers_end_when_the_bot_is_killed() -> None:
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHANS, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout is not None
    worker = int(await bot.stdout.readline())
    bot.kill()
    await bot.wait()
    for _ in range(100):
        if not _alive(worker):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the worker outlives the bot")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # Dead, and waiting for whoever adopted it.
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
