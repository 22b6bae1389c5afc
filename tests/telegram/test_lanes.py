"""Who goes first, who gives way, and what holds a lane up."""

import asyncio

import pytest

from bot.errors import NotSent, RetryLater
from bot.outbox.lane import Dropped, Priority
from bot.outbox.lanes import Lanes

from .lanes import ANNA, BEN, GROUP, Server
from .virtual import now, run


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
