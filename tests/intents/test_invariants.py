"""Every invariant can be broken, and is found to be."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from inbox.standing.invariants import RULES as STANDING_RULES
from inbox.tasks.invariants import RULES as TASK_RULES
from intents.engine import chains
from intents.engine.invariants import RULES, findings
from intents.engine.leases import Holder
from intents.engine.lifecycle import MOVES
from intents.engine.services.deliveries import deliver
from intents.kernel import statements
from intents.scenarios.invariants import RULES as SCENARIO_RULES
from tests.callers import KeyCaller
from tests.conftest import committed_findings, empty

BREAKS: dict[str, str] = {
    "an intent's status, reason, seq and hash are those of its last event": (
        "UPDATE intents_intent SET status = 'CANCELED' WHERE status = 'SUBMITTED'"
    ),
    "an intent's events are numbered from 1 without gaps": "UPDATE intents_intentevent SET seq = 9 WHERE seq = 2",
    "an intent begins as CREATED": "UPDATE intents_intentevent SET event_type = 'intent.comment' WHERE seq = 1",
    "every move is in the table of moves": "UPDATE intents_intentevent SET status = 'COMPLETED' WHERE seq = 2",
    "nothing follows a terminal event": "UPDATE intents_intentevent SET status = 'FAILED' WHERE seq = 1",
    "a terminal status is reached by its own event": "UPDATE intents_intentevent SET status = 'FAILED' WHERE seq = 2",
    "events are in the order of time": "UPDATE intents_intentevent SET at = at - interval '1 day' WHERE seq = 2",
    "every event's hash covers it and the one before": "UPDATE intents_intentevent SET actor = 'mallory' WHERE seq = 2",
    "a WAITING intent has one open wait, for the same reason": "UPDATE intents_wait SET reason = 'WAITING_FOR_TOOL'",
    "an open wait belongs to a WAITING intent": (
        "UPDATE intents_intent SET status = 'IN_PROGRESS', waiting_reason = NULL WHERE status = 'WAITING'"
    ),
    "an armed timer belongs to a live intent": (
        "UPDATE intents_intent SET status = 'FAILED', waiting_reason = NULL WHERE status = 'WAITING'"
    ),
    "a wait's timer belongs to its open wait": "UPDATE intents_wait SET state = 'satisfied'",
    "an open wait with a deadline has its timer": "DELETE FROM intents_timer WHERE kind = 'wait'",
    "a live intent with a deadline has its timer": "DELETE FROM intents_timer WHERE kind = 'deadline'",
    "an intent that is over or WAITING is in nobody's hands": (
        "UPDATE intents_delivery SET state = 'ready', ended_at = NULL WHERE state = 'done'"
    ),
    "an intent that is to be worked on is pending with one agent": "DELETE FROM intents_delivery WHERE state = 'ready'",
    "a leased delivery says to whom and until when, and no other does": (
        "UPDATE intents_delivery SET lease_token = NULL WHERE state = 'leased'"
    ),
    "an intent and what belongs to it are of one workspace": (
        "UPDATE intents_delivery SET workspace_id = gen_random_uuid()"
    ),
    "what is set aside was within the budget when its intent was admitted": (
        "INSERT INTO intents_meshreservation (intent_id, workspace_id, name, amount, told, budget, taken, at)"
        " SELECT id, workspace_id, mailbox, 1, 0, 1, 2, now() FROM intents_intent LIMIT 1"
    ),
    "a key and its agent are of one workspace": "UPDATE intents_agentkey SET workspace_id = gen_random_uuid()",
    "a member and their group are of one workspace": """
        WITH g AS (
            INSERT INTO intents_group (id, workspace_id, name, created_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'g', now() RETURNING id
        ), m AS (
            INSERT INTO intents_member (id, workspace_id, user_id, role, created_at)
            SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'viewer', now() RETURNING id
        ) INSERT INTO intents_groupmember (id, workspace_id, group_id, member_id)
        SELECT gen_random_uuid(), gen_random_uuid(), g.id, m.id FROM g, m
    """,
    "what an intent carried is there, unless it was erased": "UPDATE intents_intentevent SET details = NULL WHERE seq = 1",
    "what was erased is over": """
        INSERT INTO intents_erasure (intent_id, workspace_id, status, seq, last_hash, at, by, reason, kept, signature)
        SELECT id, workspace_id, 'COMPLETED', seq, last_hash, now(), 'mallory', 'request', '[]', ''
        FROM intents_intent WHERE status = 'WAITING'
    """,
    "an event in the feed is of its workspace and type": """
        INSERT INTO intents_feedentry (seq, workspace_id, event_id, of_intent, event_type, at)
        SELECT 1, gen_random_uuid(), id, true, event_type, at FROM intents_intentevent LIMIT 1
    """,
    "a push is scheduled, or over and wiped": """
        INSERT INTO intents_push (id, state, due_at, attempt, created_at, lease_token, agent_id, delivery_id, ended_at)
        SELECT gen_random_uuid(), 'sent', now(), 1, now(), gen_random_uuid(), gen_random_uuid(), id, NULL
        FROM intents_delivery
    """,
    "an email is scheduled, or over and wiped": """
        ALTER TABLE intents_letter DROP CONSTRAINT letter_wiped_when_over;
        INSERT INTO intents_letter (id, state, due_at, attempt, created_at, "to", subject, sealed)
        VALUES (gen_random_uuid(), 'sent', now(), 1, now(), 'a@b.example', 'x', 'x')
    """,
    "an event to an endpoint is scheduled, or over": """
        INSERT INTO intents_webhookmessage (
            id, state, due_at, attempt, created_at, workspace_id, subscription_id, event_id, event_type
        ) SELECT gen_random_uuid(), 'sent', now(), 1, now(), workspace_id, gen_random_uuid(), id, event_type
        FROM intents_intentevent LIMIT 1
    """,
    "a change told to a client is scheduled, or over": """
        INSERT INTO intents_tasknotification (
            id, state, due_at, attempt, created_at, config_id, intent_id, seq, target_id
        ) SELECT gen_random_uuid(), 'failed', now(), 1, now(), gen_random_uuid(), intent_id, seq, gen_random_uuid()
        FROM intents_intentevent LIMIT 1
    """,
}


@pytest.fixture
def stored(machine: KeyCaller) -> None:
    """An intent with a deadline that waits, one in an agent's hands, one not delivered yet, one that is over."""
    deadline = "2099-01-01T00:00:00Z"
    waiting, leased, _, over = (machine.submit(to_agent=name, deadline_at=deadline) for name in ("a1", "b1", "c1", "d1"))
    machine.post(f"/intents/{waiting}/fail", {"error": {"message": "busy"}, "retryable": True}).ok()
    handed = deliver(actor=machine.actor, target="b1", holder=Holder(machine.actor.credential_id))
    assert [str(one.intent.id) for one in handed] == [leased]
    machine.post(f"/intents/{over}/resume", {"done": True}).ok()


@contextmanager
def tampering(statement: str) -> Iterator[None]:
    """`statement` as one with full access to the database would run it, undone afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            assert cursor.rowcount != 0, "the tampering changed nothing"
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in TASK_RULES | STANDING_RULES | SCENARIO_RULES])
def test_a_broken_invariant_is_found(stored: None, rule: str) -> None:
    with tampering(BREAKS[rule]):
        assert rule in {finding.rule for finding in findings()}


def test_each_move_outside_of_the_table_is_found(machine: KeyCaller) -> None:
    rule = "every move is in the table of moves"
    intent_id = machine.submit()
    for target in set(MOVES) - MOVES[next(iter(MOVES))] - {next(iter(MOVES))}:
        with tampering(f"UPDATE intents_intentevent SET status = '{target}' WHERE intent_id = '{intent_id}' AND seq = 2"):
            assert rule in {finding.rule for finding in findings()}, target


def test_the_command_tells_that_all_is_well(stored: None) -> None:
    told = io.StringIO()
    call_command("audit_invariants", stdout=told)
    assert told.getvalue() == f"All {len(RULES)} invariants hold.\n"


def test_the_command_names_rule_and_intent_and_exits_with_1(machine: KeyCaller) -> None:
    intent_id, told = machine.submit(), io.StringIO()
    _set_status(intent_id, "CANCELED")
    with pytest.raises(SystemExit, match="1"):
        call_command("audit_invariants", stdout=told)
    assert f"those of its last event: {intent_id}\n" in told.getvalue()
    _set_status(intent_id, "SUBMITTED")


def _set_status(intent_id: str, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intents_intent SET status = %s WHERE id = %s", [status, intent_id])


def test_the_chain_computed_by_the_database_is_the_one_computed_here(machine: KeyCaller) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    intent_id = machine.submit(payload={"text": "größer als 7 ✓"})
    for number in range(chance.randint(1, 8)):
        machine.post(f"/intents/{intent_id}/progress", {"message": "".join(chance.choices('aä\n\t"\\€😀', k=number))}).ok()
    assert findings() == []
    assert list(chains.broken_chains()) == []


def test_after_each_test_the_same_is_asked(shop: KeyCaller) -> None:
    shop.submit()
    assert committed_findings() == []
    statements.rows("DELETE FROM intents_delivery", ())
    found = [str(one) for one in findings()]
    assert found
    assert committed_findings() == found
    empty()
