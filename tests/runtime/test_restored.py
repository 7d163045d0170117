"""What a restore means: what happened since the backup is done once, under the same ids, and the histories verify."""

import json
from pathlib import Path
from typing import Any

import pytest

from inbox.operations import system
from intents import auth
from intents.audit import checkpoints, notes
from intents.audit.notes import TreeHead
from intents.kernel.clock import rfc3339
from intents.webhooks import outbox
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask, person
from tests.inbox.reminding import HOUR, escalation, pass_time, told
from tests.inbox.sealing import seal
from tests.intents.pushes import inside, outside, send_due
from tests.intents.receivers import Receiver
from tests.runtime.backups import elsewhere, run
from tests.webhooks.endpoints import feed_out, posted, subscribe

__all__ = ["inside", "outside"]


@pytest.fixture(autouse=True)
def scaled(settings: Any, tmp_path: Path) -> None:
    """As on a server whose PostgreSQL somebody else runs, with files of its own."""
    settings.EMBEDDED = False
    settings.MEDIA_DIR = tmp_path / "media"
    settings.AUDIT_FILE = tmp_path / "checkpoints.txt"


@pytest.mark.usefixtures("inside")
def test_what_fell_due_since_the_backup_is_done_once_and_what_was_on_its_way_goes_out_under_its_id(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, bob: PersonCaller, outside: Receiver, tmp_path: Path
) -> None:
    subscribe(machine, outside)
    hourly = escalation(reminders={"after_seconds": HOUR, "at_most": 10})
    asked = ask(shop, assignees=["bob@myorg.example"], escalation=hourly)
    feed_out()
    run("backup", tmp_path / "kept")
    send_due(outbox.CHANNEL)
    sent = {headers["webhook-id"]: body for headers, body in posted(outside)}
    assert len(sent) > 1
    pass_time(now, hours=1)
    assert told(shop, asked.intent_id) == [("reminder", {"number": 1, "of": 10})]
    outside.requests.clear()
    with elsewhere():
        run("restore", tmp_path / "kept")
        auth.forget()
        assert told(shop, asked.intent_id) == []
        pass_time(now, hours=4)
        assert told(shop, asked.intent_id) == [("reminder", {"number": 5, "of": 10, "missed": 4})]
        send_due(outbox.CHANNEL)
        again = [(headers["webhook-id"], body) for headers, body in posted(outside) if headers["webhook-id"] in sent]
        assert (len(again), dict(again)) == (len(sent), sent)
        mark = system.restored(person(bob))
        assert mark is not None
        assert rfc3339(mark.backup_at) == json.loads((tmp_path / "kept" / "manifest.json").read_text())["at"]


def test_histories_verify_after_a_restore_though_checkpoints_were_made_since_the_backup(
    machine: KeyCaller, tmp_path: Path
) -> None:
    machine.submit()
    seal()
    run("backup", tmp_path / "kept")
    for _ in range(2):
        machine.submit()
        seal()
    assert len(checkpoints.written()) == 3
    with elsewhere():
        assert "2 checkpoints sign what happened after" in run("restore", tmp_path / "kept")
        assert "All chains hold (2 events" in run("verify_audit")
        (aside,) = tmp_path.glob("checkpoints-before-restore-*.txt")
        with pytest.raises(SystemExit):
            run("verify_audit", "--checkpoints", aside)
        machine.submit()
        seal()
        assert "All chains hold (4 events, 4 events in the tree)" in run("verify_audit")
        assert len(checkpoints.written()) == 2


def test_checkpoints_that_no_lost_time_explains_are_told_apart_and_a_torn_one_stops_nothing(
    machine: KeyCaller, tmp_path: Path, settings: Any
) -> None:
    machine.submit()
    seal()
    run("backup", tmp_path / "kept")
    file = settings.AUDIT_FILE
    torn = notes.signed(TreeHead(2, bytes(32))).encode().partition(b"\xe2\x80\x94")[0] + b"\xe2\x80"
    file.write_bytes(file.read_bytes() + notes.signed(TreeHead(1, bytes(32))).encode() + b"\n" + torn)
    machine.submit()
    seal()
    file.chmod(0o640)
    with elsewhere():
        said = run("restore", tmp_path / "kept")
        assert "which is lost" not in said, "what is torn has spoilt the one after it"
        assert "2 checkpoints sign another history than was restored, or by another key" in said
        assert "All chains hold (2 events" in run("verify_audit")
        assert len(checkpoints.written()) == 1
        assert file.stat().st_mode & 0o777 == 0o640
