"""For every form that is accepted: the page can fill it in, what is typed arrives unchanged, every refusal has its place."""

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox import forms
from inbox.forms import data as formdata
from inbox.forms import schema as formschema
from intents.kernel.errors import InvalidField
from tests.inbox import form_strategies as strategies
from tests.inbox.form_strategies import typed

WORDS = st.one_of(
    st.text(max_size=30), st.sampled_from(["", "x", "1,5", "0x10", "[", "{}", '{"a":1,"a":2}', "NaN", "9" * 17, "[" * 99])
)
OFTEN = settings(
    max_examples=settings.default.max_examples * 3 // 2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def sent(values: dict[str, list[str]]) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, items in values.items():
        made.setlist(name, items)
    return made


def page(made: list[forms.Field]) -> str:
    """The fields as a browser is shown them."""
    return "".join(render_to_string("tasks/field.html", {"field": one}) for one in made)


def inputs(markup: str) -> list[str]:
    return re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]*)"', markup)


def read(schema: dict[str, Any], values: dict[str, list[str]]) -> tuple[dict[str, Any], dict[str, str]]:
    """The data, or what is wrong by its place."""
    data, wrong = forms.read(schema, sent(values))
    try:
        return formdata.read(data, schema, field="data"), wrong
    except InvalidField as error:
        return {}, {one["field"]: one["message"] for one in error.details["errors"]} | wrong


@pytest.mark.slow
@OFTEN
@given(strategies.forms())
def test_what_is_typed_into_a_form_arrives_unchanged(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    schema, data = pair
    formschema.check_schema(schema, field="form_schema")
    values = typed(forms.fields(schema), data)
    found, wrong = read(schema, values)
    assert not wrong
    assert json.dumps(found, sort_keys=True) == json.dumps(data, sort_keys=True)
    shown = page(forms.fields(schema, sent=sent(values)))
    assert set(values) <= set(inputs(shown))
    assert _Controls(shown).found == {name: [item.replace("\r\n", "\n") for item in items] for name, items in values.items()}


@pytest.mark.slow
@OFTEN
@given(strategies.forms(), st.data())
def test_every_refusal_is_on_the_page_and_names_its_place(
    pair: tuple[dict[str, Any], dict[str, Any]], draw: st.DataObject
) -> None:
    schema, _data = pair
    names = sorted(set(inputs(page(forms.fields(schema)))))
    values = {name: [draw.draw(WORDS)] for name in names}
    _found, wrong = read(schema, values)
    made = forms.fields(schema, sent=sent(values))
    left = forms.place(made, wrong)
    shown = html.unescape(page(made))
    # Of an answer that could not be read, what follows from that is not told as well.
    unread = {name: message for name, message in wrong.items() if name in names}
    for path, message in (unread or wrong).items():
        capital = message[:1].upper() + message[1:]
        if path in left:
            assert message in forms.sentences(left) or capital in forms.sentences(left)
        else:
            assert message in shown or capital in shown, (path, message)


@OFTEN
@given(strategies.forms())
def test_each_input_has_a_name_of_its_own_that_holds_nothing_of_a_strangers(
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    shown = page(forms.fields(pair[0]))
    names = inputs(shown)
    assert all(re.fullmatch(r"data(-[0-9]+)+", name) for name in names)
    one_each = re.findall(r'<(?:textarea|select|input(?! [^>]*type="(?:radio|checkbox)"))[^>]* name="([^"]*)"', shown)
    assert len(one_each) == len(set(one_each))
    ids = re.findall(r' id="([^"]*)"', shown)
    assert len(ids) == len(set(ids))


class _Controls(HTMLParser):
    """What a browser would send of a page that nobody has touched."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._select = self._area = ""
        self._words = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = given["name"]
        elif tag == "textarea":
            self._area, self._words = given["name"], ""
        elif tag == "option" and "selected" in given:
            self._keep(self._select, given["value"])
        elif tag == "input" and (given["type"] not in ("radio", "checkbox") or "checked" in given):
            self._keep(given["name"], given["value"])

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._keep(self._area, self._words.removeprefix("\n"))

    def _keep(self, name: str, value: str) -> None:
        if value:
            self.found.setdefault(name, []).append(value.replace("\r\n", "\n"))
