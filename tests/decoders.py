"""Decoders that outlive a bot: to start them takes ten times as long as most tests."""

from typing import ClassVar

from pebble import ProcessPool

from bot.imaging import Imaging


class Decoders(Imaging):
    """Uses the same worker processes as the bot before did, unless those are broken."""

    _lasting: ClassVar[ProcessPool | None] = None

    async def _warm(self) -> None:
        if Decoders._lasting is None:
            await super()._warm()

    def _launch(self) -> ProcessPool:
        if Decoders._lasting is None:
            Decoders._lasting = super()._launch()
        return Decoders._lasting

    async def _discard(self, pool: ProcessPool | None) -> None:
        if self._closed:
            return
        Decoders._lasting = None
        await super()._discard(pool)

    @classmethod
    def end(cls) -> None:
        pool, Decoders._lasting = Decoders._lasting, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()
