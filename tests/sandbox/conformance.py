"""Holds calls and answers against the published description of the Bot API.

The description is a file beside the checkout and no part of it; `available` says whether it is
there.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

Json = Any
Entry = dict[str, Any]

DESCRIPTION = (
    Path(__file__).resolve().parents[2].parent / "shared" / "specs" / "telegram-bot-api-10.1.json"
)

_ARRAY = "Array of "
_SCALARS: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
_FIXED = re.compile(r"(?:always|must be) [“\"]?(\w+)")


def available() -> bool:
    return DESCRIPTION.is_file()


@cache
def methods() -> dict[str, Entry]:
    return _part("methods")


@cache
def types() -> dict[str, Entry]:
    return _part("types")


def _part(name: str) -> dict[str, Entry]:
    part: dict[str, Entry] = json.loads(DESCRIPTION.read_text())[name]
    return part


def check_call(method: str, params: dict[str, Json]) -> list[str]:
    """What is wrong with a call: unknown, missing or mistyped parameters.

    `params` are typed values, as the stand-in's record of calls has them: numbers, truth values,
    objects, and {"upload": {...}} for a file.
    """
    if method not in methods():
        return [f"there is no method {method}"]
    return _fields(methods()[method], params, method)


def check_result(method: str, result: Json) -> list[str]:
    """What is wrong with the result of a method."""
    return check_value(methods()[method]["returns"], result, method)


def check_object(type_name: str, value: Json) -> list[str]:
    """What is wrong with an object of the Bot API: unknown, missing or mistyped fields, within
    its fields too.
    """
    return check_value([type_name], value, type_name)


def check_value(kinds: list[str], value: Json, where: str) -> list[str]:
    """What is wrong with a value that may be of any of these types."""
    found = [_as(kind, value, where) for kind in kinds]
    return min(found, key=len, default=[f"{where} has no type"])


def _as(kind: str, value: Json, where: str) -> list[str]:
    if kind.startswith(_ARRAY):
        return _array(kind.removeprefix(_ARRAY), value, where)
    if kind in _SCALARS:
        return [] if _is(value, _SCALARS[kind]) else [f"{where} is no {kind}: {value!r}"]
    if kind == "InputFile":
        uploaded = isinstance(value, dict) and set(value) == {"upload"}
        return [] if uploaded else [f"{where} is no InputFile: {value!r}"]
    if not isinstance(value, dict):
        return [f"{where} is no {kind}: {value!r}"]
    subtypes = types()[kind].get("subtypes")
    if subtypes:
        return check_value(_told_apart(subtypes, value), value, where)
    return _fields(types()[kind], value, f"{where}({kind})")


def _array(kind: str, value: Json, where: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{where} is no array: {value!r}"]
    return [wrong for n, each in enumerate(value) for wrong in _as(kind, each, f"{where}[{n}]")]


def _fields(entry: Entry, value: dict[str, Json], where: str) -> list[str]:
    known = {field["name"]: field for field in entry.get("fields", [])}
    wrong = [f"{where} has no field {name}" for name in value if name not in known]
    wrong += [
        f"{where} lacks {name}"
        for name, field in known.items()
        if field["required"] and name not in value
    ]
    for name, each in value.items():
        if name in known:
            wrong += check_value(known[name]["types"], each, f"{where}.{name}")
    return wrong


def _told_apart(subtypes: list[str], value: dict[str, Json]) -> list[str]:
    """The members of a union whose fixed fields ("always "emoji"") are as they should be."""
    fitting = [kind for kind in subtypes if _fixed_fields(kind).items() <= value.items()]
    return fitting or subtypes


@cache
def _fixed_fields(kind: str) -> dict[str, str]:
    matches = {
        field["name"]: _FIXED.search(field["description"])
        for field in types()[kind].get("fields", [])
        if field["required"] and field["types"] == ["String"]
    }
    return {name: match[1] for name, match in matches.items() if match}


def _is(value: Json, kinds: tuple[type, ...]) -> bool:
    # A truth value is an int to Python, not to JSON.
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
