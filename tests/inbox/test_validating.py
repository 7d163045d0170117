"""Validation with a budget: what is built to be slow is refused, what people use is not."""

from typing import Any

import pytest

from inbox.forms import data as formdata
from inbox.forms import schema as formschema
from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import judging
from intents.kernel.jsonschema.schemas import DIALECT


def form(of_a: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": of_a}} | more


def problem(schema: dict[str, Any], data: dict[str, Any]) -> str:
    formschema.check_schema(schema, field="form_schema")
    with pytest.raises(InvalidField) as refused:
        formdata.read(data, schema, field="data")
    return refused.value.reason


CONSTANTS = [{"const": f"x{n}"} for n in range(200)]
OBJECTS = [{"k": n} for n in range(9000)]
NAMES = {str(n): 1 for n in range(9000)}


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        (form({"items": {"anyOf": CONSTANTS}}), {"a": ["y"] * 1500}),
        (form({"contains": {"oneOf": CONSTANTS}}), {"a": ["y"] * 1500}),
        (form({"contains": {}, "minContains": 10**6}), {"a": [1] * 60_000}),
        (form({"items": {"enum": OBJECTS[:2000]}}), {"a": OBJECTS}),
        (form({"items": {"enum": list(range(6000))}}), {"a": ["9999"] * 9000}),
        (form({"allOf": [{"enum": [n]} for n in range(490)]}), {"a": OBJECTS}),
        (form({"oneOf": [{"properties": {"a": {"type": "string"}}}] * 200}), {"a": OBJECTS}),
        (form({"propertyNames": {"anyOf": [{"minLength": 9}] * 300}}), {"a": NAMES}),
        (form({}, unevaluatedProperties=False, allOf=[{"additionalProperties": True}] * 200), NAMES),
        (form({"unevaluatedItems": False, "anyOf": [{"contains": {"const": n}} for n in range(200)]}), {"a": [1] * 9000}),
        (form({"allOf": [{"minLength": 10**6}] * 400}), {"a": "a" * 100_000}),
        (form({"allOf": [{"pattern": f"((a?){{50}}){{40}}{n}"} for n in range(4)]}), {"a": "a" * 60_000 + "0123"}),
    ],
    ids=range(12),
)
def test_what_is_built_to_be_slow_is_too_much_to_check(schema: dict[str, Any], data: dict[str, Any]) -> None:
    assert problem(schema, data) == judging.TOO_MUCH


@pytest.mark.parametrize(
    ("value", "same"),
    [({"k": 0}, {"k": 0}), ({"k": 1, "l": 2}, {"l": 2, "k": 1}), (1, 1.0), ("é", "é"), ([1, {}], [1, {}])],
)
def test_thousands_of_objects_are_looked_through_for_the_same_at_once(value: Any, same: Any) -> None:
    unique = form({"type": "array", "uniqueItems": True})
    others = [{"n": n} for n in range(3000)]
    assert formdata.read({"a": [value, *others]}, unique, field="data")["a"][0] == value
    assert problem(unique, {"a": [value, *others, same]}) == "holds the same thing twice"


def test_true_and_one_are_not_the_same_thing() -> None:
    formdata.read({"a": [1, True, "1", None, 0, False, [1], [True]]}, form({"uniqueItems": True}), field="data")


def test_a_table_of_hundreds_of_rows_is_not_too_much() -> None:
    cell = {"type": "integer", "minimum": 0}
    row = {
        "type": "object",
        "properties": {f"c{n}": cell for n in range(10)},
        "required": ["c0"],
        "additionalProperties": False,
    }
    table = form({"type": "array", "items": row, "uniqueItems": True})
    formschema.check_schema(table, field="form_schema")
    rows = [{f"c{n}": str(n * line) for n in range(10)} for line in range(500)]
    assert formdata.read({"a": rows}, table, field="data")["a"][3]["c2"] == 6


def test_of_thousands_of_problems_the_first_are_told() -> None:
    schema = form({"items": {"type": "integer"}}, required=[f"n{n}" for n in range(3000)])
    with pytest.raises(InvalidField) as refused:
        formdata.read({"a": ["x"] * 5000}, schema, field="data")
    assert len(refused.value.details["errors"]) == judging.MAX_SHOWN


@pytest.mark.slow
@pytest.mark.parametrize(
    "schema",
    [
        {"type": OBJECTS[:3000]},
        {"properties": {"x": {"type": OBJECTS[:3000]}}},
        {"anyOf": [{}] * 5000},
        {"properties": {f"p{n}": {"title": "x"} for n in range(1500)}},
        {"required": OBJECTS[:2500]},
    ],
    ids=range(5),
)
def test_a_schema_that_is_slow_to_check_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        formschema.check_schema(schema, field="form_schema")


def test_a_form_of_hundreds_of_fields_is_not_too_slow_to_check() -> None:
    part = {"type": ["string", "null"], "title": "A", "description": "B", "maxLength": 9, "default": "a"}
    formschema.check_schema({"properties": {f"p{n}": part for n in range(300)}}, field="form_schema")


@pytest.mark.parametrize("way", ["nested", "anchored"])
def test_parts_are_counted_whatever_dialect_the_form_names(way: str) -> None:
    slow: dict[str, Any] = {"items": {"anyOf": CONSTANTS}}
    schema = {"$schema": DIALECT} | form({"$ref": "#/$defs/slow"} if way == "anchored" else slow)
    schema["$defs"] = {"slow": slow}
    schema["anyOf"] = [{"required": ["a"]}, {"required": ["b"]}]
    assert problem(schema, {"a": ["y"] * 1500}) == judging.TOO_MUCH
