"""Policies of a workspace: which one a task follows, and what an owner is told of it before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intents.accounts.models import AuditEntry
from intents.dispatch import scheduler
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask, ask_midway

HOUR = 3600
END = {"after_seconds": 24 * HOUR, "then": "fail"}
ESCALATION = {
    "reminders": {"after_seconds": HOUR, "interval_seconds": 1800, "at_most": 2},
    "levels": [{"after_seconds": 2 * HOUR, "to": "owner"}],
    "repeat": 0,
    "end": END,
}
OFFICE = {"name": "Riga", "time_zone": "Europe/Riga", "hours": {"mon": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]]}}


def make(alice: PersonCaller, name: str = "Late", **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = alice.post("/policies", {"name": name, "escalation": {"end": END}} | fields).ok()["policy"]
    return made


def followed(shop: KeyCaller, payload: dict[str, Any] | None = None, **task: Any) -> str | None:
    plan = ask(shop, payload, **task).task(shop).get("plan")
    return plan and plan["policy"]


def test_a_policy_is_made_shown_changed_and_deleted(alice: PersonCaller) -> None:
    alice.post("/calendars", OFFICE).ok()
    body = {
        "name": "Refunds",
        "place": 10,
        "match": {
            "intent_types": ["refund.*"],
            "payload": [{"field": "eur", "at_least": 100}, {"field": "to", "is": "ACME"}],
        },
        "escalation": ESCALATION,
        "calendar": "riga",
    }
    made = alice.post("/policies", body).ok()["policy"]
    path = f"/policies/{made.pop('policy_id')}"
    assert made == body | {"calendar": "Riga", "least": {}, "revision": 1, "changed_at": None, "changed_by": None}
    assert alice.get(path).ok()["policy"] | {"policy_id": None} == made | {"policy_id": None}
    changed = alice.patch(path, {"name": "All refunds", "calendar": None}).ok()["policy"]
    assert (changed["name"], changed["calendar"], changed["match"]) == ("All refunds", None, made["match"])
    assert alice.get("/policies").ok()["policies"] == [changed]
    alice.delete(path).ok()
    assert alice.get(path).status == 404
    entries = AuditEntry.objects.filter(action__startswith="policy.").order_by("id")
    assert [(entry.action, entry.subject) for entry in entries] == [
        ("policy.create", "Refunds"),
        ("policy.update", "All refunds"),
        ("policy.delete", "All refunds"),
    ]


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True),
        ({"intent_types": ["order.*"]}, True),
        ({"intent_types": ["refund.*", "order.fulfill.v1"]}, True),
        ({"intent_types": ["refund.*"]}, False),
        ({"agents": ["shop"]}, True),
        ({"agents": ["sh*"]}, True),
        ({"agents": ["billing"]}, False),
        ({"risks": ["high", "medium"]}, True),
        ({"risks": ["high"]}, False),
        ({"payload": [{"field": "eur", "at_least": 129}]}, True),
        ({"payload": [{"field": "eur", "at_least": 130}]}, False),
        ({"payload": [{"field": "eur", "at_most": 129}]}, True),
        ({"payload": [{"field": "eur", "at_most": 0}]}, False),
        ({"payload": [{"field": "to.name", "is": "ACME"}]}, True),
        ({"payload": [{"field": "to.name", "is": "acme"}]}, False),
        ({"payload": [{"field": "to.name", "at_least": 1}]}, False),
        ({"payload": [{"field": "lines.1.eur", "is": 29}]}, True),
        ({"payload": [{"field": "lines.2.eur", "is": 29}]}, False),
        ({"payload": [{"field": "paid", "is": True}]}, True),
        ({"payload": [{"field": "paid", "is": 1}]}, False),
        ({"payload": [{"field": "paid", "at_least": 0}]}, False),
        ({"payload": [{"field": "gone", "is": None}]}, False),
        ({"payload": [{"field": "nothing", "is": None}]}, True),
        ({"intent_types": ["order.*"], "risks": ["high"]}, False),
    ],
)
def test_a_policy_is_for_the_tasks_that_fit_all_its_rules(
    alice: PersonCaller, shop: KeyCaller, match: dict[str, Any], fits: bool
) -> None:
    make(alice, match=match)
    payload = {
        "eur": 129,
        "to": {"name": "ACME"},
        "lines": [{"eur": 100}, {"eur": 29}],
        "paid": True,
        "nothing": None,
    }
    assert followed(shop, payload, risk="medium") == ("Late" if fits else None)


def test_of_those_that_fit_the_first_place_counts(alice: PersonCaller, shop: KeyCaller) -> None:
    make(alice, "Everything")
    make(alice, "Anything")
    make(alice, "Risky", place=5, match={"risks": ["high"]})
    assert followed(shop) == "Anything"
    assert followed(shop, risk="high") == "Risky"


def test_what_a_request_brings_goes_before_every_policy(alice: PersonCaller, shop: KeyCaller) -> None:
    make(alice)
    assert followed(shop, escalation={"end": END}) is None
    shop.submit(human_task={}, remind_after_seconds=60)
    newest = shop.get("/tasks").ok()["tasks"][0]
    assert (newest["plan"]["policy"], len(newest["plan"]["reminders"]), newest.get("due_at")) == (None, 1, None)


def test_a_policy_of_another_workspace_is_not_followed(charlie: PersonCaller, shop: KeyCaller) -> None:
    make(charlie)
    assert followed(shop) is None


def test_a_change_touches_no_task_that_is_open(
    now: SettableClock, alice: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    calendar = alice.post("/calendars", OFFICE | {"hours": {"tue": [["00:00", "24:00"]]}}).ok()["calendar"]
    policy = make(alice, escalation=ESCALATION, calendar="Riga")
    asked = ask_midway(shop, worker)
    before = asked.task(shop)
    timers = asked.task(shop)["next_steps"]
    alice.patch(f"/calendars/{calendar['calendar_id']}", {"hours": OFFICE["hours"]}).ok()
    alice.patch(f"/policies/{policy['policy_id']}", {"escalation": {"end": {"after_seconds": 1, "then": "fail"}}}).ok()
    alice.delete(f"/policies/{policy['policy_id']}").ok()
    after = asked.task(shop)
    assert (after["plan"], after["due_at"], after["next_steps"]) == (before["plan"], before["due_at"], timers)
    now.advance(seconds=HOUR)
    scheduler.sweep()
    assert "intent.reminder" in [event["event_type"] for event in shop.events(asked.intent_id)]
    assert shop.intent(asked.intent_id)["status"] == "WAITING"


def test_completing_by_silence_is_for_low_risk_alone_and_for_outcomes_that_are_offered(
    now: SettableClock, alice: PersonCaller, shop: KeyCaller
) -> None:
    silent = {"end": {"after_seconds": HOUR, "then": "complete", "outcome": "approved"}}
    for match in ({}, {"risks": ["low", "medium"]}, {"risks": ["high"]}):
        refused = alice.post("/policies", {"name": "Silent", "escalation": silent, "match": match})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "escalation.end.then")
    policy = make(alice, escalation=silent, match={"risks": ["low"]})
    refused = alice.patch(f"/policies/{policy['policy_id']}", {"match": {}})
    assert refused.status == 422
    low, other, medium = (
        ask(shop, risk="low"),
        ask(shop, risk="low", allowed_outcomes=["yes", "no"]),
        ask(shop, risk="medium"),
    )
    now.advance(hours=1)
    scheduler.sweep()
    assert shop.intent(low.intent_id)["result"] == {"outcome": "approved", "expired": True}
    assert shop.intent(other.intent_id)["error"]["outcome"] == "expired"
    assert shop.intent(medium.intent_id)["status"] == "WAITING"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"calendar": "Nowhere"}, "calendar"),
        ({"escalation": {"end": END, "levels": [{"after_seconds": 1, "to": "a stranger"}]}}, "escalation.levels.0.to"),
        ({"match": {"payload": [{"field": "eur"}]}}, "match.payload.0"),
        ({"match": {"payload": [{"field": "eur", "is": 1, "at_least": 1}]}}, "match.payload.0"),
        ({"match": {"payload": [{"field": "eur", "at_least": "1e999"}]}}, "match.payload.0.at_least"),
        ({"match": {"colour": "red"}}, "match.colour"),
        ({"place": -1}, "place"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_its_field(
    alice: PersonCaller, fields: dict[str, Any], named: str
) -> None:
    made = make(alice)
    other = {"name": "Other", "escalation": {"end": END}} | fields
    for refused in (alice.post("/policies", other), alice.patch(f"/policies/{made['policy_id']}", fields)):
        assert (refused.status, refused.json["error"]["details"]["field"].removeprefix("body.")) == (422, named)
    assert alice.get("/policies").ok()["policies"] == [made]


def test_two_policies_have_no_name_in_common_and_a_calendar_in_use_stays(alice: PersonCaller) -> None:
    calendar = alice.post("/calendars", OFFICE).ok()["calendar"]
    make(alice, calendar="Riga")
    assert alice.post("/policies", {"name": "LATE", "escalation": {"end": END}}).status == 409
    refused = alice.delete(f"/calendars/{calendar['calendar_id']}")
    assert (refused.status, refused.json["error"]["details"]["policy"]) == (409, "Late")


def test_nobody_but_owners_and_admins_keeps_policies_and_every_member_reads_them(
    alice: PersonCaller, olga: PersonCaller, bob: PersonCaller, machine: KeyCaller
) -> None:
    path = f"/policies/{make(alice)['policy_id']}"
    for caller in (olga, bob, machine):
        answers = [
            caller.post("/policies", {"name": "Mine", "escalation": {"end": END}}),
            caller.post("/policies/preview", {"intent_type": "refund.pay.v1"}),
            caller.patch(path, {"name": "Mine"}),
            caller.delete(path),
        ]
        assert {one.code for one in answers} == {"policy_denied"}
    for get in ("/policies", path):
        assert [caller.get(get).status for caller in (olga, bob, machine)] == [200, 200, 403]


def test_the_preview_tells_what_happens_if_it_came_now(now: SettableClock, alice: PersonCaller, shop: KeyCaller) -> None:
    make(alice, match={"intent_types": ["order.*"]}, escalation=ESCALATION)
    preview = alice.post("/policies/preview", {"intent_type": "order.fulfill.v1", "agent": "shop"}).ok()

    def at(**parts: float) -> str:
        return rfc3339(now.now + timedelta(**parts))

    assert [(one["at"], one["what"], one["to"], one["then"]) for one in preview["next_steps"]] == [
        (at(hours=1), "reminder", None, None),
        (at(hours=1.5), "reminder", None, None),
        (at(hours=2), "escalation", "owner", None),
        (at(hours=24), "end", None, "fail"),
    ]
    asked = ask(shop)
    assert asked.task(shop)["plan"] == preview["plan"]
    assert asked.task(shop)["next_steps"] == preview["next_steps"]
    nothing = alice.post("/policies/preview", {"intent_type": "refund.pay.v1"}).ok()
    assert (nothing["plan"], nothing["next_steps"]) == (None, [])


def test_the_preview_tries_a_draft_at_another_time(alice: PersonCaller) -> None:
    alice.post("/calendars", OFFICE).ok()
    friday = datetime(2030, 1, 18, 14, 0, tzinfo=UTC)
    task = {"calendar": "Riga", "escalation": {"end": {"after_seconds": 4 * HOUR, "then": "expire"}}}
    body = {"intent_type": "refund.pay.v1", "human_task": task, "at": rfc3339(friday)}
    plan = alice.post("/policies/preview", body).ok()["plan"]
    assert (plan["end_at"], plan["why"]) == ("2030-01-21T10:00:00.000000Z", "due Mon 12:00 Europe/Riga: 4 working hours")


def test_what_is_ahead_of_a_task_gets_less(
    now: SettableClock, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller
) -> None:
    asked = ask(shop, escalation=ESCALATION)
    seen = []
    for hours in (0, 1, 0.5, 0.5):
        now.advance(hours=hours)
        scheduler.sweep()
        seen.append([step["what"] for step in asked.task(bob)["next_steps"]])
    steps = ["reminder", "reminder", "escalation", "end"]
    assert seen == [steps, steps[1:], steps[2:], steps[3:]]
    asked.decide(bob, "approved").ok()
    assert asked.task(bob)["next_steps"] == []
