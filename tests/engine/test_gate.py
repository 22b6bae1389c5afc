"""401 and 402: orders wait, one a minute probes, admins hear of it once each way."""

import asyncio

import pytest

from bot.domain.order import Hold
from bot.domain.pace import Pace
from bot.engine.gate import FAILURES, Gate
from bot.errors import BalanceEmpty, KeyRefused, ProviderDown, ProviderFault
from tests.engine.virtual import now, run

PACE = Pace(probe=60)
EMPTY = BalanceEmpty("402 insufficient balance")


class Admins:
    def __init__(self, troubles: list[Exception] | None = None) -> None:
        self.heard: list[str] = []
        self.away = False
        self._troubles = troubles or []

    async def __call__(self, fault: ProviderFault | None) -> bool:
        if self._troubles:
            raise self._troubles.pop(0)
        if self.away:
            return False
        self.heard.append(type(fault).__name__ if fault else "back")
        return True


async def closed(gate: Gate, reason: ProviderFault) -> None:
    gate.close(reason)
    await gate.tell()


def test_open_holds_up_nobody() -> None:
    async def main() -> None:
        began = now()
        assert await Gate(Admins(), PACE).pass_()
        assert now() == began

    run(main())


def test_closed_lets_one_probe_pass_a_minute_however_many_wait() -> None:
    async def main() -> None:
        gate = Gate(Admins(), PACE)
        await closed(gate, EMPTY)
        began, passed = now(), list[float]()

        async def one() -> None:
            assert not await gate.pass_()
            passed.append(now() - began)

        await asyncio.gather(*(one() for _ in range(5)))
        assert passed == pytest.approx([60, 120, 180, 240, 300])

    run(main())


def test_refusals_of_what_was_under_way_put_off_no_probe() -> None:
    async def main() -> None:
        gate = Gate(Admins(), PACE)
        began = now()
        await closed(gate, EMPTY)
        probe = asyncio.create_task(gate.pass_())
        for _ in range(5):
            await asyncio.sleep(10)
            await closed(gate, KeyRefused("401"))
        await probe
        assert now() - began == pytest.approx(60)

    run(main())


def test_all_go_when_it_opens_and_the_admins_hear_once_each_way() -> None:
    async def main() -> None:
        admins = Admins()
        gate = Gate(admins, PACE)
        await closed(gate, EMPTY)
        await closed(gate, EMPTY)
        waiting = [asyncio.create_task(gate.pass_()) for _ in range(5)]
        await asyncio.sleep(1)
        await gate.open()
        await gate.open()
        assert await asyncio.gather(*waiting) == [True] * 5
        assert admins.heard == ["BalanceEmpty", "back"]
        await closed(gate, KeyRefused("401"))
        assert admins.heard[2:] == ["KeyRefused"]

    run(main())


def test_a_new_process_says_once_that_it_is_open() -> None:
    """An earlier one may have told the admins otherwise; whoever told them nothing stays silent."""

    async def main() -> None:
        admins = Admins()
        gate = Gate(admins, PACE)
        for _ in range(3):
            await gate.open()
        assert admins.heard == ["back"]

    run(main())


def test_what_could_not_be_told_is_told_at_the_next_occasion() -> None:
    async def main() -> None:
        admins = Admins([RuntimeError("the database is locked")])
        gate = Gate(admins, PACE)
        with pytest.raises(RuntimeError):
            await closed(gate, EMPTY)
        assert gate.closed
        await closed(gate, EMPTY)
        assert admins.heard == ["BalanceEmpty"]

    run(main())


def test_admins_who_cant_be_reached_hear_it_from_the_next_probe() -> None:
    async def main() -> None:
        admins = Admins()
        gate = Gate(admins, PACE)
        admins.away = True
        await closed(gate, EMPTY)
        assert not await gate.pass_()
        await closed(gate, EMPTY)
        admins.away = False
        assert not await gate.pass_()
        await closed(gate, EMPTY)
        await closed(gate, EMPTY)
        assert admins.heard == ["BalanceEmpty"]

    run(main())


# When nothing works any more


DOWN = ProviderDown("503")


def test_several_failures_in_a_row_close_it_and_one_success_opens_it() -> None:
    async def main() -> None:
        admins = Admins()
        gate = Gate(admins, PACE)
        for _ in range(FAILURES - 1):
            gate.failed(DOWN)
            await gate.tell()  # that it is open is no news
        assert not gate.closed
        gate.failed(DOWN)
        assert gate.closed
        assert gate.hold is Hold.PROVIDER_DOWN
        await gate.tell()
        assert not await gate.pass_()  # the probe
        gate.failed(DOWN)
        assert gate.closed
        await gate.open()
        assert not gate.closed
        assert gate.hold is Hold.NONE
        assert admins.heard == ["ProviderDown", "back"]

    run(main())


def test_failures_with_a_success_between_them_are_accidents() -> None:
    async def main() -> None:
        gate = Gate(Admins(), PACE)
        for _ in range(10):
            for _ in range(FAILURES - 1):
                gate.failed(DOWN)
            await gate.open()
        assert not gate.closed

    run(main())


def test_a_refused_key_is_told_as_what_it_is() -> None:
    async def main() -> None:
        gate = Gate(Admins(), PACE)
        await closed(gate, KeyRefused("401"))
        assert gate.hold is Hold.RESTING

    run(main())
