"""Money in a payload, in every spelling; what it is about; and whether an agent's words agree with it."""

from typing import Any

import pytest

from inbox import presentation

EUR = {"currency": "EUR"}


def nested(value: Any, *, levels: int) -> Any:
    for _ in range(levels):
        value = {"inner": value}
    return value


def shown(payload: Any) -> dict[str, Any]:
    return {fact.label: fact.value for fact in presentation.facts(payload)[0]}


@pytest.mark.parametrize(
    ("payload", "label", "amount"),
    [
        ({"amount": "129.00", "currency": "EUR"}, "Amount", "129.00 EUR"),
        ({"amount": "1,234.5", "currency": "EUR"}, "Amount", "1,234.50 EUR"),
        ({"amount": "-12.5", "currency": "EUR"}, "Amount", "-12.50 EUR"),
        ({"amount": 129, "currency": "eur"}, "Amount", "129.00 EUR"),
        ({"amount": 129, "currency": "€"}, "Amount", "129.00 EUR"),
        ({"amount": 129, "currency": "Euro"}, "Amount", "129.00 EUR"),
        ({"amount": 129, "currency": "$"}, "Amount", "129.00 $"),
        ({"amount": "129.00 EUR"}, "Amount", "129.00 EUR"),
        ({"amount": "€129"}, "Amount", "129.00 EUR"),
        ({"totalAmount": 129, "currencyCode": "usd"}, "Total amount", "129.00 USD"),
        ({"amount_cents": 12_900, "currency": "eur"}, "Amount", "129.00 EUR"),
        ({"amountMinor": 12_900, "currency": "JPY"}, "Amount", "12,900 JPY"),
        ({"amount_minor": 12_900, "currency": "BHD"}, "Amount", "12.900 BHD"),
        ({"price": {"value": "129.00", "currency": "EUR"}}, "Price", "129.00 EUR"),
        ({"price": {"amount": 129, "currency_code": "eur"}}, "Price", "129.00 EUR"),
        ({"price": {"amount_cents": 12_900, "currency": "EUR"}}, "Price", "129.00 EUR"),
        ({"fee": 3, "fee_currency": "GBP"}, "Fee", "3.00 GBP"),
        ({"price_eur": 5}, "Price EUR", "5.00 EUR"),
        ({"fee_in_cents": 300, "currency": "EUR"}, "Fee", "3.00 EUR"),
        ({"amount_minor_units": 300, "currency": "EUR"}, "Amount", "3.00 EUR"),
    ],
)
def test_money_is_shown_as_money_in_every_spelling(payload: dict[str, Any], label: str, amount: str) -> None:
    assert shown(payload) == {label: amount}


def test_money_sent_in_cents_is_named_without_them_in_columns_and_changes() -> None:
    lines = [{"sku": "A", "price_cents": 100}, {"sku": "B", "price_cents": 250}]
    payload = {"currency": "EUR", "lines": lines, "old_fee_cents": 100, "new_fee_cents": 300, "total_cents": 350}
    facts = {fact.label: fact for fact in presentation.facts(payload)[0]}
    assert list(facts) == ["Fee", "Total", "Lines"]
    assert [name for name, _ in facts["Lines"].value.heads] == ["SKU", "Price"]


@pytest.mark.parametrize(
    "payload",
    [
        {"amount": "129 or more", "currency": "EUR"},
        {"price_id": 7, "currency": "EUR"},
        {"quantity": "12", "currency": "EUR"},
        {"amount": 129},
        {"amount": True, "currency": "EUR"},
        {"order": "12 EUR"},
        {"price_all": 5},
    ],
)
def test_what_is_no_money_is_not_shown_as_such(payload: dict[str, Any]) -> None:
    assert all(fact.kind != "amount" for fact in presentation.facts(payload)[0])


@pytest.mark.parametrize(
    "payload",
    [
        {"fee": 1, "fee_currency": "EUR", "amount": 1000, "currency": "BTC per day, for ever"},
        {"amount": 1, "currency": "EUR", "currency_code": {"pay": "Mallory"}},
        {"amount": 1, "currency": "EUR", "currency_code": "USD"},
        {"name": "x", "currency": "EUR"},
        {"lines": [{"fee": 1, "fee_currency": "EUR", "amount": 2, "currency": "BTC a day"}] * 2},
        {"lines": [{"amount": 2, "currency": "EUR"}, {"name": "x", "currency": "BTC a day"}]},
        {"lines": [{"amount": 2, "currency": "EUR", "currency_code": "for ever"}] * 2},
        {"old_fee": 1, "new_fee": 2, "currency": "BTC a day"},
    ],
)
def test_a_currency_is_left_out_only_where_it_is_shown_with_a_number(payload: dict[str, Any]) -> None:
    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [one for inner in value.values() for one in texts(inner)]
        if isinstance(value, list):
            return [one for inner in value for one in texts(inner)]
        return [value] if isinstance(value, str) else []

    facts = str(presentation.facts(payload))
    assert [one for one in texts(payload) if one not in facts] == []


def test_lines_have_the_currency_that_stands_beside_them() -> None:
    (fact,) = presentation.facts({"lines": [{"sku": "a", "price": 2}, {"sku": "b", "price": 3}], "currency": "EUR"})[0]
    assert fact.value.columns == ("SKU", "Price")
    assert [row[1].value for row in fact.value.rows] == ["2.00 EUR", "3.00 EUR"]


@pytest.mark.parametrize(
    ("payload", "summary"),
    [
        ({"annual_value": 38_400, "price_per_kwh": 0.287, "customer": "Helios"} | EUR, "38,400.00 EUR, Helios"),
        ({"fee": 3.2, "fee_currency": "GBP", "settled": 2480.11, "settled_currency": "USD"}, "2,480.11 USD"),
        ({"a_fee": 1, "total": 1_000_000} | EUR, "1,000,000.00 EUR"),
        ({"vat": 19, "net": 100, "total": 119} | EUR, "119.00 EUR"),
        ({"limit": 500, "amount": 800} | EUR, "800.00 EUR"),
        ({"unit_price": 5, "amount": 800, "old_amount": 700} | EUR, "800.00 EUR"),
        ({"amount": "129.00", "vendor": {"name": "ACME"}} | EUR, "129.00 EUR, ACME"),
        ({"amount": 1, "transfer_fee": 1_000_000} | EUR, ""),
        ({"amount": 129, "order_total": 890} | EUR, ""),
        ({"amount": 1, "details": {"total": 1_000_000, "currency": "EUR"}} | EUR, ""),
        ({"amount": 1, "deep": nested({"amount": 1_000_000} | EUR, levels=9)} | EUR, ""),
        ({"amount": 1, "wire": "1,000,000.00 EUR"} | EUR, ""),
        ({"amount": 1, "steps": [["transfer", "€1000000"]]} | EUR, ""),
        ({"amount": 1, "wire": "0.50 EUR"} | EUR, "1.00 EUR"),
        ({"deposit_price": 5, "parking_price": 7} | EUR, ""),
        ({"value": 1, "amount": 1_000_000} | EUR, "1,000,000.00 EUR (+ 1 more amount)"),
        ({"lines": [{"amount": 2}, {"amount": 3}]} | EUR, "5.00 EUR"),
        ({"customer": "ACME", "payee": "Mallory Ltd"}, "ACME, Mallory Ltd"),
        ({"customer": "ACME", "payee": "Mallory Ltd", "vendor": "Third"}, ""),
        ({"customer": "ACME", "transfer": {"beneficiary_name": "Mallory Ltd"}}, "ACME, Mallory Ltd"),
        ({"customer": "ACME", "deep": nested({"payee": "Mallory Ltd"}, levels=9)}, "ACME, Mallory Ltd"),
        ({"note": "nothing"}, ""),
    ],
)
def test_a_summary_tells_the_amount_that_is_meant_or_none(payload: dict[str, Any], summary: str) -> None:
    assert presentation.summary(payload) == summary


@pytest.mark.parametrize(
    ("intent_type", "words"),
    [
        ("refund.approve.v1", "Approve refund"),
        ("billing.refund.v1", "Billing refund"),
        ("deep.json", "Deep JSON"),
        ("fx.settlement.v2", "FX settlement"),
        ("wire.transfer", "Wire transfer"),
        ("a.b.contract.renewal", "Contract renewal"),
        ("deploy", "Deploy"),
    ],
)
def test_a_type_is_told_in_words(intent_type: str, words: str) -> None:
    assert presentation.kind(intent_type) == words
    assert presentation.subject(intent_type, {}) == words


TEN = [
    *(
        "Refund EUR 10",
        "USD 10.00",
        "10 eur",
        "10 Euro",
        "10 euros",
        "10k EUR",
        "¥10",
        "10,- EUR",
        "€10",
        "10€",
        "EUR10",
        "10.00EUR",
    ),
    *(
        "10,00 €",
        "10\u00a0EUR",
        "eur 10",
        "US$ 10",
        "10 dollars",
        "10 GBP",
        "10 btc",
        "£10.00",
        "zł 10",
        "1,000.00 EUR",
        "10m EUR",
        "\uff11\uff10 EUR",
        "\u0661\u0660 EUR",
        "\uffe510",
    ),
]


@pytest.mark.parametrize("title", TEN)
@pytest.mark.parametrize("amount", [1_000_000, "1000000.00", "1,000,000.00 EUR"])
def test_another_amount_in_a_title_is_found_in_every_spelling(title: str, amount: Any) -> None:
    payload = {"amount": amount, "currency": "EUR"}
    assert presentation.misnamed(f"Pay {title} to ACME", payload) == [title.removeprefix("Refund ")]
    assert "1,000,000.00 EUR" in presentation.headline("pay.v1", payload, title=f"Pay {title} to ACME")


@pytest.mark.parametrize(
    "title",
    [
        *(
            "1,000,000 EUR",
            "1.000.000,00 EUR",
            "1 000 000 EUR",
            "1'000'000 EUR",
            "EUR 1000000",
            "1m EUR",
            "1 million euros",
            "€1,000,000",
        ),
        *(
            "1000k eur",
            "1.0 Mio. EUR",
            "10 API calls",
            "3 PCS",
            "24 GMT",
            "room 10",
            "10%",
            "version 1.2.3",
            "1000000.00 Euro",
        ),
        "1,000,000 EUR 2026-11-01",
    ],
)
def test_the_same_amount_and_other_numbers_contradict_nothing(title: str) -> None:
    payload = {"amount": 1_000_000, "currency": "EUR"}
    assert presentation.misnamed(f"Pay {title}", payload) == []
    assert presentation.headline("pay.v1", payload, title=f"Pay {title}") == f"Pay {title}"


@pytest.mark.parametrize(
    ("title", "payload", "row"),
    [
        ("Pay 1.00 EUR to ACME", {"a_fee": 1, "total": 1_000_000} | EUR, "Pay: 1,000,000.00 EUR"),
        ("Pay 1.00 EUR to ACME", {"value": 1, "total": 1_000_000} | EUR, "Pay: 1,000,000.00 EUR"),
        ("Pay 5 EUR", {"lines": [{"amount": 2}, {"amount": 3}]} | EUR, "Pay 5 EUR"),
        ("Pay 119 EUR, fee 3 EUR", {"fee": 3, "total": 119} | EUR, "Pay 119 EUR, fee 3 EUR"),
        ("Pay ACME", {"total": 119} | EUR, "Pay ACME"),
        ("Pay 10 EUR", {"note": "no money here"}, "Pay 10 EUR"),
    ],
)
def test_a_row_does_not_repeat_a_title_that_misleads(title: str, payload: dict[str, Any], row: str) -> None:
    assert presentation.headline("pay.v1", payload, title=title) == row


def test_a_fee_in_the_title_is_no_substitute_for_the_amount() -> None:
    assert presentation.misnamed("Pay 1.00 EUR to ACME", {"a_fee": 1, "total": 1_000_000} | EUR) == ["1.00 EUR"]
    assert presentation.misnamed("Refund 129 EUR, fee 1 EUR", {"fee": 1, "amount": 129} | EUR) == []


@pytest.mark.parametrize(
    ("payload", "largest"),
    [
        ({"amount": 1, "details": {"total": 1_000_000, "currency": "EUR"}} | EUR, "1,000,000.00 EUR"),
        ({"amount": 1, "lines": [{"amount": 1_000_000}]} | EUR, "1,000,000.00 EUR"),
        ({"amount": 1, "paid_out": 1_000_000, "paid_out_currency": "EUR"} | EUR, "1,000,000.00 EUR"),
        ({"amount": 1, "deep": nested({"amount": 1_000_000} | EUR, levels=9)} | EUR, "1,000,000.00 EUR"),
        ({"amount": 1, "wire": "1,000,000.00 EUR"} | EUR, "1,000,000.00 EUR"),
        ({"amount": 1} | EUR, "None"),
        ({"amount": 1, "fee": 0.5} | EUR, "None"),
        ({"amount": 1, "wire": "EUR 1,000,000.00"} | EUR, "1,000,000.00 EUR"),
        ({"amount": 1, "wire": "-1000000 EUR"} | EUR, "-1,000,000.00 EUR"),
        *(
            ({"amount": 1, "order": name} | EUR, "None")
            for name in ("ORD-7741", "CAD-1001", "INV 2041", "PO-00077", "77 PCS")
        ),
        ({"note": "1,000,000.00 EUR"}, "None"),
    ],
)
def test_a_small_amount_in_a_title_hides_no_larger_one(payload: dict[str, Any], largest: str) -> None:
    assert str(presentation.outdone("Pay 1.00 EUR to ACME", payload)) == largest
    assert presentation.outdone("Pay ACME", payload) is None
    assert presentation.outdone("Pay 1,000,000 EUR and 1 EUR", payload) is None
