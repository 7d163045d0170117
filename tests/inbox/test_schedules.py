"""On-call schedules as owners and admins keep them, and as everybody reads them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inbox.calendars.models import Override, Schedule
from intents.accounts.models import AuditEntry, Member, User, Workspace
from intents.accounts.services import tenancy
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.conftest import SettableClock

# The clock of these tests stands at Tuesday 15 January 2030, 09:00 in UTC.
NIGHT: dict[str, Any] = {
    "name": "Night shift",
    "time_zone": "Europe/Riga",
    "starts_on": "2030-01-07",
    "hand_over": "09:00",
    "shift_days": 7,
    "people": ["bob@myorg.example", "olga@myorg.example"],
    "hours": None,
}


@pytest.fixture
def night(now: SettableClock, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller) -> dict[str, Any]:
    made: dict[str, Any] = alice.post("/schedules", NIGHT).ok()["schedule"]
    return made


def path(schedule: dict[str, Any]) -> str:
    return f"/schedules/{schedule['schedule_id']}"


def told(answer: dict[str, Any]) -> list[str]:
    """Shifts and gaps in the order of time."""
    rows = [(one["from"], one["until"], one["email"].partition("@")[0]) for one in answer["shifts"]]
    rows += [(one["from"], one["until"], f"{one['why']} {(one['email'] or '').partition('@')[0]}") for one in answer["gaps"]]
    return [f"{begins[5:16]} {ends[5:16]} {who.strip()}" for begins, ends, who in sorted(rows)]


def test_a_schedule_is_made_shown_changed_and_deleted(night: dict[str, Any], alice: PersonCaller, bob: PersonCaller) -> None:
    assert {name: night[name] for name in NIGHT} == NIGHT
    assert (night["on_call"]["email"], night["on_call"]["until"]) == ("olga@myorg.example", "2030-01-21T07:00:00.000000Z")
    assert alice.get(path(night)).ok()["schedule"] == night
    hours = {"mon": [["09:00", "17:00"]]}
    changed = alice.patch(path(night), {"name": "Mondays", "hours": hours}).ok()["schedule"]
    edited = {"revision": 2, "changed_by": "alice@myorg.example", "changed_at": changed["changed_at"]}
    assert changed == night | edited | {"name": "Mondays", "hours": hours, "on_call": None}
    assert alice.get("/schedules").ok()["schedules"] == [changed]
    assert alice.patch(path(night), {"hours": None}).ok()["schedule"]["on_call"] == night["on_call"]
    alice.delete(path(night)).ok()
    assert alice.get(path(night)).status == 404
    actions = AuditEntry.objects.filter(action__startswith="schedule.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["schedule.create", "schedule.update", "schedule.update", "schedule.delete"]


def test_the_shifts_of_a_time_are_told_with_its_gaps(night: dict[str, Any], alice: PersonCaller, bob: PersonCaller) -> None:
    bob_left = Member.objects.get(user=bob.user)
    found = alice.get(f"{path(night)}/shifts", **{"from": "2030-01-01T00:00:00Z", "until": "2030-01-15T00:00:00Z"}).ok()
    assert told(found) == [
        "01-01T00:00 01-07T07:00 not_begun",
        "01-07T07:00 01-14T07:00 bob",
        "01-14T07:00 01-15T00:00 olga",
    ]
    tenancy.remove_member(actor=SETUP, member=bob_left)
    assert told(alice.get(f"{path(night)}/shifts").ok()) == [
        "01-15T09:00 01-21T07:00 olga",
        "01-21T07:00 01-28T07:00 gone bob",
        "01-28T07:00 02-04T07:00 olga",
        "02-04T07:00 02-11T07:00 gone bob",
        "02-11T07:00 02-12T09:00 olga",
    ]
    assert alice.get(path(night)).ok()["schedule"]["people"] == NIGHT["people"]


@pytest.mark.parametrize("how", ["suspended", "a viewer"])
def test_who_cannot_decide_is_a_gap(
    night: dict[str, Any], how: str, alice: PersonCaller, olga: PersonCaller, workspace: Workspace
) -> None:
    if how == "suspended":
        User.objects.filter(id=olga.user.id).update(is_active=False)
    else:
        tenancy.set_member(actor=SETUP, workspace=workspace, user=olga.user, role=Role.VIEWER)
    assert alice.get(path(night)).ok()["schedule"]["on_call"] is None
    assert alice.get(f"{path(night)}/shifts").ok()["gaps"][0]["why"] == "gone"


def test_somebody_stands_in_until_that_is_taken_away(
    night: dict[str, Any], alice: PersonCaller, bob: PersonCaller, now: SettableClock
) -> None:
    body = {"person": "alice@myorg.example", "from": "2030-01-15T08:00:00Z", "until": "2030-01-15T12:00:00Z"}
    made = alice.post(f"{path(night)}/overrides", body).ok()["override"]
    shown = bob.get(path(night)).ok()["schedule"]
    assert shown["overrides"] == [made]
    assert shown["on_call"] == {
        "user_id": str(alice.user.id),
        "email": "alice@myorg.example",
        "name": "",
        "from": "2030-01-15T09:00:00.000000Z",
        "until": "2030-01-15T12:00:00.000000Z",
        "override": True,
    }
    now.advance(hours=4)
    assert bob.get(path(night)).ok()["schedule"]["overrides"] == []
    now.advance(hours=-4)
    alice.delete(f"{path(night)}/overrides/{made['override_id']}").ok()
    assert bob.get(path(night)).ok()["schedule"] == night


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"starts_on": "2030-02-30"}, "starts_on"),
        ({"starts_on": "9999-12-31"}, "starts_on"),
        ({"hand_over": "24:00"}, "hand_over"),
        ({"hand_over": "9:00"}, "hand_over"),
        ({"shift_days": 0}, "shift_days"),
        ({"people": []}, "people"),
        ({"people": ["bob@myorg.example", "charlie@rivals.example"]}, "people.1"),
        ({"people": ["vera@myorg.example"]}, "people.0"),
        ({"hours": {"mon": [["17:00", "09:00"]]}}, "hours"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_by_its_field(
    night: dict[str, Any],
    alice: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    fields: dict[str, Any],
    named: str,
) -> None:
    for refused in (alice.post("/schedules", NIGHT | {"name": "Other"} | fields), alice.patch(path(night), fields)):
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, named)
    assert alice.get("/schedules").ok()["schedules"] == [night]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"person": "charlie@rivals.example"}, "person"),
        ({"until": "2030-01-16T00:00:00Z"}, "until"),
        ({"until": "2032-01-16T00:00:00Z"}, "until"),
        ({"from": "2030-01-01T00:00:00Z", "until": "2030-01-02T00:00:00Z"}, "until"),
        ({"from": "tomorrow"}, "from"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused_by_its_field(
    night: dict[str, Any], alice: PersonCaller, charlie: PersonCaller, fields: dict[str, Any], named: str
) -> None:
    body = {"person": "bob@myorg.example", "from": "2030-01-16T00:00:00Z", "until": "2030-01-17T00:00:00Z"}
    refused = alice.post(f"{path(night)}/overrides", body | fields)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, named)
    assert not Override.objects.exists()


@pytest.mark.parametrize(
    "period", [{"from": "now"}, {"until": "2030-01-15T09:00:00Z"}, {"until": "2031-01-17T09:00:00Z"}, {"until": ""}]
)
def test_a_time_of_shifts_that_makes_no_sense_is_refused(
    night: dict[str, Any], alice: PersonCaller, period: dict[str, str]
) -> None:
    refused = alice.get(f"{path(night)}/shifts", **period)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, next(iter(period)))


def test_two_schedules_have_no_name_in_common_whatever_its_case(night: dict[str, Any], alice: PersonCaller) -> None:
    assert alice.post("/schedules", NIGHT | {"name": "NIGHT  shift"}).status == 409


def test_members_read_schedules_and_nobody_but_owners_and_admins_keeps_them(
    night: dict[str, Any], olga: PersonCaller, vera: PersonCaller, machine: KeyCaller
) -> None:
    body = {"person": "bob@myorg.example", "from": "2030-01-16T00:00:00Z", "until": "2030-01-17T00:00:00Z"}
    for caller in (olga, vera, machine):
        answers = [
            caller.post("/schedules", NIGHT | {"name": "Other"}),
            caller.patch(path(night), {"name": "Mine"}),
            caller.post(f"{path(night)}/overrides", body),
            caller.delete(path(night)),
        ]
        assert {one.code for one in answers} == {"policy_denied"}
    for reader in (olga, vera):
        assert reader.get("/schedules").ok()["schedules"] == [reader.get(path(night)).ok()["schedule"]]
        reader.get(f"{path(night)}/shifts").ok()
    denied = [machine.get(one).code for one in ("/schedules", path(night), f"{path(night)}/shifts")]
    assert set(denied) == {"policy_denied"}


def test_an_override_never_crosses_workspaces(night: dict[str, Any], other_workspace: Workspace, bob: PersonCaller) -> None:
    row = Schedule.objects.get()
    with pytest.raises(IntegrityError, match="same_workspace"), transaction.atomic():
        Override.objects.create(
            workspace=other_workspace, schedule=row, user=bob.user, start="2030-01-01T00:00Z", end="2030-01-02T00:00Z"
        )
