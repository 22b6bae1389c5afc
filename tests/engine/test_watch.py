"""How predictions are asked about: together, and alone where that fails."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.photomaker import Recipe
from bot.eachlabs.wire import State
from bot.engine.watch import DISTRUST_SECONDS
from bot.errors import NotThere, ProviderDown
from tests.engine.virtual import now
from tests.engine.watching import Scene, at_the_provider
from tests.engine.workshop import recipe


def test_all_in_flight_are_asked_for_with_one_request(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        orders = [scene.order(n, 15 + n) for n in range(1, 9)]
        news = await scene.heard(*orders)
        outputs = [one.prediction.outputs for one in news]
        assert outputs == [(f"p{n}.png",) for n in range(1, 9)]
        # Only who was left alone at the end, or had become doubtful, was asked for alone.
        assert scene.provider.asked["list"] > 3
        assert scene.provider.asked["get"] <= 4

    at_the_provider(tmp_path, main)


def test_what_it_took_is_told_as_it_was_seen(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        news = await scene.heard(*(scene.order(n, 18.0) for n in range(3)))
        assert all(one.seconds == pytest.approx(18, abs=1.5) for one in news)

    at_the_provider(tmp_path, main)


def test_several_pictures_need_their_own_answer(tmp_path: Path) -> None:
    """The list shows one output of each."""

    async def main(scene: Scene) -> None:
        four = Recipe(words="", person="person", style=recipe().style, seed=1, outputs=4)
        orders = [scene.order(1, 60, recipe=four), scene.order(2, 60)]
        await scene.heard(*orders)
        assert scene.provider.last.get("p1")

    at_the_provider(tmp_path, main)


@pytest.mark.parametrize("how", ["blind", "empty"])
def test_a_list_that_shows_no_ends_is_used_no_more(tmp_path: Path, how: str) -> None:
    async def main(scene: Scene) -> None:
        setattr(scene.provider, how, True)
        await scene.heard(*(scene.order(n, 20) for n in range(6)))
        assert not scene.watch.listing
        lists = scene.provider.asked["list"]
        await asyncio.sleep(60)
        began = now()
        await scene.heard(*(scene.order(n, 20) for n in range(10, 16)))
        assert scene.provider.asked["list"] == lists
        assert now() - began < 30  # and nobody waits until they are doubtful
        setattr(scene.provider, how, False)
        await asyncio.sleep(DISTRUST_SECONDS)
        await scene.heard(*(scene.order(n, 20) for n in range(20, 26)))
        assert scene.provider.asked["list"] > lists

    at_the_provider(tmp_path, main)


def test_a_list_that_is_longer_than_a_page_hides_nothing(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        scene.provider.crowded = True
        assert len(await scene.heard(*(scene.order(n, 20) for n in range(6)))) == 6
        assert scene.watch.listing

    at_the_provider(tmp_path, main)


def test_many_that_take_longer_than_all_before_use_up_no_minute(tmp_path: Path) -> None:
    """Each could be doubted: then all of them would wait for requests, and the list be blamed."""

    async def main(scene: Scene) -> None:
        began = now()
        await scene.heard(*(scene.order(n, 40) for n in range(50)))
        assert now() - began < 50
        assert scene.watch.listing
        assert scene.provider.asked["get"] < 15

    at_the_provider(tmp_path, main)


def test_a_clock_that_is_wrong_asks_the_list_for_the_right_ones(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        began = scene.provider.clock = now()
        orders = [scene.order(n, 20, submitted_at=now() + 600) for n in range(6)]
        await scene.heard(*orders)
        assert now() - began < 25
        assert scene.provider.asked["get"] <= 2

    at_the_provider(tmp_path, main, lambda: now() + 600)


def test_a_list_that_is_not_there_is_asked_for_once(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        scene.provider.list_faults = [NotThere("404")]
        news = await scene.heard(*(scene.order(n, 20) for n in range(6)))
        assert len(news) == 6
        assert scene.provider.asked["list"] == 1

    at_the_provider(tmp_path, main)


def test_when_the_provider_is_down_everybody_hears_of_it(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        scene.provider.list_faults = [ProviderDown("503")]
        orders = [scene.order(n, 20) for n in range(3)]
        found = await asyncio.gather(
            *(scene.watch.news(order) for order in orders), return_exceptions=True
        )
        assert [type(one) for one in found] == [ProviderDown] * 3
        # And when it answers again, though nothing has ended: whoever was told, is told so.
        slow = [scene.order(n, 500, attempts=1) for n in range(3)]
        assert {one.prediction.state for one in await scene.heard(*slow)} == {State.RUNNING}

    at_the_provider(tmp_path, main)


def test_one_alone_hears_what_came_of_asking(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        scene.provider.faults = [NotThere("404")]
        order = scene.order(1, 20)
        with pytest.raises(NotThere):
            await scene.watch.news(order)
        assert (await scene.heard(order))[0].prediction.state is State.SUCCEEDED

    at_the_provider(tmp_path, main)


def test_one_alone_is_asked_about_often_when_it_is_due(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        began = now()
        await scene.heard(scene.order(1, 21.0))
        asked = scene.provider.last["p1"]
        assert all(later - before < 1 for before, later in pairwise(asked[-10:]))
        assert now() - began < 22

    at_the_provider(tmp_path, main)


def test_retry_after_is_kept(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        scene.provider.retry_after = 7.0
        await scene.heard(scene.order(1, 40))
        asked = scene.provider.last["p1"]
        assert len(asked) > 1
        assert all(later - before >= 7 for before, later in pairwise(asked))

    at_the_provider(tmp_path, main)


def test_who_left_is_not_asked_for(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        order = scene.order(1, 20)
        waiting = asyncio.create_task(scene.watch.news(order))
        await asyncio.sleep(1)
        waiting.cancel()
        scene.watch.forget(order.id)
        await asyncio.sleep(100)
        assert not scene.provider.asked

    at_the_provider(tmp_path, main)


def test_a_clock_that_is_set_back_stops_no_asking(tmp_path: Path) -> None:
    offset = 0.0

    async def main(scene: Scene) -> None:
        nonlocal offset
        scene.provider.retry_after = 1.0  # it is quiet for so long, and not for a day
        began = now()
        waiting = asyncio.create_task(scene.heard(scene.order(1, 60)))
        await asyncio.sleep(40)
        offset = -86_400.0
        await waiting
        assert now() - began < 65

    at_the_provider(tmp_path, main, lambda: now() + offset)
