"""A call's parameters held against the table: unknown, missing or wrong is refused.

The real server ignores what it doesn't know and guesses at what it half knows. This one is
stricter, so that a misspelled parameter is found by a test and not by a person.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from bot.sandbox.telegram.errors import Refused
from bot.sandbox.telegram.methods import METHODS, NOT_KEPT, WHEN_MISSING
from bot.sandbox.telegram.notation import Field, Fields
from bot.sandbox.telegram.objects import OBJECTS, UNIONS, UNOPENED
from bot.sandbox.telegram.reading import Upload

Json = Any
Converter = Callable[[Json, str], Json]

_WHOLE = re.compile(r"-?\d{1,19}")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_ARRAY, _MEDIA = "Array of ", "InputMedia"


def checked(method: str, raw: dict[str, Json]) -> dict[str, Json]:
    """The parameters as their declared types: numbers, truth values, objects, uploads.

    Raises Refused for anything that the method's table doesn't have.
    """
    table = METHODS[method]
    for field in _REQUIRED[method]:
        if field.name not in raw or _absent(method, field, raw[field.name]):
            raise Refused(WHEN_MISSING.get(field.name, f'parameter "{field.name}" is required'))
    return {name: _one(table, name, value) for name, value in raw.items()}


_REQUIRED = {
    name: tuple(field for field in table.values() if field.required)
    for name, table in METHODS.items()
}


def _absent(method: str, field: Field, value: Json) -> bool:
    # Form fields can't be null: an empty one is none. An empty url removes the webhook.
    return value is None or (value == "" and (method, field.name) != ("setWebhook", "url"))


def _one(table: Fields, name: str, value: Json) -> Json:
    field = table.get(name)
    if field is None:
        raise Refused(f'unknown parameter "{name}"')
    if name in NOT_KEPT:
        raise Refused(f'parameter "{name}" addresses what this server does not keep')
    return _converter(field.types)(value, name)


@cache
def _converter(types: tuple[str, ...]) -> Converter:
    """How a parameter of the top level is read: objects and arrays may come as JSON text."""
    if types in _SCALARS:
        return _SCALARS[types]
    inner = _inside(types)

    def convert(value: Json, where: str) -> Json:
        return inner(_decoded(value, where), where)

    return convert


def _decoded(value: Json, where: str) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(f"can't parse {where} JSON object") from None


@cache
def _inside(types: tuple[str, ...]) -> Converter:
    """How a value within JSON is read, where types are exact."""
    if all(kind.startswith(_ARRAY) for kind in types):
        return _array_of(_inside(tuple(kind.removeprefix(_ARRAY) for kind in types)))
    if types in _EXACT:
        return _EXACT[types]
    if all(kind.startswith(_MEDIA) for kind in types):
        return _union_of(_MEDIA)
    if len(types) > 1:
        return _any_of(types)
    kind = types[0]
    if kind in UNIONS:
        return _union_of(kind)
    return _unopened if kind in UNOPENED else _object_of(kind)


def _array_of(item: Converter) -> Converter:
    def convert(value: Json, where: str) -> Json:
        if not isinstance(value, list):
            raise Refused(f'field "{where}" must be of type Array')
        return [item(each, where) for each in value]

    return convert


def _object_of(kind: str) -> Converter:
    table = OBJECTS[kind]

    def convert(value: Json, where: str) -> Json:
        _require_object(value, where)
        for field in table.values():
            if field.required and field.name not in value:
                raise Refused(f"can't parse {where}: can't find field \"{field.name}\" of {kind}")
        for name, each in value.items():
            if name not in table:
                raise Refused(f'can\'t parse {where}: unknown field "{name}" of {kind}')
            _inside(table[name].types)(each, f"{where}.{name}")
        return value

    return convert


def _union_of(union: str) -> Converter:
    kinds = UNIONS[union]

    def convert(value: Json, where: str) -> Json:
        _require_object(value, where)
        kind = value.get("type")
        if kind not in kinds:
            raise Refused(f'can\'t parse {union}: type "{kind}" is unsupported')
        return _object_of(kinds[kind])(value, where)

    return convert


def _any_of(kinds: tuple[str, ...]) -> Converter:
    """Objects without a field "type" are told apart by their required fields."""

    def convert(value: Json, where: str) -> Json:
        _require_object(value, where)
        for kind in kinds:
            if all(f.name in value for f in OBJECTS[kind].values() if f.required):
                return _object_of(kind)(value, where)
        raise Refused(f"can't parse {where}: none of {', '.join(kinds)}")

    return convert


def _unopened(value: Json, where: str) -> Json:
    _require_object(value, where)
    return value


def _require_object(value: Json, where: str) -> None:
    if not isinstance(value, dict):
        raise Refused(f"object expected as {where.replace('_', ' ')}")


def _string(value: Json, where: str) -> str:
    if not isinstance(value, str):
        raise Refused(f'field "{where}" must be of type String')
    return _unicode(value)


def _unicode(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused("strings must be encoded in UTF-8") from None
    return value


def _exact_integer(value: Json, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(f'field "{where}" must be of type Number')
    return value


def _integer(value: Json, where: str) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return _exact_integer(value, where)


def _exact_boolean(value: Json, where: str) -> bool:
    if not isinstance(value, bool):
        raise Refused(f'field "{where}" must be of type Boolean')
    return value


def _boolean(value: Json, where: str) -> bool:
    if isinstance(value, str) and value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    return _exact_boolean(value, where)


def _chat(value: Json, where: str) -> int | str:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        return _unicode(value)
    return _integer(value, where)


def _upload(value: Json, where: str) -> Upload:
    if not isinstance(value, Upload):
        raise Refused(f'parameter "{where}" must be uploaded as an InputFile')
    return value


def _file(value: Json, where: str) -> Upload | str:
    return value if isinstance(value, Upload) else _string(value, where)


_SCALARS: dict[tuple[str, ...], Converter] = {
    ("String",): _string,
    ("Integer",): _integer,
    ("Boolean",): _boolean,
    ("Integer", "String"): _chat,
    ("InputFile",): _upload,
    ("InputFile", "String"): _file,
}
_EXACT: dict[tuple[str, ...], Converter] = {
    ("String",): _string,
    ("Integer",): _exact_integer,
    ("Boolean",): _exact_boolean,
    ("Integer", "String"): _chat,
}
