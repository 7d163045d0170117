"""The settings of tools that sign: who sets them, what they may be, and that their secrets stay secret."""

from datetime import timedelta
from typing import Any

import pytest

from intents.accounts.models import AuditEntry
from intents.engine.models import Tool
from intents.kernel import secrets
from intents.sending import keeping
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.calling import CONFIGURED, SECRETS


def test_a_secret_is_never_shown_and_is_stored_encrypted(machine: KeyCaller, alice: PersonCaller) -> None:
    sent = CONFIGURED["slack"]
    answers = [
        machine.put("/tools/crm", sent),
        machine.get("/tools/crm"),
        alice.get("/tools"),
        alice.put("/tools/crm", sent | {"tolerance_seconds": 60}),
        alice.send("DELETE", "/tools/crm"),
    ]
    machine.put("/tools/crm", sent).ok()
    for one in answers:
        assert one.status == 200
        assert sent["secret"].encode() not in one.raw
    row = Tool.objects.get()
    assert sent["secret"].encode() not in bytes(row.signing)
    assert sent["secret"] in secrets.decrypt(bytes(row.signing))
    noted = AuditEntry.objects.filter(subject="crm").order_by("id")
    assert [one.action for one in noted] == ["tool.update", "tool.update", "tool.delete", "tool.update"]
    assert not [one for one in noted if sent["secret"] in str(one.details)]


def test_owners_admins_and_workspace_keys_configure_tools(
    machine: KeyCaller, alice: PersonCaller, olga: PersonCaller, bob: PersonCaller, shop: KeyCaller, stranger: KeyCaller
) -> None:
    for caller in (alice, machine):
        caller.put("/tools/crm", CONFIGURED["github"]).ok()
    for caller in (olga, bob, shop, stranger):
        for answer in (
            caller.put("/tools/crm", CONFIGURED["github"]),
            caller.send("DELETE", "/tools/crm"),
            caller.get("/tools/crm"),
            caller.get("/tools"),
        ):
            assert (answer.status, answer.code) == (403, "policy_denied")
    assert [one["tool"] for one in alice.get("/tools").ok()["tools"]] == ["crm"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"style": "paypal"}, "style"),
        ({"style": "standard"}, "secret"),
        ({"secret": None}, "secret"),
        ({"secret": "short"}, "secret"),
        ({"header": "X-Signature"}, "header"),
        ({"style": "hmac"}, "header"),
        ({"style": "hmac", "header": "X Signature"}, "header"),
        ({"style": "hmac", "header": "Content-Type"}, "header"),
        ({"style": "hmac", "header": "X-A", "timestamp_header": "x-a"}, "timestamp_header"),
        ({"tolerance_seconds": 5}, "tolerance_seconds"),
        ({"tolerance_seconds": 86_401}, "tolerance_seconds"),
        ({"overlap_seconds": -1}, "overlap_seconds"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_by_its_field(
    machine: KeyCaller, change: dict[str, Any], field: str
) -> None:
    refused = machine.put("/tools/crm", CONFIGURED["github"] | change)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert not Tool.objects.exists()


def test_another_style_needs_a_secret_of_its_own(machine: KeyCaller, now: SettableClock) -> None:
    machine.put("/tools/crm", CONFIGURED["github"]).ok()
    assert machine.put("/tools/crm", {"style": "slack"}).status == 422
    machine.put("/tools/crm", CONFIGURED["slack"]).ok()
    assert keeping.in_force(bytes(Tool.objects.get().signing), now=now.now) == [SECRETS["slack"]]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_tool_is_404(machine: KeyCaller, foreign_machine: KeyCaller, method: str) -> None:
    foreign_machine.put("/tools/crm", CONFIGURED["github"]).ok()
    assert machine.send(method, "/tools/crm").status == 404


def test_a_rotation_keeps_as_long_as_was_said_at_most(now: SettableClock) -> None:
    sealed = keeping.rotated(None, new="a", overlap=timedelta(0), now=now.now)
    sealed = keeping.rotated(sealed, new="b", overlap=timedelta(hours=2), now=now.now)
    sealed = keeping.rotated(sealed, new="c", overlap=timedelta(hours=9), now=now.now)
    assert keeping.in_force(sealed, now=now.now) == ["c", "b", "a"]
    assert keeping.in_force(sealed, now=now.advance(hours=3)) == ["c", "b"]
    sealed = keeping.rotated(sealed, new="b", overlap=timedelta(0), now=now.now)
    assert keeping.in_force(sealed, now=now.now) == ["b"]
