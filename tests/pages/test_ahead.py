"""What a page tells of what happens while nobody decides."""

import re
from typing import Any

import pytest

from inbox.tasks.models import Task
from inbox.views.tasks.ahead import ahead
from intents.accounts.models import User
from intents.dispatch import scheduler
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.pages.browser import Browser

HOUR = 3600
END = {"after_seconds": 24 * HOUR, "then": "fail"}


def words() -> list[str]:
    return [f"{one.at:%d %H:%M} {one.words}" for one in ahead(Task.objects.select_related("intent").get())]


def test_reminders_people_and_the_end_are_told_in_order(now: SettableClock, shop: KeyCaller) -> None:
    levels = [{"after_seconds": 2 * HOUR, "to": "approver"}]
    ask(shop, escalation={"reminders": {"after_seconds": HOUR, "at_most": 2}, "levels": levels, "end": END})
    assert words() == [
        "15 10:00 Reminder.",
        "15 11:00 Reminder.",
        "15 11:00 Escalates to all approvers.",
        "16 09:00 Expires without a decision.",
    ]


@pytest.mark.parametrize(
    ("escalation", "last"),
    [
        ({"end": END | {"then": "complete", "outcome": "approved"}}, "Automatic answer: Approved."),
        (
            {"reminders": {"after_seconds": HOUR, "at_most": 20}, "end": END},
            "After 15 more reminders or escalations: Expires without a decision.",
        ),
    ],
)
def test_the_end_is_told_last(now: SettableClock, shop: KeyCaller, escalation: dict[str, Any], last: str) -> None:
    ask(shop, risk="low", escalation=escalation)
    assert words()[-1] == f"16 09:00 {last}"


def test_the_deadline_of_the_request_is_told(now: SettableClock, shop: KeyCaller) -> None:
    shop.submit(human_task={}, deadline_at="2030-01-15T10:00:00Z", remind_after_seconds=7200)
    assert words() == ["15 10:00 The request times out without a decision."]


def test_the_page_of_a_task_tells_what_is_next_and_what_was(now: SettableClock, shop: KeyCaller, bobs: Browser) -> None:
    levels = [{"after_seconds": HOUR, "to": "approver"}, {"after_seconds": HOUR, "to": "owner"}]
    asked = ask(shop, escalation={"levels": levels, "end": END})
    now.advance(hours=1)
    scheduler.sweep()
    text = " ".join(re.sub("<[^>]+>", "", bobs.get(f"/inbox/{asked.task_id}").html).split())
    assert "11:00 UTC: Escalates to all owners." in text
    assert "Expires without a decision." in text
    assert "Escalated to all approvers: no decision in time" in text


def test_it_is_told_who_would_be_on_call_then(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, alices: Browser
) -> None:
    ann = make_person(alice.token.workspace, "ann@myorg.example", Role.APPROVER)
    User.objects.filter(id=ann.user.id).update(name="Ann Smith")
    night = {"name": "Night shift", "time_zone": "UTC", "starts_on": "2030-01-15", "hand_over": "11:00", "shift_days": 7}
    alice.post("/schedules", night | {"people": ["ann@myorg.example"]}).ok()
    levels = [{"after_seconds": HOUR, "to": "oncall:Night shift"}] * 2 + [{"after_seconds": HOUR, "to": "manager"}]
    asked = ask(shop, assignees=["alice@myorg.example"], escalation={"levels": levels, "end": END})
    assert words()[:3] == [
        "15 10:00 Escalates to all owners: nobody is on call in Night shift then.",
        "15 11:00 Escalates to Ann Smith (on call: Night shift).",
        "15 12:00 Escalates to all owners: shop has no owner.",
    ]
    for _ in levels[:2]:
        now.advance(hours=1)
        scheduler.sweep()
    text = alices.get(f"/inbox/{asked.task_id}").text
    assert "Escalated to all owners: no decision in time, nobody is on call in Night shift then" in text
    assert "Escalated to Ann Smith (on call: Night shift): no decision in time" in text


def test_people_are_called_by_their_names_before_and_after_they_are_asked(
    now: SettableClock, shop: KeyCaller, olga: PersonCaller, bobs: Browser
) -> None:
    User.objects.filter(id=olga.user.id).update(name="Olga Ops")
    asked = ask(shop, escalation={"levels": [{"after_seconds": HOUR, "to": "olga@myorg.example"}], "end": END})
    assert words()[0] == "15 10:00 Escalates to Olga Ops."
    now.advance(hours=1)
    scheduler.sweep()
    text = bobs.get(f"/inbox/{asked.task_id}").text
    assert "Escalated to Olga Ops: no decision in time" in text
    assert "Escalated to Olga Ops" in text


def test_the_page_of_a_task_tells_its_policy_and_its_working_hours(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bobs: Browser
) -> None:
    office = {"name": "Riga office", "time_zone": "Europe/Riga", "hours": {"tue": [["09:00", "17:00"]]}}
    alice.post("/calendars", office).ok()
    refunds = {"name": "Refunds", "escalation": {"end": END | {"after_seconds": 4 * HOUR}}, "calendar": "Riga office"}
    alice.post("/policies", refunds).ok()
    text = bobs.get(f"/inbox/{ask(shop).task_id}").text
    assert "Policy: Refunds" in text
    assert "Counts only Riga office working hours: due Tue 15:00 Europe/Riga: 4 working hours." in text
