"""Compatibility of two schemas: what the first allows the second must."""

from typing import Any

import pytest

from intents.semantics import compatibility
from intents.semantics.compatibility import broken


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
REF = {"$ref": "#/$defs/part", "$defs": {"part": of(a=TEXT)}}
SHUT = {"additionalProperties": False}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        (of(a=TEXT), of(a=TEXT, b=WHOLE)),
        (of(a=TEXT) | SHUT, of(a=TEXT, b=WHOLE) | SHUT),
        (of(a=WHOLE), of(a={"type": "number"})),
        (of(a=WHOLE), of(a={"type": ["number", "null"]})),
        (of(a=TEXT) | {"required": ["a"]}, of(a=TEXT)),
        (of(a={"enum": ["x"]}), of(a={"enum": ["x", "y"]})),
        (of(a={"const": 3}), of(a={"type": "integer", "minimum": 3})),
        (of(a={"type": "integer", "minimum": 3}), of(a={"type": "integer", "exclusiveMinimum": 2})),
        (of(a={"type": "number", "exclusiveMaximum": 2}), of(a={"type": "number", "maximum": 2})),
        (of(a={"type": "integer", "multipleOf": 4}), of(a={"type": "integer", "multipleOf": 2})),
        (of(a={"type": "number", "multipleOf": 1e30}), of(a={"type": "number", "multipleOf": 1e-5})),
        (of(a={"type": "string", "maxLength": 5}), of(a={"type": "string", "maxLength": 6})),
        (of(a={"type": "string", "pattern": "^a"}), of(a={"type": "string", "pattern": "^a"})),
        (of(a=TEXT), of(a={"anyOf": [TEXT, {"type": "null"}]})),
        (of(a={"anyOf": [TEXT, {"type": "null"}]}), of(a={"type": ["string", "null"]})),
        (of(a={"oneOf": [TEXT, WHOLE]}), of(a={"type": ["string", "integer"]})),
        (of(a={"type": "array", "items": WHOLE}), of(a={"type": "array", "items": {"type": "number"}})),
        (REF, of(a=TEXT, b=TEXT)),
        ({"allOf": [of(a=TEXT), {"required": ["a"]}]}, of(a=TEXT) | {"required": ["a"]}),
        (of(a=TEXT) | {"title": "x"}, of(a=TEXT | {"description": "y"}) | {"$comment": "z"}),
        (of(a=TEXT), of(a={"type": "string", "format": "no-such"})),
    ],
)
def test_what_allows_as_much_is_compatible(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert broken(before, after, field="s") == []


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (of(a=TEXT), of(a=WHOLE), "s.a"),
        (of(a={"type": "number"}), of(a=WHOLE), "s.a"),
        (of(a=TEXT), of(a=TEXT) | {"required": ["a"]}, "s.a"),
        (of(a=TEXT), of(a=TEXT) | SHUT, "s"),
        (of(a=TEXT, b=TEXT) | SHUT, of(a=TEXT) | SHUT, "s.b"),
        (of(a={"enum": ["x", "y"]}), of(a={"enum": ["x"]}), "s.a"),
        (of(a=TEXT), of(a={"enum": ["x"]}), "s.a"),
        (of(a=TEXT), of(a={"const": "x"}), "s.a"),
        (of(a=TEXT), of(a={"const": None}), "s.a"),
        (of(a={"type": "number", "minimum": 2}), of(a={"type": "number", "exclusiveMinimum": 2}), "s.a"),
        (of(a={"type": "number"}), of(a={"type": "number", "maximum": 2}), "s.a"),
        (of(a={"type": "number"}), of(a={"type": "number", "multipleOf": 2}), "s.a"),
        (of(a=TEXT), of(a={"type": "string", "minLength": 1}), "s.a"),
        (of(a=TEXT), of(a={"type": "string", "format": "date"}), "s.a"),
        (of(a={"type": "string", "pattern": "a"}), of(a={"type": "string", "pattern": "b"}), "s.a"),
        (of(a={"anyOf": [TEXT, WHOLE]}), of(a=TEXT), "s.a"),
        (of(a={"type": "array"}), of(a={"type": "array", "items": WHOLE}), "s.a.*"),
        (of(a={"type": "array"}), of(a={"type": "array", "uniqueItems": True}), "s.a"),
        (of(a={"type": "array", "prefixItems": [TEXT]}), of(a={"type": "array", "prefixItems": [WHOLE]}), "s.a.0"),
        (of(a=TEXT), of(a=False), "s.a"),
        (of(a=TEXT), of(a={"not": {"const": "x"}}), "s.a"),
        (of(a=TEXT), {"allOf": [of(a=TEXT), {"required": ["a"]}]}, "s.a"),
        (REF, {"$ref": "#/$defs/part", "$defs": {"part": of(a=WHOLE)}}, "s.a"),
    ],
)
def test_what_allows_less_is_told_by_its_place(before: dict[str, Any], after: dict[str, Any], place: str) -> None:
    assert place in [where for where, _ in broken(before, after, field="s")]


def test_comparing_takes_a_bounded_time() -> None:
    deep: Any = TEXT
    for _ in range(12):
        deep = {"anyOf": [of(a=deep), of(b=deep)]}
    assert len(broken({"anyOf": [deep, TEXT]}, {"anyOf": [deep, WHOLE]}, field="s")) >= 1


def test_values_of_all_places_are_checked_in_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compatibility, "MAX_CHECKED", 20_000)
    values = {"enum": [[n] * 20 for n in range(60)]}
    before, after = ({f"p{n}": values | more for n in range(90)} for more in ({}, {"uniqueItems": False}))
    assert "too much to compare" in broken(of(**before), of(**after), field="s")[0][1]
