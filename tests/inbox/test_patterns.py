"""Patterns: they mean what they mean in JavaScript, and cost little whoever wrote them."""

import pytest

from inbox.forms import data, schema
from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import patterns
from intents.kernel.jsonschema.schemas import DIALECT


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\d+$", "12", True),
        (r"^\d+$", "١٢", False),
        (r"^\d+$", "１２", False),
        (r"^\D$", "١", True),
        (r"^\w+$", "a_Z9", True),
        (r"^\w+$", "é", False),
        (r"^\w+$", "имя", False),
        (r"^\W+$", "é", True),
        (r"\bcat\b", "a cat", True),
        (r"\bcat\b", "écaté", True),
        (r"\Bcat", "acat", True),
        (r"\Bcat", "écat", False),
        (r"^\s$", "\ufeff", True),
        (r"^\s$", "\u2028", True),
        (r"^\s$", "\u00a0", True),
        (r"^\s$", "\u0085", False),
        (r"^\S$", "\u0085", True),
        (r"^[^\S]$", "\ufeff", True),
        (r"^[\d\D]$", "é", True),
        (r"^.$", "\u2028", False),
        (r"^.$", "\r", False),
        (r"^.$", "\n", False),
        (r"^.$", "😀", True),
        (r"a$", "a\n", False),
        (r"^a", "b\na", False),
        (r"^[\w.-]+@[\w-]+$", "a.b-c@d-e", True),
        (r"^\d{3}\-\d{4}$", "555-1234", True),
        (r"^[a-\d]+$", "a-7", True),
        (r"^[a-\d]+$", "b", False),
        (r"^[+--]$", ",", True),
        (r"^[\b]$", "\b", True),
        (r"^[[]$", "[", True),
        (r"[]", "a", False),
        (r"^[^]$", "\n", True),
        (r"^\x41\u0042\u{43}\cJ\0$", "ABC\n\0", True),
        (r"^\uD83D\uDE00$", "😀", True),
        (r"^\p{L}+$", "имя", True),
        (r"^\P{L}+$", "имя", False),
        (r"^\p{Script=Greek}$", "λ", True),
        (r"^(?<year>\d{4})-(?:\d\d)$", "2030-01", True),
        (r"^a{2,3}?$", "aaaa", False),
        (r"^}]/\/$", "}]//", True),
        (r"^(a|b|)$", "", True),
        (r"", "anything", True),
        (r"^#&~ x$", "#&~ x", True),
    ],
)
def test_a_pattern_means_what_it_means_in_javascript(pattern: str, text: str, found: bool) -> None:
    find, _ = patterns.compiled(pattern)
    assert find(text) is found


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?=a)", "look-ahead"),
        ("(?<!a)b", "look-behind"),
        (r"(a)\1", "back-references"),
        (r"(?<n>a)\k<n>", "back-references"),
        ("^[a-z&&[^b]]$", "only other languages"),
        ("[[:alpha:]]", "only other languages"),
        ("[a-z--b]", "only other languages"),
        ("(?i)a", "flags"),
        ("(?P<n>a)", "only other languages"),
        (r"\A", "ECMA-262 does not know"),
        (r"a\z", "ECMA-262 does not know"),
        (r"a\Z", "ECMA-262 does not know"),
        (r"\<a", "ECMA-262 does not know"),
        (r"a\>", "ECMA-262 does not know"),
        (r"\h", "ECMA-262 does not know"),
        ("\\", "ECMA-262 does not know"),
        (r"\b{start}a", "nothing to repeat"),
        (r"\b+", "repeated"),
        ("^*", "repeated"),
        ("a**", "nothing to repeat"),
        ("a{2}{3}", "nothing to repeat"),
        ("a{,5}", "nothing to repeat"),
        ("a{3,2}", "begins above its end"),
        ("(", "without its )"),
        (")", "without its ("),
        ("[a", "without its ]"),
        ("[b-a]", "begins after its end"),
        (r"\u{110000}", "there is not"),
        (r"\uD83D", "surrogate"),
        (r"\xZZ", "hexadecimal"),
        (r"\p{Nonsense}", "cannot be read"),
        (r"\pL", "ECMA-262 does not know"),
        ("(" * 41 + ")" * 41, "nests"),
        ("a" * 501, "at most 500 characters"),
        ("(a{1000}){1000}", "too large"),
        (r"(\d{1,200}){1,200}", "too large"),
        (r"\p{L}{500}", "too large"),
        ("a{999999999}", "too large"),
    ],
)
def test_what_is_no_such_pattern_or_too_large_is_refused_with_the_reason(pattern: str, words: str) -> None:
    with pytest.raises(patterns.Unsound) as refusal:
        patterns.compiled(pattern)
    assert words in str(refusal.value)


@pytest.mark.parametrize("pattern", [r"[\w.]{1,5000}", r"^[\p{L} '-]{1,100}$", r"^[^<>]{1,500}$", "^.{0,2000}$"])
def test_patterns_as_people_write_them_for_names_and_texts_are_not_too_large(pattern: str) -> None:
    schema.check_schema({"properties": {"a": {"pattern": pattern}}}, field="form_schema")


def test_all_patterns_of_a_form_together_are_limited() -> None:
    form = {"properties": {f"f{n}": {"pattern": rf"\p{{L}}{{20}}{n}"} for n in range(50)}}
    with pytest.raises(InvalidField) as refused:
        schema.check_schema(form, field="form_schema")
    assert "too large" in refused.value.message
    same = {"properties": {f"f{n}": {"pattern": r"\p{L}{20}"} for n in range(50)}}
    schema.check_schema(same, field="form_schema")


def test_a_pattern_below_a_dialect_of_its_own_reaches_no_engine_that_backtracks() -> None:
    form = {"$schema": DIALECT, "anyOf": [{"properties": {"a": {"pattern": "^(a+)+$"}}}, {"required": ["b"]}]}
    schema.check_schema(form, field="form_schema")
    with pytest.raises(InvalidField):
        data.read({"a": "a" * 40 + "!"}, form, field="data")
