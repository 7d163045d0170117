"""What is wrong with an answer is said in the language of its page; programs are told in English."""

from typing import Any

import pytest
from django.conf import settings

from inbox.forms import data as formdata
from inbox.views.kit.refusals import in_words
from intents.kernel import languages
from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema.formats import FORMATS
from tests.callers import KeyCaller, PersonCaller
from tests.pages.browser import Browser
from tests.pages.forms import asked, beside, of, send

TEXT = {"type": "string"}
WRONG: list[tuple[dict[str, Any], Any, str]] = [
    ({"type": "integer"}, "x", "muss eine ganze Zahl sein"),
    ({"type": "number"}, "x", "muss eine Zahl sein"),
    ({"type": ["integer", "null"]}, "x", "muss eine ganze Zahl oder leer sein"),
    ({"type": ["number", "null"]}, "x", "muss eine Zahl oder leer sein"),
    (TEXT, 1, "muss Text sein"),
    ({"type": "boolean"}, "x", "muss wahr oder falsch sein"),
    ({"type": "array"}, "x", "muss eine Liste sein"),
    ({"type": "object"}, "x", "muss ein Objekt sein"),
    ({"type": "number"}, "1" * 40, "ist zu groß oder hat mehr Stellen, als eine Zahl behält (etwa 15)"),
    ({"type": "integer"}, "1" * 40, "ist zu groß: Zahlen gehen bis 9007199254740991"),
    ({"type": "number", "minimum": 1.5}, 1, "muss mindestens 1.5 sein"),
    ({"type": "number", "maximum": 1}, 2, "darf höchstens 1 sein"),
    ({"type": "number", "exclusiveMinimum": 1}, 1, "muss mehr als 1 sein"),
    ({"type": "number", "exclusiveMaximum": 1}, 1, "muss weniger als 1 sein"),
    ({"type": "number", "multipleOf": 0.01}, 0.001, "muss ein Vielfaches von 0.01 sein"),
    ({"minLength": 2}, "x", "muss mindestens 2 Zeichen haben"),
    ({"maxLength": 2}, "xxx", "darf höchstens 2 Zeichen haben"),
    ({"minLength": 1}, "", "muss mindestens 1 Zeichen haben"),
    ({"maxLength": 1}, "xx", "darf höchstens 1 Zeichen haben"),
    ({"minItems": 1}, [], "muss mindestens 1 Eintrag haben"),
    ({"maxItems": 1}, [1, 2], "darf höchstens 1 Eintrag haben"),
    ({"minProperties": 1}, {}, "muss mindestens 1 Feld haben"),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, "darf höchstens 1 Feld haben"),
    ({"minItems": 2}, [], "muss mindestens 2 Einträge haben"),
    ({"maxItems": 0}, [1], "darf höchstens 0 Einträge haben"),
    ({"minProperties": 2}, {}, "muss mindestens 2 Felder haben"),
    ({"maxProperties": 0}, {"a": 1}, "darf höchstens 0 Felder haben"),
    ({"pattern": "^a$"}, "b", "hat nicht die verlangte Form"),
    ({"enum": ["red", "blue"]}, "x", "muss eines von red, blue sein"),
    ({"const": "red"}, "x", "muss genau red sein"),
    ({"uniqueItems": True}, [1, 1], "enthält etwas doppelt"),
    ({"not": {"type": "string"}}, "x", "darf keine ausgeschlossene Form haben"),
    (False, "x", "enthält etwas, das nie erlaubt ist"),  # type: ignore[list-item]
    *(({"format": name}, "x", "") for name in FORMATS),
]


def wrong(schema: dict[str, Any], value: dict[str, Any]) -> str:
    with pytest.raises(InvalidField) as refusal:
        formdata.read(value, schema, field="data")
    return str(refusal.value.details["errors"][0]["message"])


@pytest.mark.parametrize(("schema", "value", "german"), WRONG, ids=str)
def test_what_a_form_refuses_is_said_in_every_language(schema: dict[str, Any], value: Any, german: str) -> None:
    told = wrong(of(it=schema), {"it": value})
    said = {}
    for language, _name in settings.LANGUAGES:
        with languages.speaking(language):
            said[language] = in_words(told)
    assert said["en"] == told
    assert len(set(said.values())) == len(said), said
    assert german in ("", said["de"])


def test_what_is_missing_or_unknown_is_said_in_every_language() -> None:
    missing = wrong(of(it=TEXT) | {"required": ["it"]}, {})
    needed = wrong(of(it=TEXT) | {"dependentRequired": {"it": ["that"]}}, {"it": "x"})
    unknown = wrong(of() | {"additionalProperties": False}, {"it": 1})
    with languages.speaking("de"):
        assert [in_words(one) for one in (missing, needed, unknown)] == [
            "dieses Feld ist erforderlich",
            "dieses Feld ist erforderlich, wenn it angegeben ist",
            "unbekanntes Feld",
        ]


def test_the_page_of_a_form_says_beside_its_fields_what_is_wrong_in_its_own_language(
    shop: KeyCaller, bob: PersonCaller
) -> None:
    bob.user.language = "de"
    bob.user.save()
    rows = {"type": "array", "items": {"type": "object", "properties": {"qty": {"type": "integer", "minimum": 1}}}}
    form = asked(shop, of(number={"type": "integer"}, name=TEXT, rows=rows) | {"required": ["name"]})
    page = send(Browser().sign_in(bob.user), form, {"data-0": "x", "data-2": '[{"qty": 0}]'})
    told = beside(page)
    assert told["0"] == "Muss eine ganze Zahl sein"
    assert told["1"] == "Dieses Feld ist erforderlich"
    assert "muss mindestens 1 sein" in told["2"]
    answer = form.decide(bob, "submitted", data={"number": "x", "name": "y"})
    assert answer.json["error"]["details"]["errors"] == [{"field": "data.number", "message": "must be a whole number"}]
