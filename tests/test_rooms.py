"""Every room of the bot has its place in the contracts that say who may import whom."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUTSIDE = {"bot.sandbox", "bot.__init__", "bot.assets", "bot.__pycache__"}


def test_no_room_is_forgotten() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    rooms = {f"bot.{path.stem}" for path in (ROOT / "bot").iterdir()} - OUTSIDE
    stand_ins, _, domain = contracts[:3]
    [layers] = [one["layers"] for one in contracts if one["type"] == "layers"]
    placed = {name for layer in layers for name in layer.split(" | ")}

    assert rooms - placed == set()
    assert rooms - set(stand_ins["forbidden_modules"]) == {"bot.__main__"}
    assert rooms - set(domain["forbidden_modules"]) == {
        "bot.__main__",
        "bot.domain",
        "bot.errors",
    }
