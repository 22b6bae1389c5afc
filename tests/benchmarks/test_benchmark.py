"""The benchmark itself: what it counts is there, and what goes wrong shows."""

import os
from dataclasses import replace

import aiohttp
import pytest

from bot.domain.photomaker import Style
from tests.benchmarks import checks, processes
from tests.benchmarks.figures import fairness, spread
from tests.benchmarks.people import Life, cast, perform
from tests.benchmarks.scenario import Scenario, Variant, standard
from tests.world import World

QUICK = Scenario(people=3, latency=0.0, download_latency=0.0)


async def performed(world: World, scenario: Scenario) -> list[Life]:
    lives = cast(scenario)
    await perform(world.stand_ins.origin, scenario, lives)
    return lives


@pytest.mark.parametrize("variant", list(Variant))
async def test_everybody_is_answered_and_gets_their_own(world: World, variant: Variant) -> None:
    scenario = replace(QUICK, variant=variant)
    lives = await performed(world, scenario)

    assert [len(life.answers) for life in lives] == [scenario.steps] * scenario.people
    assert all(life.png and life.finished for life in lives)
    assert await checks.mix_ups(world.http, world.stand_ins.origin, lives) == []
    seen = await checks.seen(world.http, world.stand_ins.origin)
    assert (seen.predictions, seen.flood_429, seen.provider_429, seen.refused) == (3, 0, 0, 0)


async def test_every_kind_of_mix_up_is_found(world: World) -> None:
    lives = await performed(world, QUICK)
    style, photos, png = lives
    style.style = Style.NEON if style.style is not Style.NEON else Style.COMIC
    photos.sides = photos.sides[1], photos.sides[0]
    png.png = style.png

    found = await checks.mix_ups(world.http, world.stand_ins.origin, lives)

    assert [sentence[: len("person 0")] for sentence in found] == [
        "person 0",
        "person 1",
        "person 2",
    ]


async def test_whoever_gets_no_answer_is_named(stand_ins_only: World) -> None:
    lives = cast(replace(QUICK, people=1))
    await perform(stand_ins_only.stand_ins.origin, QUICK, lives, patience=0.05)
    assert lives[0].trouble == "no answer after nothing"


async def test_a_process_ends_with_its_block() -> None:
    async with aiohttp.ClientSession() as http:
        async with processes.stand_ins(QUICK) as origin:
            assert (await http.get(f"{origin}/people/bot")).status == 200
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(f"{origin}/people/bot")


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")  # noqa: PTH110
def test_cpu_seconds_are_those_of_the_process() -> None:
    before = processes.cpu(os.getpid())
    sum(n * n for n in range(2_000_000))
    spent = processes.cpu(os.getpid()) - before
    assert spent.own > 0
    assert processes.cpu(2**22 + 1) == processes.Cpu(0.0, 0.0)


def test_percentiles_are_of_the_nearest_rank() -> None:
    hundred = spread(n / 100 for n in range(100, 0, -1))
    assert (hundred.count, hundred.p50, hundred.p90) == (100, 0.5, 0.9)
    assert (hundred.p99, hundred.worst) == (0.99, 1.0)
    assert spread([]).count == 0


def test_fairness_tells_a_queue_from_a_favourite() -> None:
    queue = fairness([8, 9, 10], [10, 10, 10], ideal=8)
    favourite = fairness([1, 9, 10], [1, 9, 20], ideal=8)
    assert (queue.evenness, queue.overhead) == (1.0, 1.25)
    assert favourite.evenness < 0.7


def test_what_runs_without_options() -> None:
    assert [(it.variant, it.messages_per_second) for it in standard(Scenario())] == [
        (Variant.PHOTOS, 0),
        (Variant.ALBUM, 0),
        (Variant.PHOTOS, 30),
    ]
