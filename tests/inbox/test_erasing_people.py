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
from intents.retention import erasing, persons
from intents.retention.models import PersonErasure
from tests import turns
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask
from tests.inbox.test_erasing import broken, places, sealed
from tests.webhooks.endpoints import feed_out

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
    hook = {"callback_url": "https://hooks.example/axme", "event_types": ["intent.human_task_assigned", "intent.completed"]}
    zoe.post("/webhooks/subscriptions", hook).ok()
    asked = ask(shop, {"amount": 5}, title="Refund?", assignees=[ADDRESS.upper(), "approver"], risk="medium")
    asked.post(bob, "comment", {"comment": f"ask\n{ADDRESS}, or xx{ADDRESS}"}).ok()
    zoe.post(f"/tasks/{asked.task_id}/decide", {"outcome": "approved", "comment": f"I, {ADDRESS}"}, key="k").ok()
    ask(shop, {"amount": 6}, title="Still open?", assignees=[ADDRESS, "approver"])
    late = {"name": "Late", "escalation": {"levels": [{"after_seconds": 60, "to": [ADDRESS]}]}}
    zoe.post("/policies", late)
    zoe.post("/service-accounts", {"name": "hers"})
    alice.post("/intents/bulk-cancel", {"older_than_hours": 1})
    feed_out()
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=zoe.user))
    sealed()
    return asked


def erase(email: str = ADDRESS) -> str:
    out = io.StringIO()
    call_command("erase_person", email, stdout=out)
    return out.getvalue()


def test_a_person_who_left_is_named_in_no_column_of_the_database(decided: Asked, zoe: PersonCaller) -> None:
    assert {"intents_webhookmessage.body", "intents_subscription.created_by"} <= set(places(ADDRESS))
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


def ordered(who: PersonCaller, email: str = ADDRESS) -> dict[str, Any]:
    found: dict[str, Any] = who.post("/retention/people", {"email": email, "reason": "asked for"}).ok()["erasure"]
    return found


def test_an_owner_has_her_erased_by_the_api_and_sees_how_far_it_is(
    decided: Asked, zoe: PersonCaller, alice: PersonCaller, bob: PersonCaller, charlie: PersonCaller
) -> None:
    assert bob.get("/retention/people").code == "policy_denied"
    assert charlie.get("/retention/people").ok()["left"] == []
    assert alice.get("/retention/people").ok()["left"] == [ADDRESS]
    found = ordered(alice)
    assert (found["state"], found["user_id"]) == ("running", str(zoe.user.id))
    assert not User.objects.get(id=zoe.user.id).is_active
    assert ordered(alice) == found, "ordering it again is the same order"
    erasing.work(60)
    (done,) = alice.get("/retention/people").ok()["items"]
    assert (done["state"], done["failure"]) == ("done", None)
    assert done["replaced"] > 8
    assert [place for place in places(ADDRESS) if place != "intents_intentevent.details"] == []
    assert broken() == []
    told = AuditEntry.objects.filter(action__startswith="person.erase").order_by("id")
    assert [(one.action, one.actor) for one in told] == [
        ("person.erase_order", alice.user.email),
        ("person.erase", "system:retention"),
    ]
    assert ADDRESS not in alice.get("/retention/people").raw.decode()


@pytest.mark.parametrize("slice_rows", turns.each((1, 3), of=2))
def test_slices_however_small_and_however_often_broken_off_leave_nothing_out(
    monkeypatch: pytest.MonkeyPatch, decided: Asked, zoe: PersonCaller, alice: PersonCaller, slice_rows: int
) -> None:
    monkeypatch.setattr(persons, "SLICE", slice_rows)
    ordered(alice)
    takes = 0
    while (row := erasing.take()) is not None:
        erasing.carry_on(row, until=0.0)
        takes += 1
    assert takes > 30, "each is one slice"
    assert [place for place in places(ADDRESS) if place != "intents_intentevent.details"] == []
    assert broken() == []


def test_a_worker_that_lost_its_turn_writes_nothing(decided: Asked, alice: PersonCaller) -> None:
    ordered(alice)
    row = erasing.take()
    assert row is not None
    assert erasing.take() is None, "one worker at a time"
    PersonErasure.objects.update(lease_token=None)
    before = places(ADDRESS)
    assert not erasing.carry_on(row, until=float("inf"))
    assert places(ADDRESS) == before


def test_it_stops_at_a_history_that_was_changed_and_goes_on_when_ordered_again(
    decided: Asked, zoe: PersonCaller, alice: PersonCaller
) -> None:
    event = IntentEvent.objects.filter(intent_id=decided.intent_id).order_by("seq")[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intents_intentevent SET actor = 'mallory' WHERE id = %s", [event.id])
    ordered(alice)
    erasing.work(60)
    (stopped,) = alice.get("/retention/people").ok()["items"]
    assert stopped["state"] == "stopped"
    assert decided.intent_id in stopped["failure"]
    assert User.objects.get(id=zoe.user.id).email == ADDRESS
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intents_intentevent SET actor = %s WHERE id = %s", [event.actor, event.id])
    ordered(alice)
    erasing.work(60)
    assert alice.get("/retention/people").ok()["items"][0]["state"] == "done"
    assert broken() == []


def test_a_workspace_erases_nobody_whom_another_one_has_on_record(
    decided: Asked, zoe: PersonCaller, alice: PersonCaller, bob: PersonCaller, other_workspace: Workspace
) -> None:
    order = {"email": ADDRESS, "reason": "asked for"}
    assert alice.post("/retention/people", order | {"email": bob.user.email}).status == 404, "he never left"
    tenancy.set_member(actor=SETUP, workspace=other_workspace, user=zoe.user, role=Role.VIEWER)
    assert "still belongs" in alice.post("/retention/people", order).json["error"]["message"]
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=zoe.user))
    refused = alice.post("/retention/people", order)
    assert (refused.status, refused.code) == (409, "invalid_transition")
    assert "other workspaces" in refused.json["error"]["message"]
    assert User.objects.get(id=zoe.user.id).is_active, "nothing was begun"


def test_no_slice_reads_or_locks_more_than_its_rows(
    monkeypatch: pytest.MonkeyPatch, decided: Asked, alice: PersonCaller, zoe: PersonCaller
) -> None:
    """However many rows name her, a transaction holds those of one slice: what was read comes by keys, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO intents_auditentry (id, workspace_id, at, actor, action, subject, details)"
            " SELECT gen_random_uuid(), workspace_id, at, %s, 'key.make', 'x', '{}' FROM intents_auditentry,"
            " generate_series(1, 300) LIMIT 3000",
            [ADDRESS],
        )
    monkeypatch.setattr(persons, "SLICE", 500)
    really, sizes = persons.next_slice, list[int]()

    def counted(part: persons.TextPart, *args: Any, **kwargs: Any) -> persons.TextSlice:
        found = really(part, *args, **kwargs)
        sizes.append(len(found.named))
        return found

    monkeypatch.setattr(persons, "next_slice", counted)
    ordered(alice)
    erasing.work(60)
    assert alice.get("/retention/people").ok()["items"][0]["state"] == "done"
    assert max(sizes) <= 500
    assert sum(sizes) > 3000


@pytest.mark.django_db
def test_every_table_with_text_has_one_key_to_go_through_it_by() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
            " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1)"
            " AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"
            " AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'text[]'::regtype, 'varchar[]'::regtype))"
        )
        assert cursor.fetchall() == []
    assert {part.table for part in persons.parts()} >= {"inbox_decision", "intents_auditentry", "inbox_message"}


def test_who_still_belongs_to_a_workspace_is_not_erased(zoe: PersonCaller, decided: Asked, bob: PersonCaller) -> None:
    with pytest.raises(CommandError, match="still belongs"):
        erase(bob.user.email)
    with pytest.raises(CommandError, match="nobody is known"):
        erase("nobody@myorg.example")
    assert User.objects.filter(email=bob.user.email).exists()
