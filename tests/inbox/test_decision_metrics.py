"""How people decide: counted for each, shown to themselves, and of everybody to owners and admins alone."""

from datetime import timedelta
from typing import Any

from inbox.operations import measures, people
from inbox.operations.models import DecidingHour
from intents.accounts.models import Member, Workspace
from intents.accounts.services import groups
from intents.kernel import clock
from intents.rollups import folding
from intents.rollups.models import FoldedHour
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person
from tests.inbox.test_rollups import fold_all, later
from tests.pages.browser import Browser

LONG = {"description": "Read this carefully. " * 90}


def own(who: PersonCaller) -> dict[str, Any]:
    found: dict[str, Any] = who.get("/me/decision-metrics").ok()["metrics"]
    return found


def show_each(admin: PersonCaller) -> None:
    """Let owners and admins see how each person decides."""
    admin.put("/operations/people/visibility", {"per_person": True}).ok()


def test_a_decision_after_a_look_counts_with_both_times(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, title="Pay?")
    Browser().sign_in(bob.user).get(f"/inbox/{asked.task_id}")
    asked.decide(bob, "approved").ok()
    found = own(bob)
    assert (found["decided"], found["undone"], found["expired"]) == (1, 0, 0)
    assert 0 <= found["view_seconds"] <= found["decide_seconds"] < 60
    assert found["undone_share"] == 0


def test_who_decides_before_the_text_can_be_read_is_hasty_and_who_never_looked_is_not_judged(
    shop: KeyCaller, bob: PersonCaller
) -> None:
    long = ask(shop, title="Pay?", **LONG)
    Browser().sign_in(bob.user).get(f"/inbox/{long.task_id}")
    long.decide(bob, "approved").ok()
    ask(shop, title="Pay?", **LONG).decide(bob, "approved").ok()
    found = own(bob)
    assert (found["decided"], found["hasty"], found["hasty_share"]) == (2, 1, 1)


def test_a_decision_without_a_look_says_nothing_of_looking(shop: KeyCaller, bob: PersonCaller) -> None:
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    found = own(bob)
    assert (found["decided"], found["view_seconds"], found["hasty_share"]) == (1, None, None)
    assert found["decide_seconds"] is not None


def test_an_undone_decision_counts_as_undone_and_not_as_decided(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, title="Pay?")
    asked.decide_on_page(bob)
    asked.post(bob, "undo").ok()
    found = own(bob)
    assert (found["decided"], found["undone"], found["undone_share"]) == (0, 1, 1)


def test_nothing_has_no_shares(bob: PersonCaller) -> None:
    found = own(bob)
    assert found["decided"] == 0
    assert {found[name] for name in ("view_seconds", "decide_seconds", "undone_share", "hasty_share")} == {None}


def test_owners_see_everybody_and_others_themselves(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, olga: PersonCaller, vera: PersonCaller, charlie: PersonCaller
) -> None:
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    ask(shop, title="Pay?", assignees=["olga@myorg.example"]).decide(olga, "rejected", comment="No.").ok()
    show_each(alice)
    items = alice.get("/operations/people").ok()["items"]
    assert {one["name"]: one["decided"] for one in items} == {"bob@myorg.example": 1, "olga@myorg.example": 1}
    assert [who.get("/operations/people").code for who in (bob, olga, vera)] == ["policy_denied"] * 3
    assert charlie.get("/operations/people").ok()["items"] == []
    assert shop.get("/me/decision-metrics").code == "missing_actor_token"


def test_a_group_has_the_numbers_of_what_is_assigned_to_it(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, workspace: Workspace
) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    groups.join(actor=SETUP, group=group, member=Member.objects.get(user=bob.user))
    ask(shop, title="Pay?", assignees=["Finance"]).decide(bob, "approved").ok()
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    show_each(alice)
    items = alice.get("/operations/people").ok()["items"]
    assert [(one["kind"], one["name"], one["decided"]) for one in items] == [
        ("person", "bob@myorg.example", 2),
        ("group", "Finance", 1),
    ]


def test_the_page_of_ones_own_numbers_is_reached_from_the_profile(shop: KeyCaller, bob: PersonCaller) -> None:
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    bobs = Browser().sign_in(bob.user)
    assert 'href="/settings/decisions"' in bobs.get("/settings/profile").html
    page = bobs.get("/settings/decisions?range=7d")
    assert "Decided 1 Median time" in page.text
    assert "See everybody" not in page.text
    assert bobs.get("/operations/people").status == 403


def test_owners_have_a_page_of_everybody(shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> None:
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    show_each(alice)
    alices = Browser().sign_in(alice.user)
    assert "bob @myorg.example 1" in alices.get("/operations/people").text
    assert 'href="/operations/people"' in alices.get("/operations").html


def test_hours_that_were_counted_tell_the_same_as_the_decisions_themselves(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, alice: PersonCaller, workspace: Workspace
) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    groups.join(actor=SETUP, group=group, member=Member.objects.get(user=bob.user))
    looker = Browser().sign_in(bob.user)
    for number in range(6):
        asked = ask(shop, title="Pay?", assignees=["Finance", "olga@myorg.example"] if number % 2 else None, **LONG)
        if number % 3:
            looker.get(f"/inbox/{asked.task_id}")
        asked.decide(olga if number == 5 else bob, "approved").ok()
    undone = ask(shop, title="Pay?")
    undone.decide_on_page(bob)
    undone.post(bob, "undo").ok()
    undone.decide(bob, "approved").ok()
    show_each(alice)
    who, now = person(alice), clock.now()
    for name in ("24h", "7d", "90d"):
        span = measures.SPANS[name]
        with later(now) as then:
            FoldedHour.objects.all().delete()
            DecidingHour.objects.all().delete()
            raw = people.everybody(who, span)
            assert {(one.name, one.decided, one.undone) for one in raw} == {
                ("bob@myorg.example", 6, 1),
                ("olga@myorg.example", 1, 0),
                ("Finance", 3, 0),
            }
            assert sum(one.looked for one in raw) > 0 < sum(one.hasty for one in raw)
            fold_all()
            assert DecidingHour.objects.exists()
            assert people.everybody(who, span) == raw
            assert [people.own(person(bob), span)] == [one for one in raw if one.name == "bob@myorg.example"]
            # Each hour is read once: from its counts, or where it is not counted from the rows.
            FoldedHour.objects.filter(hour=folding.hour_of(then) - folding.HOUR).delete()
            assert people.everybody(who, span) == raw


def test_hours_that_an_older_version_counted_are_counted_anew(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    show_each(alice)
    span = measures.SPANS["7d"]
    with later(clock.now()):
        fold_all()
        raw = people.everybody(person(alice), span)
        FoldedHour.objects.update(version=1)
        DecidingHour.objects.all().delete()
        assert people.everybody(person(alice), span) == raw, "read from the rows meanwhile"
        fold_all()
        folding.fold()
        assert DecidingHour.objects.exists()
        assert people.everybody(person(alice), span) == raw


def test_numbers_of_months_are_read_from_hours_that_are_past_their_time_no_more(shop: KeyCaller, bob: PersonCaller) -> None:
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    with later(clock.now()):
        folding.fold()
        assert DecidingHour.objects.exists()
    with later(clock.now(), folding.KEPT + timedelta(days=2)):
        folding.prune()
    assert not DecidingHour.objects.exists()
