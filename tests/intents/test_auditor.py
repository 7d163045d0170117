"""The auditor finds in the background what breaks an invariant, at a bounded cost, and writes down when it is well again."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.tasks.services import unroutable
from intents.accounts.models import Workspace
from intents.audit import auditor, heartbeat, selectors, slices
from intents.audit.models import AuditFinding, AuditProgress
from intents.audit.slices import Slice
from intents.engine import invariants
from intents.engine.models import Timer
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.receivers import receiver, says
from tests.intents.test_invariants import BREAKS, stored, tampering  # noqa: F401 - a fixture

LAST_EVENT = "an intent's status, reason, seq and hash are those of its last event"
UNDECIDABLE = "who waits for people waits for one who may decide, or the owners are alerted"


def open_rules() -> dict[str, UUID | None]:
    return {one.rule: one.intent_id for one in AuditFinding.objects.filter(resolved_at=None)}


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


@contextmanager
def broken(intent_id: str) -> Iterator[None]:
    """An intent says that something happened to it, which no event does."""
    run("UPDATE intents_intent SET updated_at = updated_at + interval '1 second' WHERE id = %s", intent_id)
    try:
        yield
    finally:
        run("UPDATE intents_intent SET updated_at = updated_at - interval '1 second' WHERE id = %s", intent_id)


@pytest.mark.parametrize("rule", BREAKS)
def test_each_invariant_broken_on_purpose_is_reported_by_its_name(stored: None, rule: str) -> None:  # noqa: F811
    auditor.run()
    assert open_rules() == {}
    with tampering(BREAKS[rule]):
        auditor.run()
        assert rule in open_rules()


def test_what_is_mended_is_resolved_by_the_next_pass_and_kept(machine: KeyCaller, workspace: Workspace) -> None:
    intent_id = machine.submit()
    with broken(intent_id):
        auditor.run()
        (found,) = AuditFinding.objects.all()
        assert (found.rule, str(found.intent_id), found.workspace_id) == (LAST_EVENT, intent_id, workspace.id)
        auditor.run()
        (again,) = AuditFinding.objects.all()
        assert again.first_seen_at == found.first_seen_at < again.last_seen_at
        assert selectors.state().findings == 1
    auditor.run()
    (found,) = selectors.findings(workspace.id)
    assert found.resolved_at is not None
    assert selectors.state().findings == 0


def test_the_walk_comes_to_every_intent_and_to_what_names_one_that_is_not_there(
    machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditor, "SIZE", 2)
    monkeypatch.setattr(auditor, "WALK", 1)
    monkeypatch.setattr(auditor, "_ask_recent", lambda: False)
    intents = [machine.submit() for _ in range(5)]
    auditor.run()
    first = AuditProgress.objects.get()
    assert str(first.walked) == intents[1]
    columns = "id, workspace_id, intent_id, kind, due_at, next_at"
    run(f"INSERT INTO intents_timer ({columns}) VALUES (%s, %s, %s, 'x', now(), now())", *(uuid4() for _ in range(3)))
    with broken(intents[4]):
        for _ in range(3):
            auditor.run()
        assert AuditProgress.objects.get().lap_ended_at is not None
        assert open_rules().keys() >= {LAST_EVENT, "an armed timer belongs to a live intent"}
    Timer.objects.all().delete()


def test_a_pass_has_as_many_statements_whatever_is_stored(machine: KeyCaller) -> None:
    auditor.run()
    sizes = []
    for _ in range(2):
        for _ in range(10):
            machine.submit()
        with CaptureQueriesContext(connection) as asked:
            auditor.run()
        sizes.append(len(asked))
    assert sizes[0] == sizes[1]


def test_what_is_too_much_for_the_window_is_left_to_the_walk(machine: KeyCaller, now: SettableClock) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now.set(cursor.fetchone()[0])
    auditor.run()
    intent_id = machine.submit()
    now.advance(hours=1)
    with broken(intent_id):
        auditor.run()
        assert AuditProgress.objects.get().passed_by > 0
        assert LAST_EVENT in open_rules()


def test_a_row_that_no_rule_can_read_costs_itself_alone(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = shop.submit(human_task={"title": "Remind me"}, remind_after_seconds=60, max_reminders=1)
    good = shop.submit()
    run("UPDATE inbox_task SET plan = '{' WHERE intent_id = %s", bad)
    with broken(good):
        for _ in range(3):
            auditor.run()
        found = {(one.rule.startswith(slices.UNASKED), str(one.intent_id)) for one in AuditFinding.objects.all()}
        assert found == {(True, bad), (False, good)}
    run("DELETE FROM inbox_task")
    run("DELETE FROM intents_timer")
    run("DELETE FROM intents_wait")
    run("DELETE FROM intents_intent WHERE id = %s", bad)
    run("DELETE FROM intents_intentevent WHERE intent_id = %s", bad)


def test_owners_have_their_minutes_to_be_alerted_to_what_nobody_may_decide(
    shop: KeyCaller, alice: PersonCaller, now: SettableClock
) -> None:
    intent_id = shop.submit(human_task={"title": "Who?", "assignees": ["nobody-known"]})
    auditor.run()
    assert open_rules() == {UNDECIDABLE: UUID(intent_id)}
    assert selectors.state().findings == 0
    now.advance(minutes=3)
    assert selectors.state().findings == 1
    unroutable.alert()
    auditor.run()
    assert open_rules() == {}


def test_the_rules_ask_a_slice_what_they_ask_of_all(stored: None) -> None:  # noqa: F811
    for rule in slices.sliced():
        if rule in BREAKS:
            with tampering(BREAKS[rule]):
                by_slices = {str(one) for one in slices.ask(Slice()) or ()}
                assert {str(one) for one in invariants.findings() if one.rule in slices.sliced()} == by_slices


def test_the_heartbeat_is_sent_only_while_all_is_well(machine: KeyCaller, settings: Any) -> None:
    intent_id = machine.submit()
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiver({"/beat": says("200 OK", b""), "/gone": says("404 Not Found", b"")}) as listening:
        assert not heartbeat.call()
        settings.AUDIT_HEARTBEAT_URL = f"http://127.0.0.1:{listening.port}/beat"
        auditor.run()
        assert heartbeat.call()
        with broken(intent_id):
            auditor.run()
            assert not heartbeat.call()
        auditor.run()
        assert heartbeat.call()
        assert len(listening.requests) == 2
        settings.AUDIT_HEARTBEAT_URL = f"http://127.0.0.1:{listening.port}/gone"
        assert not heartbeat.call()


def test_no_heartbeat_leaves_for_where_this_server_does_not_go(machine: KeyCaller, settings: Any) -> None:
    settings.AUDIT_HEARTBEAT_URL = "https://169.254.169.254/latest"
    auditor.run()
    assert not heartbeat.call()
