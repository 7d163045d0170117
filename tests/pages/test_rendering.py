"""The quicker nodes of templates print what Django's own do."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import Context, Engine, Template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from axme_site.rendering import Text, Value
from tests.pages.marked import brackets

NAME = "one.html"
LIBRARIES = ["django.templatetags.i18n"]


class Fails:
    @property
    def broken(self) -> str:
        raise LookupError("in a template")


class Thing:
    def __str__(self) -> str:
        return "<thing>"


VALUES: list[Any] = [
    "a < b & 'c'",
    mark_safe("<b>safe</b>"),
    gettext_lazy("Approve & go"),
    1234567.5,
    42,
    True,
    None,
    datetime(2026, 11, 29, 13, 0, tzinfo=UTC),
    Thing(),
    lambda: "<called>",
    {"inner": "<i>"},
    ["<l>"],
]
TEMPLATES = [
    "{{ value }}",
    "{% autoescape off %}{{ value }}{% endautoescape %}",
    "{{ value|default:'<none>' }}",
    "{{ value.inner }}{{ value.0 }}{{ missing }}{{ value.missing.more }}",
    "{{ value|safe }}{{ 'lit<eral>' }}{{ 5 }}{{ _('Approve') }}",
    "{% if value %}{{ value }}{% else %}{% translate 'Nothing <here> 100 %' %}{% endif %}",
    "{% translate 'Deny' as other %}[{{ other }}]{% translate word %}{% translate 'Approve' context 'verb' %}",
    "{% for one in many %}{{ forloop.counter }}{{ one }}{% translate 'Approve' noop %}{% endfor %}",
]


def template(text: str, loader: str = "axme_site.rendering.Loader") -> Template:
    inner = ("django.template.loaders.locmem.Loader", {NAME: text})
    return Engine(loaders=[(loader, [inner])], builtins=LIBRARIES).get_template(NAME)


@pytest.mark.parametrize("text", TEMPLATES)
def test_each_kind_of_value_is_printed_as_django_prints_it(text: str) -> None:
    ours, djangos = template(text), template(text, "django.template.loaders.cached.Loader")
    for value in VALUES:
        told = {"value": value, "word": "Approve", "many": [1, "<2>"]}
        assert ours.render(Context(told)) == djangos.render(Context(told))


def test_a_fixed_text_follows_the_language() -> None:
    ours = template("{% translate 'Approve' %}")
    assert [type(node) for node in ours.nodelist] == [Text]
    with brackets():
        marked = ours.render(Context())
    assert marked != "Approve" in marked
    assert ours.render(Context()) == "Approve"


def test_what_a_value_raises_is_raised() -> None:
    ours = template("{{ value.broken }}")
    assert [type(node) for node in ours.nodelist] == [Value]
    with pytest.raises(LookupError):
        ours.render(Context({"value": Fails()}))
