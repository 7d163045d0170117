"""The list of the inbox as a page: groups, amounts, filters as chips, what is folded."""

import re
from typing import Any

from inbox.tasks.models import Decision
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask
from tests.inbox.listed import due
from tests.pages.browser import Browser

BOB = {"assignees": ["bob@myorg.example"]}


def chips(by: Browser, path: str) -> dict[str, list[str]]:
    """What a list can be narrowed by: the choices of each chip with their counts."""
    html = by.get(path).html.partition('class="facets"')[2].partition('id="selection"')[0]
    found = {}
    for name, rest in re.findall(r'data-words="([^"]+)"(.*?)</details>', html, re.S):
        links = re.findall(r"<a [^>]*>(.*?)</a>", rest, re.S)
        found[name] = [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in links]
    return found


def test_rows_stand_in_groups_with_amounts_and_short_times(now: SettableClock, shop: KeyCaller, bobs: Browser) -> None:
    due(shop, now, 14, title="Soon", **BOB)
    due(shop, now, 3 * 60 + 40, title="In hours", **BOB)
    due(shop, now, 2 * 24 * 60 + 300, title="In days", **BOB)
    ask(shop, {"amount": "1204.5", "currency": "EUR"}, title="Refund", **BOB)
    page = bobs.get("/inbox")
    heads = [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in re.findall(r"<h2>(.*?)</h2>", page.html, re.S)]
    assert heads[:4] == ["Due within the hour 1", "Today 1", "Later 1", "No deadline 1"]
    assert re.findall(r'data-style="short">(.*?)<', page.html) == ["14 min", "3 h", "2 d"]
    assert '<span class="amount">1,204.50 EUR</span>' in page.html
    now.advance(minutes=12)  # of the first row's time little is left, which a bar shows
    assert bobs.get("/inbox").html.count("<progress") == 1


def test_a_search_tells_how_many_it_found_and_chips_what_there_is(shop: KeyCaller, bobs: Browser) -> None:
    for risk in ("low", "low", "medium"):
        ask(shop, title=f"Of {risk} risk", risk=risk, **BOB)
    assert chips(bobs, "/inbox")["Risk"] == ["Medium risk 1", "Low risk 2"]
    page = bobs.get("/inbox?q=risk:low")
    assert "2 of 3" in page.text
    assert 'href="/inbox?view=waiting&amp;q=risk%3Alow+kind%3Aapproval"' in page.html
    assert chips(bobs, "/inbox?q=risk:low")["Risk"] == ["Low risk 2", "Any"]
    refused = bobs.get("/inbox?q=rsik:low")
    assert refused.status == 422
    assert "“rsik:low” is not understood: filters are risk:, kind:, is:, agent:" in refused.text
    assert "Nothing matches" not in refused.text, "nothing was searched"
    assert 'href="/inbox?view=waiting&amp;q=risk%3Alow"' not in refused.html
    assert "Did you mean: risk:" in refused.text
    assert 'value="risk:high due:"' in bobs.get("/inbox/suggest?q=risk:high%20d").html


def test_a_chip_says_in_words_what_the_list_is_narrowed_to(shop: KeyCaller, bobs: Browser) -> None:
    for risk in ("low", "medium"):
        ask(shop, title=f"Of {risk} risk", risk=risk, **BOB)

    def chosen(q: str) -> list[str]:
        html = bobs.get(f"/inbox?q={q}").html
        return re.findall(r'<span class="strong"><bdi>(.*?)</bdi></span>', html.partition('id="selection"')[0])

    assert chosen("risk:low") == ["low"]
    assert chosen("risk:low,medium+kind:approval") == ["low, medium", "Approval"]
    assert chosen("-risk:low+due:%3C1h") == ["not low", "Within the hour"]


def alike(shop: KeyCaller, number: int, **more: Any) -> Asked:
    """A refund like others: only its ids are its own."""
    payload = {"amount": "20.00", "currency": "EUR", "order_id": f"ORD-{number}", "lines": [{"id": number, "sku": "A"}]}
    return ask(shop, payload | more, title=f"Refund ORD-{number} of order", **BOB)


def test_five_alike_but_for_ids_are_one_row_wherever_they_stand_that_can_be_opened(shop: KeyCaller, bobs: Browser) -> None:
    asked = []
    for number in range(4):
        asked.append(alike(shop, number))
        ask(shop, title=f"Another {number}", **BOB)
    assert "alike" not in bobs.get("/inbox").text
    asked.append(alike(shop, 4))
    page = bobs.get("/inbox")
    assert "Refund … of order 5 alike, from shop, 20.00 EUR each" in page.text
    fold = page.html.partition('<li class="same">')[2].partition("</details>")[0]
    assert re.findall(r'id="row-(.*?)"', fold) == [one.task_id for one in asked]
    assert page.html.count('id="row-') == 9
    assert "<details open>" not in page.html
    assert "<details open>" in bobs.get(f"/inbox/{asked[2].task_id}").html


def test_what_differs_in_more_than_ids_is_not_folded(shop: KeyCaller, bobs: Browser) -> None:
    for number in range(4):
        alike(shop, number)
    alike(shop, 4, payee="Another")
    alike(shop, 5, order_number="ORD-5")
    ask(shop, {"amount": "20.00", "currency": "EUR", "order_id": "ORD-6", "lines": [{"id": 6, "sku": "A"}]}, **BOB)
    assert "alike" not in bobs.get("/inbox").text


def test_those_alike_are_chosen_together_and_each_is_decided_by_itself(shop: KeyCaller, bobs: Browser) -> None:
    asked = [alike(shop, number) for number in range(5)]
    chosen = re.findall(r'name="task" value="([^"]*,[^"]*)"', bobs.get("/inbox").html)
    preview = bobs.post("/inbox/bulk", {"task": chosen, "outcome": "yes"})
    assert "Approve 5 tasks?" in preview.text
    assert "100.00 EUR" in preview.text
    items = re.findall(r'name="item" value="([^"]+)"', preview.html)
    assert "Approved: 5" in bobs.post("/inbox/bulk/decide", {"item": items, "kind": "approval", "outcome": "yes"}).text
    assert Decision.objects.filter(task_id__in=[one.task_id for one in asked]).count() == 5
