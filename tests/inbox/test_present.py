"""What a page shows of a payload is all of it, typed, and nothing hides in it."""

import pytest

from inbox import present
from inbox.present import Fact


def shown(payload: dict[str, object]) -> dict[str, Fact]:
    return {fact.label: fact for fact in present.facts(payload)[0]}


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
    assert len(present.facts(payload)[0]) == 1
    change = shown(payload)["IBAN"]
    assert change.kind == "change"
    assert [side.value for side in change.value] == ["A1", "B2"]


def test_every_field_is_shown_or_counted() -> None:
    payload = {f"field_{number}": number for number in range(1000)}
    facts, more = present.facts(payload)
    assert len(facts) + more == 1000
    assert more > 0
    (many,) = present.facts({"items": list(range(500))})[0]
    assert len(many.value) + many.more == 500


def test_what_is_too_deep_is_shown_raw() -> None:
    deep: object = "bottom"
    for _ in range(60):
        deep = {"inside": deep}
    fact = present.facts(deep)[0][0]
    while fact.kind == "group":
        (fact,) = fact.value
    assert fact.kind == "raw"


def test_objects_of_one_shape_are_a_table() -> None:
    table = shown({"lines": [{"sku": "a", "price": 2, "currency": "EUR"}, {"sku": "b", "price": 3, "currency": "EUR"}]})[
        "Lines"
    ]
    assert table.value.columns == ("SKU", "Price")
    assert [cell.value for cell in table.value.rows[1]] == ["b", "3.00 EUR"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://", "http://a b", "//evil.example", "vbscript:x"]
)
def test_only_web_addresses_are_links(url: str) -> None:
    assert present.link(url) is None


def test_a_host_in_other_letters_is_shown_as_the_network_reads_it() -> None:
    link = present.link("https://\u0430pple.com/account")
    assert link is not None
    assert (link.host, link.odd) == ("xn--pple-43d.com", True)


def test_an_address_with_a_name_before_its_host_is_marked() -> None:
    link = present.link("https://bank.example@evil.example/")
    assert link is not None
    assert (link.host, link.odd) == ("evil.example", True)


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u3164", "\u2800", "\U000e0041", "\x07", "\u2028"],
)
def test_what_cannot_be_seen_is_named(character: str) -> None:
    pieces = present.visible(f"pay{character}ee")
    assert [piece.text for piece in pieces if piece.odd] == [f"U+{ord(character):04X}"]
    assert character not in present.plain(f"pay{character}ee")


@pytest.mark.parametrize("text", ["Zoë paid 3 €", "שלום", "مرحبا", "नमस्ते", "👨‍👩‍👧 ok", "line\nline", "e\u0301"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert present.plain(text) == text


def test_a_pile_of_marks_is_cut() -> None:
    assert len(present.plain("a" + "\u0301" * 500)) < 30


def test_empty_lines_are_counted() -> None:
    folded = present.folded("first" + "\n" * 10_001 + "last")
    assert folded.top == "first\n\n⟨10,000 empty lines⟩\n\nlast"
    assert not folded.hidden


def test_a_long_text_is_folded_and_nothing_of_it_is_lost() -> None:
    text = "\n".join(f"line {number}" for number in range(30))
    folded = present.folded(text)
    assert folded.hidden == 22
    assert f"{folded.top}\n{folded.rest}" == text


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Refund 10.00 EUR to ACME", ["10.00 EUR"]),
        ("Refund €10", ["€10"]),
        ("Refund 10,000.00 EUR to ACME for order 77", []),
        ("Refund 10.000,00 EUR", []),
        ("Refund 10 000 EUR", []),
    ],
)
def test_amounts_that_the_data_does_not_have_are_found(said: str, found: list[str]) -> None:
    assert present.contradicted(said, {"amount": 10_000, "currency": "EUR"}) == found


def test_the_subject_is_made_from_type_and_payload() -> None:
    payload = {"amount": 129, "currency": "EUR", "customer": {"name": "ACME"}}
    assert present.subject("billing.refund.v1", payload) == "Billing refund: 129.00 EUR, ACME"
    assert present.subject("deploy", {}) == "Deploy"


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Refund 10,000 EUR to ACME", "Refund 10,000 EUR to ACME"),
        ("Refund 10 EUR to ACME", "Billing refund: 10,000.00 EUR, ACME"),
        ("", "Billing refund: 10,000.00 EUR, ACME"),
    ],
)
def test_a_row_says_the_agents_title_unless_the_data_contradict_it(title: str, headline: str) -> None:
    payload = {"amount": 10_000, "currency": "EUR", "customer": "ACME"}
    assert present.headline("billing.refund.v1", payload, title=title) == headline


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (1_234_567_890.12, "1,234,567,890.12 EUR"),
        (0.1 + 0.2, "0.30000000000000004 EUR"),
        (10_000, "10,000.00 EUR"),
        (10_000.0, "10,000.00 EUR"),
        (1e22, "10,000,000,000,000,000,000,000.00 EUR"),
        (1e-7, "0.0000001 EUR"),
        (-12.5, "-12.50 EUR"),
    ],
)
def test_an_amount_has_the_digits_that_were_sent(sent: float, shown: str) -> None:
    assert present.amounts({"amount": sent, "currency": "EUR"}) == [shown]
