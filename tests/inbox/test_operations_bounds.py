"""No search of one person stands on the database for long: it is broken off, and told what to add."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from inbox.api import exports
from inbox.operations import bounds, query, selectors
from intents.kernel import statements
from intents.kernel.actors import Person
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person
from tests.pages.browser import Browser

BROAD = "payload.order_id:>100"
SLOW = "SELECT pg_sleep(60)"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known from before."""
    monkeypatch.setattr(bounds, "_broken_off", type(bounds._broken_off)())


@contextmanager
def soon() -> Iterator[None]:
    """The time is over soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "SECONDS", 0.05)
        yield


@contextmanager
def payloads_out_of_reach() -> Iterator[None]:
    """Whatever reads a payload in the block waits until its time is over."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("LOCK TABLE intents_intentbody IN ACCESS EXCLUSIVE MODE")
        with soon():
            yield


@pytest.fixture
def counts_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting takes longer than it may, and nothing else does."""

    def total(actor: Person, q: query.Query, *, seconds: float | None = None) -> object:
        with soon():
            return bounds.rows(q, SLOW, {"workspace": actor.workspace_id})

    monkeypatch.setattr(selectors, "total", total)


def test_a_search_that_takes_too_long_is_refused_with_what_to_add(shop: KeyCaller, olga: PersonCaller) -> None:
    shop.submit()
    with payloads_out_of_reach():
        refused = olga.get("/operations/intents", q=BROAD)
    assert (refused.status, refused.code) == (422, "schema_invalid")
    details = refused.json["error"]["details"]
    assert details["field"] == "q"
    assert details["suggestions"] == [f"{BROAD} is:open", f"{BROAD} created:<24h", f"{BROAD} created:<7d"]
    assert "add a term" in refused.json["error"]["message"]


def test_so_are_a_file_of_it_and_a_bulk_over_it(shop: KeyCaller, olga: PersonCaller) -> None:
    shop.submit()
    with payloads_out_of_reach():
        with pytest.raises(bounds.TooBroad):
            exports.begin(person(olga), {"q": BROAD})
        refused = olga.post("/operations/bulk", {"action": "cancel", "filter": {"q": BROAD}, "preview": True, "reason": "x"})
    assert refused.status == 422
    assert "add a term" in refused.json["error"]["message"]


def test_who_asks_the_same_again_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, olga: PersonCaller
) -> None:
    shop.submit()
    with payloads_out_of_reach():
        assert olga.get("/operations/intents", q=BROAD).status == 422
    really, sent = statements.rows, list[str]()
    monkeypatch.setattr(statements, "rows", lambda query, params: sent.append(query) or really(query, params))
    assert olga.get("/operations/intents", q=BROAD).status == 422
    assert [one for one in sent if "FROM intents_intent " in one] == []
    assert olga.get("/operations/intents", q=f"{BROAD} is:open").status == 200


def test_after_a_while_it_is_tried_again(monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, olga: PersonCaller) -> None:
    shop.submit()
    monkeypatch.setattr(bounds, "AGAIN_SECONDS", 0.0)
    with payloads_out_of_reach():
        assert olga.get("/operations/intents", q=BROAD).status == 422
    assert olga.get("/operations/intents", q=BROAD).status == 200


def test_what_is_found_is_shown_where_counting_it_takes_too_long(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, counts_for_ever: None
) -> None:
    for _ in range(selectors.PAGE + 1):
        ask(shop)
    page = Browser().sign_in(olga.user).get("/operations/intents?q=for:human&count=yes")
    assert "Waiting for people" in page.text
    assert "Too many to count" in page.text
    assert "Repair all" not in page.text


def test_an_intents_page_comes_without_its_neighbours(shop: KeyCaller, olga: PersonCaller, olgas: Browser) -> None:
    intent_id = shop.submit()
    with payloads_out_of_reach():
        refused = olgas.get(f"/operations/intents?q={BROAD}")
    assert refused.status == 422
    assert f"{BROAD} is:open" in refused.text
    assert olgas.get(f"/operations/intents/{intent_id}?q={BROAD}").status == 200


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def test_the_limit_of_a_larger_transaction_stays(shop: KeyCaller, olga: PersonCaller) -> None:
    who, q = person(olga), query.parse("is:open")
    ((before,),) = statements.rows("SHOW statement_timeout", ())
    with transaction.atomic():
        selectors.page(who, q)
        assert statements.rows("SHOW statement_timeout", ()) == [(before,)]
        with soon(), pytest.raises(bounds.TooBroad):
            bounds.rows(q, SLOW, {"workspace": who.workspace_id})
        assert statements.rows("SHOW statement_timeout", ()) == [(before,)]
    selectors.page(who, q)
    assert statements.rows("SHOW statement_timeout", ()) == [(before,)]
