"""What is past its time is erased, in bounded batches; what is open or held is not, and the history still verifies."""

import io
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from intents.accounts.models import AuditEntry, Workspace
from intents.audit import checkpoints, tree
from intents.engine import chains, invariants
from intents.engine.models import Erasure, Intent, IntentEvent, RemovedEvent
from intents.kernel import clock
from intents.retention import runner
from intents.retention.models import Retention
from tests.callers import KeyCaller, PersonCaller
from tests.intents.test_children import family
from tests.intents.waiting import handed, look

EVER = float("inf")
MARK = "Zanzibar7"


def sealed() -> None:
    while tree.append():
        pass
    checkpoints.make()


def keep(who: PersonCaller, **rules: dict[str, int]) -> Any:
    body = {"rules": [{"status": status} | days for status, days in rules.items()]}
    return who.send("PUT", "/retention", raw=json.dumps(body).encode()).ok()


def run(workspace: Workspace, *, in_days: float, batch: int = 200) -> Retention:
    """A whole pass, as if so many days had passed."""
    with clock.frozen_at(clock.now() + timedelta(days=in_days)):
        row = runner.take(workspace.id)
        assert row is not None
        assert runner.carry_on(row, until=EVER, batch=batch)
    return row


def ended(shop: KeyCaller, worker: KeyCaller, **fields: Any) -> str:
    intent_id = shop.submit(payload={"said": MARK}, **fields)
    worker.post(f"/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": {"said": MARK}}).ok()
    return intent_id


def payload(who: PersonCaller, intent_id: str) -> Any:
    return who.intent(intent_id)["payload"]


def verified() -> list[str]:
    broken = [*invariants.findings(), *chains.broken_chains(), *chains.broken_removals(), *tree.faults()]
    return [str(one) for one in broken] + [str(one) for one in checkpoints.faults(checkpoints.stored())]


def test_everything_is_kept_until_somebody_says_otherwise(alice: PersonCaller, workspace: Workspace) -> None:
    found = alice.get("/retention").ok()
    assert [(one["contents_days"], one["intent_days"]) for one in found["rules"]] == [(None, None)] * 4
    assert found["progress"] is None
    assert runner.take() is None
    keep(alice)
    assert runner.take(workspace.id) is None


def test_contents_past_their_time_are_erased_and_the_history_verifies(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    done, opened = ended(shop, worker), shop.submit(payload={"said": MARK})
    sealed()
    keep(alice, COMPLETED={"contents_days": 30})
    assert run(workspace, in_days=29).erased == 0
    assert payload(alice, done) == {"said": MARK}
    row = run(workspace, in_days=31)
    assert (row.erased, row.removed, row.held) == (1, 0, 0)
    shown = alice.intent(done)
    assert (shown["payload"], shown["result"], shown["status"]) == ({}, None, "COMPLETED")
    assert shown["erased_at"]
    assert payload(alice, opened) == {"said": MARK}
    assert [event["details"] for event in alice.events(done)] == [{}] * len(alice.events(done))
    assert verified() == []
    assert Erasure.objects.get().by == runner.WORKER.label
    assert run(workspace, in_days=40).erased == 0


def test_only_the_statuses_that_are_named_are_touched(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    done, canceled = ended(shop, worker), shop.submit(payload={"said": MARK})
    shop.post(f"/intents/{canceled}/resolve", {"status": "CANCELED", "reason": "enough"}).ok()
    keep(alice, CANCELED={"contents_days": 1})
    run(workspace, in_days=2)
    assert (payload(alice, done), payload(alice, canceled)) == ({"said": MARK}, {})


def test_what_an_open_parent_or_child_holds_is_left_alone(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    parent, (first, second) = family(shop, worker, 2)
    alice.post(f"/intents/{first}/resolve", {"status": "COMPLETED", "result": {"said": MARK}}).ok()
    look()
    keep(alice, COMPLETED={"contents_days": 1, "intent_days": 1})
    sealed()
    row = run(workspace, in_days=2)
    assert (row.erased, row.removed, row.held) == (0, 0, 2), "once for each of the two rules"
    assert alice.intent(first)["result"] == {"said": MARK}
    alice.post(f"/intents/{second}/resolve", {"status": "COMPLETED", "result": {}}).ok()
    look()
    handed(worker)
    worker.post(f"/intents/{parent}/resolve", {"status": "COMPLETED", "result": {}}).ok()
    sealed()
    assert run(workspace, in_days=2).removed == 3


def test_an_intent_that_is_removed_leaves_its_hashes_and_decisions(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    gone, stays = ended(shop, worker), shop.submit()
    keep(alice, COMPLETED={"contents_days": 10, "intent_days": 20})
    assert run(workspace, in_days=21).held, "the tree of all events does not have it yet"
    sealed()
    events = IntentEvent.objects.filter(intent_id=gone).count()
    assert run(workspace, in_days=21).removed == 1
    assert alice.get(f"/intents/{gone}").status == 404
    assert list(Intent.objects.values_list("id", flat=True)) == [UUID(stays)]
    assert RemovedEvent.objects.filter(intent_id=gone).count() == events
    assert verified() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE intents_intentevent SET details = NULL, salt = NULL WHERE intent_id = %(other)s",
        "UPDATE intents_intentbody SET payload = '{}', salt = '' WHERE intent_id = %(other)s",
        "UPDATE intents_erasure SET intent_id = %(other)s WHERE intent_id = %(erased)s",
        "UPDATE intents_erasure SET by = 'mallory' WHERE intent_id = %(erased)s",
        """UPDATE intents_erasure SET kept = '{"decisions":[{"outcome":"approved"}]}' WHERE intent_id = %(erased)s""",
        "DELETE FROM intents_erasure WHERE intent_id = %(erased)s",
        "DELETE FROM intents_erasure WHERE intent_id = %(removed)s",
        "UPDATE intents_erasure SET at = at + interval '1 day' WHERE intent_id = %(removed)s",
        "DELETE FROM intents_removedevent WHERE intent_id = %(removed)s AND seq = 1",
        "UPDATE intents_removedevent SET hash = sha256('x') WHERE intent_id = %(removed)s AND seq = 1",
    ],
)
def test_what_others_cut_out_does_not_pass_for_erased(
    statement: str, alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    removed = ended(shop, worker)
    sealed()
    keep(alice, COMPLETED={"contents_days": 1, "intent_days": 1})
    run(workspace, in_days=2)
    erased, other = ended(shop, worker), ended(shop, worker)
    keep(alice, COMPLETED={})
    sealed()
    alice.post(f"/intents/{erased}/erase", {"reason": "asked for"}).ok()
    assert verified() == []
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(statement, {"erased": erased, "other": other, "removed": removed})
        assert cursor.rowcount
        found = verified()
        cursor.execute("ROLLBACK")
    assert found


def test_with_another_key_what_was_erased_is_on_record_and_proved_no_more(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, settings: Any
) -> None:
    done, right = ended(shop, worker), settings.AUDIT_KEY
    alice.post(f"/intents/{done}/erase", {"reason": "asked for"}).ok()
    settings.AUDIT_KEY = b"m" * 32
    assert [one.intent_id for one in chains.broken_chains()] == [UUID(done)]
    assert list(chains.broken_chains(signed=False)) == [], "as a restore with other keys asks"
    settings.AUDIT_KEY = right
    assert list(chains.broken_chains()) == []


def test_what_was_tampered_with_is_not_erased(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    done, sound = ended(shop, worker), ended(shop, worker)
    keep(alice, COMPLETED={"contents_days": 1})
    with connection.cursor() as cursor:
        cursor.execute('UPDATE intents_intentbody SET payload = \'{"said":"other"}\' WHERE intent_id = %s', [done])
    row = run(workspace, in_days=2)
    assert (row.erased, row.held) == (1, 1)
    assert (payload(alice, done), payload(alice, sound)) == ({"said": "other"}, {})
    assert [one.intent_id for one in chains.broken_chains()] == [UUID(done)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intents_intentbody SET payload = %s WHERE intent_id = %s", [f'{{"said":"{MARK}"}}', done])


def test_a_pass_that_a_worker_left_goes_on_where_it_was(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    for _ in range(5):
        ended(shop, worker)
    keep(alice, COMPLETED={"contents_days": 1})
    with clock.frozen_at(clock.now() + timedelta(days=2)):
        first = runner.take()
        assert first is not None
        assert not runner.carry_on(first, until=0, batch=2)
        assert first.erased == 2
        lost = runner.take()
        assert lost is not None
        assert runner.take() is None, "one worker has it"
    with clock.frozen_at(clock.now() + timedelta(days=2, seconds=runner.LEASE_SECONDS + 1)):
        second = runner.take()
        assert second is not None
        assert not runner.carry_on(lost, until=EVER, batch=2), "its lease is another worker's"
        assert runner.carry_on(second, until=EVER, batch=2)
        assert second.erased == 5
    progress = alice.get("/retention").ok()["progress"]
    assert (progress["erased"], bool(progress["ended_at"])) == (5, True)
    assert Erasure.objects.count() == 5
    entry = AuditEntry.objects.get(action="retention.pass")
    assert entry.details["erased"] == 5


def test_a_preview_counts_by_type_and_age_and_changes_nothing(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    _parent, (first, _second) = family(shop, worker, 2)
    alice.post(f"/intents/{first}/resolve", {"status": "COMPLETED", "result": {}}).ok()
    ended(shop, worker)
    ended(shop, worker)
    body = {"rules": [{"status": "COMPLETED", "contents_days": 30}]}
    assert alice.post("/retention/preview", body).ok()["items"] == []
    with clock.frozen_at(clock.now() + timedelta(days=100)):
        items = alice.post("/retention/preview", body).ok()["items"]
    told = [(one["intent_type"], one["from_days"], one["to_days"], one["count"], one["held"]) for one in items]
    assert told == [("order.fulfill.v1", 90, 365, 2, 0), ("part.make.v1", 90, 365, 1, 1)]
    assert not Retention.objects.exists()
    assert not Erasure.objects.exists()


def test_the_command_counts_first_and_erases_then(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
) -> None:
    done = ended(shop, worker)

    def told(*more: str) -> str:
        out = io.StringIO()
        call_command("retention", "--workspace", "myorg/production", *more, stdout=out)
        return out.getvalue()

    assert "keeps everything" in told()
    keep(alice, COMPLETED={"contents_days": 1})
    with clock.frozen_at(clock.now() + timedelta(days=2)):
        assert "erase 1 of order.fulfill.v1, COMPLETED, 0 to 30 days old; 0 held" in told("--dry-run")
        assert payload(alice, done) == {"said": MARK}
        assert told() == "Erased 1, removed 0, held 0.\n"
        assert "Nothing is past" in told("--dry-run")
    assert payload(alice, done) == {}


@pytest.mark.parametrize(
    "rules",
    [
        [{"status": "COMPLETED", "contents_days": 0}],
        [{"status": "COMPLETED", "contents_days": 40_000}],
        [{"status": "COMPLETED"}, {"status": "COMPLETED"}],
        [{"status": "WAITING", "contents_days": 3}],
        [{"status": "COMPLETED", "contents_days": 30, "intent_days": 10}],
    ],
)
def test_rules_that_mean_nothing_are_refused(rules: Any, alice: PersonCaller) -> None:
    assert alice.send("PUT", "/retention", raw=json.dumps({"rules": rules}).encode()).status == 422
    assert not Retention.objects.exists()


def test_owners_and_admins_alone_set_it_and_it_is_audited(
    alice: PersonCaller, olga: PersonCaller, bob: PersonCaller, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    done = ended(shop, worker)
    for who in (olga, bob, machine):
        assert who.get("/retention").status == 403
        assert who.send("PUT", "/retention", raw=b'{"rules":[]}').status == 403
        assert who.post("/retention/preview", {"rules": []}).status == 403
        assert who.post(f"/intents/{done}/erase", {"reason": "mine"}).status == 403
    keep(alice, FAILED={"contents_days": 7})
    entry = AuditEntry.objects.get(action="retention.update")
    assert (entry.actor, entry.details["before"]) == ("alice@myorg.example", None)
    assert {"status": "FAILED", "contents_days": 7, "intent_days": None} in entry.details["rules"]
