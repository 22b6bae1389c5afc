"""That no server, however slow or fast, ever sees more than Telegram allows."""

import asyncio
import math
import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outbox.lane import Priority
from bot.outbox.lanes import Lanes
from bot.outbox.limits import Bucket, Window, of_all_chats, of_chat

from .lanes import ANNA, BEN, GROUP, Server, fullest, lowest
from .virtual import run


class TestWindow:
    def test_calls_in_flight_count(self) -> None:
        window = Window(2, 1.0)
        window.departed()
        window.departed()
        assert window.free_at(50.0) == math.inf

    def test_a_place_is_free_one_window_after_the_answer(self) -> None:
        window = Window(1, 1.0)
        window.departed()
        window.answered(10.0)
        assert window.free_at(10.5) == pytest.approx(11.001)
        assert window.free_at(11.002) == 11.002

    def test_what_never_left_takes_no_place(self) -> None:
        window = Window(1, 1.0)
        window.departed()
        window.never_left()
        assert window.free_at(10.0) == 10.0

    def test_room_for_others(self) -> None:
        window = Window(5, 60.0)
        for at in (1.0, 2.0):
            window.departed()
            window.answered(at)
        assert window.free_at(3.0, spare=2) == 3.0
        assert window.free_at(3.0, spare=3) == pytest.approx(61.001)
        assert window.free_at(3.0, spare=4) == pytest.approx(62.001)

    def test_less_than_one_a_second(self) -> None:
        limit = of_all_chats(0.5)
        limit.departed()
        limit.answered(0.0)
        assert limit.free_at(1.0) == pytest.approx(2.001)


class TestBucket:
    def test_ten_at_once_then_one_a_second(self) -> None:
        bucket = Bucket(10)
        for _ in range(10):
            assert bucket.free_at(100.0) == 100.0
            bucket.departed()
            bucket.answered(100.0)
        assert bucket.free_at(100.0) == pytest.approx(101.001)
        bucket.departed()
        bucket.answered(105.0)
        assert bucket.free_at(105.0) == 105.0

    def test_it_fills_from_the_answer_on(self) -> None:
        bucket = Bucket(1)
        bucket.departed()
        assert bucket.free_at(50.0) == math.inf
        bucket.answered(60.0)
        assert bucket.free_at(60.0) == pytest.approx(61.001)

    def test_what_never_left_costs_nothing(self) -> None:
        bucket = Bucket(1)
        bucket.departed()
        bucket.never_left()
        assert bucket.free_at(5.0) == 5.0


CHATS = [ANNA, BEN, 3, 4, 5, 6, GROUP, -200]


@settings(max_examples=60, deadline=None)
@given(
    calls=st.integers(1, 200),
    seconds=st.sampled_from([0, 5, 60]),
    chats=st.integers(1, len(CHATS)),
    per_second=st.integers(1, 12),
    slowest=st.sampled_from([0.0, 0.01, 0.3, 3.0]),
    seed=st.integers(0, 2**16),
)
def test_no_window_at_the_server_is_ever_overfull(
    *, calls: int, seconds: float, chats: int, per_second: int, slowest: float, seed: int
) -> None:
    async def main() -> Server:
        rng = random.Random(seed)
        server = Server(Lanes(per_second), rng, slowest)

        async def wish() -> None:
            await asyncio.sleep(rng.uniform(0, seconds))
            await server.call(rng.choice(CHATS[-chats:]), priority=rng.choice(list(Priority)))

        await asyncio.gather(*(wish() for _ in range(calls)))
        return server

    server = run(main())
    assert len(server.seen) == calls
    assert fullest(server.times(), 1.0) <= per_second
    for chat_id in CHATS:
        if chat_id < 0:
            assert fullest(server.times(chat_id), 60.0) <= 20
        else:
            assert lowest(server.times(chat_id), 10, 1.0) >= -1e-9


@settings(max_examples=60, deadline=None)
@given(
    calls=st.integers(1, 80),
    chats=st.integers(1, 4),
    per_second=st.integers(1, 8),
    cancelled=st.integers(0, 40),
    seed=st.integers(0, 2**16),
)
def test_order_in_a_chat_is_kept_whoever_gives_up(
    calls: int, chats: int, per_second: int, cancelled: int, seed: int
) -> None:
    """Among calls of one priority to one chat, and although some are cancelled on the way."""

    async def main() -> tuple[Server, set[str]]:
        rng = random.Random(seed)
        server = Server(Lanes(per_second), rng)
        tasks: dict[str, asyncio.Task[str]] = {}
        for number in range(calls):
            chat_id, priority = rng.randint(1, chats), rng.choice(list(Priority))
            name = f"{chat_id} {priority} {number:03}"
            tasks[name] = asyncio.create_task(server.call(chat_id, name, priority))
        doomed = set(rng.sample(sorted(tasks), min(cancelled, calls)))
        for name in doomed:
            await asyncio.sleep(rng.uniform(0, 0.3))
            tasks[name].cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        await asyncio.sleep(120)
        assert len(server.lanes) == 0
        return server, tasks.keys() - doomed

    server, survivors = run(main())
    assert survivors <= set(server.names)
    streams: dict[str, list[str]] = defaultdict(list)
    for name in server.names:
        chat_and_priority, _, number = name.rpartition(" ")
        streams[chat_and_priority].append(number)
    assert all(numbers == sorted(numbers) for numbers in streams.values())


def test_memory_is_bounded() -> None:
    async def main() -> None:
        server = Server(Lanes(30), slowest=0.01)
        most = 0
        for start in range(0, 3000, 30):
            calls = (server.call(i if i % 2 else -i) for i in range(start + 1, start + 31))
            await asyncio.gather(*calls)
            most = max(most, len(server.lanes))
        assert most < 1200  # half of those of the last minute, and the last few private ones
        await asyncio.sleep(120)
        assert len(server.lanes) == 0
        assert len(server.lanes._alarms) == 0

    run(main())


def test_the_limit_of_a_chat_depends_on_what_it_is() -> None:
    assert isinstance(of_chat(ANNA), Bucket)
    assert isinstance(of_chat(GROUP), Window)
