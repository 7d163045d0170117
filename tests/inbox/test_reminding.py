"""Reminders, and asking others as well, while nobody decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intents.accounts.models import Group, GroupMember, Member
from intents.dispatch import scheduler
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway
from tests.inbox.reminding import HOUR, LADDER, escalated, escalation, pass_time, sees, told


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


def test_a_claim_ends_when_somebody_else_is_asked(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    levels = [{"after_seconds": HOUR, "to": "olga@myorg.example"}]
    asked = ask(shop, assignees=["bob@myorg.example"], escalation=escalation(levels=levels))
    asked.post(bob, "claim").ok()
    pass_time(now, hours=1)
    asked.decide(olga, "approved").ok()


def test_a_snoozed_task_comes_back_with_a_reminder(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    asked = ask(shop, escalation=LADDER)
    asked.post(bob, "snooze", {"until": rfc3339(now.now + timedelta(hours=5))}).ok()
    assert not sees(bob)
    pass_time(now, hours=1)
    assert sees(bob)


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
