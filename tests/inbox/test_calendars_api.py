"""Calendars as owners and admins keep them."""

from typing import Any

import pytest

from intents.accounts.models import AuditEntry
from tests.callers import KeyCaller, PersonCaller

OFFICE: dict[str, Any] = {
    "name": "Riga office",
    "time_zone": "Europe/Riga",
    "hours": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "fri": [["09:00", "15:00"]]},
    "country": "LV",
}


def test_a_calendar_is_made_shown_changed_and_deleted(alice: PersonCaller) -> None:
    made = alice.post("/calendars", OFFICE).ok()["calendar"]
    path = f"/calendars/{made['calendar_id']}"
    assert {name: made[name] for name in OFFICE} == OFFICE
    assert alice.get(path).ok()["calendar"] == made
    changed = alice.patch(path, {"name": "Home", "country": None}).ok()["calendar"]
    edited = {"revision": 2, "changed_by": "alice@myorg.example", "changed_at": changed["changed_at"]}
    assert changed == made | edited | {"name": "Home", "country": None}
    assert alice.get("/calendars").ok()["calendars"] == [changed]
    alice.delete(path).ok()
    assert alice.get(path).status == 404
    assert alice.get("/calendars").ok()["calendars"] == []
    actions = [entry.action for entry in AuditEntry.objects.filter(subject__in=["Riga office", "Home"]).order_by("id")]
    assert actions == ["calendar.create", "calendar.update", "calendar.delete"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"country": "XX"}, "country"),
        ({"country": "LVA"}, "country"),
        ({"country": "UK"}, "country"),
        ({"hours": {}}, "hours"),
        ({"hours": {"mon": [["17:00", "09:00"]]}}, "hours"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_by_its_field(
    alice: PersonCaller, fields: dict[str, Any], named: str
) -> None:
    made = alice.post("/calendars", OFFICE).ok()["calendar"]
    other = OFFICE | {"name": "Other"} | fields
    for refused in (alice.post("/calendars", other), alice.patch(f"/calendars/{made['calendar_id']}", fields)):
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, named)
    assert alice.get("/calendars").ok()["calendars"] == [made]


def test_two_calendars_have_no_name_in_common_whatever_its_case(alice: PersonCaller) -> None:
    alice.post("/calendars", OFFICE).ok()
    assert alice.post("/calendars", OFFICE | {"name": "RIGA office"}).status == 409


def test_members_read_calendars_and_nobody_but_owners_and_admins_keeps_them(
    alice: PersonCaller, olga: PersonCaller, vera: PersonCaller, machine: KeyCaller
) -> None:
    path = f"/calendars/{alice.post('/calendars', OFFICE).ok()['calendar']['calendar_id']}"
    for caller in (olga, vera, machine):
        answers = [caller.post("/calendars", OFFICE), caller.patch(path, {"name": "Mine"}), caller.delete(path)]
        assert {one.code for one in answers} == {"policy_denied"}
    for caller in (olga, vera):
        assert caller.get("/calendars").ok()["calendars"] == [caller.get(path).ok()["calendar"]]
    assert {machine.get("/calendars").code, machine.get(path).code} == {"policy_denied"}
    machine.also(alice).get(path).ok()
