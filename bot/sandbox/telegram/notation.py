"""A short way of writing down which fields a method or an object has.

`name!:Type` is a required field, `name:A|B` one of two types, `[T]` an array of T.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `types` are spelled as the Bot API's documentation does ("Array of String")."""

    name: str
    types: tuple[str, ...]
    required: bool


Fields = dict[str, Field]


def fields(notation: str) -> Fields:
    return {field.name: field for field in map(_field, notation.split())}


def _field(word: str) -> Field:
    name, _, types = word.partition(":")
    return Field(
        name=name.removesuffix("!"),
        types=tuple(_spelled_out(kind) for kind in types.split("|")),
        required=name.endswith("!"),
    )


def _spelled_out(kind: str) -> str:
    return f"Array of {_spelled_out(kind[1:-1])}" if kind.startswith("[") else kind
