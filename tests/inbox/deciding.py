"""Decisions in groups, as the short path makes them."""

import json
from collections.abc import Sequence
from typing import Any

from inbox.api import grouped
from inbox.tasks.models import Task
from intents import auth
from intents.api.grouped import taking
from intents.api.grouped.taking import Taken
from intents.kernel import tracing
from intents.kernel.tracing import Trace
from tests.callers import Answer, Caller, KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, person

MINE = Trace("traced", "mine")
APPROVE = {"decision": "approve"}


def read(by: Caller, path: str, body: Any, *, key: str = "", trace: Trace = MINE) -> Taken | None:
    """What the short path makes of a call by somebody who was looked up a moment ago."""
    tracing.bind(trace)
    place = grouped.find("POST", f"/v1{path}")
    assert place
    headers = [(name.encode(), value.encode()) for name, value in by.headers.items()]
    return taking.take(place, headers + ([(b"idempotency-key", key.encode())] if key else []), json.dumps(body).encode())


def taken(by: PersonCaller, path: str, body: Any, *, key: str = "", trace: Trace = MINE) -> Taken:
    auth.forget()  # it is known for two seconds from now on
    person(by)
    found = read(by, path, body, key=key, trace=trace)
    assert found
    return found


def yes(by: PersonCaller, asked: Asked, *, key: str = "") -> Taken:
    return taken(by, f"/approvals/{asked.intent_id}/decision", APPROVE, key=key)


def answers(*group: Taken) -> list[str | None]:
    tracing.bind(Trace("nobody's", "nobody's"))
    return [one.answer for one in taking.run(grouped.LANE, group)]


def done(*group: Taken) -> list[bool]:
    return [one is not None for one in answers(*group)]


def ordinary(by: Caller, path: str, body: Any, **more: Any) -> Answer:
    return by.post(path, body, x_trace_id=MINE.trace_id, x_request_id=MINE.request_id, **more)


def some(shop: KeyCaller, count: int) -> Sequence[Asked]:
    """So many tasks."""
    body = {"intent_type": "refund.v1", "to_agent": "order-service", "human_task": {"title": "Refund?"}}
    made = shop.post("/intents/batch", {"intents": [body] * count}).ok()
    assert all(one["status"] == "WAITING" for one in made["intents"]), made
    ids = [one["intent_id"] for one in made["intents"]]
    tasks = dict(Task.objects.filter(intent_id__in=ids).values_list("intent_id", "id"))
    return [Asked(str(intent_id), str(task_id)) for intent_id, task_id in tasks.items()]
