"""Signs of fatigue: shown to each person first, of all together to admins, and by name only where that is said."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from inbox.operations import fatigue, measures
from inbox.operations.models import DecidingHour
from inbox.tasks.models import ReadReceipt, Task
from intents.accounts.models import AuditEntry, Member, Workspace
from intents.accounts.services import groups
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.kernel.models import ids_of
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask, person
from tests.inbox.granting import come, make_grant
from tests.inbox.test_rollups import LATER, fold_all, later
from tests.pages.browser import Browser


def figures(who: PersonCaller) -> dict[str, Any]:
    found: dict[str, Any] = who.get("/me/decisions/figures").ok()["figures"]
    return found


def look_for(asked: Asked, who: PersonCaller, seconds: float) -> None:
    """As if `who` had first seen the task so long ago."""
    seen_at = clock.first_id(clock.now() - timedelta(seconds=seconds))
    task = Task.objects.get(id=asked.task_id)
    ReadReceipt.objects.create(
        id=UUID(int=seen_at.int + task.id.int % 2**64), workspace_id=task.workspace_id, task=task, user=who.user
    )


def decide_after(shop: KeyCaller, who: PersonCaller, seconds: float, outcome: str = "approved") -> Asked:
    asked = ask(shop)
    look_for(asked, who, seconds)
    asked.decide(who, outcome, comment="Seen.").ok()
    return asked


def test_only_what_was_decided_within_two_seconds_of_the_first_look_is_fast(shop: KeyCaller, bob: PersonCaller) -> None:
    decide_after(shop, bob, 0.1)
    for seconds in (60, 120, 180):
        decide_after(shop, bob, seconds)
    ask(shop).decide(bob, "approved").ok()  # Nobody knows how long they looked.
    found = figures(bob)
    assert [found[name] for name in ("decided", "looked", "fast", "fast_share")] == [5, 4, 1, 0.25]
    assert found["after_look_seconds"]["p50"] == pytest.approx(90, abs=20)
    assert found["after_look_seconds"]["p90"] == pytest.approx(162, abs=30)
    assert found["decide_seconds"]["p50"] < found["after_look_seconds"]["p50"]


def test_decisions_are_counted_by_the_hour_of_the_persons_own_zone(shop: KeyCaller, bob: PersonCaller) -> None:
    bob.user.time_zone = "Asia/Kathmandu"
    bob.user.save()
    hours = [clock.now().astimezone(clock.zone("Asia/Kathmandu")).hour]
    decide_after(shop, bob, 0.1)
    decide_after(shop, bob, 60)
    hours.append(clock.now().astimezone(clock.zone("Asia/Kathmandu")).hour)
    busy = [one for one in figures(bob)["hours"] if one["decided"]]
    assert sum(one["decided"] for one in busy) == 2
    assert {one["hour"] for one in busy} <= set(hours)
    assert sum(one["fast"] for one in busy) == 1


def test_what_was_undone_sent_back_or_ended_otherwise_is_overturned(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    kept = ask(shop)
    kept.decide(bob, "approved").ok()
    assert figures(bob)["overturned"] == 0
    undone = ask(shop)
    undone.decide_on_page(bob)
    undone.post(bob, "undo").ok()
    assert figures(bob)["overturned"] == 1
    people = ["alice@myorg.example", "bob@myorg.example", "olga@myorg.example"]
    outvoted = ask(shop, quorum={"approve": 2, "reject": 2}, assignees=people)
    outvoted.decide(bob, "approved").ok()
    assert figures(bob)["overturned"] == 1, "nothing is decided yet"
    for who in (alice, olga):
        outvoted.decide(who, "rejected", comment="No.").ok()
    assert figures(bob)["overturned"] == 2
    stages = [
        {"name": "First", "assignees": ["bob@myorg.example"]},
        {"name": "Second", "assignees": ["alice@myorg.example"], "on_reject": "return"},
    ]
    back = ask(shop, stages=stages)
    back.decide(bob, "approved").ok()
    back.decide(alice, "rejected", comment="Look again.").ok()
    found = figures(bob)
    assert (found["decided"], found["overturned"], found["overturned_share"]) == (4, 3, 0.75)
    assert figures(olga)["overturned"] == 0


def test_what_a_standing_grant_decides_is_no_decision_of_a_tired_person(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    make_grant(bob)
    come(shop)
    assert figures(bob)["decided"] == 0
    assert bob.get("/me/decision-metrics").ok()["metrics"]["decided"] == 0


def test_a_series_of_fast_decisions_suggests_a_break_until_that_is_dismissed(shop: KeyCaller, bob: PersonCaller) -> None:
    bobs = Browser().sign_in(bob.user)
    for _ in range(fatigue.STREAK - 1):
        decide_after(shop, bob, 0.1)
    assert "Take a break?" not in bobs.get("/settings/decisions").text
    decide_after(shop, bob, 0.1)
    assert "You decided the last 5 in under 2 seconds each. Take a break?" in bobs.get("/settings/decisions").text
    bobs.post("/settings/decisions/dismiss")
    assert "Take a break?" not in bobs.get("/settings/decisions").text
    decide_after(shop, bob, 0.1)
    assert "You decided the last 6 in under 2 seconds each." in bobs.get("/settings/decisions").text
    decide_after(shop, bob, 30)
    assert "Take a break?" not in bobs.get("/settings/decisions").text


def test_the_chart_has_a_table_with_the_same_numbers(shop: KeyCaller, bob: PersonCaller) -> None:
    decide_after(shop, bob, 0.1)
    decide_after(shop, bob, 60)
    page = Browser().sign_in(bob.user).get("/settings/decisions").flat
    assert "css/operations" in page, "what draws charts"
    rows = re.findall(r'<td class="nowrap">(\d+):00</td><td class="number">(\d+)</td><td class="number">(\d+)</td>', page)
    assert len(rows) == 24
    assert [sum(int(row[place]) for row in rows) for place in (1, 2)] == [2, 1]
    assert len(re.findall('<rect class="hour"', page)) == sum(row[1] != "0" for row in rows)


def test_of_fewer_than_five_people_nothing_is_told_and_by_name_only_where_that_is_set(
    shop: KeyCaller, workspace: Workspace, alice: PersonCaller, bob: PersonCaller, vera: PersonCaller
) -> None:
    people = [make_person(workspace, f"p{number}@myorg.example", Role.APPROVER) for number in range(5)]
    for who in people[:4]:
        decide_after(shop, who, 0.1)
    alices = Browser().sign_in(alice.user).confirmed()
    assert alice.get("/operations/people/figures").ok()["figures"] is None
    assert alice.get("/operations/people").ok()["items"] == []
    page = alices.get("/operations/people").text
    assert "Shown once 5 people have decided something in this time" in page
    assert "p0 @myorg.example" not in page
    decide_after(shop, people[4], 60)
    team = alice.get("/operations/people/figures").ok()["figures"]
    assert (team["decided"], team["fast"]) == (5, 4)
    assert "5 decisions of 5 people." in alices.get("/operations/people").text
    assert [who.get("/operations/people/figures").code for who in (bob, vera)] == ["policy_denied"] * 2
    assert "Only you see these numbers." in Browser().sign_in(bob.user).get("/settings/decisions").text
    assert bob.put("/operations/people/visibility", {"per_person": True}).code == "policy_denied"
    assert alices.post("/operations/people/visibility", {"per_person": "yes"}).status == 302
    assert bob.get("/operations/people/visibility").ok()["per_person"] is True
    assert len(alice.get("/operations/people").ok()["items"]) == 5
    assert "p0 @myorg.example" in alices.get("/operations/people").text
    assert "and so do the owners and admins" in Browser().sign_in(bob.user).get("/settings/decisions").text
    assert AuditEntry.objects.get(action="decision_figures.show").subject == "each person"


def test_of_all_together_hours_that_were_counted_tell_what_the_decisions_tell(
    shop: KeyCaller, workspace: Workspace, alice: PersonCaller, bob: PersonCaller
) -> None:
    people = [make_person(workspace, f"p{number}@myorg.example", Role.APPROVER) for number in range(5)]
    for number, who in enumerate(people):
        decide_after(shop, who, 0.1 if number % 2 else 40 * number)
    undone = ask(shop)
    undone.decide_on_page(bob)
    undone.post(bob, "undo").ok()
    stages = [
        {"name": "First", "assignees": ["bob@myorg.example"]},
        {"name": "Second", "assignees": ["alice@myorg.example"], "on_reject": "return"},
    ]
    back = ask(shop, stages=stages)
    back.decide(bob, "approved").ok()
    back.decide(alice, "rejected", comment="Look again.").ok()
    named = ["alice@myorg.example", "bob@myorg.example", "p0@myorg.example"]
    outvoted = ask(shop, quorum={"approve": 2, "reject": 2}, assignees=named)
    outvoted.decide(bob, "approved").ok()
    who, span = person(alice), measures.SPANS["90d"]
    with later(clock.now()):
        raw = fatigue.team_figures(who, span, zone="Europe/Riga")
        assert raw is not None
        assert (raw.decided, raw.people, raw.looked, raw.fast, raw.overturned) == (9, 7, 5, 3, 3)
        fold_all()
        assert fatigue.team_figures(who, span, zone="Europe/Riga") == raw
        DecidingHour.objects.update(others=[])
        assert fatigue.team_figures(who, span, zone="Europe/Riga") != raw, "it is read from the hours"
    with later(clock.now(), LATER + timedelta(hours=1)):
        for one in (alice, people[0]):
            outvoted.decide(one, "rejected", comment="No.").ok()
        found = fatigue.team_figures(who, span, zone="Europe/Riga")
        assert found is not None
        assert found.overturned == 4, "also of an hour that was counted before"


def test_a_group_is_told_of_once_five_people_decided_what_was_assigned_to_it(
    shop: KeyCaller, workspace: Workspace, alice: PersonCaller
) -> None:
    people = [make_person(workspace, f"p{number}@myorg.example", Role.APPROVER) for number in range(5)]
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    for who in people:
        groups.join(actor=SETUP, group=group, member=Member.objects.get(user=who.user))
        ask(shop).decide(who, "approved").ok()
    ask(shop, assignees=["Finance"]).decide(people[0], "approved").ok()
    assert alice.get("/operations/people").ok()["items"] == [], "they would be the numbers of one"
    for who in people[1:]:
        ask(shop, assignees=["Finance"]).decide(who, "approved").ok()
    (found,) = alice.get("/operations/people").ok()["items"]
    assert (found["name"], found["decided"]) == ("Finance", 5)


def test_what_was_decided_days_ago_is_not_read_for_a_series(shop: KeyCaller, bob: PersonCaller) -> None:
    with ids_of(clock.now() - timedelta(days=2)):
        for _ in range(fatigue.STREAK - 1):
            decide_after(shop, bob, 0.1)
    decide_after(shop, bob, 0.1)
    assert fatigue.streak(person(bob)) is None
    for _ in range(fatigue.STREAK - 1):
        decide_after(shop, bob, 0.1)
    found = fatigue.streak(person(bob))
    assert found is not None
    assert found.count == fatigue.STREAK
