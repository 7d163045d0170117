"""What the page of a task says will happen, of what the agent sent."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.test_order_as_sent import PAYLOAD, TASK
from tests.pages.browser import Browser


def test_facts_columns_and_form_fields_stand_in_the_order_they_were_sent_in(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, PAYLOAD, **TASK)
    html = bobs.get(f"/inbox/{asked.task_id}").flat.partition('id="will-happen"')[2]
    for words in (["Travel from", "Destination", "Lines", "Approver"], ["What", "On", "Amount"], ["Zeta", "Midst", "Alpha"]):
        places = [html.index(f">{word}") for word in words]
        assert places == sorted(places), words


def test_a_title_with_another_amount_than_the_data_is_an_alarm_and_never_the_heading(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, {"amount": "129.00", "currency": "EUR", "customer": "ACME"}, title="Refund EUR 12 to ACME")
    html = bobs.get(f"/inbox/{asked.task_id}").html
    assert 'data-tone="red"' in html
    assert "The text says EUR 12, the data says 129.00 EUR." in html
    assert '<h1 id="task-title" tabindex="-1" dir="auto">Fulfill order: 129.00 EUR, ACME</h1>' in html


@pytest.mark.parametrize("said", ["Above my limit of 1,000 EUR.", "It was 402 EUR this morning."])
def test_another_amount_beside_the_right_one_is_told_quietly(said: str, shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, {"amount": 4870, "currency": "EUR"}, title="Refund 4,870.00 EUR?", description=said)
    html = bobs.get(f"/inbox/{asked.task_id}").html
    assert 'data-tone="red"' not in html
    assert "which is not in the data." in html


def test_the_only_amount_that_is_said_is_an_alarm_when_it_is_not_the_datas(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, {"amount": 4870, "currency": "EUR"}, title="Refund?", description="Please send 10 euros.")
    assert "The text says 10 euros, the data says 4,870.00 EUR." in bobs.get(f"/inbox/{asked.task_id}").html


def test_nothing_but_what_would_happen_is_said_above_the_facts(shop: KeyCaller, bobs: Browser) -> None:
    told = bobs.get(f"/inbox/{ask(shop, {'amount': 1, 'currency': 'EUR', 'payee': 'ACME'}).task_id}").flat
    assert '<h2 id="will-happen">What will happen</h2><p dir="auto">Fulfill order: 1.00 EUR, ACME.</p>' in told
    bare = bobs.get(f"/inbox/{ask(shop, {'note': 'x'}).task_id}").flat
    assert '<h2 id="will-happen">What will happen</h2></div>' in bare


def test_all_of_the_data_can_be_read_on_a_page_of_its_own(shop: KeyCaller, bobs: Browser, charlie: PersonCaller) -> None:
    filler = {f"a{number}": "x" * 350 for number in range(60)}
    asked = ask(shop, filler | {"zz_pay_to_iban": "DE99\u202e"})
    html = bobs.get(f"/inbox/{asked.task_id}").html
    assert "1 more field in the raw data" in html
    assert f'<a href="/inbox/{asked.task_id}/data">' in html
    whole = bobs.get(f"/inbox/{asked.task_id}/data").html
    assert "zz_pay_to_iban" in whole
    assert "DE99<span" in whole
    assert "U+202E" in whole
    assert Browser().sign_in(charlie.user).get(f"/inbox/{asked.task_id}/data").status == 404


def test_a_change_is_struck_out_and_followed_by_the_new_value_and_the_difference(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, {"old_price": 0.312, "new_price": 0.287, "currency": "EUR"})
    html = bobs.get(f"/inbox/{asked.task_id}").flat
    assert (
        html.index("<del>") < html.index("0.312 EUR") < html.index("<ins>") < html.index("0.287 EUR") < html.index("(−8%)")
    )


@pytest.mark.parametrize(
    ("total", "words", "tone"),
    [
        (100, "Total 100.00 EUR: the lines add up.", "green"),
        (99, "says 99.00 EUR, but the lines add up to 100.00 EUR.", "red"),
    ],
)
def test_a_total_says_whether_its_lines_add_up(total: int, words: str, tone: str, shop: KeyCaller, bobs: Browser) -> None:
    lines = [{"what": "a", "amount": 60}, {"what": "b", "amount": 40}]
    html = bobs.get(f"/inbox/{ask(shop, {'lines': lines, 'currency': 'EUR', 'total': total}).task_id}").html
    assert words in html
    assert f'<p class="adds-up" data-tone="{tone}">' in html


def test_text_of_any_direction_finds_its_own(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, {"note": "שלום."}, title="אשר את זה.", description="שלום לכולם.")
    html = bobs.get(f"/inbox/{asked.task_id}").html
    for text in ("שלום.", "אשר את זה.", "שלום לכולם."):
        around = [html[: found.start()][-80:] for found in re.finditer(re.escape(f">{text}"), html)]
        assert [one for one in around if 'dir="auto"' not in one and not one.endswith("<title")] == []


def test_each_kind_of_fact_has_a_partial_of_its_own() -> None:
    source = Path(settings.BASE_DIR, "inbox/presentation/facts.py").read_text()
    kinds = set(re.findall(r'Fact\([^()]*(?:\([^()]*\))?[^()]*?, "(\w+)"', source)) | {"text"}
    partials = {path.stem for path in Path(settings.BASE_DIR, "templates/tasks/facts").glob("*.html")}
    assert len(kinds) > 9
    assert kinds <= partials
