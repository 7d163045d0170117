"""What changes: old and new, how far apart, and inside of tables and texts; what lines add up to."""

from typing import Any

import pytest

from inbox import presentation
from inbox.presentation import Change


def change(payload: dict[str, Any]) -> Change:
    ((fact,), _) = presentation.facts(payload)
    assert fact.kind == "change"
    assert isinstance(fact.value, Change)
    return fact.value


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("31.2 %", "33.0 %", "+1.8 points"),
        ("33%", "32%", "−1 point"),
        (3, 10, "+7"),
        (10.5, 3, "−7.5"),
        ("2026-01-01", "2026-02-01", "31 days later"),
        ("2026-01-02", "2026-01-01", "1 day earlier"),
        ("2026-01-01T10:00:00Z", "2026-01-01T12:30:00Z", "2 h 30 min later"),
        (["a", "b"], ["b", "c", "d"], "2 added, 1 removed"),
        ("DE89 3704", "LV80 BANK", ""),
        ("123456", "654321", ""),
        (True, False, ""),
        (None, 5, ""),
    ],
)
def test_a_difference_is_told_in_words(old: Any, new: Any, difference: str) -> None:
    assert change({"old_x": old, "new_x": new}).difference == difference


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        (0.312, 0.287, "−8%"),
        (489, 519, "+6.1%"),
        ("100.00", "250.00", "+150%"),
        (0, 5, "+5.00 EUR"),
        (-5, 5, "+10.00 EUR"),
        (5, 5, ""),
        (100_000, 100_001, "+<0.1%"),
    ],
)
def test_a_difference_of_money_is_told_in_parts_of_the_old(old: Any, new: Any, difference: str) -> None:
    found = change({"old_price": old, "new_price": new, "currency": "EUR"})
    assert found.difference == difference
    assert found.old.value.endswith(" EUR")


@pytest.mark.parametrize(
    "payload",
    [
        {"oldPrice": 1, "newPrice": 2},
        {"price_old": 1, "price_new": 2},
        {"price_before": 1, "price_after": 2},
        {"currentPrice": 1, "proposedPrice": 2},
        {"previous_price": 1, "new_price": 2},
        {"price": {"old": 1, "new": 2}},
        {"before": {"price": 1}, "after": {"price": 2}},
        {"old_price": 1, "price": 2},
        {"price": 2, "priceBefore": 1},
        {"previous_price": 1, "price": 2},
    ],
)
def test_what_belongs_together_is_found_in_every_spelling(payload: dict[str, Any]) -> None:
    ((fact,), more) = presentation.facts(payload)
    assert (fact.label, fact.value.old.value, fact.value.new.value, more) == ("Price", "1", "2", 0)


@pytest.mark.parametrize(
    "payload",
    [
        {"old_price": 1, "new_cost": 2},
        {"old_price": 1, "cost": 2},
        {"new_price": 2, "price": 1},
        {"old": 1},
        {"new_hires": 3, "before_tax": 1},
    ],
)
def test_what_has_no_counterpart_stands_for_itself(payload: dict[str, Any]) -> None:
    facts, _ = presentation.facts(payload)
    assert [fact.kind for fact in facts] == ["number"] * len(payload)


def test_objects_in_objects_are_compared() -> None:
    payload = {"before": {"bank": {"iban": "A", "bic": "X"}}, "after": {"bank": {"iban": "B", "bic": "X"}}}
    ((bank,), _) = presentation.facts(payload)
    assert [(one.label, one.kind) for one in bank.value] == [("IBAN", "change"), ("BIC", "text")]


def test_a_long_text_is_compared_word_by_word() -> None:
    old = "The quick brown fox jumps over the lazy dog and runs"
    found = change({"old_text": old, "new_text": old.replace("brown", "red").replace("runs", "sits")})
    assert [(one.kind, one.text.strip()) for one in found.words if one.kind != "same"] == [
        *(("gone", "brown"), ("new", "red"), ("gone", "runs"), ("new", "sits")),
    ]
    assert not found.by_line
    assert "".join(one.text for one in found.words if one.kind != "new") == old


def test_a_text_of_lines_is_compared_line_by_line_and_what_stays_is_counted() -> None:
    old = "\n".join(f"line {number}" for number in range(50))
    found = change({"old_config": old, "new_config": old.replace("line 25", "other")})
    assert found.by_line
    assert [one.text for one in found.words] == [
        *(
            "23 lines stay the same",
            "line 23",
            "line 24",
            "line 25",
            "other",
            "line 26",
            "line 27",
            "22 lines stay the same",
        ),
    ]


def test_texts_without_anything_in_common_stand_side_by_side() -> None:
    assert change({"old_note": "aaa " * 30, "new_note": "bbb " * 30}).words == ()


ROWS = [
    {"product": "A", "old_price": 489, "new_price": 519, "currency": "EUR"},
    {"product": "B", "old_price": 100, "new_price": 90, "currency": "EUR"},
    {"product": "C", "old_price": 10, "new_price": 60, "currency": "EUR"},
]


def test_pairs_of_columns_are_one_and_their_differences_are_added_up() -> None:
    ((fact,), _) = presentation.facts({"products": ROWS})
    assert fact.value.columns == ("Product", "Price")
    assert [row[1].value.difference for row in fact.value.rows] == ["+6.1%", "−10%", "+500%"]
    assert fact.value.foot == ("3 products", "+70.00 EUR")


def test_line_totals_are_computed_where_none_are_sent() -> None:
    lines = [{"what": "Server", "quantity": 6, "price": 289.0}, {"what": "Support", "quantity": 5, "price": 80.85}]
    ((fact,), _) = presentation.facts({"lines": lines, "currency": "EUR"})
    assert fact.value.computed == ("1,734.00 EUR", "404.25 EUR")
    assert fact.value.foot == ("2 lines", "11", "", "2,138.25 EUR")


def test_sums_count_the_rows_that_are_not_shown() -> None:
    ((fact,), _) = presentation.facts({"costs": [{"what": "x", "amount": 1, "currency": "EUR"}] * 400})
    assert fact.more == 350
    assert fact.value.foot == ("400 costs", "400.00 EUR")


@pytest.mark.parametrize(
    "rows",
    [
        [{"what": "a", "unit_price": 2, "currency": "EUR"}] * 2,
        [{"what": "a", "amount": 2, "currency": "EUR"}, {"what": "b", "amount": 2, "currency": "USD"}],
        [{"what": "a", "amount": 2, "currency": "EUR"}, {"what": "b", "currency": "EUR"}],
        [{"what": "a", "amount": 2, "currency": "EUR"}],
        [{"what": "a", "balance": 2, "currency": "EUR"}] * 2,
        [{"route": "a", "hours": 7.5, "price": 246.1, "currency": "EUR"}] * 2,
    ],
)
def test_what_does_not_add_up_to_anything_has_no_sum(rows: list[dict[str, Any]]) -> None:
    ((fact,), _) = presentation.facts({"rows": rows})
    assert not any("." in one for one in fact.value.foot)


def test_what_is_chosen_from_is_not_added_up() -> None:
    ((fact,), _) = presentation.facts({"alternatives": [{"route": "a", "cost": 2, "currency": "EUR"}] * 2})
    assert fact.value.foot == ()


LINES = [{"what": "a", "amount": 60}, {"what": "b", "amount": 40}]


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({"total": 100}, [True]),
        ({"total": "100.00"}, [True]),
        ({"total": 119, "vat": 19}, [True]),
        ({"total": 114, "vat": 19, "discount": 5}, [True]),
        ({"total": 100, "vat": 19}, [True]),
        ({"total": 101}, [False]),
        ({"total": 120, "vat": 19}, [False]),
        ({"grand_total": 99, "vat": 1}, [False]),
        ({"amount": 12}, []),
        ({"total": {"value": 100, "currency": "USD"}}, []),
    ],
)
def test_a_total_is_checked_against_its_lines(more: dict[str, Any], fits: list[bool]) -> None:
    payload = {"lines": LINES, "currency": "EUR"} | more
    assert [one.fits for one in presentation.checks(payload)] == fits


def test_facts_are_ranked_changes_money_people_the_rest_ids() -> None:
    payload = {
        "order_id": "7",
        "note": "x",
        "customer": "ACME",
        "amount": 1,
        "currency": "EUR",
        "b": 1,
        "old_a": 1,
        "new_a": 2,
    }
    assert [fact.label for fact in presentation.facts(payload)[0]] == ["A", "Amount", "Customer", "Note", "B", "Order ID"]


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("price_per_kwh", "Price per kWh"),
        ("HTMLBody", "HTML body"),
        ("html", "HTML"),
        ("fx_rate", "FX rate"),
        ("orderIDs", "Order IDs"),
        ("shippingAddress", "Shipping address"),
        ("old-iban", "Old IBAN"),
        ("url", "URL"),
        ("", "(no name)"),
        ("pay\u202eto", "Pay⟨U+202E⟩to"),
    ],
)
def test_names_of_fields_are_words(key: str, label: str) -> None:
    assert presentation.label(key) == label
