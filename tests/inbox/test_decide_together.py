"""Decisions that share a transaction: what is stored and told is as if each had come alone."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from intents.engine.models import IdempotencyRecord
from intents.kernel import live, statements
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask, ask_midway, person
from tests.inbox.deciding import APPROVE, answers, done, ordinary, read, taken

pytestmark = pytest.mark.usefixtures("looked_up_once")

LATER = {"levels": [{"after_seconds": 3600, "to": "owner"}], "end": {"after_seconds": 7200, "then": "fail"}}


@dataclass
class Case:
    """A decision by a call on a task that asks for this, midway or not."""

    body: dict[str, Any]
    call: str = "decide"
    task: dict[str, Any] = field(default_factory=dict)
    midway: bool = False
    digest: bool = False
    watched: bool = False


SOUND = {
    "yes": Case(APPROVE, "decision"),
    "no, by the task's id": Case({"decision": "reject", "comment": " größer "}, "decision by task"),
    "an outcome": Case({"outcome": "approved"}),
    "a word of its kind": Case({"outcome": "denied", "comment": "no"}, task={"task_type": "confirmation"}),
    "with data": Case({"outcome": "approved", "data": {"n": 1, "evidence": "https://example.com/1"}}),
    "as it was shown": Case({"outcome": "approved"}, digest=True),
    "of a high risk": Case(APPROVE, "decision", {"risk": "high", "required_comment": False}),
    "with a deadline and levels": Case(APPROVE, "decision", {"escalation": LATER}),
    "what is watched": Case(APPROVE, "decision", watched=True),
    "what an agent asked midway": Case(APPROVE, "decision", midway=True),
    "to whom it is assigned by name": Case(APPROVE, "decision", {"assignees": ["bob@myorg.example"]}),
}
LEFT: dict[str, tuple[Case, int]] = {
    "another outcome": (Case({"outcome": "perhaps"}), 422),
    "an unknown field": (Case({"decision": "approve", "surprise": 1}, "decision"), 422),
    "another digest": (Case({"outcome": "approved", "payload_digest": "0" * 64}), 409),
    "no comment where one is required": (Case({"outcome": "approved"}, task={"required_comment": True}), 422),
    "somebody else's": (Case(APPROVE, "decision", {"assignees": ["alice@myorg.example"]}), 403),
    "an override": (
        Case({"outcome": "approved", "override": True, "comment": "so"}, task={"assignees": ["alice@myorg.example"]}),
        403,
    ),
    "a form": (Case({"outcome": "approved", "data": {}}, task={"form_schema": {"type": "object"}}), 200),
    "a file": (Case({"outcome": "approved", "data": {"evidence": str(uuid4())}}), 422),
    "a receipt": (Case({"outcome": "approved"}, task={"receipt": True}), 200),
    "one of two votes": (
        Case(APPROVE, "decision", {"assignees": ["bob@myorg.example", "alice@myorg.example"], "quorum": 2}),
        200,
    ),
}


def made(case: Case, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> tuple[Asked, str, dict[str, Any]]:
    """A task, the path to decide it, and the body."""
    task = {"title": "Refund?"} | case.task
    asked = ask_midway(shop, worker, **task) if case.midway else ask(shop, {"amount": 129}, **task)
    if case.watched:
        asked.post(bob, "watch").ok()
    digest = {"payload_digest": asked.task(bob)["payload_digest"]} if case.digest else {}
    path = {
        "decide": f"/tasks/{asked.task_id}/decide",
        "decision": f"/approvals/{asked.intent_id}/decision",
        "decision by task": f"/approvals/{asked.task_id}/decision",
    }[case.call]
    return asked, path, case.body | digest


_ANEW = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)|\b[0-9a-f]{64}\b"
)
_OF_EACH = (
    *("id", "salt", "hash", "prev_hash", "last_hash", "digest", "changed_in", "mailbox_seq", "body", "fingerprint", "key"),
    "document",
)
_PLACES = """
SELECT table_name, column_name
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name IN ('intent_id', 'task_id') ORDER BY 1, 2
"""


def blind(text: str) -> str:
    return _ANEW.sub("ANEW", text)


def rows_of(asked: Asked) -> dict[str, list[str]]:
    """All that is stored of an intent and its task, without what is anew in each."""
    places = [("intents_intent", "id"), ("inbox_task", "id"), *statements.rows(_PLACES, [])]
    found = {}
    for table, column in places:
        wanted = asked.task_id if "task" in f"{table if column == 'id' else column}" else asked.intent_id
        query = f"SELECT to_jsonb(t) - %s::text[] FROM {table} t WHERE {column} = %s::uuid"
        rows = statements.rows(query, [list(_OF_EACH), wanted])
        found[f"{table}.{column}"] = sorted(blind(row[0] if isinstance(row[0], str) else json.dumps(row[0])) for row in rows)
    return {place: rows for place, rows in found.items() if rows}


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What processes are told once it is committed."""
    told: set[str] = set()
    monkeypatch.setattr(live.Publisher, "put", lambda self, signals: told.update(signal[0] for signal in signals))
    return told


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_done_and_told_as_by_itself(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, signals: set[str], name: str
) -> None:
    case = SOUND[name]
    (alone, path, body), (with_others, same, its_body) = (made(case, shop, worker, bob) for _ in range(2))
    signals.clear()
    told = ordinary(bob, path, body, key="once").raw.decode()
    woken = set(signals)
    signals.clear()
    (answer,) = answers(taken(bob, same, its_body, key="twice"))
    assert answer is not None
    assert blind(answer) == blind(told)
    assert signals == woken
    assert rows_of(with_others) == rows_of(alone)
    again = bob.post(same, its_body, key="twice")
    assert (again.raw.decode(), again.headers["idempotent-replayed"]) == (answer, "true")
    assert done(taken(bob, same, its_body, key="twice")) == [False]


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_plain_is_left_as_it_is(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, alice: PersonCaller, name: str
) -> None:
    case, status = LEFT[name]
    asked, path, body = made(case, shop, worker, bob)
    before = rows_of(asked)
    person(bob)
    found = read(bob, path, body, key="k")
    assert found is None or not any(done(found))
    assert rows_of(asked) == before
    assert not IdempotencyRecord.objects.filter(key="k").exists()
    assert ordinary(bob, path, body).status == status
