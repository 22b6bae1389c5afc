"""The simulated provider is as strict as the real one, and a seed repeats everything."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest

from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import State
from bot.errors import RateLimited
from tests.benchmarks.engine import baselines, engine, plots, report
from tests.benchmarks.engine.figures import Figures, Guess, Honesty, Life, honesty
from tests.benchmarks.engine.provider import URL, Prediction, Provider, Refused, Wire, World
from tests.benchmarks.engine.run import ALL_KNOWING, LOOP, QUANTILE, Pair, Results, Row, Surprise
from tests.benchmarks.engine.scenario import Scenario, surprise
from tests.engine.virtual import now, run

SHORT = Scenario(warm_up=0.0, seconds=60.0)
SOME = Figures(26.0, 2.2, 1.0, 2.0, 0, 10, 60, 100, Honesty(20, 0.9, 0.8, 0.4, 0.3))


def at_the_provider(
    main: Callable[[Provider, EachlabsClient], Coroutine[Any, Any, None]], **world: Any
) -> None:
    async def whole() -> None:
        provider = Provider(World(**world), 1, now)
        async with httpx.AsyncClient(transport=Wire(provider)) as http:
            await main(provider, EachlabsClient(URL, "key", http=http))

    run(whole())


def test_the_61st_request_of_a_minute_is_refused_wherever_the_minute_begins() -> None:
    async def main(provider: Provider, client: EachlabsClient) -> None:
        await asyncio.sleep(50)
        for _ in range(60):
            await client.executions(datetime.fromtimestamp(now(), UTC))
        with pytest.raises(RateLimited):
            await client.executions(datetime.fromtimestamp(now(), UTC))
        await asyncio.sleep(60)
        await client.executions(datetime.fromtimestamp(now(), UTC))

        assert (provider.refused, provider.most_in_a_minute) == (1, 61)

    at_the_provider(main)


def test_requests_count_when_they_arrive() -> None:
    async def main(provider: Provider, client: EachlabsClient) -> None:
        asked = asyncio.create_task(client.get("p1"))
        await asyncio.sleep(0.5)
        before = provider.requests_since(0)
        await asyncio.sleep(0.6)

        assert (before, provider.requests_since(0)) == (0, 1)
        asked.cancel()

    at_the_provider(main, latency=(2.0, 2.0), way_up=(0.5, 0.5))


def test_the_11th_prediction_is_refused_until_one_has_ended() -> None:
    async def main(provider: Provider, client: EachlabsClient) -> None:
        names = [await client.create({}) for _ in range(10)]
        with pytest.raises(RateLimited):
            await client.create({})
        first = min(provider.predictions.values(), key=lambda one: one.ends)
        await asyncio.sleep(first.ends - now())
        await client.create({})

        assert (provider.refused, provider.most_in_flight, len(set(names))) == (1, 10, 10)

    at_the_provider(main)


def test_the_list_may_be_behind_what_a_prediction_says_itself() -> None:
    async def main(provider: Provider, client: EachlabsClient) -> None:
        since = datetime.fromtimestamp(now(), UTC)
        name = await client.create({"seed": 7}, webhook_url="https://bot.test/webhook")
        prediction = provider.predictions[name]
        await asyncio.sleep(prediction.ends + 1 - now())
        early = await client.executions(since)
        itself = await client.get(name)
        await asyncio.sleep(2)
        late = await client.executions(since)

        assert [row.state for row in early.executions] == [State.RUNNING]
        assert itself.state is State.SUCCEEDED
        assert itself.input == {"seed": 7}
        assert prediction.webhook == "https://bot.test/webhook"
        assert [row.prediction().predict_time for row in late.executions] == [prediction.duration]

    at_the_provider(main, list_behind=2.0)


def test_a_webhook_comes_after_the_end() -> None:
    told: list[tuple[Prediction, float]] = []

    async def main() -> None:
        provider = Provider(World(), 1, now, lambda one: told.append((one, now())))
        provider.create({}, "https://bot.test/webhook")
        provider.create({})
        await asyncio.sleep(300)

    run(main())
    ((prediction, at),) = told
    assert prediction.ends < at < prediction.ends + 0.1


def test_whoever_asks_the_nth_prediction_takes_equally_long() -> None:
    async def main() -> list[float]:
        provider = Provider(World(slots=0), 1, now)
        made = []
        for _ in range(20):
            made.append(provider.create({}).duration)
            await asyncio.sleep(1)
        return made

    async def at_once() -> list[float]:
        provider = Provider(World(slots=0), 1, now)
        provider.travel()
        return [provider.create({}).duration for _ in range(20)]

    assert run(main()) == run(at_once())


def test_a_client_that_overruns_the_minute_is_seen() -> None:
    async def main() -> None:
        provider = Provider(World(), 1, now)
        for _ in range(60):
            provider.arrives("get")
        with pytest.raises(Refused):
            provider.arrives("get")

    run(main())


@pytest.mark.parametrize("photos", [0, 2])
@pytest.mark.parametrize(
    "plan", [baselines.the_loop, baselines.quantile(0.6), baselines.all_knowing]
)
def test_what_the_engine_is_compared_with_keeps_the_limits(
    plan: Callable[[baselines.Client], float | None], photos: int
) -> None:
    found = baselines.measure(Scenario(photos=photos, seconds=600.0), 1, plan)

    assert (found.refused, found.most_in_flight) == (0, 10)
    assert found.orders > 0


def test_the_loop_makes_ten_a_minute_and_the_all_knowing_what_slots_allow() -> None:
    scenario = Scenario()
    loop = baselines.measure(scenario, 1, baselines.the_loop)
    knowing = baselines.measure(scenario, 1, baselines.all_knowing)

    assert loop.per_minute == pytest.approx(10.0, abs=0.5)
    assert loop.mean == pytest.approx(38.0, abs=2.0)
    assert 0.97 * scenario.world.most < knowing.per_minute < 1.03 * scenario.world.most


@pytest.mark.parametrize(
    "scenario",
    [replace(SHORT, photos=2), replace(SHORT, public=True, rate=20.0)],
    ids=lambda scenario: scenario.name,
)
def test_a_seed_repeats_the_engines_figures(scenario: Scenario) -> None:
    first = engine.measure(scenario, 1)

    assert engine.measure(scenario, 1) == first
    assert first.refused == 0
    assert first.orders > 0


def test_a_surprise_is_measured_to_its_end() -> None:
    assert engine.measure_surprise(surprise(), 1) > 0


def test_two_processes_share_the_work_and_the_limits() -> None:
    found, shares = engine.measure_pair(SHORT, 1)

    assert (found.refused, found.most_in_flight) == (0, 10)
    assert found.most_in_a_minute <= 60
    assert min(shares) > 0


def test_an_estimate_is_held_against_what_came_of_it() -> None:
    """Half-way through the wait (at 50) and through the drawing (at 90), 50 and 10 are left."""
    life = Life(came=0, began=80, ended=99, noticed=100)
    life.guesses = [Guess(49.8, told=65, exact=60), Guess(90.1, told=10, exact=20)]

    assert honesty([life, Life(0)]) == Honesty(1, line=1, line_told=0, drawing=0, drawing_told=1)


# With uploads, and with more slots than there are requests to fill them.
@pytest.mark.parametrize(("slots", "photos", "crowd"), [(10, 2, 60), (40, 0, 100)])
def test_where_requests_are_short_the_end_of_the_line_is_told_so(
    slots: int, photos: int, crowd: int
) -> None:
    scenario = Scenario(World(slots=slots), photos=photos, burst=crowd)
    lives = run(engine.performed(scenario, seed=1)).lives.values()

    first = [(life.guesses[0], life.noticed) for life in lives if life.guesses]
    shares = [told.exact / (noticed - told.at) for told, noticed in first[-len(first) // 3 :]]
    assert 0.75 < median(shares) < 1.25


def results() -> Results:
    others = dict.fromkeys((LOOP, QUANTILE, ALL_KNOWING), SOME)
    scenarios = (SHORT, replace(SHORT, photos=2), replace(SHORT, public=True))
    rows = [Row(one, 1, SOME, others) for one in scenarios]
    rows += [Row(replace(one, rate=4.0), 1, SOME, others) for one in scenarios]
    return Results(tuple(rows), Surprise(surprise(), (0.1,)), Pair(SHORT, SOME, (50, 50)))


def test_only_the_pages_own_part_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{report.BEGIN}\nold\n{report.END}\n\n## Measured\nafter\n")

    report.write_page(results(), "a command", page)
    once = page.read_text()
    report.write_page(results(), "a command", page)

    assert page.read_text() == once
    assert once.startswith(f"before\n\n{report.BEGIN}\n")
    assert once.endswith(f"{report.END}\n\n## Measured\nafter\n")
    assert "| 2 | 0.25 | **26.00** |" in once
    assert "old" not in once


def test_a_page_without_a_place_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a page\n")

    with pytest.raises(ValueError, match="has no"):
        report.write_page(results(), "a command", page)
    assert page.read_text() == "a page\n"


def test_the_same_figures_make_the_same_plots(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        plots.write(results(), folder)

    names = ["engine-quiet.svg", "engine-saturated.svg"]
    assert sorted(path.name for path in first.iterdir()) == names
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_429_is_counted_wherever_it_came() -> None:
    found = results()
    refused = replace(found.pair, figures=replace(SOME, refused=2))

    assert found.refused == 0
    assert replace(found, pair=refused).refused == 2
    assert ("429 in all runs", "0", "2", False) in list(report.aims(replace(found, pair=refused)))
