"""The life of a task: one table, one place that writes states, and rules that find whatever else did."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

import inbox
from inbox.standing.invariants import RULES as STANDING_RULES
from inbox.tasks.invariants import RULES
from inbox.tasks.models import Task
from inbox.tasks.services.moves import move_many
from inbox.vocabulary.lifecycle import DECIDABLE, LIVE, MOVES, State
from intents.engine import invariants
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.inbox.granting import come, make_grant

PACKAGE = Path(inbox.__file__).parent


def test_what_is_over_stays_over_and_what_is_live_can_end() -> None:
    assert set(MOVES) == set(State)
    for state, targets in MOVES.items():
        assert bool(targets) is (state in LIVE)
    for state in LIVE:
        assert {State.DECIDED, State.WITHDRAWN} <= MOVES[state]
    # Time runs out for what nobody decided, never for a decision that is held.
    assert {state for state, targets in MOVES.items() if State.EXPIRED in targets} == DECIDABLE


def test_a_move_outside_of_the_table_is_a_bug(asked: Asked) -> None:
    task = Task.objects.get(id=asked.task_id)
    with pytest.raises(AssertionError, match="open to open"):
        move_many(tasks=[task], to=State.OPEN, now=clock.now())


def writes_state(tree: ast.AST) -> Iterator[int]:
    """Lines that set a `state`: an attribute, or a keyword of an update."""
    for node in ast.walk(tree):
        match node:
            # Alone, or beside others. Bulk operations have states of their own.
            case ast.Attribute(value=ast.Name(id=name), attr="state", ctx=ast.Store()) if name != "bulk":
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr="update"), keywords=keywords) if any(k.arg == "state" for k in keywords):
                yield node.lineno


def test_states_are_written_in_one_place() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts and "state" in (text := path.read_text()) and list(writes_state(ast.parse(text)))
    }
    assert found == {"tasks/services/moves.py"}


BREAKS = {
    "a task is live as long as its intent waits for people": "UPDATE inbox_task SET state = 'expired' WHERE state = 'open'",
    "a task is decided by one decision, which says the same": "UPDATE inbox_decision SET outcome = 'rejected'",
    "nobody decides who stands behind the agent that asks, where duties are separate": (
        "UPDATE inbox_task SET excluded = ARRAY[decided_by_id] WHERE state = 'decided'"
    ),
    "a task is in people's lists, at its place, while anybody of them can decide it": (
        "UPDATE inbox_assignment SET live = NOT live"
    ),
    "a task is due when its wait or its intent ends": "UPDATE inbox_task SET due_at = now() WHERE state = 'open'",
    "a held decision has the timer by which it takes effect, and no other has": (
        "DELETE FROM intents_timer WHERE kind = 'release'"
    ),
    "a step of a plan is armed for the task that is to take it, and for no other": (
        "UPDATE intents_timer SET due_at = due_at + interval '1 s' WHERE kind = 'remind'"
    ),
    "what is next in the plan of an undecided task is armed once": "DELETE FROM intents_timer WHERE kind = 'remind'",
    "a delegate decides for somebody who was asked or delegated it": "UPDATE inbox_decision SET authority = 'delegate'",
    "who decided in the place of others said why": "UPDATE inbox_decision SET authority = 'override'",
    "what belongs to a task belongs to its workspace": "UPDATE inbox_assignment SET workspace_id = gen_random_uuid()",
    "a decision says on what it was made, by whom, by what right and where": "UPDATE inbox_decision SET channel = 'rumour'",
    "nobody counts twice in what is decided of a task": """
        DROP INDEX decision_by_once, decision_final_once;
        INSERT INTO inbox_decision (id, workspace_id, task_id, revision, digest, person_id, authority, channel, outcome, at)
        SELECT gen_random_uuid(), workspace_id, task_id, revision, digest, person_id, authority, channel, outcome, at
        FROM inbox_decision
    """,
    "votes are counted as they are on record: distinct people, each once": """
        UPDATE inbox_decision SET person_id = gen_random_uuid() WHERE NOT final
    """,
    "what several decide was agreed to by as many as it takes": "DELETE FROM inbox_decision WHERE NOT final",
    "a badge counts what its list shows": "UPDATE inbox_assignment SET workspace_id = gen_random_uuid() WHERE live",
    "a message is scheduled, or over": """
        INSERT INTO inbox_message (id, state, due_at, attempt, created_at, workspace_id, user_id, channel, slot)
        VALUES (gen_random_uuid(), 'sent', now(), 1, now(), gen_random_uuid(), gen_random_uuid(), 'email', 'now')
    """,
    "what standing grants decide never exceeds their limits": """
        UPDATE inbox_standinggrant SET limits = '{"per_day":{"sums":{"EUR":"39.99"}}}'
    """,
    "each decision by a standing grant is a use of it, by its grantor, while it was in force": "DELETE FROM inbox_grantuse",
}


@pytest.fixture
def stored(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    """A task that is open, one that reminds, one whose decision is held, one that is decided, one that two decided, and one
    that a standing grant did."""
    ask(shop)
    shop.submit(human_task={"title": "Remind me"}, remind_after_seconds=60, max_reminders=1)
    ask(shop).decide_on_page(bob)
    ask(shop).decide(bob, "approved").ok()
    voted = ask(shop, quorum=2)
    for who in (alice, bob):
        voted.decide(who, "approved").ok()
    make_grant(bob)
    come(shop)


@contextmanager
def tampering(statement: str) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            assert cursor.rowcount != 0, "the tampering changed nothing"
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("rule", [*RULES, *STANDING_RULES])
def test_a_broken_rule_is_found_by_the_audit(stored: None, rule: str) -> None:
    with tampering(BREAKS[rule]):
        assert rule in {finding.rule for finding in invariants.findings()}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM inbox_decision",
        "UPDATE inbox_decision SET digest = decode(repeat('00', 32), 'hex')",
        "UPDATE inbox_decision SET at = at - interval '1 day'",
    ],
)
def test_a_decision_that_was_tampered_with_is_found_by_the_audit(stored: None, statement: str) -> None:
    with tampering(statement):
        assert "a task is decided by one decision, which says the same" in {one.rule for one in invariants.findings()}
