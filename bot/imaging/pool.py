"""Pictures, decoded in processes of their own with limits; nothing is decoded in the bot's.

A crafted file can take a decoder's memory, its time or its life. Here that costs one worker, which
is replaced, and the photo, which is refused.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from types import TracebackType
from typing import Self, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from bot.domain.photo import Inspection, PhotoProblem, Prepared
from bot.domain.photomaker import MAX_OUTPUT_BYTES
from bot.errors import PhotoRefused

log = logging.getLogger(__name__)
T = TypeVar("T")

# Bot API, getFile: 20 MB.
MAX_PHOTO_BYTES = 20 * 1024 * 1024
# Address space of a worker: 320 MB of libraries, and a picture of 50 MP in three copies.
MEMORY = 1_500_000_000
# What a worker takes to start on a busy machine; a photo that still waits then waits for nobody.
STARTUP_SECONDS = 30.0
# What workers that still start at the end are given for it.
GOODBYE_SECONDS = 3.0
# Whatever a codec leaks goes with its worker.
TASKS_PER_WORKER = 500


@dataclass(frozen=True)
class Refusal:
    """A worker's "no": the problem, and the decoder's own words for the log."""

    problem: str
    cause: str


class Imaging:
    """Workers start in the background with `start()`, or with the first picture.

    Every method raises `PhotoRefused`: for a file that is no still picture, is damaged or too
    large, and for one that took a worker's time, memory or life.

    Args:
        workers: processes, 50 MB each at rest.
        timeout: seconds of a picture in a worker.
        memory: bytes of a worker's address space.
    """

    def __init__(self, *, workers: int = 2, timeout: float = 15.0, memory: int = MEMORY) -> None:
        self._workers = workers
        self._timeout = timeout
        self._memory = memory
        self._pool: ProcessPool | None = None
        self._launching = asyncio.Lock()
        # No more at once than there are workers, so that a picture's time in the pool is its own.
        self._places = asyncio.Semaphore(workers)
        self._warming: asyncio.Task[None] | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Returns at once; the workers import their libraries meanwhile."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._warm())

    async def close(self) -> None:
        """Ends the workers, after the pictures that they have in hand; refuses those that wait."""
        self._closed = True
        for _ in range(self._workers):
            await self._places.acquire()
        if self._warming is not None:
            # A worker that is ended while it starts complains on the operator's screen.
            await asyncio.wait({self._warming}, timeout=GOODBYE_SECONDS)
            self._warming.cancel()
        await self._discard(self._pool)
        for _ in range(self._workers):
            self._places.release()

    async def inspect(self, data: bytes) -> Inspection:
        """Measures and judges a photo. A problem in `BLOCKING` that shows before measuring (no
        picture, animated, damaged, too large) is raised; any other is the inspection's own.
        """
        return cast("Inspection", await self._picture("inspect", data, MAX_PHOTO_BYTES))

    async def prepare(self, data: bytes) -> Prepared:
        """The photo as the provider gets it: JPEG, upright, sRGB, at most 1536 px, no metadata."""
        return cast("Prepared", await self._picture("prepare", data, MAX_PHOTO_BYTES))

    async def to_png(self, data: bytes) -> bytes:
        """A PNG that decodes comes back untouched, any other picture as PNG."""
        return cast("bytes", await self._picture("to_png", data, MAX_OUTPUT_BYTES))

    async def describe(self, data: bytes) -> tuple[str, int, int]:
        """Format, width and height (upright) by the header; the rest may still be damaged."""
        found = await self._picture("describe", data, MAX_OUTPUT_BYTES)
        return cast("tuple[str, int, int]", found)

    async def compose(self, faces: Sequence[bytes]) -> bytes:
        """One JPEG of 1 to 25 faces; see `bot.imaging.compose`."""
        found = await self._in_worker(work, "compose", tuple(faces), self._timeout)
        return cast("bytes", _accepted("compose", found))

    async def _picture(self, task: str, data: bytes, limit: int) -> object:
        if len(data) > limit:
            raise PhotoRefused(PhotoProblem.TOO_BIG)
        if not data:
            raise PhotoRefused(PhotoProblem.NOT_A_PICTURE)
        return _accepted(task, await self._in_worker(work, task, data, self._timeout))

    async def _in_worker(self, function: Callable[..., T], *args: object) -> T:
        async with self._places:
            for _ in range(2):
                if self._closed:
                    break
                pool = None
                try:
                    pool = await self._running_pool()
                    return await self._once(pool, function, args)
                except (OSError, RuntimeError) as error:
                    # For instance since an idle worker was killed.
                    log.warning("the imaging workers have to be started anew: %s", error)
                    await self._discard(pool)
            raise PhotoRefused(PhotoProblem.UNAVAILABLE)

    async def _once(
        self, pool: ProcessPool, function: Callable[..., T], args: tuple[object, ...]
    ) -> T:
        """Raises `RuntimeError` when the pool is broken."""
        future = pool.schedule(function, args=args, timeout=self._timeout)
        patience = asyncio.timeout(self._timeout + STARTUP_SECONDS)
        try:
            async with patience:
                return cast("T", await asyncio.wrap_future(future))
        except ProcessExpired as error:
            log.warning("a picture ended its worker: exit code %s", error.exitcode)
            raise PhotoRefused(PhotoProblem.DAMAGED) from error
        except TimeoutError as error:
            if patience.expired():
                raise RuntimeError("they don't answer") from error
            log.warning("a picture took more than %g s", self._timeout)
            raise PhotoRefused(PhotoProblem.DAMAGED) from error

    async def _warm(self) -> None:
        try:
            pool = await self._running_pool()
            await asyncio.gather(*(self._once(pool, nap, ()) for _ in range(self._workers)))
        except (OSError, RuntimeError, PhotoRefused) as error:
            log.warning("the imaging workers will be started with the first picture: %s", error)

    async def _running_pool(self) -> ProcessPool:
        async with self._launching:
            if self._pool is None:
                self._pool = await asyncio.to_thread(self._launch)
            return self._pool

    async def _discard(self, pool: ProcessPool | None) -> None:
        async with self._launching:
            if pool is not None and pool is self._pool:
                self._pool = None
                await asyncio.to_thread(_end, pool)

    def _launch(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=TASKS_PER_WORKER,
            initializer=set_up,
            initargs=(self._memory,),
            # A fork would take along the threads' locks and everything in the bot's memory.
            context=get_context("spawn"),
        )
        if not pool.active:  # asking starts it
            raise RuntimeError("they did not start")
        return pool


def _accepted(task: str, found: object) -> object:
    if isinstance(found, Refusal):
        log.info("%s refused: %s %s", task, found.problem, found.cause)
        raise PhotoRefused(found.problem)
    return found


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


# What follows runs in a worker.


def nap() -> None:
    """Takes long enough that each worker gets one, and short enough that nobody notices."""
    time.sleep(0.2)


def set_up(memory: int) -> None:
    """Libraries are imported here and not above: their 40 MB and their bugs stay in the worker."""
    # Each of OpenBLAS's threads takes address space, and nothing here multiplies matrices.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from bot.imaging import worker  # noqa: PLC0415

    worker.set_up(memory)


def work(task: str, data: bytes | tuple[bytes, ...], seconds: float) -> object:
    from bot.imaging import compose, worker  # noqa: PLC0415

    tasks = compose if task == "compose" else worker
    # More than the pool allows, so that it is the pool that ends a slow picture.
    worker.allow_cpu(2 * seconds + 5)
    try:
        return getattr(tasks, task)(data)
    except PhotoRefused as refused:
        return Refusal(refused.problem, str(refused.__cause__ or ""))
    except Exception as error:  # noqa: BLE001 - a crafted file makes a decoder raise anything
        return Refusal(PhotoProblem.DAMAGED, f"{type(error).__name__}: {error}"[:200])
