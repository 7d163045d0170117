"""A form on a task's page: whatever its schema is like, it can be filled in, and what is wrong is seen."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from inbox import forms
from tests.callers import KeyCaller, PersonCaller
from tests.inbox import form_strategies as strategies
from tests.inbox.conftest import ask
from tests.inbox.form_strategies import typed
from tests.pages.browser import Browser
from tests.pages.forms import JSON, MANY, TEXT, asked, beside, data, of, problem, send


@pytest.mark.parametrize(
    ("schema", "typing", "where", "words"),
    [
        (of(rows=MANY), {"data-0": '[{"qty":1},{"qty":0}]'}, "0", "Item 2, qty: must be at least 1"),
        (of(rows=MANY | {"minItems": 2}), {"data-0": "[]"}, "0", "Must hold at least 2 items"),
        (
            of(rows={"type": "array", "items": {"type": "integer"}}),
            {"data-0": "1\n1,5"},
            "0",
            "Line 2: must be a whole number",
        ),
        (of(any=JSON), {"data-0": "NaN"}, "0", "NaN is not a JSON number"),
        (of(any=JSON), {"data-0": '{"a": 9007199254740993}'}, "0", "A: a number beyond"),
        (of(any=JSON), {"data-0": '{"a": 1, "a": 2}'}, "0", "A: this key appears twice in one object"),
        (of(any=JSON), {"data-0": "[" * 20_000}, "0", "Nested deeper than 64 levels"),
        (of(any=JSON), {"data-0": '["\\u0000"]'}, "0", "0: NUL characters and lone surrogates are not allowed"),
        (of(any=JSON), {"data-0": "{rows: 1}"}, "0", "This is not JSON"),
        (of(any=JSON), {"data-0": "[" * 64 + "]" * 64}, "", "nested deeper than 64 levels"),
        (of(a=TEXT, b=TEXT) | {"minProperties": 1}, {}, "", "Must hold at least 1 field"),
        (
            of(a=TEXT, b=TEXT) | {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {},
            "",
            "Fits none of the forms that it may have: a is required; or b is required",
        ),
        (
            of(a=TEXT, b=TEXT) | {"dependentRequired": {"a": ["b"]}},
            {"data-0": "x"},
            "1",
            "This field is required when a is there",
        ),
        (of(a=TEXT) | {"not": {"required": ["a"]}}, {"data-0": "x"}, "", "Must not be of a form that is ruled out"),
        (of(a=TEXT) | {"required": ["zz"]}, {}, "1", "This field is required"),
        (of(g=of(a=TEXT) | {"required": ["a"]}) | {"required": ["g"]}, {}, "0-0", "This field is required"),
        (of(g=of(a=TEXT) | {"minProperties": 1}) | {"required": ["g"]}, {}, "0", "Must hold at least 1 field"),
        (of(**{"k" * 90: {"type": "integer"}}), {"data-0": "x"}, "0", "Must be a whole number"),
        ({"enum": [{"a": 1}]}, {"data-0": '{"a": 2}'}, "", "Must be one of"),
        ({"additionalProperties": {"type": "integer"}}, {"data-0": '{"a": "x"}'}, "0", "A: must be a whole number"),
        ({"additionalProperties": {"type": "integer"}}, {"data-0": "[]"}, "0", 'Must be an object, like {"name": "value"}'),
        (of(evidence=TEXT) | {"required": ["evidence"]}, {}, "0", "This field is required"),
        (of(evidence_id={"type": "integer"}), {"data-0": "x"}, "0", "Must be a whole number"),
        (of(evidenceUrl=TEXT | {"format": "uri"}), {"data-0": "x"}, "0", "Must be an address like"),
        (of(n={"type": "number"}), {"data-0": "1,5"}, "0", "Must be a number"),
        (of(n={"type": "integer"}), {"data-0": "0x10"}, "0", "Must be a whole number"),
        (of(n={"type": "integer"}), {"data-0": "١٢"}, "0", "Must be a whole number"),
        (of(d=TEXT | {"format": "date"}), {"data-0": "?"}, "0", "Must be a date like"),
        (of(d={"enum": ["a", "b"]}), {"data-0": "2"}, "0", "Choose one of these"),
    ],
)
def test_a_page_says_why_it_refuses_an_answer_where_it_can_be_seen(
    shop: KeyCaller, bobs: Browser, schema: dict[str, Any], typing: dict[str, str], where: str, words: str
) -> None:
    to = asked(shop, schema)
    for headers in ({}, {"HX_Request": "true"}):
        page = send(bobs, to, typing, **headers)
        assert page.status == (200 if headers else 422)
        said = beside(page).get(where, "") if where else problem(page)
        assert words.lower() in said.lower(), (problem(page), beside(page))
    assert shop.intent(to.intent_id)["status"] == "WAITING"


def test_what_has_no_place_of_its_own_is_said_on_top_also_when_other_fields_are_wrong(
    shop: KeyCaller, bobs: Browser
) -> None:
    schema = of(n={"type": "integer"}, a=TEXT, rows=MANY) | {"not": {"required": ["a"]}, "required": ["rows"]}
    page = send(bobs, asked(shop, schema), {"data-0": "x", "data-1": "y", "data-2": "[{]"})
    assert beside(page).keys() == {"0", "2"}
    assert "This is not JSON" in beside(page)["2"]
    assert "needed" not in beside(page)["2"]
    page = send(bobs, asked(shop, schema), {"data-0": "x", "data-1": "y", "data-2": '[{"qty": 0}]'})
    assert beside(page) == {"0": "Must be a whole number", "2": "Item 1, qty: must be at least 1"}
    assert "ust not be of a form that is ruled out" in problem(page)


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [({"required_comment": True}, "comment-error"), ({"evidence_required": True}, "evidence-error")],
)
def test_a_comment_or_evidence_that_is_missing_is_told_at_its_field(
    shop: KeyCaller, bobs: Browser, wanted: dict[str, bool], missing: str
) -> None:
    page = send(bobs, asked(shop, of(evidence_id=TEXT), **wanted), {})
    assert f'id="{missing}"' in page.html
    assert not problem(page)


@pytest.mark.parametrize(
    ("schema", "typing", "found"),
    [
        (
            {"$ref": "#/$defs/F", "$defs": {"F": of(name=TEXT) | {"required": ["name"]}}},
            {"data-0": "Ann"},
            {"name": "Ann"},
        ),
        (
            of(tags={"anyOf": [{"type": "array", "items": TEXT}, {"type": "null"}]}),
            {"data-0": "a\r\nb"},
            {"tags": ["a", "b"]},
        ),
        (
            of(m={"anyOf": [{"$ref": "#/$defs/M"}, {"type": "null"}]}) | {"$defs": {"M": of(x=TEXT)}},
            {"data-0-0": "y"},
            {"m": {"x": "y"}},
        ),
        (of(n={"anyOf": [{"type": "integer"}, {"type": "null"}]}), {"data-0": "7"}, {"n": 7}),
        (of(n={"anyOf": [{"type": "integer"}, {"type": "null"}]}) | {"required": ["n"]}, {}, {"n": None}),
        (of(b={"type": ["boolean", "null"]}), {}, {}),
        (of(b={"type": ["boolean", "null"]}), {"data-0": "1"}, {"b": False}),
        (of(b={"type": "boolean"}), {}, {"b": False}),
        (of(e={"enum": ["a", "b", None]}), {"data-0": "1"}, {"e": "b"}),
        (of(e={"enum": ["a", "b", None]}), {}, {}),
        (of(e={"enum": [1, "1", True]}), {"data-0": "1"}, {"e": "1"}),
        (of(e={"enum": [1, "1", True]}), {"data-0": "2"}, {"e": True}),
        (of(k={"const": "x"}, a=TEXT) | {"required": ["k"]}, {}, {"k": "x"}),
        (of(u={"anyOf": [TEXT, of(q=TEXT)]}), {"data-0": '{"q": "x"}'}, {"u": {"q": "x"}}),
        (of(u={"anyOf": [TEXT, of(q=TEXT)]}), {"data-0": "[not JSON"}, None),
        (
            of(note=TEXT)
            | {
                "oneOf": [
                    of(kind={"const": "card"}, number=TEXT) | {"required": ["kind", "number"]},
                    of(kind={"const": "iban"}, iban=TEXT) | {"required": ["kind", "iban"]},
                ]
            },
            {"data-1": "1", "data-1-0-1": "4111", "data-1-1-1": "DE00"},
            {"kind": "iban", "iban": "DE00"},
        ),
        (
            of(a=TEXT) | {"if": {"required": ["a"]}, "then": of(b=TEXT)},
            {"data-0": '{"a": "1", "b": "2"}'},
            {"a": "1", "b": "2"},
        ),
        (
            of(**{"a.b": TEXT, "a": of(b=TEXT)}),
            {"data-0": "first", "data-1-0": "second"},
            {"a.b": "first", "a": {"b": "second"}},
        ),
        (of(**{'size 12"': TEXT, "x\ny": TEXT}), {"data-0": "L", "data-1": "M"}, {'size 12"': "L", "x\ny": "M"}),
        (of(**{"a b": TEXT, "a-b": TEXT}), {"data-0": "L", "data-1": "M"}, {"a b": "L", "a-b": "M"}),
    ],
)
def test_a_form_of_any_shape_can_be_filled_in(
    shop: KeyCaller, bobs: Browser, schema: dict[str, Any], typing: dict[str, str], found: Any
) -> None:
    to = asked(shop, schema)
    shown = bobs.get(f"/inbox/{to.task_id}").html
    assert all(f'name="{name}"' in shown for name in typing)
    if found is None:
        assert send(bobs, to, typing).status == 422
        return
    assert send(bobs, to, typing).status == 302
    assert data(to) == found


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(strategies.forms())
def test_what_is_typed_on_the_page_is_what_the_agent_gets(
    shop: KeyCaller, bobs: Browser, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    schema, wanted = pair
    to = asked(shop, schema)
    values = typed(forms.fields(schema), wanted)
    shown = bobs.get(f"/inbox/{to.task_id}").html
    assert all(f'name="{name}"' in shown for name in values)
    answered = send(bobs, to, values)
    assert answered.status == 302, answered.text
    assert json.dumps(data(to), sort_keys=True) == json.dumps(wanted, sort_keys=True)


def test_who_refuses_leaves_the_form_as_it_begins(shop: KeyCaller, bobs: Browser) -> None:
    schema = of(why=TEXT, sure={"type": "boolean"}, k={"const": 1}, n={"type": "integer", "default": 3}) | {
        "required": ["why", "k"]
    }
    to = asked(shop, schema, task_type="approval")
    page = send(bobs, to, {"data-3": "4"}, outcome="rejected")
    assert beside(page) == {"0": "This field is required"}
    assert send(bobs, to, {"data-3": "3"}, outcome="rejected").status == 302
    assert data(to) is None


def test_what_the_button_says_is_not_asked_once_more(shop: KeyCaller, bobs: Browser) -> None:
    schema = of(approved={"type": "boolean"}, outcome={"enum": ["approved", "rejected"]}, note=TEXT) | {
        "required": ["approved"]
    }
    for outcome, found in (("approved", {"approved": True, "outcome": "approved", "note": "x"}), ("rejected", None)):
        to = asked(shop, schema, task_type="approval")
        assert re.findall(r' name="(data-[^"]+)"', bobs.get(f"/inbox/{to.task_id}").html) == ["data-2"]
        assert send(bobs, to, {"data-2": "x"} if found else {}, outcome=outcome).status == 302
        assert data(to) == found


def test_the_fields_stand_in_the_order_of_the_schema(shop: KeyCaller, bobs: Browser) -> None:
    schema = of(vat=TEXT, days=TEXT, contact=of(phone=TEXT, email=TEXT), bank=TEXT) | {"required": ["bank", "days"]}
    page = bobs.get(f"/inbox/{asked(shop, schema).task_id}").flat
    assert re.findall(r'for="field-data-[-0-9]+">\s*<bdi>(\w+)|<legend><bdi>(\w+)', page)[:6] == [
        ("VAT", ""), ("Days", ""), ("", "Contact"), ("Phone", ""), ("Email", ""), ("Bank", "")
    ]  # fmt: skip


def test_an_overriding_owner_without_a_comment_is_told_at_the_comment(
    shop: KeyCaller, alices: Browser, bob: PersonCaller
) -> None:
    to = ask(shop, title="Bob's", assignees=[bob.user.email])
    page = alices.post(f"/inbox/{to.task_id}/decide", {"outcome": "approved", "override": "yes"}, HX_Request="true")
    assert 'id="comment-error"' in page.html
