"""Forms: which schemas may run here, and what people's texts become."""

from typing import Any

import pytest

from inbox.forms import data
from inbox.forms import schema as formschema
from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema.schemas import DIALECT


def refused(schema: dict[str, Any]) -> str:
    with pytest.raises(InvalidField) as error:
        formschema.check_schema(schema, field="form_schema")
    field: str = error.value.details["field"]
    return field


def read(value: Any, schema: Any, **root: Any) -> Any:
    """`value` as the form field `it` of `schema`."""
    form = {"properties": {"it": schema}} | root
    formschema.check_schema(form, field="form_schema")
    return data.read({"it": value}, form, field="data")["it"]


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
        ("9" * 16, INTEGER, "data.it", "is too large: numbers go up to 9007199254740991"),
        ("٣", INTEGER, "data.it", "must be a whole number"),
        ("NaN", {"type": "number"}, "data.it", "must be a number"),
        ("Infinity", {"type": "number"}, "data.it", "must be a number"),
        ("yes", {"type": "boolean"}, "data.it", "must be true or false"),
        (1, {"type": "boolean"}, "data.it", "must be true or false"),
        (True, INTEGER, "data.it", "must be a whole number"),
        ("2", INTEGER | {"minimum": 3}, "data.it", "must be at least 3"),
        ("9", INTEGER | {"exclusiveMaximum": 9}, "data.it", "must be less than 9"),
        ("abc", TEXT | {"maxLength": 2}, "data.it", "must hold at most 2 characters"),
        ([], {"minItems": 1}, "data.it", "must hold at least 1 item"),
        (["1", "x"], {"items": INTEGER}, "data.it.1", "must be a whole number"),
        ({}, {"required": ["a"]}, "data.it.a", "this field is required"),
        ({"b": 1}, {"additionalProperties": False}, "data.it.b", "unknown field"),
        ("c", {"enum": ["a", "b"]}, "data.it", "must be one of a, b"),
        ("A", {"pattern": "^[a-z]+$"}, "data.it", "does not have the form that is asked for"),
        ("2030-02-30", {"format": "date"}, "data.it", "must be a date like 2030-01-31"),
        ("2030-W01-1", {"format": "date"}, "data.it", "must be a date like 2030-01-31"),
        ("2030-01-31T09:00:00", {"format": "date-time"}, "data.it", "must be a time with its zone, like "),
        ("ann", {"format": "email"}, "data.it", "must be an email address"),
        ("x", {"format": "uuid"}, "data.it", "must be a UUID"),
        ("no address", {"format": "uri"}, "data.it", "must be an address like "),
        ("x", False, "data.it", "holds something that is never allowed"),
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
        ({"properties": {"a": {"$schema": DIALECT}}}, "form_schema.properties.a.$schema"),
        ({"$dynamicRef": "#x"}, "form_schema.$dynamicRef"),
        ({"properties": {"a": {"$anchor": "x"}}}, "form_schema.properties.a.$anchor"),
        ({"patternProperties": {"(a+)+$": {}}}, "form_schema.patternProperties"),
        ({"properties": {"a": {"pattern": "("}}}, "form_schema.properties.a.pattern"),
        ({"properties": {"a": {"pattern": r"(a)\1"}}}, "form_schema.properties.a.pattern"),
        ({"properties": {"a": {"pattern": "(a{1000}){1000}"}}}, "form_schema.properties.a.pattern"),
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


NUMBER = {"type": "number"}


@pytest.mark.parametrize(
    ("text", "schema", "becomes"),
    [
        ("1234567890123456", INTEGER, 1234567890123456),
        ("9007199254740991", INTEGER, 9007199254740991),
        ("-9007199254740991", INTEGER, -9007199254740991),
        ("1e15", INTEGER, 10**15),
        ("0.5e1", INTEGER, 5),
        ("007", INTEGER, 7),
        ("9007199254740991", NUMBER, 9007199254740991),
        ("0.1234567890123456", NUMBER, 0.1234567890123456),
        ("0.10000000000000001", NUMBER, 0.1),
        ("19.9000000000000000000000", NUMBER, 19.9),
        ("1e308", NUMBER, 1e308),
        ("5e-324", NUMBER, 5e-324),
        ("100000000000000000000", NUMBER, 1e20),
        ("-0.0", NUMBER, -0.0),
    ],
)
def test_a_number_is_taken_by_its_value_not_by_how_many_digits_it_has(text: str, schema: Any, becomes: Any) -> None:
    found = read(text, schema)
    assert (found, type(found)) == (becomes, type(becomes))


@pytest.mark.parametrize(
    ("text", "schema", "words"),
    [
        ("9007199254740993", INTEGER, "is too large"),
        ("-9007199254740993", INTEGER, "is too large"),
        ("1e400", INTEGER, "is too large"),
        ("1e999", INTEGER, "is too large"),
        ("9007199254740993", NUMBER, "is too large, or has more digits"),
        ("9007199254740993.0", NUMBER, "is too large, or has more digits"),
        ("12345678901234567.89", NUMBER, "is too large, or has more digits"),
        ("0.12345678901234567890", NUMBER, "is too large, or has more digits"),
        ("1e309", NUMBER, "is too large, or has more digits"),
        ("1e-400", NUMBER, "is too large, or has more digits"),
        ("1,5", NUMBER, "must be a number"),
        ("0x10", INTEGER, "must be a whole number"),
        ("1_000", INTEGER, "must be a whole number"),
        (".5", NUMBER, "must be a number"),
        ("1e9999", NUMBER, "must be a number"),
    ],
)
def test_a_number_that_would_become_another_is_refused(text: str, schema: Any, words: str) -> None:
    with pytest.raises(InvalidField) as error:
        read(text, schema)
    assert error.value.reason.startswith(words)


@pytest.mark.parametrize(("value", "of"), [(19.99, 0.01), ("0.3", 0.1), (1e308, 5e-324), (7, 3.5), ("1.10", 0.05)])
def test_multiples_are_those_of_decimals_as_people_write_them(value: Any, of: float) -> None:
    read(value, NUMBER | {"multipleOf": of})


@pytest.mark.parametrize(("value", "of"), [(19.995, 0.01), (0.35, 0.1), (8, 3.5)])
def test_what_is_no_multiple_is_refused(value: Any, of: float) -> None:
    with pytest.raises(InvalidField):
        read(value, NUMBER | {"multipleOf": of})


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("date-time", "2027-03-28T02:30:00Z"),
        ("date-time", "2027-03-28t02:30:00.5z"),
        ("date-time", "2027-03-28T02:30:00.123456789+05:30"),
        ("date-time", "1998-12-31T23:59:60Z"),
        ("date-time", "1999-01-01T01:59:60+02:00"),
        ("date-time", "2028-02-29T00:00:00-00:00"),
        ("time", "09:00:00Z"),
        ("time", "23:59:59.999-12:00"),
        ("uuid", "0188D3A5-7b5c-7000-8000-0123456789ab"),
        ("email", "x" * 64 + "@" + "y" * 255),
        ("uri", "mailto:ann@example.org"),
        ("duration", "whatever: not checked"),
    ],
)
def test_formats_take_what_their_standards_do(form: str, text: str) -> None:
    assert read(text, {"format": form}) == text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("date-time", "2027-W12-7T02:30:00Z"),
        ("date-time", "20270328T023000Z"),
        ("date-time", "2027-03-28T02Z"),
        ("date-time", "2027-03-28T02:30Z"),
        ("date-time", "2027-03-28T02:30:00+01:00:30"),
        ("date-time", "2027-03-28T02:30:00,5Z"),
        ("date-time", "2027-03-28T02:30:00+0100"),
        ("date-time", "2027-03-28 02:30:00Z"),
        ("date-time", "2027-02-29T02:30:00Z"),
        ("date-time", "2027-03-28T24:00:00Z"),
        ("date-time", "1998-12-31T22:59:60Z"),
        ("date-time", "2027-03-28T02:30:00+24:00"),
        ("date-time", "２０27-03-28T02:30:00Z"),
        ("date-time", "2027-03-28T02:30:00Z\n"),
        ("date-time", "0000-01-01T00:00:00Z"),
        ("time", "09:00"),
        ("time", "09:00:00"),
        ("time", "25:00:00Z"),
        ("time", "9:00:00Z"),
        ("date", "2027-3-28"),
        ("date", "２０27-03-28"),
        ("uuid", "0188d3a57b5c-7000-8000-0123-456789ab"),
        ("uuid", "{0188d3a57b5c700080000123456789ab}--"),
        ("email", "a@" + "b" * 400),
        ("uri", "https://example.org/a\nb"),
        ("uri", "1https://example.org"),
    ],
)
def test_formats_refuse_what_another_reader_would_not_understand(form: str, text: str) -> None:
    with pytest.raises(InvalidField):
        read(text, {"format": form})
