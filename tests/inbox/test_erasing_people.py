"""Whoever left is nowhere named any more, and what they did is still on record and proved."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from examples import verify_evidence
from examples.verify_evidence import Changed
from intents.accounts.models import AuditEntry, Member, User, Workspace
from intents.accounts.services import tenancy
from intents.audit import notes
from intents.engine.models import IntentEvent, Redaction
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask
from tests.inbox.test_erasing import broken, places, sealed

MARK = "zanzibar7"
ADDRESS = f"{MARK}@myorg.example"


@pytest.fixture(autouse=True)
def apart(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_FILE = tmp_path / "checkpoints.txt"


@pytest.fixture
def zoe(workspace: Workspace) -> PersonCaller:
    person = make_person(workspace, ADDRESS, Role.ADMIN)
    User.objects.filter(id=person.user.id).update(name=f"{MARK.title()} Quux")
    return person


@pytest.fixture
def decided(zoe: PersonCaller, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller, machine: KeyCaller) -> Asked:
    """A task that Zoe decided, and more that she did or that names her; then she left."""
    asked = ask(shop, {"amount": 5}, title="Refund?", assignees=[ADDRESS.upper(), "approver"], risk="medium")
    asked.post(bob, "comment", {"comment": f"ask\n{ADDRESS}, or xx{ADDRESS}"}).ok()
    zoe.post(f"/tasks/{asked.task_id}/decide", {"outcome": "approved", "comment": f"I, {ADDRESS}"}, key="k").ok()
    ask(shop, {"amount": 6}, title="Still open?", assignees=[ADDRESS, "approver"])
    late = {"name": "Late", "escalation": {"levels": [{"after_seconds": 60, "to": [ADDRESS]}]}}
    zoe.post("/policies", late)
    zoe.post("/service-accounts", {"name": "hers"})
    alice.post("/intents/bulk-cancel", {"older_than_hours": 1})
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=zoe.user))
    sealed()
    return asked


def erase(email: str = ADDRESS) -> str:
    out = io.StringIO()
    call_command("erase_person", email, stdout=out)
    return out.getvalue()


def test_a_person_who_left_is_named_in_no_column_of_the_database(decided: Asked, zoe: PersonCaller) -> None:
    assert len(places(ADDRESS)) > 8
    assert zoe.user.id.hex in erase()
    left = [place for place in places(MARK) if f"xx{ADDRESS}" not in place]
    assert left == ["intents_intentevent.details"], "another's address that only ends like hers"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM intents_intentevent WHERE replace(details, %s, '') ILIKE %s", [f"xx{ADDRESS}", f"%{MARK}%"]
        )
        assert cursor.fetchone()[0] == 0
    assert broken() == []
    user = User.objects.get(id=zoe.user.id)
    assert (user.name, user.is_active, user.has_usable_password()) == ("", False, False)
    assert AuditEntry.objects.get(action="person.erase").subject == str(user.id)


def test_what_she_decided_is_proved_offline_by_somebody_unnamed(
    decided: Asked, zoe: PersonCaller, vera: PersonCaller, tmp_path: Path
) -> None:
    erase()
    found = vera.get(f"/intents/{decided.intent_id}/evidence").ok()
    (task,) = found["tasks"]
    assert (task["decisions"][0]["person"], task["decisions"][0]["outcome"]) == (
        f"{zoe.user.id.hex}@erased.invalid",
        "approved",
    )
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps(found))
    command = [sys.executable, "-I", "-S", verify_evidence.__file__, str(path), "--key", notes.verifier_key()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "REDACTED" in done.stdout
    for change in ({"actor": "mallory"}, {"details": "{}"}, {"status": "FAILED"}, {"at": "2020-01-01T00:00:00Z"}):
        at = next(place for place, event in enumerate(found["events"]) if "redaction" in event)
        changed = found | {"events": [e | change if n == at else e for n, e in enumerate(found["events"])]}
        with pytest.raises(Changed):
            verify_evidence.verify(changed, notes.verifier_key())


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'mallory@myorg.example'",
        "details = '{}'",
        "at = at + interval '1 second'",
        "event_type = 'intent.completed'",
    ],
)
def test_a_redacted_event_that_is_changed_is_found(change: str, decided: Asked) -> None:
    erase()
    event = IntentEvent.objects.get(id=Redaction.objects.order_by("event_id").values_list("event_id", flat=True)[0])
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"UPDATE intents_intentevent SET {change} WHERE id = %s", [event.id])
        found = broken()
        cursor.execute("ROLLBACK")
    assert found


def test_no_redaction_of_ones_own_hides_a_change(decided: Asked) -> None:
    event = IntentEvent.objects.filter(intent_id=decided.intent_id).first()
    assert event is not None
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE intents_intentevent SET actor = 'mallory' WHERE id = %s", [event.id])
        cursor.execute(
            "INSERT INTO intents_redaction VALUES (%s, %s, now(), %s, %s)",
            [event.id, event.intent_id, bytes(64), event.workspace_id],
        )
        found = broken()
        cursor.execute("ROLLBACK")
    assert found


def test_her_intents_can_be_erased_afterwards(decided: Asked, alice: PersonCaller, shop: KeyCaller) -> None:
    erase()
    alice.post(f"/intents/{decided.intent_id}/erase", {"reason": "asked for"}).ok()
    assert broken() == []
    found = alice.get(f"/intents/{decided.intent_id}/evidence").ok()
    assert verify_evidence.verify(found, notes.verifier_key()) == 0


def test_a_record_of_what_was_erased_names_her_no_more(decided: Asked, alice: PersonCaller) -> None:
    alice.post(f"/intents/{decided.intent_id}/erase", {"reason": "asked for"}).ok()
    erase()
    assert [place for place in places(ADDRESS) if "details" not in place] == []
    assert broken() == []
    found = alice.get(f"/intents/{decided.intent_id}/evidence").ok()
    assert verify_evidence.verify(found, notes.verifier_key()) == 0


def test_who_still_belongs_to_a_workspace_is_not_erased(zoe: PersonCaller, decided: Asked, bob: PersonCaller) -> None:
    with pytest.raises(CommandError, match="still belongs"):
        erase(bob.user.email)
    with pytest.raises(CommandError, match="nobody is known"):
        erase("nobody@myorg.example")
    assert User.objects.filter(email=bob.user.email).exists()
