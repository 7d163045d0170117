"""A refused answer names the place of each fault, and of a value that has alternatives what each of them wanted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.forms import data
from inbox.forms import schema as formschema
from intents.kernel.errors import InvalidField
from tests.inbox import form_strategies as strategies

INTEGER, TEXT, NOTHING = {"type": "integer"}, {"type": "string"}, {"type": "null"}


def refusals(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, str]:
    formschema.check_schema(schema, field="form_schema")
    with pytest.raises(InvalidField) as error:
        data.read(value, schema, field="data")
    return {one["field"]: one["message"] for one in error.value.details["errors"]}


def form(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)} | more


CARD = form({"by": {"const": "card"}, "number": INTEGER}, "by", "number")
IBAN = form({"by": {"const": "iban"}, "iban": TEXT}, "by", "iban")
A = {"required": ["a"]}
SHORT = [f"must hold at most {number} character{'' if number == 1 else 's'}" for number in range(4)]
NONE = "fits none of the forms that it may have: "


@pytest.mark.parametrize(
    ("it", "schema", "told"),
    [
        ({}, {"anyOf": [INTEGER, {"type": "array"}]}, {"": f"{NONE}must be a whole number; or must be a list"}),
        ("aaaa", {"anyOf": [{"format": "email"}, {"maxLength": 2}]}, {"": f"{NONE}must be an email address; or {SHORT[2]}"}),
        ({}, {"oneOf": [A, {"required": ["b", "c"]}]}, {"": f"{NONE}a is required; or b is required, c is required"}),
        ({"by": "cash"}, {"oneOf": [CARD, IBAN]}, {"": f"{NONE}by: must be exactly card; or by: must be exactly iban"}),
        ("x" * 9, {"anyOf": [{"maxLength": n} for n in range(7)]}, {"": f"{NONE}{'; or '.join(SHORT)}; or 3 more"}),
        ("d", {"oneOf": [{"const": "a", "title": "A"}, {"const": 2}]}, {"": "must be one of a, 2"}),
        # It shows which one it is meant as.
        (3, {"anyOf": [{"type": "integer", "minimum": 5}, NOTHING]}, {"": "must be at least 5"}),
        ({"by": "card"}, {"oneOf": [CARD, IBAN]}, {".number": "this field is required"}),
        ({"by": "iban", "iban": 5}, {"anyOf": [CARD, IBAN, NOTHING]}, {".iban": "must be text"}),
        ([{"by": "card", "number": "x"}], {"items": {"oneOf": [CARD, IBAN]}}, {".0.number": "must be a whole number"}),
        # Siblings.
        (3, {"oneOf": [INTEGER, {"minimum": 1}]}, {"": "fits several of the forms that it may have: it must fit one alone"}),
        ("a", {"not": TEXT}, {"": "must not be of a form that is ruled out"}),
        (["a"], {"contains": INTEGER}, {"": "must hold at least 1 of the items that the form asks for"}),
        ([1, 2], {"contains": INTEGER, "maxContains": 1}, {"": "must hold 1 to 1 of the items that the form asks for"}),
        ({"a": 1}, {"dependentRequired": {"a": ["b"]}}, {".b": "this field is required when a is there"}),
        ({"abc": 1}, {"propertyNames": {"maxLength": 2}}, {".abc": "the name of a field must hold at most 2 characters"}),
        ([1, 2], {"prefixItems": [{}], "unevaluatedItems": False}, {"": "holds more than the form has places for"}),
    ],
)
def test_a_refusal_says_what_was_wanted_where(it: Any, schema: dict[str, Any], told: dict[str, str]) -> None:
    assert refusals({"it": it}, form({"it": schema})) == {f"data.it{place}": words for place, words in told.items()}


def test_alternatives_of_the_whole_form_are_told_for_the_whole_form() -> None:
    schema = form({"a": TEXT, "b": TEXT}, anyOf=[{"required": ["a"]}, {"required": ["b"]}])
    assert refusals({}, schema) == {"data": f"{NONE}a is required; or b is required"}


@given(strategies.forms(), st.data())
def test_every_fault_is_told_in_words_at_a_place_that_was_sent_or_asked_for(
    pair: tuple[dict[str, Any], Any], draw: st.DataObject
) -> None:
    schema, fitting = pair
    formschema.check_schema(schema, field="form_schema")
    sent = {key: draw.draw(strategies.ANYTHING) for key in fitting}
    try:
        data.read(sent, schema, field="data")
    except InvalidField as error:
        told = error.details["errors"]
        assert told
        for one in told:
            assert one["field"].partition(".")[0] == "data"
            assert "does not fit" not in one["message"]
            assert len(one["message"]) < 500
