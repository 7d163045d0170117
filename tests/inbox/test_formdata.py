"""Forms: which schemas may run here, and what people's texts become."""

from typing import Any

import pytest

from inbox import formdata, formschema
from intents.errors import InvalidField


def refused(schema: dict[str, Any]) -> str:
    with pytest.raises(InvalidField) as error:
        formschema.check_schema(schema, field="form_schema")
    field: str = error.value.details["field"]
    return field


def read(value: Any, schema: Any, **root: Any) -> Any:
    """`value` as the form field `it` of `schema`."""
    form = {"properties": {"it": schema}} | root
    formschema.check_schema(form, field="form_schema")
    return formdata.read({"it": value}, form, field="data")["it"]


INTEGER, TEXT = {"type": "integer"}, {"type": "string"}


@pytest.mark.parametrize(
    ("value", "schema", "becomes"),
    [
        ("12", INTEGER, 12),
        (" -3 ", INTEGER, -3),
        ("12.0", INTEGER, 12),
        (12, INTEGER, 12),
        ("1.5", {"type": "number"}, 1.5),
        ("2", {"type": "number"}, 2),
        ("1e3", {"type": "number"}, 1000.0),
        ("true", {"type": "boolean"}, True),
        ("False", {"type": "boolean"}, False),
        ("", {"type": "null"}, None),
        ("", {"type": ["integer", "null"]}, None),
        ("7", {"type": ["integer", "null"]}, 7),
        ("7", {"type": ["integer", "string"]}, "7"),
        ("7", {"anyOf": [INTEGER, {"type": "null"}]}, 7),
        ("", {"anyOf": [INTEGER, {"type": "null"}]}, None),
        ("7", {"oneOf": [{"type": "boolean"}, INTEGER]}, 7),
        ("7", {"allOf": [INTEGER, {"minimum": 3}]}, 7),
        ("2", {"enum": [1, 2]}, 2),
        ("2", {"enum": ["1", "2"]}, "2"),
        ("true", {"const": True}, True),
        (["1", "2"], {"type": "array", "items": INTEGER}, [1, 2]),
        (["1", "x", "true"], {"prefixItems": [INTEGER, TEXT], "items": {"type": "boolean"}}, [1, "x", True]),
        ({"a": {"b": "1"}}, {"properties": {"a": {"properties": {"b": INTEGER}}}}, {"a": {"b": 1}}),
        ({"x": "1"}, {"type": "object", "additionalProperties": INTEGER}, {"x": 1}),
        ({"b": "1"}, {"anyOf": [{"type": "null"}, {"properties": {"b": INTEGER}}]}, {"b": 1}),
        ("12", TEXT, "12"),
        ("12", True, "12"),
        ("ab", {"pattern": "^[a-z]+$"}, "ab"),
        ("2030-01-31", {"type": "string", "format": "date"}, "2030-01-31"),
    ],
)
def test_texts_become_what_the_schema_wants(value: Any, schema: Any, becomes: Any) -> None:
    found = read(value, schema)
    assert found == becomes
    assert type(found) is type(becomes)


def test_references_into_the_schema_itself_are_followed() -> None:
    schema = {"anyOf": [{"$ref": "#/$defs/money"}, {"type": "null"}]}
    money = {"type": "object", "properties": {"cents": {"$ref": "#/definitions/whole"}}, "required": ["cents"]}
    found = read({"cents": "5"}, schema, **{"$defs": {"money": money}, "definitions": {"whole": INTEGER}})
    assert found == {"cents": 5}


@pytest.mark.parametrize(
    ("value", "schema", "field", "message"),
    [
        ("x", INTEGER, "data.it", "must be a whole number"),
        ("1.5", INTEGER, "data.it", "must be a whole number"),
        ("9" * 16, INTEGER, "data.it", "must be a whole number"),
        ("٣", INTEGER, "data.it", "must be a whole number"),
        ("NaN", {"type": "number"}, "data.it", "must be a number"),
        ("Infinity", {"type": "number"}, "data.it", "must be a number"),
        ("yes", {"type": "boolean"}, "data.it", "must be true or false"),
        (1, {"type": "boolean"}, "data.it", "must be true or false"),
        (True, INTEGER, "data.it", "must be a whole number"),
        ("2", INTEGER | {"minimum": 3}, "data.it", "must be at least 3"),
        ("9", INTEGER | {"exclusiveMaximum": 9}, "data.it", "must be less than 9"),
        ("abc", TEXT | {"maxLength": 2}, "data.it", "must hold at most 2 characters"),
        ([], {"minItems": 1}, "data.it", "must hold at least 1 items"),
        (["1", "x"], {"items": INTEGER}, "data.it.1", "must be a whole number"),
        ({}, {"required": ["a"]}, "data.it.a", "this is needed"),
        ({"b": 1}, {"additionalProperties": False}, "data.it.b", "the form has no such field"),
        ("c", {"enum": ["a", "b"]}, "data.it", "must be one of a, b"),
        ("A", {"pattern": "^[a-z]+$"}, "data.it", "does not have the form that is asked for"),
        ("2030-02-30", {"format": "date"}, "data.it", "must be a date like 2030-01-31"),
        ("2030-W01-1", {"format": "date"}, "data.it", "must be a date like 2030-01-31"),
        ("2030-01-31T09:00:00", {"format": "date-time"}, "data.it", "must be a time with its zone, like "),
        ("ann", {"format": "email"}, "data.it", "must be an e-mail address"),
        ("x", {"format": "uuid"}, "data.it", "must be a UUID"),
        ("no address", {"format": "uri"}, "data.it", "must be an address like "),
        ("x", False, "data", "holds something that is never allowed"),
    ],
)
def test_what_does_not_fit_is_told_by_field_in_plain_words(value: Any, schema: Any, field: str, message: str) -> None:
    with pytest.raises(InvalidField) as error:
        read(value, schema)
    assert error.value.details["field"] == field
    assert error.value.message.startswith(f"{field}: {message}")


def test_what_a_person_sent_is_never_quoted_back() -> None:
    with pytest.raises(InvalidField) as error:
        read("my secret", {"oneOf": [INTEGER, {"const": 3}]})
    assert "my secret" not in str(error.value.details) + error.value.message


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "array"}, "form_schema.type"),
        ({"type": 7}, "form_schema.type"),
        ({"properties": []}, "form_schema.properties"),
        ({"properties": {"a": 5}}, "form_schema.properties.a"),
        ({"properties": {"a": {"minLength": -1}}}, "form_schema.properties.a.minLength"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "form_schema.$schema"),
        ({"$schema": 1}, "form_schema.$schema"),
        ({"$ref": "https://example.org/schema.json"}, "form_schema.$ref"),
        ({"$ref": "file:///etc/passwd"}, "form_schema.$ref"),
        ({"$ref": "#"}, "form_schema.$ref"),
        ({"$ref": "#/$defs/none"}, "form_schema.$ref"),
        ({"$ref": "#/default", "default": {"properties": 5}}, "form_schema.$ref"),
        ({"properties": {"a": {"$id": "https://example.org/"}}}, "form_schema.properties.a.$id"),
        ({"$dynamicRef": "#x"}, "form_schema.$dynamicRef"),
        ({"properties": {"a": {"$anchor": "x"}}}, "form_schema.properties.a.$anchor"),
        ({"patternProperties": {"(a+)+$": {}}}, "form_schema.patternProperties"),
        ({"properties": {"a": {"pattern": "("}}}, "form_schema.properties.a.pattern"),
        ({"properties": {"a": {"pattern": r"(a)\1"}}}, "form_schema.properties.a.pattern"),
        ({"properties": {"a": {"pattern": "a{1000}{1000}"}}}, "form_schema.properties.a.pattern"),
        ({"properties": {"a": {"pattern": "a" * 501}}}, "form_schema.properties.a.pattern"),
        ({"description": "x" * 40_000}, "form_schema"),
    ],
)
def test_a_schema_that_cannot_be_run_safely_is_refused(schema: dict[str, Any], field: str) -> None:
    assert refused(schema) == field


def test_a_schema_that_refers_to_itself_is_refused() -> None:
    tree = {"properties": {"children": {"items": {"$ref": "#/$defs/tree"}}}}
    assert refused({"$ref": "#/$defs/tree", "$defs": {"tree": tree}}).endswith(".$ref")


def test_a_small_schema_that_stands_for_a_huge_one_is_refused() -> None:
    defs: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(20)}
    refused({"$ref": "#/$defs/d0", "$defs": defs | {"d20": {}}})


def test_names_of_fields_may_be_those_of_keywords() -> None:
    assert read({"$ref": "1", "pattern": "("}, {"properties": {"$ref": INTEGER, "pattern": TEXT}}) == {
        "$ref": 1,
        "pattern": "(",
    }


def test_a_pattern_that_backtracks_elsewhere_runs_at_once() -> None:
    with pytest.raises(InvalidField):
        read("a" * 100_000 + "!", {"pattern": "^(a+)+$"})
