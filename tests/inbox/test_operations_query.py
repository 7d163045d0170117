"""The language in which intents are looked for, and what each of its terms finds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from inbox.operations.completing import completions
from inbox.operations.query import KEYS, Query, Term, parse, quoted
from intents.kernel.errors import InvalidField

AN_ID = UUID("01a1faa0-d7a6-7491-bfae-27ab1f66cf80")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   ", []),
        ("is:waiting", [Term("is", ("waiting",))]),
        ("IS:Waiting", [Term("is", ("waiting",))]),
        ("is:due-soon", [Term("is", ("due-soon",))]),
        ("-is:open", [Term("is", ("open",), negated=True)]),
        ("is:failed,canceled", [Term("is", ("failed", "canceled"))]),
        ("for:human for:tool", [Term("for", ("human",)), Term("for", ("tool",))]),
        ("status:waiting", [Term("status", ("WAITING",))]),
        ("risk:high,critical", [Term("risk", ("high", "critical"))]),
        ("type:refund", [Term("type", ("refund",))]),
        ('type:"a b,c"', [Term("type", ("a b,c",))]),
        ("agent:billing", [Term("agent", ("billing",))]),
        ("agent://o/w/billing", [Term("agent", ("agent://o/w/billing",))]),
        ("agent:agent://o/w/billing", [Term("agent", ("agent://o/w/billing",))]),
        ("from:demo/shop", [Term("from", ("demo/shop",))]),
        ("assignee:me", [Term("assignee", ("me",))]),
        ("age:>2d", [Term("age", (2 * DAY,), ">")]),
        ("age:<=90m", [Term("age", (timedelta(minutes=90),), "<=")]),
        ("created:<24h", [Term("created", (DAY,), "<")]),
        ("ended:<1w", [Term("ended", (7 * DAY,), "<")]),
        ("due:<30s", [Term("due", (timedelta(seconds=30),), "<")]),
        ("created:>=2026-01-02", [Term("created", (datetime(2026, 1, 2, tzinfo=UTC),), ">=")]),
        ("ended:<2026-01-02T03:04:05Z", [Term("ended", (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),), "<")]),
        ("id:01a1faa0", [Term("id", ("01a1faa0",))]),
        (f"correlation:{AN_ID}", [Term("correlation", (AN_ID,))]),
        ("payload.amount:>100", [Term("payload", (Decimal(100),), ">", path=("amount",))]),
        ("payload.a.b-c.0:<=-0.5", [Term("payload", (Decimal("-0.5"),), "<=", path=("a", "b-c", "0"))]),
        ("payload.Amount:100", [Term("payload", ("100",), path=("Amount",))]),
        ("payload.amount:=100", [Term("payload", ("100",), path=("amount",))]),
        ("payload.who:!=ACME", [Term("payload", ("ACME",), "!=", path=("who",))]),
        ('payload.who:">ACME Inc"', [Term("payload", (">ACME Inc",), path=("who",))]),
        ('-payload.who:"a \\"b\\" c"', [Term("payload", ('a "b" c',), negated=True, path=("who",))]),
        ("refund acme", [Term("words", ("refund",)), Term("words", ("acme",))]),
        ('-"two words"', [Term("words", ("two words",), negated=True)]),
        ('"is:open"', [Term("words", ("is:open",))]),
        ('either or "OR"', [Term("words", (one,)) for one in ("either", "or", "OR")]),
        ("age:<5200w", [Term("age", (timedelta(weeks=5200),), "<")]),
        ("12:30", [Term("words", ("12:30",))]),
        ("größe", [Term("words", ("größe",))]),
        ("  is:open \n\t x ", [Term("is", ("open",)), Term("words", ("x",))]),
    ],
)
def test_a_query_is_read_as(text: str, terms: list[Term]) -> None:
    assert parse(text) == Query(text.strip(), tuple(terms))


@pytest.mark.parametrize(
    ("text", "word", "suggestion"),
    [
        ("is:wating", "is:wating", "is:waiting"),
        ("is:open is:due-sone", "is:due-sone", "is:due-soon"),
        ("for:person", "for:person", None),
        ("is:", "is:", "is:open"),
        ('type:""', 'type:""', "type:refund"),
        ("risk:highest", "risk:highest", "risk:high"),
        ("status:WATING", "status:WATING", None),
        ("agnet:billing", "agnet:billing", "agent:"),
        ("payload:100", "payload:100", None),
        ("payload..a:1", "payload..a:1", "payload.amount:>100"),
        ("payload.amount:>many", "payload.amount:>many", None),
        ("payload.amount:>", "payload.amount:>", None),
        ("payload.amount:>1e400", "payload.amount:>1e400", None),
        ("payload.amount:=", "payload.amount:=", "payload.amount:100"),
        ("age:2d", "age:2d", "age:>2d"),
        ("age:>2y", "age:>2y", "age:>2d"),
        ("age:>2026-01-01", "age:>2026-01-01", "created:<2026-01-01"),
        ("created:2026-01-01", "created:2026-01-01", "created:<2026-01-01"),
        ("created:<2026-13-01", "created:<2026-13-01", "created:<24h"),
        ("created:<9999999999d", "created:<9999999999d", "created:<24h"),
        ("age:>999999w", "age:>999999w", None),
        ("due:<36501d", "due:<36501d", None),
        ("is:open OR is:failed", "OR", "is:failed,canceled"),
        ("NOT is:open", "NOT", None),
        ("id:xyz", "id:xyz", None),
        ("correlation:01a1faa0", "correlation:01a1faa0", None),
        ('is:open "never ends', '"never', None),
        ('a"b"', "a", None),
        ('type:"a"b', 'type:"a"', None),
        ("- x", "-", None),
        ("?!", "?!", None),
    ],
)
def test_what_means_nothing_is_named_with_what_may_be_meant(text: str, word: str, suggestion: str | None) -> None:
    with pytest.raises(InvalidField) as refused:
        parse(text)
    assert refused.value.details["field"] == "q"
    assert refused.value.details["word"] == word
    assert f"“{word}”" in refused.value.message
    if suggestion:
        assert suggestion in refused.value.details["suggestions"]


@pytest.mark.parametrize("text", ["x" * 1001, " ".join(["is:open"] * 21), " ".join("abcdefghi"), "is:" + "x" * 990])
def test_a_query_has_an_end(text: str) -> None:
    if text == " ".join("abcdefghi"):
        assert len(parse(text).terms) == 9
        return
    with pytest.raises(InvalidField):
        parse(text)


@pytest.mark.parametrize("value", ["a", "a b", 'a"b', "a,b", "a\\b", ">1", "", "=x", "a:b"])
def test_any_value_can_be_quoted(value: str) -> None:
    if value:
        assert parse(f"type:{quoted(value)}").terms == (Term("type", (value,)),)
        assert parse(f"payload.x:{quoted(value)}").terms == (Term("payload", (value,), path=("x",)),)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("is:wa", "is:waiting"),
        ("is:open for:", "is:open for:human"),
        ("is:open -for:h", "is:open -for:human"),
        ("stu", "is:stuck"),
        ("ag", "agent:"),
        ("agent:b", "agent:billing"),
        ("type:r", 'type:"refund now"'),
        ("is:open pay", "is:open payload.amount:>100"),
        ("payload.a", "payload.amount:>100"),
        ("nothing-like-this", None),
    ],
)
def test_the_last_word_is_completed(text: str, first: str | None) -> None:
    found = completions(text, {"agent": ["billing", "shop"], "type": ["refund now"]})
    assert found[:1] == ([first] if first else [])


def test_every_completion_of_a_state_is_understood() -> None:
    for key in KEYS:
        for one in completions(f"{key}:", {}):
            parse(one)
    everything: list[Any] = completions("", {})
    assert everything, "what there is to say is shown before anything is typed"
