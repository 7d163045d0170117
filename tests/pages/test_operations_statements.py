"""The pages of operations and their calls cost the same statements, however much there is."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.operations import selectors
from inbox.operations.measures import SPANS
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.intents.factory import STATES, make, take
from tests.pages.browser import Browser

PAGES = (
    *(f"?range={name}" for name in SPANS),
    *("/intents", "/intents?q=is:stuck", "/intents?q=refund", "/intents?q=is:open+payload.n:>=0", "/intents?q=nothing"),
    *("/intents/views", "/agents", "/deliveries", "/system", "/bulk"),
)
CALLS: tuple[tuple[str, dict[str, str]], ...] = (
    *(("/overview", {"range": name}) for name in SPANS),
    *(("/intents", {"q": q}) for q in ("", "is:overdue", "refund")),
    *((path, {}) for path in ("/agents", "/deliveries", "/system", "/bulk")),
)


def some(shop: KeyCaller, worker: KeyCaller, count: int) -> None:
    """`count` more of all there can be."""
    for n in range(count):
        for state in STATES:
            make(state, sender=shop, handler=worker, payload={"n": n, "note": "refund"})
        ask(shop, {"n": n}, title=f"Refund {n}?", assignees=["Legal"] if n % 2 else None, risk="critical")
    take(worker, limit=1)


def sent(asked: Callable[[], object]) -> list[str]:
    """The statements that `asked` sends, once what is kept between requests is there."""
    asked()
    with CaptureQueriesContext(connection) as captured:
        asked()
    return [one["sql"][:120] for one in captured.captured_queries]


def test_their_number_is_the_same_for_few_intents_and_for_many(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    monkeypatch.setattr(selectors, "PAGE", 3)  # what one page shows whole is not counted
    browser = Browser().sign_in(olga.user)
    asking: dict[str, Callable[[], object]] = {
        f"page {one}": lambda one=one: browser.get(f"/operations{one}") for one in PAGES
    }
    asking |= {
        f"call {path} {query}": lambda path=path, query=query: olga.get(f"/operations{path}", **query).ok()
        for path, query in CALLS
    }
    some(shop, worker, 5)
    before = {name: sent(asked) for name, asked in asking.items()}
    some(shop, worker, 3)
    after = {name: sent(asked) for name, asked in asking.items()}
    # What is written down once a minute, as that somebody is here, may come at any time, but not twice in a row.
    more = {name for name in asking if len(after[name]) > len(before[name]) < len(sent(asking[name]))}
    assert {name: (before[name], after[name]) for name in more} == {}


def test_an_intents_page_costs_the_same_in_a_list_of_few_and_of_many(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    browser = Browser().sign_in(olga.user)
    asked = [ask(shop, title=f"Refund {n}?") for n in range(3)]
    path = f"/operations/intents/{asked[1].intent_id}?q=is:open"
    before = sent(lambda: browser.get(path))
    for n in range(6):
        ask(shop, title=f"More {n}?")
    after = sent(lambda: browser.get(path))
    assert len(after) <= len(before) or len(sent(lambda: browser.get(path))) <= len(before), (before, after)


@pytest.mark.parametrize("name", ["1h", "24h"])
def test_the_overview_looks_once_for_who_may_decide(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, name: str
) -> None:
    ask(shop, title="Refund?")
    browser = Browser().sign_in(olga.user)
    found = sent(lambda: browser.get(f"/operations?range={name}"))
    assert len(found) > 5
    with CaptureQueriesContext(connection) as captured:
        browser.get(f"/operations?range={name}")
    looking = [one["sql"] for one in captured.captured_queries if "served AS MATERIALIZED" in one["sql"]]
    assert len(looking) == 1
    assert looking[0].count("served AS MATERIALIZED") == 1
