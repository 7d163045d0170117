"""What a page shows of a payload is all of it, typed, and nothing hides in it."""

import pytest

from inbox import presentation
from inbox.presentation import Fact


def shown(payload: dict[str, object]) -> dict[str, Fact]:
    return {fact.label: fact for fact in presentation.facts(payload)[0]}


def test_money_is_shown_with_its_currency() -> None:
    facts = shown({"amount": 1234.5, "currency": "EUR", "fee": {"value": 3, "currency": "JPY"}, "count": 2})
    assert [(one.kind, one.value) for one in facts.values()] == [
        ("amount", "1,234.50 EUR"),
        ("amount", "3 JPY"),
        ("number", "2"),
    ]


def test_a_currency_without_an_amount_is_shown_by_itself() -> None:
    assert shown({"currency": "EUR", "name": "x"})["Currency"].value == "EUR"


@pytest.mark.parametrize(
    "payload",
    [
        {"old_iban": "A1", "new_iban": "B2"},
        {"new_iban": "B2", "old_iban": "A1"},
        {"iban": {"old": "A1", "new": "B2"}},
        {"before": {"iban": "A1"}, "after": {"iban": "B2"}},
        {"iban": {"current": "A1", "proposed": "B2"}},
    ],
)
def test_what_changes_is_shown_as_a_change(payload: dict[str, object]) -> None:
    assert len(presentation.facts(payload)[0]) == 1
    change = shown(payload)["IBAN"]
    assert change.kind == "change"
    assert [change.value.old.value, change.value.new.value] == ["A1", "B2"]


def test_every_field_is_shown_or_counted() -> None:
    payload = {f"field_{number}": number for number in range(1000)}
    facts, more = presentation.facts(payload)
    assert len(facts) + more == 1000
    assert more > 0
    (many,) = presentation.facts({"items": list(range(500))})[0]
    assert len(many.value) + many.more == 500


def test_what_is_too_deep_is_shown_raw() -> None:
    deep: object = "bottom"
    for _ in range(60):
        deep = {"inside": deep}
    fact = presentation.facts(deep)[0][0]
    while fact.kind == "group":
        (fact,) = fact.value
    assert fact.kind == "raw"


def test_objects_of_one_shape_are_a_table() -> None:
    table = shown({"lines": [{"sku": "a", "price": 2, "currency": "EUR"}, {"sku": "b", "price": 3, "currency": "EUR"}]})[
        "Lines"
    ]
    assert table.value.columns == ("SKU", "Price")
    assert [cell.value for cell in table.value.rows[1]] == ["b", "3.00 EUR"]


def test_empty_lines_are_counted() -> None:
    folded = presentation.folded("first" + "\n" * 10_001 + "last")
    assert folded.top == "first\n\n⟨10,000 empty lines⟩\n\nlast"
    assert not folded.hidden


def test_a_long_text_is_folded_and_nothing_of_it_is_lost() -> None:
    text = "\n".join(f"line {number}" for number in range(30))
    folded = presentation.folded(text)
    assert folded.hidden == 22
    assert f"{folded.top}\n{folded.rest}" == text
