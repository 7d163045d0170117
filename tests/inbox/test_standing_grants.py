"""Standing grants decide what their makers decided in advance, within limits, and are never silent."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from inbox.standing.models import GrantUse
from inbox.tasks.models import Decision, Task
from intents.accounts.models import AuditEntry, Member
from intents.dispatch import scheduler
from intents.engine import invariants
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.granting import HANDS_OFF, REFUND, come, make_grant, shown, state, try_grant
from tests.inbox.test_races import at_once
from tests.intents.waiting import look


def test_what_fits_is_decided_as_the_makers_own_decision_and_says_by_which_grant(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    grant_id = make_grant(bob, comment="Small, and a customer that we know.")
    (asked,) = come(shop)
    task = asked.task(alice)
    assert (task["state"], task["decision"]["outcome"], task["decision"]["decided_by"]) == (
        "decided",
        "approved",
        "bob@myorg.example",
    )
    by = {"grant_id": grant_id, "name": "Small refunds"}
    assert (task["decision"]["channel"], task["decision"]["standing_grant"]) == ("grant", by)
    assert task["decision"]["comment"] == "Small, and a customer that we know."
    intent = shop.intent(asked.intent_id)
    assert (intent["status"], intent["result"]["outcome"]) == ("COMPLETED", "approved")
    assert intent["result"]["standing_grant"] == by
    told = shop.events(asked.intent_id)[-1]["details"]["decision"]
    assert (told["channel"], told["standing_grant"]) == ("grant", by)
    used = shown(bob, grant_id)["used"]
    assert (used["today"], used["total"], used["sums"]) == (1, 1, {"EUR": "40"})
    (use,) = bob.get(f"/standing-grants/{grant_id}/uses").ok()["uses"]
    assert (use["task_id"], use["outcome"], use["amount"], use["currency"]) == (asked.task_id, "approved", "40", "EUR")


@pytest.mark.parametrize(
    "payload",
    [
        {"customer": "Globex"},
        {"amount": 50.01},
        {"currency": "USD"},
        {"amount": -1},
        {"amount": None},
    ],
    ids=str,
)
def test_what_does_not_fit_waits_for_people(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, payload: dict[str, Any]
) -> None:
    make_grant(bob)
    (asked,) = come(shop, **payload)
    assert state(alice, asked) == "open"


def test_what_came_before_a_grant_waits_for_people(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    asked = ask(shop, REFUND)
    make_grant(bob)
    look()
    assert state(alice, asked) == "open"


def test_limits_of_a_day_hold_and_the_next_day_begins_anew(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    make_grant(bob)
    states = [state(alice, one) for one in come(shop, at_once=3)]
    assert states == ["decided", "decided", "open"]  # 120 EUR would be more than 100.
    assert [state(alice, one) for one in come(shop, amount=20)] == ["decided"]
    assert [state(alice, one) for one in come(shop, amount=1)] == ["open"]  # It would be the fourth.
    now.advance(days=1)
    assert [state(alice, one) for one in come(shop, at_once=2)] == ["decided", "decided"]


def test_a_total_holds_for_good_and_an_end_is_an_end(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    make_grant(bob, limits={"total": {"count": 2}}, days=3)
    assert [state(alice, one) for one in come(shop)] == ["decided"]
    now.advance(days=2)
    assert [state(alice, one) for one in come(shop, at_once=2)] == ["decided", "open"]
    other = make_grant(alice, limits={"total": {"count": 2}}, days=1)
    now.advance(days=1, seconds=1)
    assert shown(alice, other)["state"] == "expired"
    assert [state(alice, one) for one in come(shop)] == ["open"]


@pytest.mark.slow
def test_sixteen_at_once_never_exceed_a_limit(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    grant_id = make_grant(bob, limits={"per_day": {"sums": {"EUR": 400}}, "total": {"count": 12}})
    for _ in range(2):
        made = [ask(shop, REFUND) for _ in range(16)]
        with ThreadPoolExecutor(16) as pool:
            at_once(pool, [lambda: scheduler.sweep(batch=1) for _ in range(16)])
        while scheduler.sweep():
            pass
        assert Task.objects.filter(intent_id__in=[one.intent_id for one in made]).count() == 16
    used = shown(bob, grant_id)["used"]
    assert (used["total"], used["sums"]) == (10, {"EUR": "400"})
    assert Decision.objects.filter(channel="grant").count() == GrantUse.objects.count() == 10
    assert invariants.findings() == []


def test_a_revoked_grant_decides_nothing_more_and_says_who_and_why(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    grant_id = make_grant(bob)
    asked = ask(shop, REFUND)
    assert olga.post(f"/standing-grants/{grant_id}/revoke", {}).status == 404
    found = alice.post(f"/standing-grants/{grant_id}/revoke", {"reason": "Too many."}).ok()["standing_grant"]
    assert (found["state"], found["ended_by"], found["note"]) == ("revoked", "alice@myorg.example", "Too many.")
    look()
    assert state(alice, asked) == "open"
    assert bob.get("/standing-grants").ok()["standing_grants"] == []
    (over,) = bob.get("/standing-grants", state="over").ok()["standing_grants"]
    assert over["grant_id"] == grant_id
    again = bob.post(f"/standing-grants/{grant_id}/revoke", {}).ok()["standing_grant"]
    assert again["ended_by"] == "alice@myorg.example"
    kept = AuditEntry.objects.filter(action__startswith="standing_grant.").order_by("id")
    assert [(one.action, one.actor) for one in kept] == [
        ("standing_grant.create", "bob@myorg.example"),
        ("standing_grant.revoke", "alice@myorg.example"),
    ]


@pytest.mark.parametrize(
    "loss", [{"role": "billing_viewer"}, {"status": "suspended"}, None], ids=["viewer", "suspended", "removed"]
)
def test_a_grant_ends_when_its_maker_may_not_decide_any_more_and_stays_ended(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, loss: dict[str, Any] | None
) -> None:
    grant_id = make_grant(bob)
    asked = ask(shop, REFUND)
    organization = bob.token.workspace.organization_id
    member = f"/organizations/{organization}/members/{Member.objects.get(user=bob.user).id}"
    (alice.delete(member) if loss is None else alice.patch(member, loss)).ok()
    look()
    assert state(alice, asked) == "open"
    assert (shown(alice, grant_id)["state"], shown(alice, grant_id)["ended_by"]) == ("ended", "alice@myorg.example")
    if loss is not None:
        alice.patch(member, {"role": "member", "status": "active"}).ok()
        assert [state(alice, one) for one in come(shop)] == ["open"]


def test_nobody_grants_what_they_asked_for_themselves_nor_what_their_duties_keep_from_them(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    make_grant(bob)
    intent_id = shop.also(bob).submit(payload=REFUND, human_task={"title": "Mine"})
    apart = ask(shop, REFUND, separation_of_duties=True)
    Task.objects.filter(id=apart.task_id).update(excluded=[bob.user.id])
    look()
    assert state(alice, apart) == "open"
    (mine,) = alice.get("/tasks", intent_id=intent_id).ok()["tasks"]
    assert mine["state"] == "open"


def test_only_what_is_put_to_its_maker_is_decided(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    make_grant(bob)
    others = ask(shop, REFUND, assignees=["olga@myorg.example"])
    delegated = ask(shop, REFUND, assignees=["alice@myorg.example"])
    alice.post(f"/tasks/{delegated.task_id}/delegate", {"to": "bob@myorg.example"}).ok()
    claimed = ask(shop, REFUND)
    alice.post(f"/tasks/{claimed.task_id}/claim").ok()
    look()
    assert [state(alice, one) for one in (others, delegated, claimed)] == ["open", "open", "claimed"]


def test_what_needs_more_than_an_outcome_waits_for_people(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    make_grant(bob)
    form = {"type": "object", "properties": {"account": {"type": "string"}}, "required": ["account"]}
    asked = [
        ask(shop, REFUND, form_schema=form),
        ask(shop, REFUND, required_comment=True),
        ask(shop, REFUND, evidence_required=True),
        ask(shop, REFUND, allowed_outcomes=["now", "later"]),
    ]
    look()
    assert {state(alice, one) for one in asked} == {"open"}


def test_a_grant_is_one_vote_of_several(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller) -> None:
    make_grant(bob)
    make_grant(bob, name="The same again")
    people = ["alice@myorg.example", "bob@myorg.example", "olga@myorg.example"]
    asked = ask(shop, REFUND, quorum=2, assignees=people)
    look()
    task = asked.task(alice)
    assert (task["state"], task["progress"]["approve"]) == ("open", {"given": 1, "needed": 2})
    assert [(one["by"], one["channel"]) for one in task["votes"]] == [("bob@myorg.example", "grant")]
    asked.decide(alice, "approved").ok()
    assert state(alice, asked) == "decided"


def test_two_grants_of_two_people_are_two_votes(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    for who in (alice, bob):
        make_grant(who)
    asked = ask(shop, REFUND, quorum=2, assignees=["alice@myorg.example", "bob@myorg.example", "olga@myorg.example"])
    look()
    assert state(olga, asked) == "decided"


def test_high_risk_is_never_decided_unless_an_admin_allows_it(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    assert try_grant(bob, risk="high").code == "policy_denied"
    low = make_grant(bob, risk="low")
    assert bob.put("/standing-grants/rules", {"highest_risk": "critical"}).code == "policy_denied"
    assert alice.put("/standing-grants/rules", {"highest_risk": "high"}).ok()["highest_risk"] == "high"
    make_grant(bob, risk="high")
    bob.post(f"/standing-grants/{low}/revoke").ok()
    risky, critical = ask(shop, REFUND, risk="high"), ask(shop, REFUND, risk="critical")
    look()
    assert [state(alice, one) for one in (risky, critical)] == ["decided", "open"]
    alice.put("/standing-grants/rules", {"highest_risk": "medium"}).ok()
    again = ask(shop, REFUND, risk="high")
    look()
    assert state(alice, again) == "open"
    alice.put("/standing-grants/rules", {"highest_risk": None}).ok()
    assert try_grant(bob, risk="low").code == "policy_denied"
    assert [state(alice, one) for one in come(shop)] == ["open"]


def test_a_policy_keeps_standing_grants_from_what_it_is_for(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    make_grant(bob)
    alice.post("/policies", HANDS_OFF | {"match": {"payload": [{"field": "country", "is": "LV"}]}}).ok()
    (kept,) = come(shop, country="LV")
    assert (state(alice, kept), kept.task(alice)["human_task"]["standing_grants"]) == ("open", False)
    staged = ask(
        shop, REFUND | {"country": "LV"}, stages=[{"name": n, "assignees": [f"{n}@myorg.example"]} for n in ("alice", "bob")]
    )
    staged.decide(alice, "approved").ok()
    look()
    assert state(alice, staged) == "open"
    (other,) = come(shop, country="EE")
    assert state(alice, other) == "decided"


def test_the_next_stage_is_decided_when_it_begins_and_not_again_when_it_is_sent_back(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    make_grant(bob)
    names = ("alice", "bob", "olga")
    stages = [{"name": one, "assignees": [f"{one}@myorg.example"]} for one in names]
    asked = ask(shop, REFUND, stages=[*stages[:2], stages[2] | {"on_reject": "return"}])
    look()
    assert asked.task(alice)["progress"]["stage"] == 1
    asked.decide(alice, "approved").ok()
    look()
    assert asked.task(alice)["progress"]["stage"] == 3
    asked.decide(olga, "rejected", comment="Look again.").ok()
    look()
    assert asked.task(alice)["progress"]["stage"] == 2
