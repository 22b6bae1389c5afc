"""That no server, however slow or fast, ever sees more than Telegram allows; and who goes first."""

import asyncio
import math
import random
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NotSent, RetryLater
from bot.outbox.lane import Dropped, Priority
from bot.outbox.lanes import Lanes
from bot.outbox.limits import Bucket, Window, of_all_chats, of_chat

from .virtual import now, run

ANNA, BEN, GROUP = 1, 2, -100


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


@dataclass
class Server:
    """Counts each call at some moment between its departure and its answer."""

    lanes: Lanes
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    slowest: float = 0.2
    seen: list[tuple[float, int, str]] = field(default_factory=list)

    async def call(
        self,
        chat_id: int,
        name: str = "",
        priority: Priority = Priority.ANSWER,
        message_id: int | None = None,
        patience: float | None = None,
    ) -> str:
        turning = self.lanes.turn(chat_id, priority, message_id=message_id, patience=patience)
        with turning as turn:
            await self.lanes.go(turn)
            there, back = self.rng.uniform(0, self.slowest), self.rng.uniform(0, self.slowest)
            await asyncio.sleep(there)
            self.seen.append((now(), chat_id, name))
            await asyncio.sleep(back)
            return name

    @property
    def names(self) -> list[str]:
        return [name for _, _, name in self.seen]

    def times(self, chat_id: int | None = None) -> list[float]:
        return sorted(at for at, chat, _ in self.seen if chat_id in (None, chat))


def fullest(times: list[float], seconds: float) -> int:
    """The most calls in any window of that length, both its ends included."""
    return max((i - bisect_left(times, at - seconds) + 1 for i, at in enumerate(times)), default=0)


def lowest(times: list[float], capacity: int, refill: float) -> float:
    """The level that a bucket at the server would have come down to."""
    level, last, low = float(capacity), -math.inf, float(capacity)
    for at in times:
        level = min(capacity, level + (at - last) * refill) - 1
        last, low = at, min(low, level)
    return low


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


def test_a_caller_cancelled_at_the_moment_of_its_turn_passes_it_on() -> None:
    async def main() -> None:
        server = Server(Lanes(30), slowest=0)
        with server.lanes.turn(ANNA, Priority.ANSWER) as turn:
            await server.lanes.go(turn)
            second = asyncio.create_task(server.call(ANNA, "second"))
            third = asyncio.create_task(server.call(ANNA, "third"))
            await asyncio.sleep(0)
            second.cancel()
        await third
        assert second.cancelled()
        assert server.names == ["third"]

    run(main())


class TestTurns:
    def test_chats_take_turns(self) -> None:
        async def main() -> list[str]:
            server = Server(Lanes(2), slowest=0)
            calls = [server.call(ANNA, f"A{i}") for i in range(6)]
            calls += [server.call(BEN, f"B{i}") for i in range(3)]
            calls += [server.call(3, "C0")]
            await asyncio.gather(*calls)
            return server.names

        assert run(main()) == ["A0", "B0", "C0", "A1", "B1", "A2", "B2", "A3", "A4", "A5"]

    def test_one_busy_chat_does_not_hold_up_the_others(self) -> None:
        async def main() -> float:
            server = Server(Lanes(30), slowest=0)
            busy = [asyncio.create_task(server.call(ANNA, "A")) for _ in range(100)]
            await asyncio.sleep(5)
            started = now()
            await server.call(BEN, "B")
            waited = now() - started
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)
            return waited

        assert run(main()) == 0

    def test_answers_before_deliveries_before_progress(self) -> None:
        async def main() -> list[str]:
            server = Server(Lanes(1), slowest=0)
            order = [Priority.PROGRESS, Priority.DELIVERY, Priority.ANSWER]
            first = server.call(9, "first")
            await asyncio.gather(
                first, *(server.call(i, p.name, p) for i, p in enumerate(order, start=1))
            )
            return server.names

        assert run(main()) == ["first", "ANSWER", "DELIVERY", "PROGRESS"]

    def test_priority_counts_inside_a_chat_too(self) -> None:
        async def main() -> list[str]:
            server = Server(Lanes(30), slowest=0.2)
            await asyncio.gather(
                server.call(GROUP, "first"),
                server.call(GROUP, "delivery", Priority.DELIVERY),
                server.call(GROUP, "answer", Priority.ANSWER),
            )
            return server.names

        assert run(main()) == ["first", "answer", "delivery"]

    def test_edits_of_one_message_never_overtake_each_other(self) -> None:
        async def main() -> list[str]:
            server = Server(Lanes(30))
            await asyncio.gather(
                server.call(ANNA, "first"),
                server.call(ANNA, "other delivery", Priority.DELIVERY),
                server.call(ANNA, "picture", Priority.DELIVERY, message_id=7),
                server.call(ANNA, "buttons", Priority.ANSWER, message_id=7),
            )
            return server.names

        assert run(main()) == ["first", "picture", "buttons", "other delivery"]

    def test_speed_of_one_chat_alone(self) -> None:
        async def main() -> tuple[float, float]:
            server = Server(Lanes(30), slowest=0)
            await asyncio.gather(*(server.call(ANNA) for _ in range(15)))
            private = now()
            await asyncio.gather(*(server.call(GROUP) for _ in range(21)))
            return private, now() - private

        private, group = run(main())
        assert private == pytest.approx(5, abs=0.1)
        assert group == pytest.approx(60, abs=0.1)

    def test_speed_of_everybody(self) -> None:
        async def main() -> float:
            server = Server(Lanes(30), slowest=0.05)
            await asyncio.gather(*(server.call(i) for i in range(1, 301)))
            return now()

        assert run(main()) < 11

    def test_no_limits(self) -> None:
        async def main() -> float:
            server = Server(Lanes(0), slowest=0)
            await asyncio.gather(*(server.call(GROUP) for _ in range(200)))
            assert len(server.lanes) == 0
            return now()

        assert run(main()) == 0

    def test_nothing_polls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rings = 0
        ring = Lanes._ring

        def counted(lanes: Lanes) -> None:
            nonlocal rings
            rings += 1
            ring(lanes)

        monkeypatch.setattr(Lanes, "_ring", counted)

        async def main() -> None:
            server = Server(Lanes(30), slowest=0)
            await asyncio.gather(*(server.call(ANNA) for _ in range(60)))
            await asyncio.sleep(3600)

        run(main())
        assert 50 <= rings <= 54  # one for each call after the burst, few for forgetting


class TestProgress:
    def test_a_newer_edit_takes_the_place_of_an_older_one(self) -> None:
        async def main() -> None:
            server = Server(Lanes(30))
            other = asyncio.create_task(server.call(ANNA, "other"))
            await asyncio.sleep(0)
            edits = [
                server.call(ANNA, f"{i}", Priority.PROGRESS, message_id=7, patience=3)
                for i in range(3)
            ]
            results = await asyncio.gather(*edits, return_exceptions=True)
            await other
            assert [type(it) for it in results] == [Dropped, Dropped, str]
            assert server.names == ["other", "2"]

        run(main())

    def test_the_result_takes_the_place_of_the_progress(self) -> None:
        async def main() -> None:
            server = Server(Lanes(30))
            other = asyncio.create_task(server.call(ANNA, "other"))
            await asyncio.sleep(0)
            results = await asyncio.gather(
                server.call(ANNA, "70%", Priority.PROGRESS, message_id=7, patience=3),
                server.call(ANNA, "picture", Priority.DELIVERY, message_id=7),
                return_exceptions=True,
            )
            await other
            assert isinstance(results[0], Dropped)
            assert server.names == ["other", "picture"]

        run(main())

    @pytest.mark.parametrize("reason", ["chat", "total", "busy lane"])
    def test_it_is_given_up_after_its_patience(self, reason: str) -> None:
        async def main() -> None:
            server = Server(Lanes(1 if reason == "total" else 30), slowest=0)
            if reason == "chat":
                await asyncio.gather(*(server.call(ANNA) for _ in range(10)))
                busy = [asyncio.create_task(server.call(ANNA)) for _ in range(20)]
            elif reason == "total":
                busy = [asyncio.create_task(server.call(i)) for i in range(2, 20)]
            else:
                server.slowest = 1000
                busy = [asyncio.create_task(server.call(ANNA))]
            await asyncio.sleep(0)
            started = now()
            with pytest.raises(Dropped):
                await server.call(ANNA, "x", Priority.PROGRESS, message_id=7, patience=3)
            assert now() - started == pytest.approx(3, abs=0.01)
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)

        run(main())

    def test_it_leaves_room_for_what_matters(self) -> None:
        async def main() -> None:
            server = Server(Lanes(30), slowest=0)
            results = await asyncio.gather(
                *(
                    server.call(GROUP, "%", Priority.PROGRESS, message_id=i, patience=3)
                    for i in range(30)
                ),
                return_exceptions=True,
            )
            assert sum(isinstance(it, Dropped) for it in results) == 15
            started = now()
            await asyncio.gather(*(server.call(GROUP, "answer") for _ in range(5)))
            assert now() == started

        run(main())


class TestHolding:
    def test_a_hold_keeps_one_lane_and_no_other(self) -> None:
        async def main() -> None:
            server = Server(Lanes(30), slowest=0)
            server.lanes.hold(ANNA, 7)
            await asyncio.gather(server.call(ANNA, "A"), server.call(BEN, "B"))
            assert [at for at, _, _ in server.seen] == [0, 7]
            assert server.names == ["B", "A"]

        run(main())

    def test_a_refusal_turns_away_those_that_wait_and_those_that_come(self) -> None:
        async def main() -> None:
            server = Server(Lanes(30), slowest=0)
            server.lanes.hold(ANNA, 7)
            waiting = asyncio.create_task(server.call(ANNA))
            await asyncio.sleep(1)
            server.lanes.refuse(ANNA, 3600)
            with pytest.raises(RetryLater, match="3600 s"):
                await waiting
            await asyncio.sleep(600)
            with pytest.raises(RetryLater, match="3000 s"):
                await server.call(ANNA)
            with pytest.raises(RetryLater):
                server.lanes.held_for(ANNA)
            await server.call(BEN, "B")
            await asyncio.sleep(3000)
            await server.call(ANNA, "A")
            assert server.names == ["B", "A"]

        run(main())

    def test_closing_sends_away_what_waits_and_waits_for_what_is_on_its_way(self) -> None:
        async def main() -> None:
            server = Server(Lanes(30), slowest=3)
            away = asyncio.create_task(server.call(ANNA, "away"))
            waiting = asyncio.create_task(server.call(ANNA, "waiting"))
            await asyncio.sleep(0)
            await server.lanes.close(grace=10)
            assert server.names == ["away"]
            with pytest.raises(NotSent):
                await waiting
            with pytest.raises(NotSent):
                await server.call(BEN)
            assert await away == "away"

        run(main())

    def test_closing_does_not_wait_for_ever(self) -> None:
        async def main() -> None:
            server = Server(Lanes(30), slowest=10000)
            away = asyncio.create_task(server.call(ANNA, "away"))
            await asyncio.sleep(0)
            await server.lanes.close(grace=10)
            assert now() == 10
            away.cancel()
            await asyncio.gather(away, return_exceptions=True)

        run(main())


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
