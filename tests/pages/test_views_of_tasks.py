"""Views of lists of tasks that people keep: in the rail, with what they hold; shared; renamed; deleted."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.operations import selectors
from inbox.operations.models import ViewOf
from inbox.operations.services import saved
from intents.kernel.errors import Conflict, Denied, InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person
from tests.pages.browser import Browser

BOTH = {"assignees": ["bob@myorg.example", "alice@myorg.example"]}


def rail(by: Browser, path: str = "/inbox/views") -> dict[str, str]:
    """The views that somebody is shown, with their badges."""
    found = re.findall(r'<a href="[^"]*"[^>]*>.*?<span class="label">(.*?)</span>(.*?)</a>', by.get(path).html, re.S)
    return {name: "".join(re.findall(r'data-tone="plain">(.*?)<', rest)) for name, rest in found}


def test_a_view_is_kept_with_what_it_holds_and_a_badge_equals_its_list(
    shop: KeyCaller, bobs: Browser, bob: PersonCaller
) -> None:
    for amount in ("20.00", "120.00", "300.00"):
        ask(shop, {"amount": amount, "currency": "EUR"}, **BOTH)
    bobs.post("/inbox/views/new?q=amount:>100&sort=amount", {"name": " Large  ones "})
    bobs.post("/inbox/views/new?view=claimed", {"name": "Mine"})
    assert rail(bobs) == {"Large ones": "2", "Mine": ""}
    (view,) = selectors.saved_views(person(bob), ViewOf.TASKS).filter(name="Large ones")
    assert (view.q, view.tab, view.sort, view.shared) == ("amount:>100", "waiting", "amount", False)
    page = bobs.get("/inbox?view=waiting&q=amount:%3E100&sort=amount")
    assert page.html.count("<li id=") == 2
    assert re.search(r'aria-current="page"[^>]*title="amount:&gt;100"', page.html)
    bobs.post(f"/inbox/views/{view.id}", {"name": "Above 100", "shared": "yes"})
    assert rail(bobs) == {"Above 100": "2", "Mine": ""}
    bobs.post(f"/inbox/views/{view.id}/delete", {})
    assert rail(bobs) == {"Mine": ""}


def test_a_shared_view_is_everybodys_and_changed_by_its_maker_and_admins_alone(
    shop: KeyCaller, bobs: Browser, alices: Browser, bob: PersonCaller, vera: PersonCaller
) -> None:
    ask(shop, **BOTH)
    bobs.post("/inbox/views/new?q=is:open", {"name": "Open", "shared": "yes"})
    assert rail(alices) == rail(bobs) == {"Open": "1"}
    (view,) = selectors.own_views(person(bob))
    with pytest.raises(Denied):
        saved.delete_view(actor=person(vera), view_id=view.id, of=ViewOf.TASKS)
    alices.post(f"/inbox/views/{view.id}", {"name": "Theirs", "shared": "yes"})  # an admin
    assert rail(bobs) == {"Theirs": "1"}


def test_two_who_give_their_views_one_name_at_one_moment_are_told(
    bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = person(bob)
    _, other = (
        saved.save_view(actor=me, name=name, q="is:open", shared=False, of=ViewOf.TASKS) for name in ("Open", "Late")
    )
    # Neither sees yet what the other tab writes.
    monkeypatch.setattr(selectors, "views_of", lambda view: selectors.own_views(me).none())
    with pytest.raises(Conflict, match="another view has this name"):
        saved.change_view(actor=me, view_id=other.id, name="Open", shared=False, of=ViewOf.TASKS)
    assert set(selectors.own_views(me).values_list("name", flat=True)) == {"Open", "Late"}


def test_a_view_is_held_while_it_is_changed(bob: PersonCaller) -> None:
    """One that another tab deletes meanwhile is missing by then."""
    me = person(bob)
    view = saved.save_view(actor=me, name="Open", q="is:open", shared=False, of=ViewOf.TASKS)
    with CaptureQueriesContext(connection) as asked:
        saved.change_view(actor=me, view_id=view.id, name="Late", shared=False, of=ViewOf.TASKS)
    assert any("FOR UPDATE" in one["sql"] for one in asked)


def test_a_view_that_finds_everything_or_means_nothing_is_not_kept(bob: PersonCaller) -> None:
    def keep(q: str, name: str = "One", of: ViewOf = ViewOf.TASKS) -> None:
        saved.save_view(actor=person(bob), name=name, q=q, shared=False, of=of)

    for q, name in (("", "One"), ("rsik:high", "One"), ("risk:high", " ")):
        with pytest.raises(InvalidField):
            keep(q, name)
    keep("risk:high")
    keep("risk:low")
    (view,) = selectors.own_views(person(bob))
    assert view.q == "risk:low"


def test_views_of_tasks_and_of_intents_are_apart(alices: Browser, alice: PersonCaller) -> None:
    saved.save_view(actor=person(alice), name="Stuck", q="is:stuck", shared=False)
    assert rail(alices) == {}
    with pytest.raises(InvalidField, match="has this name"):
        saved.save_view(actor=person(alice), name="Stuck", q="risk:high", shared=False, of=ViewOf.TASKS)
    (view,) = selectors.saved_views(person(alice))
    page = alices.post(f"/inbox/views/{view.id}/delete", {})
    assert page.status == 404
