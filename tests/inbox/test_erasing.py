"""What was erased is nowhere any more, and what was decided is still proved."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from examples import verify_evidence
from examples.verify_evidence import Changed
from inbox.tasks.models import Task
from intents.accounts.models import AuditEntry, Workspace
from intents.audit import checkpoints, notes, tree
from intents.engine import answers, chains, invariants
from intents.engine.models import IdempotencyRecord
from intents.engine.services import idempotency
from intents.files.models import Media
from intents.files.storage import files
from intents.kernel import clock
from intents.retention import runner
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.intents.media import announce, send
from tests.intents.waiting import complete_job, handed, wait

MARK = "Zanzibar7"
MARKED = {"said": MARK, MARK: [MARK]}
PAID = MARKED | {"amount": "739.25", "currency": "EUR"}
COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type <> 'uuid' AND data_type !~ 'int|time|date|bool|double'
"""


@pytest.fixture(autouse=True)
def apart(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_FILE = tmp_path / "checkpoints.txt"
    settings.MEDIA_DIR = tmp_path / "media"


def places(text: str) -> list[str]:
    """Every column of the database that holds `text` in any row, however it is spelled, and stored answers that do."""
    found, spelled = [], [f"%{text.lower()}%", f"%{text.lower().encode().hex()}%", f"%{text.encode().hex()}%"]
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column in cursor.fetchall():
            shown = f'lower(t."{column}"::text)'
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE {shown} LIKE ANY(%s)', [spelled])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    kept = [answers.unsealed(body) for body in IdempotencyRecord.objects.values_list("body", flat=True) if body]
    return found + [f"answer {body}" for body in kept if text.lower() in body.lower()]


def sealed() -> None:
    while tree.append():
        pass
    checkpoints.make()


def upload(worker: KeyCaller) -> str:
    data = f"{MARK} in a file".encode()
    named = {"owner_agent": "order-service", "filename": f"{MARK}.txt"}
    upload_id: str = announce(worker, data, "text/plain", **named).ok()["upload_id"]
    send(worker.actor, upload_id, data)
    worker.post("/media/finalize-upload", {"upload_id": upload_id, "size_bytes": len(data)}).ok()
    return upload_id


@dataclass
class Told:
    """An intent that carries MARK wherever an intent can, and its task."""

    intent_id: str
    asked: Asked


@pytest.fixture
def told(shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> Iterator[Told]:
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": PAID}
    intent_id = shop.post("/intents", body, key="one").ok()["intent_id"]
    lease = handed(worker)["lease_token"]
    worker.post(f"/intents/{intent_id}/progress", {"message": MARK}, key="two").ok()
    worker.post(f"/intents/{intent_id}/checkpoint", {"step": 1, "state": MARKED}).ok()
    stored = worker.send("PUT", f"/intents/{intent_id}/steps/{MARK}", raw=json.dumps({"result": MARKED}).encode())
    assert stored.status == 201
    shop.post(f"/intents/{intent_id}/controls", {"controls_patch": {"note": MARK}, "reason": MARK}).ok()
    wait(worker, intent_id, "tool", tool="printer", external_id="job-1", lease_token=lease)
    complete_job(shop, "printer", "job-1", **MARKED).ok()
    handed(worker)
    task = {
        "title": f"Pay {MARK}?",
        "description": MARK,
        "form_schema": {"type": "object", "properties": {"note": {"type": "string", "title": MARK}}},
        "assignees": [f"{MARK}@partner.example", "approver"],
        "attachments": [upload(worker)],
    }
    wait(worker, intent_id, "human", human_task=task)
    (found,) = worker.get("/tasks", intent_id=intent_id).ok()["tasks"]
    asked = Asked(intent_id, found["task_id"])
    bob.post(f"/tasks/{asked.task_id}/comment", {"comment": MARK}, key="three").ok()
    bob.post(
        f"/tasks/{asked.task_id}/decide", {"outcome": "approved", "comment": MARK, "data": {"note": MARK}}, key="4"
    ).ok()
    handed(worker)
    worker.post(f"/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": MARKED}, key="five").ok()
    sealed()
    return Told(intent_id, asked)


def erase(who: PersonCaller, intent_id: str) -> Any:
    return who.post(f"/intents/{intent_id}/erase", {"reason": "the customer asked"}).ok()["erased"]


def broken() -> list[str]:
    found = [*invariants.findings(), *chains.broken_chains(), *chains.broken_removals(), *tree.faults()]
    return [str(one) for one in found]


def test_erased_on_request_it_is_in_no_column_of_the_database_and_in_no_file(
    told: Told, alice: PersonCaller, shop: KeyCaller, workspace: Workspace
) -> None:
    assert len(places(MARK)) > 15
    digest = bytes(Media.objects.get().sha256 or b"")
    assert files().path(workspace.id, digest).exists()
    task = Task.objects.get(id=told.asked.task_id)
    assert task.amount == Decimal("739.25")
    (row,) = erase(alice, told.intent_id)
    assert places(MARK) == []
    task.refresh_from_db()
    assert (task.amount, task.currency) == (None, "")
    assert not files().path(workspace.id, digest).exists()
    assert broken() == []
    assert (row["intent_id"], row["by"], row["reason"]) == (told.intent_id, "alice@myorg.example", "request")
    assert alice.get("/intents", q=MARK).ok()["intents"] == []
    entry = AuditEntry.objects.get(action="intent.erase")
    assert (entry.subject, entry.details["reason"]) == (told.intent_id, "the customer asked")


def test_past_its_time_it_is_erased_everywhere_too(told: Told, alice: PersonCaller, workspace: Workspace) -> None:
    rules = {"rules": [{"status": "COMPLETED", "contents_days": 8}]}
    alice.send("PUT", "/retention", raw=json.dumps(rules).encode()).ok()
    with clock.frozen_at(clock.now() + timedelta(days=9)):
        idempotency.prune()  # stored answers have a time of their own
        row = runner.take(workspace.id)
        assert row is not None
        assert runner.carry_on(row, until=float("inf"))
    assert row.erased == 1
    assert places(MARK) == []
    assert broken() == []


def test_an_intent_that_is_removed_leaves_no_row_but_its_hashes(
    told: Told, alice: PersonCaller, workspace: Workspace
) -> None:
    rules = {"rules": [{"status": "COMPLETED", "intent_days": 8}]}
    alice.send("PUT", "/retention", raw=json.dumps(rules).encode()).ok()
    with clock.frozen_at(clock.now() + timedelta(days=9)):
        idempotency.prune()
        row = runner.take(workspace.id)
        assert row is not None
        assert runner.carry_on(row, until=float("inf"))
    assert row.removed == 1
    assert places(MARK) == []
    assert set(places(told.asked.task_id)) <= {"intents_erasure.kept"}, "the decision is kept, by its task"
    assert broken() == []
    assert alice.get(f"/tasks/{told.asked.task_id}").status == 404


def test_who_repeats_a_request_is_answered_by_ids_and_states(told: Told, alice: PersonCaller, shop: KeyCaller) -> None:
    erase(alice, told.intent_id)
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": PAID}
    again = shop.post("/intents", body, key="one")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.ok()["intent_id"] == told.intent_id


def test_people_see_that_it_was_erased_and_how_it_was_decided(told: Told, alice: PersonCaller, bob: PersonCaller) -> None:
    erase(alice, told.intent_id)
    task = told.asked.task(bob)
    assert (task["human_task"]["title"], task["state"], task["payload"]) == ("(erased)", "decided", {})
    assert (task["decision"]["outcome"], task["decided_by"]) == ("approved", "bob@myorg.example")
    assert alice.intent(told.intent_id)["erased_at"]


def test_the_evidence_says_erased_and_proves_the_decision_offline(
    told: Told, alice: PersonCaller, vera: PersonCaller, tmp_path: Path
) -> None:
    erase(alice, told.intent_id)
    found = vera.get(f"/intents/{told.intent_id}/evidence").ok()
    assert MARK not in json.dumps(found)
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps(found))
    command = [sys.executable, "-I", "-S", verify_evidence.__file__, str(path), "--key", notes.verifier_key()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ERASED on request on " in done.stdout
    assert "alice@myorg.example" in done.stdout


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.pop("erasure"),
        lambda found: found["erasure"].update(by="mallory"),
        lambda found: found["erasure"].update(kept='{"decisions":[]}'),
        lambda found: found["erasure"].update(signature="00" * 64),
        lambda found: found["tasks"][0]["decisions"][0].update(outcome="rejected"),
        lambda found: found["tasks"][0]["decisions"][0].update(person="mallory@myorg.example"),
        lambda found: found["tasks"][0]["decisions"].clear(),
        lambda found: found["tasks"].clear(),
        lambda found: found.update(payload="{}"),
        lambda found: found["events"][3].update(details="{}", salt="", digest="00" * 32),
    ],
)
def test_whatever_is_changed_of_the_evidence_that_is_left_is_found(
    change: Any, told: Told, alice: PersonCaller, vera: PersonCaller
) -> None:
    erase(alice, told.intent_id)
    found = vera.get(f"/intents/{told.intent_id}/evidence").ok()
    assert verify_evidence.verify(found, notes.verifier_key()) == 0
    change(found)
    with pytest.raises(Changed):
        verify_evidence.verify(found, notes.verifier_key())


def test_what_is_open_is_not_erased_and_erasing_again_changes_nothing(
    told: Told, alice: PersonCaller, shop: KeyCaller, charlie: PersonCaller
) -> None:
    asked = ask(shop, {"said": "still open"}, title="Go?")
    refused = alice.post(f"/intents/{asked.intent_id}/erase", {"reason": "no"})
    assert (refused.status, refused.code) == (409, "invalid_transition")
    assert charlie.post(f"/intents/{told.intent_id}/erase", {"reason": "no"}).status == 404
    assert erase(alice, told.intent_id) == erase(alice, told.intent_id)
    assert AuditEntry.objects.filter(action="intent.erase").count() == 1


def test_the_command_erases_and_says_what(told: Told) -> None:
    out = io.StringIO()
    given = ("--workspace", "myorg/production", "--reason", "asked for")
    call_command("erase_intent", told.intent_id, *given, stdout=out)
    assert told.intent_id in out.getvalue()
    assert places(MARK) == []
    with pytest.raises(CommandError, match="no intent"):
        call_command("erase_intent", "01a1faa0-d7a6-7491-bfae-27ab1f66cf80", *given)
