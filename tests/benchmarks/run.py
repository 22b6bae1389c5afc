"""One run of a scenario: processes up, a rehearsal, everybody at once, figures, processes down."""

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp

from bot.domain.photomaker import Style
from tests.benchmarks import checks, processes
from tests.benchmarks.figures import Fairness, Spread, fairness, spread
from tests.benchmarks.people import (
    LARGEST_SIDE,
    Life,
    cast,
    peers_words,
    perform,
    show_photos,
)
from tests.benchmarks.processes import Cpu
from tests.benchmarks.scenario import Scenario

PROMISED: Final = 0.7  # seconds, p99 of all answers, to so many people at once:
PROMISED_TO: Final = 100
BOT: Final = "the bot"
STEPS_ONLY: Final = "the bot, whose people don't wait for pictures"
PEERS: Final = {"aiogram": "aiogram_fsm", "python-telegram-bot": "ptb"}

Start = Callable[[str, Path], AbstractAsyncContextManager[int]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of one bot came to. Seconds; `load` is the machine's load average before."""

    scenario: Scenario
    who: str
    steps: int
    steps_per_second: float
    answers: dict[str, Spread]
    total: Spread
    pictures: Spread
    unanswered: tuple[str, ...]
    mix_ups: tuple[str, ...]
    seen: checks.Seen
    fairness: Fairness
    cpu: Cpu
    load: float

    @property
    def flawless(self) -> bool:
        """Everybody was answered and got what they asked for, and no limit was overrun."""
        limits = self.seen.flood_429 + self.seen.provider_429 + self.seen.refused
        return not (self.unanswered or self.mix_ups or limits)


async def measure(scenario: Scenario, *, draws: bool = True) -> Result:
    """The bot itself; `draws`: people wait for their pictures, too."""

    def start(origin: str, folder: Path) -> AbstractAsyncContextManager[int]:
        return processes.the_bot(scenario, origin, folder)

    return await _measure(scenario, BOT if draws else STEPS_ONLY, start, draws=draws)


async def measure_peer(scenario: Scenario, name: str, python: str) -> Result:
    """A peer, which does the same steps and draws nothing."""
    module = f"tests.benchmarks.peers.{PEERS[name]}"

    def start(origin: str, _folder: Path) -> AbstractAsyncContextManager[int]:
        return processes.a_peer(module, peers_words(), origin, python)

    return await _measure(scenario, name, start, draws=False)


async def _measure(scenario: Scenario, who: str, start: Start, *, draws: bool) -> Result:
    load = os.getloadavg()[0]
    with TemporaryDirectory(prefix="benchmark-") as folder:
        async with processes.stand_ins(scenario) as origin:
            await show_photos(origin)
            async with start(origin, Path(folder)) as pid, aiohttp.ClientSession() as http:
                await perform(origin, scenario, [_rehearsal()], wait_for_picture=draws)
                before, cpu_before = await checks.seen(http, origin), processes.cpu(pid)
                lives = cast(scenario)
                began = await perform(origin, scenario, lives, wait_for_picture=draws)
                spent = processes.cpu(pid) - cpu_before
                after = checks.since(before, await checks.seen(http, origin))
                wrong = await checks.mix_ups(http, origin, lives) if draws else []
    return _result(scenario, who, lives, began, after, spent, tuple(wrong), load)


def _rehearsal() -> Life:
    """Somebody goes through it first, so that nobody waits for what is only loaded once."""
    return Life(-1, "as a gardener", Style.NATURAL, (LARGEST_SIDE, LARGEST_SIDE - 1))


def _result(
    scenario: Scenario,
    who: str,
    lives: list[Life],
    began: float,
    seen: checks.Seen,
    spent: Cpu,
    wrong: tuple[str, ...],
    load: float,
) -> Result:
    answers = [answer for life in lives for answer in life.answers]
    kinds = dict.fromkeys(answer.step for answer in answers)
    last = max((answer.accepted + answer.seconds for answer in answers), default=began)
    ended = [(life.ordered, life.finished) for life in lives if life.png]
    waited = [sum(answer.seconds for answer in life.answers) for life in lives]
    rate = scenario.messages_per_second
    return Result(
        scenario=scenario,
        who=who,
        steps=len(answers),
        steps_per_second=len(answers) / max(1e-9, last - began),
        answers={kind: spread(a.seconds for a in answers if a.step == kind) for kind in kinds},
        total=spread(answer.seconds for answer in answers),
        pictures=spread(end - begin for begin, end in ended if begin and end),
        unanswered=tuple(f"person {life.number}: {life.trouble}" for life in lives if life.trouble),
        mix_ups=wrong,
        seen=seen,
        fairness=fairness(
            (life.finished - began for life in lives if life.finished),
            waited,
            seen.messages / rate if rate else 0.0,
        ),
        cpu=spent,
        load=load,
    )
