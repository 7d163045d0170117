"""Reminders, asking others as well, and how it ends, while nobody decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.tasks.models import Task
from inbox.tasks.services import hold
from intents.accounts.models import Group, GroupMember, Member
from intents.dispatch import scheduler
from intents.engine.models import Timer
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339
from tests.conftest import KeyCaller, PersonCaller, SettableClock, make_person
from tests.inbox.conftest import Asked, ask, ask_midway, person

HOUR = 3600


def told(who: KeyCaller, intent_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The reminders and escalations of an intent, without what they all say."""
    return [
        (event["event_type"].removeprefix("intent."), {k: v for k, v in event["details"].items() if k != "task_id"})
        for event in who.events(intent_id)
        if event["event_type"] in ("intent.reminder", "intent.escalated")
    ]


def escalated(to: str, **more: Any) -> dict[str, Any]:
    """What an escalation tells: whom it went to, by both words that programs read."""
    return {"to": to, "escalated_to": to} | more


def pass_time(now: SettableClock, **parts: float) -> None:
    now.advance(**parts)
    while scheduler.sweep():
        pass


def armed() -> list[tuple[str, datetime]]:
    found = Timer.objects.filter(kind__in=["remind", "escalate"]).order_by("due_at", "kind")
    return [(timer.kind, timer.due_at) for timer in found]


def sees(who: PersonCaller) -> bool:
    return bool(who.get("/me/tasks").ok()["tasks"])


def escalation(**parts: Any) -> dict[str, Any]:
    return {"end": {"after_seconds": 24 * HOUR, "then": "fail"}} | parts


def test_the_fields_of_an_intent_remind_so_often_and_then_ask_somebody_else(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    intent_id = shop.submit(
        human_task={"assignees": ["bob@myorg.example"]},
        remind_after_seconds=600,
        remind_interval_seconds=300,
        max_reminders=2,
        escalate_to="olga@myorg.example",
    )
    pass_time(now, seconds=599)
    assert told(shop, intent_id) == []
    pass_time(now, seconds=1)
    assert told(shop, intent_id) == [("reminder", {"number": 1, "of": 2})]
    pass_time(now, seconds=300)
    assert not sees(olga)
    pass_time(now, seconds=300)
    assert told(shop, intent_id)[1:] == [
        ("reminder", {"number": 2, "of": 2}),
        ("escalated", escalated("olga@myorg.example", level=1, of=1)),
    ]
    assert sees(olga)
    assert sees(bob)
    pass_time(now, days=100)
    assert len(told(shop, intent_id)) == 3
    assert shop.intent(intent_id)["remind_count"] == 2
    assert olga.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).ok()
    (event,) = [one for one in shop.events(intent_id) if one["event_type"] == "intent.completed"]
    assert event["details"]["decision"]["authority"] == "escalation"


@pytest.mark.parametrize(
    ("fields", "reminders"),
    [
        ({"remind_after_seconds": 60}, [60]),
        ({"remind_after_seconds": 60, "max_reminders": 2}, [60, 120]),
        ({"remind_after_seconds": 60, "remind_interval_seconds": 30}, [60, 90, 120]),
        ({"remind_interval_seconds": 30}, [30, 60, 90]),
        ({"max_reminders": 5}, []),
        ({"escalate_to": "olga@myorg.example"}, []),
    ],
)
def test_what_an_intent_leaves_out_has_a_meaning(
    now: SettableClock, shop: KeyCaller, olga: PersonCaller, fields: dict[str, Any], reminders: list[int]
) -> None:
    shop.submit(human_task={}, **fields)
    plan = shop.get("/tasks").ok()["tasks"][0].get("plan")
    times = [rfc3339(now.now + timedelta(seconds=seconds)) for seconds in reminders]
    assert (plan["reminders"] if plan else []) == times
    assert (plan["levels"] if plan else []) == []


def test_levels_ask_one_after_the_other_and_then_again(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, alice: PersonCaller
) -> None:
    ladder = escalation(
        levels=[{"after_seconds": HOUR, "to": "olga@myorg.example"}, {"after_seconds": HOUR, "to": "owner"}], repeat=1
    )
    asked = ask(shop, assignees=["bob@myorg.example"], escalation=ladder)
    seen = []
    for _ in range(6):
        pass_time(now, hours=1)
        seen.append((sees(olga), sees(alice)))
    assert seen == [(True, False), (True, True), *[(True, True)] * 4]
    levels = [(details["level"], details["to"]) for _, details in told(shop, asked.intent_id)]
    assert levels == [(1, "olga@myorg.example"), (2, "owner"), (3, "olga@myorg.example"), (4, "owner")]


def test_after_an_outage_there_is_one_reminder_and_the_right_level_at_once(
    now: SettableClock, shop: KeyCaller, olga: PersonCaller, alice: PersonCaller
) -> None:
    ladder = escalation(
        reminders={"after_seconds": HOUR, "at_most": 10},
        levels=[{"after_seconds": HOUR, "to": "olga@myorg.example"}, {"after_seconds": HOUR, "to": "owner"}],
    )
    asked = ask(shop, assignees=["bob@myorg.example"], escalation=ladder)
    pass_time(now, hours=5.5)
    assert told(shop, asked.intent_id) == [
        ("escalated", escalated("owner", level=2, of=2, also=["olga@myorg.example"])),
        ("reminder", {"number": 5, "of": 10, "missed": 4}),
    ]
    assert sees(olga)
    assert sees(alice)
    pass_time(now, hours=0.5)
    assert told(shop, asked.intent_id)[2:] == [("reminder", {"number": 6, "of": 10})]


def test_when_the_end_has_passed_too_nobody_is_reminded_any_more(now: SettableClock, shop: KeyCaller) -> None:
    asked = ask(shop, escalation=escalation(reminders={"after_seconds": HOUR, "at_most": 10}))
    pass_time(now, hours=25)
    assert told(shop, asked.intent_id) == []
    assert shop.intent(asked.intent_id)["status"] == "FAILED"


def test_a_claim_ends_when_somebody_else_is_asked(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    levels = [{"after_seconds": HOUR, "to": "olga@myorg.example"}]
    asked = ask(shop, assignees=["bob@myorg.example"], escalation=escalation(levels=levels))
    asked.post(bob, "claim").ok()
    pass_time(now, hours=1)
    asked.decide(olga, "approved").ok()


LADDER = escalation(reminders={"after_seconds": HOUR, "at_most": 3}, levels=[{"after_seconds": 2 * HOUR, "to": "owner"}])


def test_a_decision_disarms_everything(now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    asked = ask(shop, escalation=LADDER)
    assert armed() == [("remind", now.now + timedelta(hours=1)), ("escalate", now.now + timedelta(hours=2))]
    asked.decide(bob, "approved").ok()
    assert armed() == []
    pass_time(now, days=2)
    assert told(shop, asked.intent_id) == []


def test_a_decision_midway_disarms_everything_and_the_next_task_starts_anew(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    asked = ask_midway(shop, worker, escalation=LADDER)
    pass_time(now, hours=1)
    asked.decide(bob, "approved").ok()
    assert armed() == []
    again = {"for": "human", "human_task": {"escalation": LADDER}}
    worker.post(f"/intents/{asked.intent_id}/wait", again).ok()
    assert armed() == [("remind", now.now + timedelta(hours=1)), ("escalate", now.now + timedelta(hours=2))]


def test_a_cancel_disarms_everything(now: SettableClock, shop: KeyCaller, alice: PersonCaller) -> None:
    asked = ask(shop, escalation=LADDER)
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "no need"}).ok()
    assert armed() == []


def test_a_held_decision_counts_as_an_answer_until_it_is_taken_back(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    asked = ask(shop, escalation=LADDER)
    now.advance(seconds=HOUR - 1)
    asked.decide_on_page(bob)
    assert armed() == []
    now.advance(seconds=2)
    while scheduler.sweep():
        pass
    assert told(shop, asked.intent_id) == []
    hold.undo(actor=person(bob), task_id=Task.objects.get().id)
    assert [kind for kind, _ in armed()] == ["remind", "escalate"]
    while scheduler.sweep():
        pass
    assert told(shop, asked.intent_id) == [("reminder", {"number": 1, "of": 3})]


def test_a_snoozed_task_comes_back_with_a_reminder(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    asked = ask(shop, escalation=LADDER)
    asked.post(bob, "snooze", {"until": rfc3339(now.now + timedelta(hours=5))}).ok()
    assert not sees(bob)
    pass_time(now, hours=1)
    assert sees(bob)


ENDS = [
    ("fail", "FAILED", {"code": "wait_timeout", "outcome": "expired"}),
    ("expire", "COMPLETED", {"outcome": "expired", "expired": True}),
    ("complete", "COMPLETED", {"outcome": "approved", "expired": True}),
]


@pytest.mark.parametrize(("then", "status", "result"), ENDS)
def test_a_task_that_came_with_its_intent_ends_as_its_policy_says(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, then: str, status: str, result: dict[str, Any]
) -> None:
    end = {"after_seconds": HOUR, "then": then} | ({"outcome": "approved"} if then == "complete" else {})
    asked = ask(shop, risk="low", escalation={"end": end})
    assert asked.task(shop)["due_at"] == rfc3339(now.now + timedelta(hours=1))
    pass_time(now, seconds=HOUR - 1)
    assert shop.intent(asked.intent_id)["status"] == "WAITING"
    pass_time(now, seconds=1)
    intent = shop.intent(asked.intent_id)
    assert intent["status"] == status
    ended = intent["error"] if status == "FAILED" else intent["result"]
    assert {name: ended[name] for name in result} == result
    assert asked.task(shop)["state"] == "expired"


def test_a_task_that_an_agent_asked_goes_back_to_it_as_expired(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    asked = ask_midway(shop, worker, escalation={"end": {"after_seconds": HOUR, "then": "expire"}})
    pass_time(now, hours=1)
    assert shop.intent(asked.intent_id)["status"] == "IN_PROGRESS"
    (resumed,) = [one for one in shop.events(asked.intent_id) if one["event_type"] == "intent.resumed"]
    assert resumed["details"]["resume"] == {"expired": True}


def test_the_owners_are_asked_for_as_long_again_before_it_fails(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    end = {"after_seconds": HOUR, "then": "owner"}
    asked = ask(shop, assignees=["bob@myorg.example"], escalation={"end": end})
    pass_time(now, hours=1)
    assert sees(alice)
    assert told(shop, asked.intent_id) == [("escalated", escalated("owner", level=1, of=1))]
    pass_time(now, hours=1)
    assert shop.intent(asked.intent_id)["status"] == "FAILED"


def test_a_limit_that_the_agent_sets_itself_stays(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    asked = ask_midway(
        shop, worker, deadline_seconds=60, escalation=LADDER | {"end": {"after_seconds": 5 * HOUR, "then": "expire"}}
    )
    assert asked.task(shop)["due_at"] == rfc3339(now.now + timedelta(seconds=60))
    pass_time(now, seconds=60)
    assert shop.intent(asked.intent_id)["status"] == "FAILED"


def test_asking_for_as_long_again_at_the_limit_leaves_the_plan_to_go_on(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, olga: PersonCaller
) -> None:
    intent_id = shop.submit(escalate_to="olga@myorg.example")
    task = {"assignees": ["bob@myorg.example"], "escalation": LADDER}
    body = {"for": "human", "human_task": task, "deadline_seconds": HOUR + 60, "on_timeout": "escalate"}
    worker.post(f"/intents/{intent_id}/wait", body).ok()
    pass_time(now, seconds=HOUR + 60)
    assert sees(olga)
    pass_time(now, hours=1)
    assert [kind for kind, _ in told(shop, intent_id)] == ["escalated", "reminder", "escalated", "reminder"]


def test_a_group_is_asked_as_its_members_are_then(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    workspace = Member.objects.get(user=bob.user).workspace
    group = Group.objects.create(workspace=workspace, name="Finance")
    eve = make_person(workspace, "eve@myorg.example", Role.APPROVER)
    asked = ask(
        shop,
        assignees=["bob@myorg.example"],
        escalation=escalation(levels=[{"after_seconds": HOUR, "to": "finance"}]),
    )
    GroupMember.objects.create(workspace=workspace, group=group, member=Member.objects.get(user=eve.user))
    pass_time(now, hours=1)
    asked.decide(eve, "approved").ok()


WRONG = [
    ({"escalation": {}}, "human_task.escalation.end"),
    ({"escalation": {"end": {"after_seconds": 0, "then": "fail"}}}, "human_task.escalation.end.after_seconds"),
    (
        {"escalation": escalation(levels=[{"after_seconds": 60, "to": "a stranger"}])},
        "human_task.escalation.levels.0.to",
    ),
    ({"escalation": escalation(levels=[{"after_seconds": 24 * HOUR, "to": "owner"}])}, "human_task.escalation"),
    ({"escalation": escalation(levels=[{"after_seconds": 0, "to": "owner"}], repeat=1)}, "human_task.escalation"),
    ({"escalation": escalation(reminders={"after_seconds": 24 * HOUR})}, "human_task.escalation"),
    ({"escalation": {"end": {"after_seconds": 60, "then": "fail", "outcome": "approved"}}}, "human_task.escalation.end"),
    ({"escalation": {"end": {"after_seconds": 60, "then": "complete"}}, "risk": "low"}, "human_task.escalation.end"),
    (
        {"escalation": {"end": {"after_seconds": 60, "then": "complete", "outcome": "approved"}}},
        "human_task.escalation.end.then",
    ),
    ({"calendar": "Nowhere"}, "human_task.calendar"),
]


@pytest.mark.parametrize(("task", "field"), WRONG)
def test_what_makes_no_sense_is_refused_by_its_field(shop: KeyCaller, task: dict[str, Any], field: str) -> None:
    refused = shop.post(
        "/intents", {"intent_type": "order.fulfill.v1", "to_agent": "shop", "payload": {}, "human_task": task}
    )
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)


OFFICE = {"name": "Riga", "time_zone": "Europe/Riga", "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "fri")}}


def test_a_calendar_counts_working_time_and_tells_why(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, alice: PersonCaller
) -> None:
    alice.post("/calendars", OFFICE).ok()
    # A Friday, 16:00 in Riga.
    now.set(datetime(2030, 1, 18, 14, 0, tzinfo=UTC))
    ladder = {
        "reminders": {"after_seconds": 2 * HOUR},
        "levels": [{"after_seconds": 3 * HOUR, "to": "owner"}],
        "end": {"after_seconds": 9 * HOUR, "then": "fail"},
    }
    asked = ask(shop, calendar="riga", escalation=ladder)
    plan = asked.task(shop)["plan"]
    assert plan["reminders"] == [rfc3339(datetime(2030, 1, 21, 8, 0, tzinfo=UTC))]
    assert [level["at"] for level in plan["levels"]] == [rfc3339(datetime(2030, 1, 21, 9, 0, tzinfo=UTC))]
    assert asked.task(shop)["due_at"] == plan["end_at"] == rfc3339(datetime(2030, 1, 21, 15, 0, tzinfo=UTC))
    assert (plan["calendar"], plan["why"]) == ("Riga", "due Mon 17:00 Europe/Riga: 9 working hours")
    midway = ask_midway(shop, worker, calendar="Riga", deadline_seconds=2 * HOUR)
    assert midway.task(shop)["due_at"] == rfc3339(datetime(2030, 1, 21, 8, 0, tzinfo=UTC))


def test_what_others_are_told_does_not_tell_who_is_asked_next_by_their_id(shop: KeyCaller, alice: PersonCaller) -> None:
    asked = ask(shop, escalation=LADDER)
    assert asked.task(shop)["plan"]["levels"][0].keys() == {"at", "to"}


def test_many_tasks_are_reminded_in_one_sweep(now: SettableClock, shop: KeyCaller, alice: PersonCaller) -> None:
    many: list[Asked] = [ask(shop, escalation=LADDER) for _ in range(5)]
    now.advance(hours=1)
    assert scheduler.sweep() == 5
    assert {len(told(shop, one.intent_id)) for one in many} == {1}
