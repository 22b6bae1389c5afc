"""Pictures for predictions: photos in, drawn in a process of its own, addresses out."""

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import cv2

from bot.sandbox.eachlabs import fetching
from bot.sandbox.eachlabs.files import Outputs, Picture, Uploads
from bot.sandbox.eachlabs.options import Options
from bot.sandbox.eachlabs.pictures import Brief, NotAPicture, draw, padded, quick
from bot.sandbox.eachlabs.predictions import Failure, Prediction

EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}


class Studio:
    """Draws in one worker process, started with the first picture that needs it."""

    def __init__(self, uploads: Uploads, outputs: Outputs) -> None:
        self._uploads = uploads
        self._outputs = outputs
        self._pool: ProcessPoolExecutor | None = None

    async def pictures(self, prediction: Prediction, options: Options, base: str) -> Sequence[str]:
        """Draws what `prediction` asks for; returns the addresses, flagged ones left out.

        Raises:
            Failure: a photo can't be had or isn't one.
        """
        photos = [await self._photo(url, base) for url in prediction.completed["photos"]]
        addresses = []
        for index in _passed(prediction, options.flagged):
            brief = Brief.of(prediction.completed, prediction.seed, index)
            data = await self._drawn(photos, brief, options)
            name = f"{prediction.id}/{index}.{EXTENSIONS[options.output_type]}"
            self._outputs.keep(name, Picture(data, f"image/{options.output_type}"))
            addresses.append(f"{base}/outputs/{name}")
        return addresses

    async def close(self) -> None:
        if self._pool is not None:
            stop = partial(self._pool.shutdown, wait=True, cancel_futures=True)
            await asyncio.to_thread(stop)
            self._pool = None

    async def _photo(self, url: str, base: str) -> bytes:
        prefix = f"{base}/files/"
        if not url.startswith(prefix):
            return await fetching.photo(url)
        upload = self._uploads.named(url.removeprefix(prefix))
        if upload is None or upload.data is None:
            raise Failure("Failed to download input image: HTTP 404")
        return upload.data

    async def _drawn(self, photos: Sequence[bytes], brief: Brief, options: Options) -> bytes:
        if options.pictures == "quick":
            return _quick(brief, options)
        work = partial(draw, photos, brief, options.output_type)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers(), work)
        except NotAPicture as error:
            raise Failure("cannot identify image file") from error
        except BrokenProcessPool as error:
            self._pool = None
            raise Failure("CUDA out of memory") from error

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # spawn: a fork of a process with threads may never wake up
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_settle)
        return self._pool


def _quick(brief: Brief, options: Options) -> bytes:
    size = (options.quick_width, options.quick_height)
    data = quick(brief, options.output_type, size)
    return padded(data, options.quick_padding) if options.quick_padding else data


def _passed(prediction: Prediction, flagged: str) -> range:
    """The numbers of the pictures that the safety checker lets through."""
    count = prediction.completed["num_outputs"]
    if prediction.completed.get("disable_safety_checker") or flagged == "none":
        return range(count)
    return range(count, count) if flagged == "all" else range(1, count)


def _settle() -> None:
    """A worker takes one core, leaves Ctrl-C to its parent, and ends when the parent is gone."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(0)
