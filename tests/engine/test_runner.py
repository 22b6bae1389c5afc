"""One piece of work at a time for each row, and no wake-up is lost."""

import asyncio
import logging

import pytest

from bot.domain.pace import Pace
from bot.engine.runner import LOOK_SECONDS, Runner
from bot.errors import DatabaseBusy
from tests.engine.virtual import now, run

PACE = Pace(card=3.0)


class Work:
    """Takes a second; says what was prepared, then that nothing is left."""

    def __init__(self, *answers: float | Exception) -> None:
        self.answers = list(answers)
        self.began: list[tuple[str, float]] = []
        self.at_once = self.most_at_once = 0
        self.start = now()

    async def __call__(self, key: str) -> float | None:
        self.began.append((key, now() - self.start))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(1)
        self.at_once -= 1
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_runner(work: Work) -> Runner[str]:
    return Runner("card", work, now, PACE)


def test_a_wake_up_in_the_middle_is_worked_on_afterwards() -> None:
    async def main() -> None:
        work = Work()
        runner = a_runner(work)
        runner.wake("a")
        await asyncio.sleep(0.5)
        for _ in range(3):
            runner.wake("a")
        await runner.settles("a")
        assert work.began == [("a", 0.0), ("a", 1.0)]
        assert not runner.busy

    run(main())


def test_rows_wait_for_nobody_else() -> None:
    async def main() -> None:
        work = Work()
        runner = a_runner(work)
        for key in "abc":
            runner.wake(key)
        await asyncio.sleep(2)
        assert work.most_at_once == 3

    run(main())


def test_it_comes_when_it_is_due_and_again_when_the_work_says_so() -> None:
    async def main() -> None:
        work = Work(0.0, 10.0)
        runner = a_runner(work)
        runner.wake("a", now() + 5)
        await asyncio.sleep(60)
        assert [round(at, 3) for _, at in work.began] == [5.0, 6.0, 17.0]

    run(main())


@pytest.mark.parametrize(
    ("fault", "pause"), [(DatabaseBusy("locked"), PACE.card), (KeyError("a bug"), LOOK_SECONDS)]
)
def test_what_fails_is_tried_again_after_a_rest_and_stops_nobody(
    fault: Exception, pause: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        work = Work(fault)
        runner = a_runner(work)
        runner.wake("a")
        await asyncio.sleep(0.5)
        runner.wake("b")
        await asyncio.sleep(100)
        assert [(key, round(at, 3)) for key, at in work.began] == [
            ("a", 0.0),
            ("b", 0.5),
            ("a", 1.0 + pause),
        ]

    with caplog.at_level(logging.WARNING):
        run(main())
    assert "card a" in caplog.text


def test_a_stop_waits_for_so_long_and_no_longer() -> None:
    async def main() -> None:
        work = Work()
        runner = a_runner(work)
        runner.wake("a")
        began = now()
        await runner.drain(0.25)
        assert now() - began == pytest.approx(0.25)
        assert not runner.busy

    run(main())
