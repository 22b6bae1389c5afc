"""What the stand-ins have seen, held against what each person asked for."""

import asyncio
from collections import Counter
from dataclasses import astuple, dataclass
from io import BytesIO
from typing import Any, Final

import aiohttp
from PIL import Image

from tests.benchmarks.people import Life

Json = Any

AT_A_TIME: Final = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """The run as the two services saw it."""

    calls: int
    messages: int
    flood_429: int
    refused: int
    provider_429: int
    predictions: int


async def seen(http: aiohttp.ClientSession, origin: str) -> Seen:
    calls = await _json(http, f"{origin}/people/control/calls?method=none")
    provider = await _json(http, f"{origin}/eachlabs/control/predictions")
    totals: Counter[str] = Counter(calls["totals"])
    return Seen(
        calls=totals.total() - totals["getUpdates"],
        messages=sum(n for name, n in totals.items() if _charged(name)),
        flood_429=calls["flood_429"],
        refused=calls["refused"],
        provider_429=provider["counts"]["429"],
        predictions=len(provider["predictions"]),
    )


def _charged(method: str) -> bool:
    """Messages and edits are what the limits count (Bot API FAQ)."""
    return method.startswith(("send", "edit")) and method != "sendChatAction"


def since(before: Seen, after: Seen) -> Seen:
    return Seen(*(now - then for now, then in zip(astuple(after), astuple(before), strict=True)))


async def mix_ups(http: aiohttp.ClientSession, origin: str, lives: list[Life]) -> list[str]:
    """A sentence for each order that isn't just what its person asked for."""
    report = await _json(http, f"{origin}/eachlabs/control/predictions")
    places = asyncio.Semaphore(AT_A_TIME)

    async def look(life: Life) -> list[str]:
        async with places:
            return await _faults_of(http, origin, life, report["predictions"])

    found = await asyncio.gather(*(look(life) for life in lives))
    return [sentence for sentences in found for sentence in sentences]


async def _faults_of(
    http: aiohttp.ClientSession, origin: str, life: Life, predictions: list[Json]
) -> list[str]:
    own = [made for made in predictions if life.words in made["input"]["prompt"]]
    if len(own) != 1:
        return [f"person {life.number} has {len(own)} predictions"]
    given, faults = own[0]["input"], []
    if given["style_name"] != life.style.value:
        faults.append(f"person {life.number}: {given['style_name']}, not {life.style.value}")
    names = [name for name in sorted(given) if name.startswith("input_image")]
    sides = tuple([await _side(http, given[name]) for name in names])
    if sides != life.sides:
        faults.append(f"person {life.number}: photos of {sides} px, not {life.sides}")
    if life.png is None or await _bytes(http, origin + life.png) != await _bytes(
        http, own[0]["output"][0]
    ):
        faults.append(f"person {life.number} didn't get their picture")
    return faults


async def _side(http: aiohttp.ClientSession, url: str) -> int:
    return Image.open(BytesIO(await _bytes(http, url))).width


async def _bytes(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url) as response:
        return await response.read()


async def _json(http: aiohttp.ClientSession, url: str) -> Json:
    async with http.get(url) as response:
        return await response.json()
