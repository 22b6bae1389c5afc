"""In virtual time nothing passes while a thread works, and the same happens in the same order."""

import asyncio
import time
from functools import partial
from pathlib import Path

from bot.domain.order import OrderPhoto, OrderRequest
from storage import orders
from tests.engine.virtual import now, run
from tests.engine.workshop import a_database, recipe


def test_a_sleep_is_over_at_once_and_at_its_moment() -> None:
    async def main() -> float:
        began = now()
        await asyncio.sleep(86_400)
        return now() - began

    assert run(main()) == 86_400


def test_no_time_passes_while_a_thread_works() -> None:
    async def main() -> list[str]:
        seen: list[str] = []
        asyncio.get_running_loop().call_later(0.001, seen.append, "a millisecond")
        await asyncio.to_thread(time.sleep, 0.05)
        seen.append("the thread")
        await asyncio.sleep(1)
        return seen

    assert run(main()) == ["the thread", "a millisecond"]


def test_no_time_passes_while_the_database_writes(tmp_path: Path) -> None:
    async def main() -> tuple[float, int]:
        began = now()
        async with a_database(tmp_path) as database:
            asyncio.get_running_loop().call_later(0.001, partial(time.sleep, 0))
            request = OrderRequest(1, None, 1, (OrderPhoto("f", "u"),), recipe())
            async with database.writing() as connection:
                order = await orders.create(connection, request, 0.0, now())
            return now() - began, order.id

    assert run(main()) == (0.0, 1)
