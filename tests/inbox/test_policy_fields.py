"""Each field of a policy changes what happens to a task: two policies that differ in it alone, and a task of each."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args

from pydantic import BaseModel

from inbox.schemas.requests import CreatePolicy
from inbox.tasks.models import Task
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.granting import make_grant
from tests.inbox.test_policies import OFFICE
from tests.intents.waiting import look

DAY = 86_400
ALICE, BOB = "alice@myorg.example", "bob@myorg.example"
REMINDERS = {"after_seconds": 3600, "interval_seconds": 7200, "at_most": 2}
LEVEL = {"after_seconds": 3600, "to": BOB}
STAGES = [{"name": "First", "assignees": [ALICE, BOB]}, {"name": "Then", "assignees": [BOB]}]
CLOSES = {"then": "close", "outcome": "rejected"}
PAYLOAD = {"amount": 40, "currency": "EUR"}

# By field: where it stands in a policy (what of lists is the first unless said), and two values.
CASES: dict[str, tuple[Any, Any]] = {
    "name": ("Fields: one", "Fields: two"),
    "place": (10, 90),
    "calendar": (None, "Riga"),
    "match.intent_types": (["fields.match.intent_types.one.*"], ["other.*"]),
    "match.agents": (["shop"], ["billing"]),
    "match.risks": (["low"], ["high"]),
    "match.payload.field": ("amount", "fee"),
    "match.payload.is": (40, 41),
    "match.payload.at_least": (40, 41),
    "match.payload.at_most": (40, 39),
    "escalation.reminders.after_seconds": (3600, 1800),
    "escalation.reminders.interval_seconds": (7200, 5400),
    "escalation.reminders.at_most": (2, 3),
    "escalation.levels.after_seconds": (3600, 7200),
    "escalation.levels.to": (BOB, "owner"),
    "escalation.repeat": (0, 1),
    "escalation.question_pause_seconds": (None, 600),
    "escalation.end.after_seconds": (DAY, 2 * DAY),
    "escalation.end.then": ("fail", "expire"),
    "escalation.end.outcome": ("approved", "rejected"),
    "least.risk": ("low", "high"),
    "least.separation_of_duties": (False, True),
    "least.standing_grants": (None, False),
    "least.quorum": (2, "all"),
    "least.quorum.approve": (1, 2),
    "least.quorum.reject": (2, 3),
    "least.stages.name": ("First", "Legal"),
    "least.stages.assignees": ([ALICE, BOB], [ALICE]),
    "least.stages.quorum": (None, 2),
    "least.stages.quorum.approve": (1, 2),
    "least.stages.quorum.reject": (1, 2),
    "least.stages.deadline_seconds": (None, 7200),
    "least.stages.on_reject": ("end", "return"),
    "least.stages.on_missing.then": ("alert", "skip"),
    "least.stages.on_missing.outcome": ("rejected", "changes_requested"),
    "least.on_missing.then": ("alert", "skip"),
    "least.on_missing.outcome": ("rejected", "changes_requested"),
}
# What has to be there for a field to mean something.
BESIDE: dict[str, dict[str, Any]] = {
    "match.payload": {"match": {"payload": [{"field": "amount"}]}},
    "match.payload.field": {"match": {"payload": [{"field": "amount", "is": 40}]}},
    "escalation.reminders": {"escalation": {"reminders": REMINDERS}},
    "escalation.levels": {"escalation": {"levels": [LEVEL]}},
    "escalation.repeat": {"escalation": {"levels": [LEVEL]}},
    "escalation.end.outcome": {
        "match": {"risks": ["low"]},
        "escalation": {"end": {"after_seconds": DAY, "then": "complete"}},
    },
    "least.quorum.approve": {"least": {"quorum": {"reject": 3}}},
    "least.quorum.reject": {"least": {"quorum": {"approve": 2}}},
    "least.stages": {"least": {"stages": STAGES}},
    "least.stages.quorum.approve": {"least": {"stages": [STAGES[0] | {"quorum": {}}, STAGES[1]]}},
    "least.stages.quorum.reject": {"least": {"stages": [STAGES[0] | {"quorum": {}}, STAGES[1]]}},
    "least.stages.on_reject": {"least": {"stages": STAGES[::-1]}},
    "least.stages.on_missing": {"least": {"stages": [STAGES[0] | {"on_missing": {}}, STAGES[1]]}},
    "least.stages.on_missing.outcome": {"least": {"stages": [STAGES[0] | {"on_missing": CLOSES}, STAGES[1]]}},
    "least.on_missing": {"least": {"quorum": 2, "on_missing": {}}},
    "least.on_missing.outcome": {"least": {"quorum": 2, "on_missing": CLOSES}},
}


def fields(model: type[BaseModel], around: str = "") -> Iterator[str]:
    """The fields of a policy, those of its parts by their paths. What is a part or one plain value is both."""
    for name, one in model.model_fields.items():
        path = f"{around}{one.alias or name}"
        parts = [part for part in _types(one.annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
        for part in parts:
            yield from fields(part, f"{path}.")
        if not parts or str in _types(one.annotation):
            yield path


def _types(annotation: Any) -> set[Any]:
    inner = get_args(annotation)
    return {annotation}.union(*map(_types, inner)) if inner else {annotation}


def set_at(body: dict[str, Any], path: str, value: Any) -> None:
    *parts, last = path.split(".")
    at: Any = body
    for part in parts:
        at = at.setdefault(part, {})
        at = at[-1 if path.endswith("on_reject") else 0] if isinstance(at, list) else at
    at[last] = value


def policy(path: str, value: Any, number: int, kind: str) -> dict[str, Any]:
    """A policy for the intents of one type alone."""
    body: dict[str, Any] = {"name": f"Fields: {kind}", "place": 10, "match": {}, "escalation": {}}
    near = max((one for one in BESIDE if f"{path}.".startswith(f"{one}.")), key=len, default=None)
    for part, more in deepcopy(BESIDE.get(near or "", {})).items():
        body[part] = body.get(part, {}) | more
    body["escalation"].setdefault("end", {"after_seconds": 5 * DAY, "then": "fail"})
    body["match"].setdefault("intent_types", [kind])
    set_at(body, path, value)
    return body | {"name": value if path == "name" else f"{body['name']} {number}"}


def happens(task: Task, *, named: bool) -> dict[str, Any]:
    """What is laid down for a task: who is asked, how many decide, and what comes when nobody does."""
    plan = json.loads(task.plan) if task.plan else {}
    spec = json.loads(task.spec)
    return {
        "policy": plan.pop("policy", None) if named else bool(plan.pop("policy", None)),
        "plan": {name: value for name, value in plan.items() if name != "source"},
        "decides": [task.ballot, task.excluded, task.risk, task.state, task.outcome, task.due_at],
        "rules": [spec.get(name) for name in ("quorum", "stages", "on_missing", "separation_of_duties")],
        "assigned": sorted(one.principal for one in task.assignments.all()),
    }


def test_every_field_of_a_policy_is_among_those_that_are_tried() -> None:
    assert sorted(CASES) == sorted(set(fields(CreatePolicy)))


def test_changing_a_field_changes_what_happens(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    alice.post("/calendars", OFFICE).ok()
    wanted = {"agents": ["shop"], "payload": [{"field": "amount", "is": 40}]}
    kinds = {path: (f"fields.{path}.one.v1", f"fields.{path}.two.v1") for path in CASES}
    make_grant(bob, match=wanted | {"intent_types": list(kinds["least.standing_grants"])})
    items = []
    for path, values in CASES.items():
        for number, (value, kind) in enumerate(zip(values, kinds[path], strict=True)):
            alice.post("/policies", policy(path, value, number, kind)).ok()
            if path == "place":
                alice.post("/policies", policy(path, 50, number + 2, kind)).ok()
            kind_of = {"task_type": "review"} if path.endswith("on_missing.outcome") else {}
            asked = {"risk": "low"} | kind_of
            items.append({"intent_type": kind, "to_agent": "ghost", "payload": PAYLOAD, "human_task": asked})
    sent = shop.post("/intents/batch", {"intents": items}).ok()["intents"]
    assert [one["error"] for one in sent if "error" in one] == []
    look()
    found = {one.intent.intent_type: one for one in Task.objects.select_related("intent").prefetch_related("assignments")}
    assert len(found) == len(items)
    same = []
    for path, (one, other) in kinds.items():
        named = path in ("name", "place")
        if happens(found[one], named=named) == happens(found[other], named=named):
            same.append(path)
    assert not same, ", ".join(same)
