"""Lists of objects on a page of their own and as a file; and what types of requests are called."""

import csv
import io
from typing import Any

import pytest

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser

LINES: list[dict[str, Any]] = [
    {"sku": f"GB-{n}", "old_price": "10.00", "price": f"{10 + n}.00", "currency": "EUR", "quantity": 2} for n in range(80)
]
AT = "/order~1of/lines~0all"
PAYLOAD = {"order/of": {"lines~all": [*LINES, {"sku": "=1+1", "tags": ["a", "b"], "old_price": "1.00", "price": "2.00"}]}}


def test_all_rows_of_a_list_stand_on_a_page_of_their_own_that_leads_back(
    shop: KeyCaller, bobs: Browser, charlie: PersonCaller
) -> None:
    asked = ask(shop, PAYLOAD, title="Change the prices?")
    task = f"/inbox/{asked.task_id}"
    assert f'href="{task}/table?at={AT.replace("/", "%2F")}"' in bobs.get(task).html
    page = bobs.get(f"{task}/table?at={AT}")
    assert page.html.count("GB-") == 80
    assert [one for one in ("Price", "10.00", "(+50%)") if one in page.text] == ["Price", "10.00", "(+50%)"]
    assert f'href="{task}"' in page.html
    assert "Change the prices?" in page.text
    for wrong in ("", "/order~1of", "/nothing", "nonsense", "/order~1of/lines~0all/0"):
        assert bobs.get(f"{task}/table?at={wrong}").status == 404, wrong
    theirs = Browser().sign_in(charlie.user)
    assert [theirs.get(f"{task}/{one}?at={AT}").status for one in ("table", "table.csv")] == [404, 404]


def test_the_file_has_each_row_by_its_keys_and_no_cell_is_a_formula(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, PAYLOAD)
    page = bobs.get(f"/inbox/{asked.task_id}/table.csv?at={AT}")
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(page.raw.decode()))
    assert head == ["sku", "old_price", "price", "currency", "quantity", "tags"]
    assert rows[1] == ["GB-1", "10.00", "11.00", "EUR", "2", ""]
    assert rows[80] == ["'=1+1", "1.00", "2.00", "", "", '["a", "b"]']
    assert len(rows) == 81


@pytest.mark.parametrize("named", [True, False])
def test_what_types_of_requests_are_called_is_said_wherever_they_are_named(
    named: bool, shop: KeyCaller, bobs: Browser, alice: PersonCaller
) -> None:
    if named:
        alice.put("/intent-types/order.fulfill.v1", {"name": "Ship goods"}).ok()
    asked = ask(shop, {"amount": "129.00", "currency": "EUR", "payee": "ACME"})
    words = "Ship goods" if named else "Fulfill order"
    page = bobs.get(f"/inbox/{asked.task_id}")
    assert f"{words}: 129.00 EUR, ACME." in page.text
    row = bobs.get("/inbox").html.partition(f'id="row-{asked.task_id}"')[2].partition("</li>")[0]
    assert f"{words}: 129.00 EUR, ACME" in row
    if named:
        alice.delete("/intent-types/order.fulfill.v1").ok()
        assert "Fulfill order: 129.00 EUR, ACME." in bobs.get(f"/inbox/{asked.task_id}").text
