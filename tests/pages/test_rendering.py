"""The quicker nodes of templates print what Django's own do."""

import re
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine, Template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from axme_site.rendering import Address, Fixed, Run, Text, Value
from inbox.templatetags import kept, rows
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.pages.browser import Browser
from tests.pages.marked import brackets

NAME = "one.html"
LIBRARIES = ["django.templatetags.i18n"]
LOADED = {"pages": "inbox.templatetags.pages", "static": "django.templatetags.static"}


class Fails:
    @property
    def broken(self) -> str:
        raise LookupError("in a template")


class Kind(Enum):
    SOME = 1


class Told:
    """What a page tells, in several ways."""

    known = "<k>"
    Kind = Kind

    def called(self) -> str:
        return "<called>"

    @property
    def gone(self) -> str:
        raise ObjectDoesNotExist

    @property
    def inner(self) -> dict[str, Any]:
        return {"known": "<inner>", "many": ["<m>"], "0": "<zero>"}


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
    "{{ value.items }}{{ thing.known }}{{ thing.called }}{{ thing.inner.known }}{{ thing.inner.0 }}{{ thing.missing.more }}",
    "{{ thing.gone }}{{ thing.inner.gone }}",
    "{% if thing.inner.missing %}yes{% elif thing.Kind.SOME.value == 1 %}{{ thing.Kind.SOME.name }}{% else %}no{% endif %}",
    "{% if missing %}yes{% endif %}{% if missing.more %}yes{% endif %}{{ dicts }}{{ many.1 }}{{ block.super }}",
    "{% with other=thing.inner %}{{ other.known }}{{ other.many.0 }}{{ other.many|length }}{% endwith %}",
    "{% load pages %}{% icon 'check' %}{% icon 'check' label=word %}{% icon word|lower %}{% icon 'send' %}",
    "{% load static %}{% static 'icon.svg' %}{% static word %}{% static 'icon.svg' as at %}{{ at }}",
    "{% url 'inbox' %}{% url 'task' id %}{% url 'task' id|stringformat:'s' %}{% url 'inbox' as at %}{{ at }}",
    "{% if not value %}a{% elif value and thing %}b{% else %}c{% endif %}{% if missing or value == 42 %}d{% endif %}",
    "{% if value != word and not missing.more %}a{% endif %}",
    "{% if value|length > 1 %}b{% endif %}{% if one in many %}c{% endif %}",
    "{% if value.0 == '<l>' or value.inner == missing %}a{% endif %}{% if value > 5 and value %}b{% endif %}",
    "{% if 'x' %}c{% endif %}{% if '' or 0 %}d{% else %}e{% endif %}",
    "{% if value|default:missing %}a{% elif word %}b{% endif %}{% if not value|default:missing.more or word %}c{% endif %}",
    "{% include 'part.html' %}{{ own }}{% include 'part.html' with own=value word='<w>' %}{{ own }}{{ word }}",
    "{% include 'part.html' with own=word only %}{% include named %}",
    "{% for one in many %}{% include 'part.html' %}{% endfor %}",
    "{% with value=word own=value %}{{ value }}{{ own }}{% include 'part.html' %}{% endwith %}{{ value }}{{ own }}",
    "{% csrf_token %}{% with csrf_token=value %}{% csrf_token %}{% endwith %}",
    "{% url 'task-decide' id as at %}{{ at }}{% url 'nowhere' id as at %}{{ at }}",
]


PART = "[{{ own }}{% if one %}{{ one }}{% cycle 'a' 'b' %}{% endif %}{{ value }}{% with own=1 %}{{ own }}{% endwith %}]"


def template(text: str, loader: str = "axme_site.rendering.Loader") -> Template:
    inner = ("django.template.loaders.locmem.Loader", {NAME: text, "part.html": PART})
    return Engine(loaders=[(loader, [inner])], builtins=LIBRARIES, libraries=LOADED).get_template(NAME)


@pytest.mark.parametrize("text", TEMPLATES)
def test_each_kind_of_value_is_printed_as_django_prints_it(text: str) -> None:
    ours, djangos = template(text), template(text, "django.template.loaders.cached.Loader")
    for value in VALUES:
        known = {"word": "check", "many": [1, "<2>"], "thing": Told(), "id": UUID(int=7), "named": "part.html"}
        told = known | {"value": value}
        assert ours.render(Context(told)) == djangos.render(Context(told))


def test_what_is_always_the_same_is_made_once() -> None:
    ours = template("{% load pages static %}{% icon 'check' %}{% static 'icon.svg' %}{% url 'inbox' %}")
    (run,) = ours.nodelist[1:]
    assert isinstance(run, Run)
    assert [type(node) for node in run.nodes] == [Fixed] * 3
    assert ours.render(Context()) == ours.render(Context())
    escaped, bare = Context({}), Context({}, autoescape=False)
    assert ours.render(escaped) == ours.render(bare) == ours.render(escaped)


def test_addresses_of_pages_about_one_thing_name_it() -> None:
    ours = template("{% url 'task' id %}")
    assert [type(node) for node in ours.nodelist] == [Address]
    for number in (1, 2):
        assert ours.render(Context({"id": UUID(int=number)})) == f"/inbox/{UUID(int=number)}"


def test_a_fixed_text_follows_the_language() -> None:
    ours = template("{% translate 'Approve' %}")
    assert [type(node) for node in ours.nodelist] == [Text]
    with brackets():
        marked = ours.render(Context())
    assert marked != "Approve" in marked
    assert ours.render(Context()) == "Approve"


def test_what_stands_together_is_kept_for_each_language() -> None:
    ours = template("{% if shown %}<p>{% translate 'Approve' %}: {% translate 'Deny' %}</p>{{ value }}{% endif %}")
    told = Context({"shown": True, "value": "<v>"})
    (run,) = ours.nodelist.get_nodes_by_type(Run)
    plain = ours.render(told)
    assert plain == "<p>Approve: Deny</p>&lt;v&gt;"
    for _ in range(20):
        with brackets():
            assert ours.render(told) == "<p>⟦Approve⟧: ⟦Deny⟧</p>&lt;v&gt;"
        assert ours.render(told) == plain
    assert len(run._kept) <= 16


def test_what_a_value_raises_is_raised() -> None:
    ours = template("{{ value.broken }}")
    assert [type(node) for node in ours.nodelist] == [Value]
    with pytest.raises(LookupError):
        ours.render(Context({"value": Fails()}))


def test_a_page_is_what_djangos_own_nodes_make_of_it(
    now: SettableClock, shop: KeyCaller, bobs: Browser, bob: PersonCaller, settings: Any
) -> None:
    asked = [ask(shop, title=f"Refund {number} <b>EUR</b>?", description="*Please.*") for number in range(3)]
    asked[0].post(bob, "claim").ok()
    asked[1].decide_on_page(bob)
    paths = ["/inbox", "/inbox?view=over", *(f"/inbox/{one.task_id}" for one in asked)]

    def pages() -> list[str]:
        rows._html.cache_clear()
        kept._html.cache_clear()
        # A form's token is another each time.
        return [re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", bobs.get(path).html) for path in paths]

    pages()  # What is looked at is new no more.
    ours = pages()
    (engine,) = settings.TEMPLATES
    ((_, inner),) = engine["OPTIONS"]["loaders"]
    djangos = [("django.template.loaders.cached.Loader", inner)]
    settings.TEMPLATES = [engine | {"OPTIONS": engine["OPTIONS"] | {"loaders": djangos}}]
    assert pages() == ours
    assert ours[0].count("Refund") > 2
